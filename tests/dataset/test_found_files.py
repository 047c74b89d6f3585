"""Which files of a folder are videos, whatever they are called, and what is said about the others."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.found_files import CAMERA_SUFFIXES, COMMON_SUFFIXES, find_files
from lmms_eval_plugins.dataset.index import IndexReport, index_folder
from lmms_eval_plugins.dataset.manifest import read_manifest, write_manifest
from lmms_eval_plugins.video.probe import VideoInfo

Put = Callable[..., Path]
BINARY = b"\x00\x00\x01\xba"


@pytest.fixture
def put(tmp_path: Path) -> Put:
    def put(name: str, content: bytes = BINARY) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return put


def index(folder: Path, **options: Any) -> IndexReport:
    return index_folder(folder, probe=lambda path: VideoInfo(fps=30.0, n_frames=60, width=64, height=48), **options)


@pytest.mark.parametrize("suffix", [*COMMON_SUFFIXES, *CAMERA_SUFFIXES])
def test_videos_of_every_kind_in_any_case(tmp_path: Path, put: Put, suffix: str) -> None:
    for name in ("a" + suffix, "b" + suffix.upper(), "c" + suffix.title()):
        put(name)
    report = index(tmp_path)
    assert [trial.video_id for trial in report.trials] == ["a", "b", "c"] and not report.problems


def test_kinds_that_are_not_read_are_named(tmp_path: Path, put: Put) -> None:
    put("a.mp4")
    for name in ("b.braw", "c.R3D", "d.rmvb", "e.svo2", "f.mp4.part", "g.MOV.crdownload", "h.avi.zip", "i.lrv"):
        put(name)
    for name in ("notes.txt", "a.mp4.json", "photo.jpg", "data.parquet", "sound.wav"):
        put(name)
    report = index(tmp_path)
    assert [trial.video_id for trial in report.trials] == ["a"]
    lines = "\n".join(report.problems)
    for name in ("b.braw", "c.R3D", "d.rmvb", "e.svo2", "f.mp4.part", "g.MOV.crdownload", "h.avi.zip", "i.lrv"):
        assert f"left out: {name}" in lines
    assert len(report.problems) == 8 and f"{tmp_path}: *.braw files are not read; left out: b.braw" in lines


def test_many_files_of_a_kind_are_counted(tmp_path: Path, put: Put) -> None:
    put("a.mp4")
    for number in range(12):
        put(f"P{number:02}/x.braw")
    (problem,) = index(tmp_path).problems
    assert "left out: P00/x.braw, P01/x.braw, P02/x.braw and 9 more; convert them to mp4" in problem


def test_a_folder_of_nothing_that_is_read_says_what_is_there(tmp_path: Path, put: Put) -> None:
    put("a.braw")
    with pytest.raises(UserError, match=r"no video in this folder.*\*\.braw files are not read; left out: a\.braw"):
        index(tmp_path)


def test_text_with_a_suffix_of_videos_is_no_video(tmp_path: Path, put: Put) -> None:
    put("a.ts", b"\x47\x40\x11\x10\x00\x42")
    put("web/app.ts", b"export const a = 1;\n")
    put("web/view.ts", b"import { a } from './app';\n")
    put("skeleton.asf", b"# AST/ASF file\n:version 1.10\n")
    put("b.asf", b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\x00")
    report = index(tmp_path)
    assert [trial.path.name for trial in report.trials] == ["a.ts", "b.asf"]
    assert set(report.problems) == {
        f"{tmp_path}: *.ts files that hold text are no videos; left out: web/app.ts, web/view.ts",
        f"{tmp_path}: *.asf files that hold text are no videos; left out: skeleton.asf",
    }


def test_a_file_that_is_no_video_inside_is_named_by_the_probe(tmp_path: Path, put: Put) -> None:
    av = pytest.importorskip("av")
    from lmms_eval_plugins.video.probe import probe

    good = put("good.MTS", b"")
    with av.open(str(good), "w", format="mpegts") as container:
        stream = container.add_stream("mpeg2video", rate=25)
        stream.width, stream.height = 64, 48
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame(64, 48, "yuv420p")))
        container.mux(stream.encode(None))
    names = ("empty.mts", "text.wmv", "noise.vob", "binary.ts")
    for name, content in zip(names, (b"", b"not a video", bytes(range(256)) * 8, bytes(512)), strict=True):
        put(name, content)
    report = index_folder(tmp_path, probe=probe)
    assert [trial.video_id for trial in report.trials] == ["good"]
    assert len(report.problems) == 4
    for name in names:
        assert sum(f"/{name}: " in problem for problem in report.problems) == 1


def test_a_recording_in_two_kinds_is_taken_once_from_the_common_one(tmp_path: Path, put: Put) -> None:
    put("S1/S1_feeding1_1.MTS")
    put("S1/S1_feeding1_1.mp4")
    put("S1/S1_feeding1_1.avi")
    report = index(tmp_path)
    assert [(trial.video_id, trial.path.name) for trial in report.trials] == [("S1_feeding1_1", "S1_feeding1_1.avi")]
    mts, mp4 = report.problems
    assert "S1_feeding1_1.MTS: left out, it has the same name as S1_feeding1_1.avi" in mts
    assert "S1_feeding1_1.mp4: left out, it has the same name as S1_feeding1_1.avi" in mp4


def test_names_that_differ_by_case_or_normal_form_are_named(tmp_path: Path, put: Put) -> None:
    put("clip.mp4")
    put("Clip.mp4")
    put(unicodedata.normalize("NFC", "Zoé.mp4"))
    put(unicodedata.normalize("NFD", "Zoé.mp4"))
    report = index(tmp_path)
    assert [trial.video_id for trial in report.trials] == ["Clip", "Zoé"]
    assert len(report.problems) == 2 and all("rename one of them" in problem for problem in report.problems)
    write_manifest(tmp_path / "manifest.csv", report.trials)
    assert len(read_manifest(tmp_path / "manifest.csv")) == 2


def test_ids_and_patients_are_in_composed_form(tmp_path: Path, put: Put) -> None:
    path = put(unicodedata.normalize("NFD", "Zoé/Zoé_feeding1_1.mp4"))
    (trial,) = index(tmp_path).trials
    assert (trial.video_id, trial.patient, trial.path) == ("Zo\u00e9_feeding1_1", "Zo\u00e9", path)


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("nul.mp4", "video_id: is the name of a device"),
        ("a\nb.mp4", r"path: holds the invisible character U\+000A"),
        ("x" * 210 + ".mp4", "video_id: is 210 bytes long"),
        ("back\\slash.mp4", "video_id: holds"),
        ("C:clip.mp4", "video_id: starts like a drive letter"),
        ("caf\udce9.mp4", r"path: holds the invisible character U\+DCE9"),
    ],
    ids=ascii,
)
def test_a_video_whose_name_no_manifest_can_hold_is_left_out(tmp_path: Path, put: Put, name: str, problem: str) -> None:
    put("good.mp4")
    put(name)
    report = index(tmp_path)
    assert [trial.video_id for trial in report.trials] == ["good"]
    with pytest.raises(UserError, match=f"left out, {problem}"):
        raise UserError(report.problems[0])
    assert len(report.problems) == 1 and "\n" not in report.problems[0]


def test_files_are_found_in_order_and_hidden_ones_are_not(tmp_path: Path, put: Put) -> None:
    for name in ("b.mp4", "a/c.MP4", "a/c.CSV", ".b.mp4", ".cache/d.mp4", "._b.mp4"):
        put(name)
    found = find_files(tmp_path)
    assert [path.relative_to(tmp_path).as_posix() for path in found.videos] == ["a/c.MP4", "b.mp4"]
    assert [path.name for path in found.tables] == ["c.CSV"] and not found.unread
