from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.check import probing
from lmms_eval_plugins.dataset.check.probing import Measured, Probes
from lmms_eval_plugins.video.camera import CameraFacts
from lmms_eval_plugins.video.probe import VideoInfo

INFO = VideoInfo(29.97, 60, 64, 48, CameraFacts(quarter_turns=1, colour="BT.709", start_s=0.5))


class Counting:
    """Measures that count how often each file was measured."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def __call__(self, path: Path) -> Measured:
        self.names.append(path.name)
        if not path.exists():
            return Measured(None, "no such video file", is_missing=True)
        return Measured(INFO, damage=("a frame",)) if path.read_bytes() == b"good" else Measured(None, "bad")


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    paths = [tmp_path / name for name in ("a.mp4", "b.mp4", "gone.mp4")]
    paths[0].write_bytes(b"good")
    paths[1].write_bytes(b"evil")
    return paths


@pytest.fixture(autouse=True)
def no_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STROKEREHAB_CACHE", raising=False)


def test_what_was_measured_is_kept_and_read_back_equal(tmp_path: Path, files: list[Path]) -> None:
    measure = Counting()
    told: list[tuple[int, int]] = []
    first = Probes(tmp_path, "headers", measure).measure(files, lambda done, total, name: told.append((done, total)))
    assert [*first] == files and told == [(1, 3), (2, 3), (3, 3)]
    again = Probes(tmp_path, "headers", measure).measure(files)
    assert again == first
    info = again[files[0]].info
    assert info is not None and info.camera == INFO.camera
    assert sorted(measure.names) == ["a.mp4", "b.mp4", "gone.mp4", "gone.mp4"], "a missing file may come"


def test_a_file_that_changes_is_measured_again(tmp_path: Path, files: list[Path]) -> None:
    Probes(tmp_path, "headers", Counting()).measure(files[:2])
    files[1].write_bytes(b"good")
    os.utime(files[1], ns=(1, 1))
    measure = Counting()
    assert Probes(tmp_path, "headers", measure).measure(files[:2])[files[1]].info == INFO
    assert measure.names == ["b.mp4"]
    assert len((tmp_path / ".probes" / "headers.jsonl").read_text().splitlines()) == 3, "what is out of date is gone"


def test_other_code_measures_again(tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    Probes(tmp_path, "headers", Counting()).measure(files[:2])
    monkeypatch.setattr(probing, "_version", lambda: "another")
    measure = Counting()
    Probes(tmp_path, "headers", measure).measure(files[:2])
    assert len(measure.names) == 2


@pytest.mark.parametrize("content", ["", "{", '"x"\n', "[]\n[]\n", "\xff"])
def test_a_damaged_file_of_measures_is_made_anew(tmp_path: Path, files: list[Path], content: str) -> None:
    Probes(tmp_path, "headers", Counting()).measure(files[:2])
    (kept,) = (tmp_path / ".probes").iterdir()
    version = json.loads(kept.read_text().splitlines()[0])
    for text in (content, json.dumps(version) + "\n" + content):
        kept.write_text(text, encoding="latin-1")
        assert Probes(tmp_path, "headers", Counting()).measure(files[:2])[files[0]].info == INFO


def test_a_folder_that_is_read_only_is_left_alone(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    data = tmp_path / "data"
    data.mkdir()
    data.chmod(0o555)
    Probes(data, "headers", Counting()).measure(files)
    assert [*data.iterdir()] == []
    assert len([*(tmp_path / "cache/strokerehab/probes").glob("*/headers.jsonl")]) == 1


def test_nothing_is_kept_beside_a_dataset_where_another_folder_is_named(
    tmp_path: Path, files: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STROKEREHAB_CACHE", str(tmp_path / "elsewhere"))
    Probes(tmp_path, "headers", Counting()).measure(files)
    assert not (tmp_path / ".probes").exists()
    assert len([*(tmp_path / "elsewhere/probes").glob("*/headers.jsonl")]) == 1


def test_what_is_measured_before_an_interruption_is_kept(tmp_path: Path, files: list[Path]) -> None:
    def told(done: int, total: int, name: str) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Probes(tmp_path, "headers", Counting()).measure(files[:1], told)
    measure = Counting()
    Probes(tmp_path, "headers", measure).measure(files[:1])
    assert measure.names == []
