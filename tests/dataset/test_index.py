from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.index import IndexReport, index_folder
from lmms_eval_plugins.dataset.manifest import read_manifest, write_manifest
from lmms_eval_plugins.domain.vocabulary import Cohort
from lmms_eval_plugins.video.probe import CameraFacts, VideoInfo
from lmms_eval_plugins.video.probe import probe as probe_file

LABELS = "Time_s,MarkerNames\n0,l_reach\n1,l_idle\n2,\n"


def probe(path: Path) -> VideoInfo:
    if path.read_bytes() == b"broken":
        raise UserError(f"{path}: broken")
    return VideoInfo(fps=30.0, n_frames=60, width=64, height=48)


Put = Callable[..., Path]


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def put(name: str, content: str = "video", below: str = "videos") -> Path:
        path = tmp_path / below / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    return put


def index(tmp_path: Path, **options: Any) -> IndexReport:
    return index_folder(tmp_path / "videos", probe=probe, **options)


def test_names_that_follow_the_pattern(tmp_path: Path, put: Put) -> None:
    put("S1/S1_deodrant2_1.MKV")
    put("S1/S1_RTT left side1_2.mp4")
    report = index(tmp_path, cohorts={"S1": "severe"})
    assert not report.problems
    rtt, deodorant = report.trials
    assert (rtt.video_id, rtt.activity, rtt.hand, rtt.view) == ("S1_RTT left side1_2", "RTT left side", "left", "2")
    assert (deodorant.video_id, deodorant.activity, deodorant.repetition) == ("S1_deodrant2_1", "deodorant", 2)
    assert (deodorant.patient, deodorant.cohort, deodorant.hand) == ("S1", "severe", "")
    assert (deodorant.fps, deodorant.n_frames, deodorant.duration_s) == (30.0, 60, 2.0)


def test_any_other_name_is_indexed_too(tmp_path: Path, put: Put) -> None:
    for name in ("loose clip.mov", "P1/morning.webm", "site/P2/evening.avi"):
        put(name)
    put("notes.txt")
    put(".hidden.mp4")
    put(".cache/thumbnail.mp4")
    found = {(t.video_id, t.patient, t.activity, t.cohort, t.repetition) for t in index(tmp_path).trials}
    assert found == {
        ("loose clip", "loose clip", "", "", 1),
        ("P1__morning", "P1", "", "", 1),
        ("site__P2__evening", "evening", "", "", 1),
    }


def test_label_files_beside_and_in_a_parallel_tree(tmp_path: Path, put: Put) -> None:
    put("S1/S1_feeding1_1.mp4")
    beside = put("S1/S1_feeding1_1.csv", LABELS)
    (trial,) = index(tmp_path).trials
    assert (trial.labels, trial.hand) == (beside, "left")
    parallel = put("S1/S1_feeding1_1.csv", LABELS.replace("l_", "r_"), below="labels")
    (trial,) = index(tmp_path, labels_dir=tmp_path / "labels").trials
    assert (trial.labels, trial.hand) == (parallel, "right")
    parallel.unlink()
    assert index(tmp_path, labels_dir=tmp_path / "labels").trials[0].labels == beside


def test_a_label_file_knows_the_hand_better_than_the_name(tmp_path: Path, put: Put) -> None:
    put("S1/S1_RTT right side1_1.mp4")
    put("S1/S1_RTT right side1_1.csv", LABELS)
    assert index(tmp_path).trials[0].hand == "left"


def test_problems_are_named_and_the_rest_goes_on(tmp_path: Path, put: Put) -> None:
    bad_video = put("S1/S1_feeding1_1.mp4", "broken")
    put("S1/S1_feeding2_1.mp4")
    bad_labels = put("S1/S1_feeding2_1.csv", LABELS.replace("l_", ""))
    put("S1/S1_feeding3_1.mp4")
    report = index(tmp_path)
    assert [(t.video_id, t.labels) for t in report.trials] == [("S1_feeding2_1", None), ("S1_feeding3_1", None)]
    assert report.problems[0] == f"{bad_video}: broken"
    assert report.problems[1].startswith(f"{bad_labels}, MarkerNames: no marker names a side")


