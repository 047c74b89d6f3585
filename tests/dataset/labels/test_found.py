"""Which label file a video gets: by name in any spelling, and never none without a word."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.dataset.index import IndexReport, index_folder
from lmms_eval_plugins.video.probe import VideoInfo

LABELS = "Time_s,MarkerNames\n0,l_reach\n1,l_idle\n2,\n"
VIDEO = "S1/S1_feeding1_1.mp4"

Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def put(name: str, content: str = LABELS, below: str = "videos") -> Path:
        path = tmp_path / below / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    return put


def index(tmp_path: Path, **options: Any) -> IndexReport:
    return index_folder(
        tmp_path / "videos", probe=lambda path: VideoInfo(fps=30.0, n_frames=60, width=64, height=48), **options
    )


@pytest.mark.parametrize(
    "name",
    [
        "S1/S1_feeding1_1.CSV",
        "S1/S1_feeding1_1.Csv",
        "S1/s1_Feeding1_1.csv",
        "S1/S1_feeding1_1 .csv",
        "S1/ S1_feeding1_1.csv",
        "S1/S1_feeding1_1.mp4.csv",
        "S1/S1_FEEDING1_1.MP4.CSV",
        "S1/S1_feeding1_1.tsv",
        "S1/S1_feeding1_1.TXT",
        "S1/S1_feeding1_1.csv.txt",
    ],
)
@pytest.mark.parametrize("below", ["videos", "labels"])
def test_a_label_file_is_found_by_its_name_in_any_spelling(tmp_path: Path, put: Put, name: str, below: str) -> None:
    put(VIDEO)
    labels = put(name, below=below)
    report = index(tmp_path, labels_dir=tmp_path / "labels" if below == "labels" else None)
    assert [trial.labels for trial in report.trials] == [labels] and not report.problems


@pytest.mark.parametrize(("video", "labels"), [("NFC", "NFD"), ("NFD", "NFC"), ("NFC", "NFC"), ("NFD", "NFD")])
def test_normal_forms_do_not_matter(tmp_path: Path, put: Put, video: str, labels: str) -> None:
    put(unicodedata.normalize(video, "Jürgen/Jürgen_feeding1_1.mp4"))  # type: ignore[arg-type]
    path = put(unicodedata.normalize(labels, "Jürgen/Jürgen_feeding1_1.csv"), below="labels")  # type: ignore[arg-type]
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    assert [trial.labels for trial in report.trials] == [path] and not report.problems


def test_a_text_with_a_videos_name_is_no_label_file_without_our_columns(tmp_path: Path, put: Put) -> None:
    put(VIDEO)
    put("S1/S1_feeding1_1.txt", "reached for the cup twice\n")
    put("S1/S1_feeding1_1.tsv", "frame\tx\n1\t2\n")
    report = index(tmp_path)
    assert [trial.labels for trial in report.trials] == [None] and not report.problems


def test_subfolders_in_another_case_or_none_at_all(tmp_path: Path, put: Put) -> None:
    put(VIDEO)
    put("S2/S2_feeding1_1.mp4")
    other_case = put("s1/S1_feeding1_1.csv", below="labels")
    flat = put("S2_feeding1_1.csv", below="labels")
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    assert [trial.labels for trial in report.trials] == [other_case, flat] and not report.problems


def test_a_name_that_several_videos_have_is_not_guessed(tmp_path: Path, put: Put) -> None:
    put("day1/clip.mp4")
    put("day2/clip.mp4")
    put("clip.csv", below="labels")
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    assert [trial.labels for trial in report.trials] == [None, None]
    (problem,) = report.problems
    assert f"{tmp_path / 'labels'}: 1 of 1 label files match no video: clip.csv (nearest: day1/clip.mp4)" in problem


def test_the_exact_name_comes_first_and_the_other_is_named(tmp_path: Path, put: Put) -> None:
    put(VIDEO)
    exact, other = put("S1/S1_feeding1_1.csv"), put("S1/S1_feeding1_1.CSV")
    report = index(tmp_path)
    assert [trial.labels for trial in report.trials] == [exact]
    assert report.problems == (f"{exact}: is used, not {other} of the same name; keep one",)


def test_two_names_that_are_not_exact_are_refused(tmp_path: Path, put: Put) -> None:
    video = put(VIDEO)
    both = sorted([put("S1/S1_feeding1_1.CSV"), put("S1/s1_feeding1_1.csv")])
    report = index(tmp_path)
    assert [trial.labels for trial in report.trials] == [None]
    (problem,) = report.problems
    assert problem.startswith(f"{video}: several label files have its name but for case or form: {both[0]}, {both[1]};")


def test_label_files_that_match_no_video_are_named_with_the_nearest(tmp_path: Path, put: Put) -> None:
    put(VIDEO)
    put("S2/S2_feeding1_1.mp4")
    matched = put("S2/S2_feeding1_1.csv", below="labels")
    put("S1/S1_feding1_1.csv", below="labels")
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    assert [trial.labels for trial in report.trials] == [None, matched]
    (problem,) = report.problems
    assert "1 of 2 label files match no video: S1/S1_feding1_1.csv (nearest: S1/S1_feeding1_1.mp4)" in problem


def test_many_of_them_are_counted(tmp_path: Path, put: Put) -> None:
    put(VIDEO)
    for number in range(10):
        put(f"X{number}.csv", below="labels")
    (problem,) = index(tmp_path, labels_dir=tmp_path / "labels").problems
    assert "10 of 10 label files match no video" in problem and "and 7 more" in problem


def test_label_files_beside_the_videos_that_match_none_are_named(tmp_path: Path, put: Put) -> None:
    put(VIDEO)
    put("labels/S1/S1_feeding1_1.csv")
    put("S1/S1_feeding1_1_labels.csv", "sep=;\nonset;marker\n0;reach\n")
    put("S1/utf16.csv", "T\0i\0m\0e\0_\0s\0,\0M\0\n")
    for name, header in {
        "manifest.csv": "video_id,path,patient",
        "keypoints/S1_feeding1_1.csv": "frame,joint,x,y,confidence",
        "S1/S1_feeding1_1_frames.csv": "frame,x",
        "patients.csv": "patient,side",
    }.items():
        put(name, header + "\n")
    (problem,) = index(tmp_path).problems
    assert "3 of 3 label files match no video" in problem
    for name in ("S1/S1_feeding1_1_labels.csv", "S1/utf16.csv", "labels/S1/S1_feeding1_1.csv"):
        assert name in problem
    report = index(tmp_path, labels_dir=tmp_path / "videos" / "labels")
    assert report.trials[0].labels == tmp_path / "videos/labels/S1/S1_feeding1_1.csv"


@pytest.mark.parametrize(
    ("other", "says"), [("a.xlsx", "it has 1 *.xlsx"), ("sub/a.eaf", "it has 1 *.eaf"), (None, "it is empty")]
)
def test_a_folder_without_label_files_says_what_is_in_it(
    tmp_path: Path, put: Put, other: str | None, says: str
) -> None:
    put(VIDEO)
    (tmp_path / "labels").mkdir()
    if other:
        put(other, below="labels")
    (problem,) = index(tmp_path, labels_dir=tmp_path / "labels").problems
    assert problem == f"{tmp_path / 'labels'}: holds no label file (*.csv); {says}"


def test_the_labels_of_a_video_that_is_left_out_are_not_strangers(tmp_path: Path, put: Put) -> None:
    put(VIDEO)
    put("S1/S1_feeding1_1.MTS", "\0")
    put("S1/S1_feeding1_1.csv")
    (problem,) = index(tmp_path).problems
    assert "S1_feeding1_1.MTS: left out" in problem


def test_the_videos_folder_as_folder_of_labels(tmp_path: Path, put: Put) -> None:
    put(VIDEO)
    labels = put("S1/S1_feeding1_1.csv")
    put("manifest.csv", "video_id,path\n")
    report = index(tmp_path, labels_dir=tmp_path / "videos")
    assert report.trials[0].labels == labels and not report.problems


def test_hundreds_of_files_find_each_other(tmp_path: Path, put: Put) -> None:
    for number in range(200):
        put(f"S{number % 50}/S{number % 50}_feeding{number}_1.mp4", "")
        put(f"S{number % 50}/S{number % 50}_Feeding{number}_1.CSV", below="labels")
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    assert sum(trial.labels is not None for trial in report.trials) == 200 and not report.problems