def test_the_same_problem_in_many_label_files_is_one_line_with_their_number(tmp_path: Path, put: Put) -> None:
    for number in range(200):
        put(f"S1/S1_feeding{number}_1.mp4")
        put(f"S1/S1_feeding{number}_1.csv", "Zeit_s,Marker\n0,l_reach\n1,\n")
    put("S2/S2_feeding1_1.mp4")
    other = put("S2/S2_feeding1_1.csv", LABELS.replace("1,", "soon,"))
    same, alone = index(tmp_path).problems
    assert same.startswith("table in 200 label files (") and "S1_feeding0_1.csv" in same and "and 195 more" in same
    assert "the first: " in same and "the header has Zeit_s, Marker (the video is listed without labels)" in same
    assert alone.startswith(f"{other}, line 3, Time_s: 'soon' is not a number")


def test_a_name_that_no_manifest_can_hold(tmp_path: Path, put: Put) -> None:
    blank = put(" .mp4")
    put("a.mp4")
    report = index(tmp_path)
    assert [t.video_id for t in report.trials] == ["a"]
    assert report.problems[0].startswith(f"{blank}: left out, video_id: ")


def test_namesakes_get_ids_of_their_own_or_are_named(tmp_path: Path, put: Put) -> None:
    for name in ("day1/S1_feeding1_1.mp4", "day2/S1_feeding1_1.mp4", "day2/S1_feeding1_1.avi"):
        put(name)
    report = index(tmp_path)
    assert [t.video_id for t in report.trials] == ["day1__S1_feeding1_1", "day2__S1_feeding1_1"]
    (problem,) = report.problems
    assert "day2/S1_feeding1_1.mp4" in problem and "same name as S1_feeding1_1.avi" in problem


def test_linked_folders_are_followed_once(tmp_path: Path, put: Put) -> None:
    put("S1/S1_feeding1_1.mp4")
    put("S2_feeding1_1.mp4", below="elsewhere")
    (tmp_path / "videos" / "S1" / "loop").symlink_to(tmp_path / "videos")
    (tmp_path / "videos" / "S2").symlink_to(tmp_path / "elsewhere")
    report = index(tmp_path)
    assert [t.video_id for t in report.trials] == ["S1_feeding1_1", "S2_feeding1_1"] and not report.problems


def test_nothing_to_index(tmp_path: Path, put: Put) -> None:
    with pytest.raises(UserError, match="videos: no such folder"):
        index(tmp_path)
    (tmp_path / "videos").mkdir()
    with pytest.raises(UserError, match="no video in this folder"):
        index(tmp_path)
    put("a.mp4", "broken")
    with pytest.raises(UserError, match=r"none of its 1 videos can be used; the first: .*a.mp4: broken"):
        index(tmp_path)
    with pytest.raises(UserError, match="labels: no such folder"):
        index(tmp_path, labels_dir=tmp_path / "labels")


def test_progress_is_reported_before_each_video(tmp_path: Path, put: Put) -> None:
    first, second = put("a.mp4"), put("b.mp4", "broken")
    calls: list[tuple[object, ...]] = []
    index(tmp_path, progress=lambda *call: calls.append(call))
    assert calls == [(0, 2, first), (1, 2, second)]


def test_a_relative_folder_with_real_videos_becomes_a_manifest(
    tmp_path: Path, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    av = pytest.importorskip("av")
    monkeypatch.chdir(tmp_path)
    good = put("S1/S1_feeding1_1.mp4", "")
    with av.open(str(good), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 64, 48
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode(None))
    put("S1/S1_feeding2_1.mp4", "")
    (tmp_path / "videos/S1/S1_feeding3_1.mp4").write_bytes(good.read_bytes()[:200])
    report = index_folder(Path("videos"), probe=probe_file)
    assert len(report.problems) == 2
    assert "S1_feeding2_1.mp4" in report.problems[0] and "S1_feeding3_1.mp4" in report.problems[1]
    write_manifest(Path("videos/manifest.csv"), report.trials)
    (trial,) = read_manifest(Path("videos/manifest.csv"))
    assert (trial.fps, trial.n_frames, trial.width, trial.height, trial.duration_s) == (25.0, 10, 64, 48, 0.4)
    assert trial.path == good


def names_of(paths: Any) -> list[str]:
    return [f"{path.parent.parent.name}/{path.parent.name}" for path in paths]


def two_raters(put: Put) -> None:
    for name in ("S1/S1_feeding1_1", "S2/S2_feeding1_1"):
        put(f"{name}.mp4")
        put(f"{name}.csv", LABELS, below="labels/anna")
    put("S1/S1_feeding1_1.csv", LABELS.replace("1,", "1.5,"), below="labels/bert")


def test_the_first_folder_of_labels_is_the_truth_and_the_others_are_further_raters(tmp_path: Path, put: Put) -> None:
    two_raters(put)
    anna, bert = tmp_path / "labels" / "anna", tmp_path / "labels" / "bert"
    first, second = index(tmp_path, labels_dir=anna, further_labels=[bert]).trials
    assert (first.labels, first.other_labels) == (anna / "S1/S1_feeding1_1.csv", (bert / "S1/S1_feeding1_1.csv",))
    assert (second.labels, second.other_labels) == (anna / "S2/S2_feeding1_1.csv", ())
    report = index(tmp_path, labels_dir=bert, further_labels=[anna])
    assert names_of([report.trials[0].labels, *report.trials[0].other_labels]) == ["bert/S1", "anna/S1"]
    assert names_of([report.trials[1].labels]) == ["anna/S2"] and report.trials[1].other_labels == ()
    (warning,) = report.warnings
    assert "S2_feeding1_1.mp4: is not labelled in" in warning and "its truth is" in warning


def test_a_rater_is_not_compared_with_himself(tmp_path: Path, put: Put) -> None:
    two_raters(put)
    anna = tmp_path / "labels" / "anna"
    with pytest.raises(UserError, match="anna: is given twice as a folder of labels"):
        index(tmp_path, labels_dir=anna, further_labels=[anna / ".." / "anna"])


def test_a_folder_per_rater_below_the_folder_of_labels(tmp_path: Path, put: Put) -> None:
    two_raters(put)
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    assert names_of([report.trials[0].labels, *report.trials[0].other_labels]) == ["anna/S1", "bert/S1"]
    assert report.problems == ()
    assert report.warnings == (f"{tmp_path / 'labels'}: has a folder per rater; anna is the truth, bert for agreement",)


def test_folders_of_what_was_converted_lie_side_by_side_and_predictions_are_no_raters(tmp_path: Path, put: Put) -> None:
    for patient in ("S1", "S2"):
        put(f"{patient}/{patient}_feeding1_1.mp4")
        for rater in ("anna", "decoded mbr", "prediction", "truth"):
            put(f"{patient}_feeding1_1.csv", LABELS, below=f"labels/{rater}")
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    for trial in report.trials:
        assert [one.parent.name for one in (trial.labels, *trial.other_labels) if one] == ["truth", "anna"]
    assert report.problems == ()
    assert report.warnings == (
        f"{tmp_path / 'labels'}: has a folder per rater; truth is the truth, anna for agreement;"
        " what a model predicted is not read as a rater's labels: decoded mbr, prediction",
    )


def test_folders_that_are_not_clearly_raters_are_not_taken_for_them(tmp_path: Path, put: Put) -> None:
    two_raters(put)
    put("S1/S1_feeding1_1.csv", LABELS, below="labels")
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    assert report.trials[0].labels == tmp_path / "labels/S1/S1_feeding1_1.csv"
    assert report.trials[0].other_labels == ()
    assert "label files match no video" in report.problems[-1]


def test_a_further_raters_bad_file_is_left_out_by_name(tmp_path: Path, put: Put) -> None:
    two_raters(put)
    bad = put("S2/S2_feeding1_1.csv", "Time_s,MarkerNames\n0,l_reach\n4000,l_idle\n", below="labels/bert")
    report = index(tmp_path, labels_dir=tmp_path / "labels")
    assert report.trials[1].labels is not None and report.trials[1].other_labels == ()
    (problem,) = report.problems
    assert problem.startswith(f"{bad}: the labels reach to 4,000 s") and problem.endswith("(these labels are left out)")


def test_what_is_doubtful_in_labels_is_a_warning_and_the_labels_are_used(tmp_path: Path, put: Put) -> None:
    put("S1/S1_RTT left side1_1.mp4")
    labels = put("S1/S1_RTT left side1_1.csv", "Time_s,MarkerNames\n0,r_reach\n1,r_idle\n")
    report = index(tmp_path)
    (trial,) = report.trials
    assert (trial.hand, trial.labels, report.problems) == ("right", labels, ())
    assert report.warnings == (
        f"{labels}: the video's name says left, the labels are read as the right hand's (2 markers of the right hand,"
        " 0 of the left)",
        f"{labels}: no row closes 'idle', which starts at 1 s: it ends with the video at 2 s",
    )


def test_labels_in_frames_are_a_problem_with_the_guess(tmp_path: Path, put: Put) -> None:
    put("S1/S1_feeding1_1.mp4")
    put("S1/S1_feeding1_1.csv", "Time_s,MarkerNames\n0,l_reach\n30,l_idle\n60,\n")
    report = index(tmp_path)
    assert report.trials[0].labels is None
    assert "they look like frames at 30 fps: divide them by 30 (the video is listed" in report.problems[0]


def test_labels_of_a_video_that_starts_late_are_on_the_clock_of_the_container(tmp_path: Path, put: Put) -> None:
    put("S1/S1_feeding1_1.mp4")
    put("S1/S1_feeding1_1.csv", "Time_s,MarkerNames\n3,l_reach\n4,l_idle\n5,\n")
    late = VideoInfo(fps=30.0, n_frames=60, width=64, height=48, camera=CameraFacts(start_s=3.0))
    assert index_folder(tmp_path / "videos", probe=lambda _: late).warnings == ()
    assert index(tmp_path).trials[0].labels is None, "5 s of labels do not fit a video of 2 s"


def test_the_scheme_beside_the_videos_names_the_labels(tmp_path: Path, put: Put) -> None:
    put("S1/S1_feeding1_1.mp4")
    labels = put("S1/S1_feeding1_1.csv", "Time_s,MarkerNames\n0,l_pinch\n1,l_hold\n2,\n")
    assert index(tmp_path).trials[0].labels is None
    put("scheme.yaml", 'name: own\nlabels:\n  pinch: {colour: "#000000"}\n  hold: {colour: "#FFFFFF"}\n')
    assert index(tmp_path).trials[0].labels == labels


def test_a_patient_whose_zeros_are_lost_is_pointed_at_the_near_one(tmp_path: Path, put: Put) -> None:
    put("S0001/S0001_feeding1_1.mp4")
    put("S2/S2_feeding1_1.mp4")
    cohorts: dict[str, Cohort] = {"S0001": "mild", "S0002": "severe"}
    (warning,) = index(tmp_path, cohorts=cohorts).warnings
    assert "has 'S2', which is not in the list of cohorts; that has 'S0002': write both the same way" in warning
    assert index(tmp_path, cohorts={"S0003": "mild", "S0002": "severe"}).warnings == (), "not the study's patients"


def test_the_start_of_a_video_on_its_containers_clock_is_its_offset(tmp_path: Path, put: Put) -> None:
    put("P01_RTT1_1.mp4")

    def late(path: Path) -> VideoInfo:
        return replace(probe(path), camera=CameraFacts(start_s=1.2))

    (trial,) = index_folder(tmp_path / "videos", probe=late).trials
    assert trial.offset_s == 1.2
