"""The demo dataset on disk."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TypedDict

import av
import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.label_file import read_labels
from lmms_eval_plugins.dataset.manifest import read_fma_manifest, read_item_scores, read_manifest
from lmms_eval_plugins.demo import render
from lmms_eval_plugins.demo.render import ensure_demo, render_dataset
from lmms_eval_plugins.demo.scenes import film
from lmms_eval_plugins.demo.scenes.activities import exercises
from lmms_eval_plugins.demo.scenes.camera import HEIGHT, WIDTH
from lmms_eval_plugins.demo.scenes.exams import clips as film_exam
from lmms_eval_plugins.demo.scenes.exams.items import EXAM_FPS, EXAMS, item_scores


class Small(TypedDict):
    """Arguments of a small demo."""

    subjects: int
    seconds: float
    workers: int


SMALL: Small = {"subjects": 1, "seconds": 2.0, "workers": 1}


@pytest.fixture(scope="module", autouse=True)
def _few() -> Iterator[None]:
    """Two activities and two tasks of the assessment are enough here."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exercises, "EXERCISES", {name: exercises.EXERCISES[name] for name in ("RTT", "shelf")})
        patch.setattr(film_exam, "EXAMS", [exam for exam in EXAMS if exam.name in ("13", "31_33")])
        yield


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "data"
    assert ensure_demo(folder, **SMALL) == folder / "manifest.csv"
    return folder


def _digests(folder: Path) -> dict[str, str]:
    files = [path for path in folder.rglob("*") if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_videos_are_what_the_manifest_says(demo: Path) -> None:
    trials = read_manifest(demo / "manifest.csv")
    assert [trial.activity.split()[0] for trial in trials] == ["RTT", "shelf"]
    for trial in trials:
        assert trial.path.stem == trial.video_id == f"{trial.patient}_{trial.activity}1_1"
        with av.open(str(trial.path)) as container:
            stream = container.streams.video[0]
            assert stream.codec_context.name == "h264"
            assert stream.pix_fmt == "yuv420p"
            assert stream.average_rate == trial.fps == 30
            assert (stream.width, stream.height) == (trial.width, trial.height)
            assert sum(1 for _ in container.decode(stream)) == trial.n_frames == 60
        assert trial.labels is not None
        labelled = read_labels(trial.labels)
        assert labelled.hand == trial.hand
        assert labelled.timeline.end_s == trial.duration_s == 2.0


def test_clips_are_what_their_manifest_says(demo: Path) -> None:
    clips = read_fma_manifest(demo / "fma_clips.csv")
    assert [clip.video_id for clip in clips] == [
        f"DC0001_FM{name}" for name in ("13_A_S", "13_B_S", "31_33_A_F", "31_33_H_F")
    ]
    for clip in clips:
        with av.open(str(clip.path)) as container:
            stream = container.streams.video[0]
            assert stream.average_rate == clip.fps == EXAM_FPS
            assert sum(1 for _ in container.decode(stream)) == clip.n_frames
        assert clip.n_frames / clip.fps == pytest.approx(clip.duration_s, abs=1e-3)
        assert clip.side_affected == "Left"
        assert clip.cohort == "healthy"
        assert clip.affected_place == ("Left" if clip.laterality == "B" else "")
    assert [(clips[0].item_low, clips[0].item_high), (clips[2].item_low, clips[2].item_high)] == [(13, 13), (31, 33)]
    assert read_item_scores(demo / "fma_scores.csv") == {"DC0001": item_scores(0, 0)}


def test_keypoints_selections_and_note_are_there(demo: Path) -> None:
    lines = gzip.decompress((demo / "keypoints.csv.gz").read_bytes()).decode().splitlines()
    assert lines[0] == "video_id,frame,joint,x,y,confidence"
    assert len(lines) == 1 + 2 * 60 * 17
    assert lines[1].split(",")[1:3] == ["0", "nose"]
    assert "identification: {}" in (demo / "selections.yaml").read_text()
    assert "identification_scored: {}" in (demo / "selections.yaml").read_text()
    assert "fma: {}" in (demo / "selections.yaml").read_text()
    assert "fma_clips.csv" in (demo / "DEMO.txt").read_text()
    assert "clinically" in (demo / "DEMO.txt").read_text()
    assert [path.name for path in demo.parent.iterdir()] == [demo.name]


def test_the_same_arguments_make_the_same_files(demo: Path, tmp_path: Path) -> None:
    render_dataset(tmp_path / "again", **SMALL)
    assert _digests(tmp_path / "again") == _digests(demo)


def test_two_workers_make_the_same_files_as_one(demo: Path, tmp_path: Path) -> None:
    done: list[tuple[int, int]] = []
    render_dataset(tmp_path / "d", subjects=1, seconds=2.0, workers=2, progress=lambda *now: done.append(now))
    assert done == [(1, 6), (2, 6), (4, 6), (6, 6)]
    assert _digests(tmp_path / "d") == _digests(demo)


def test_a_current_demo_is_left_alone(demo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(render, "render_dataset", lambda *_: pytest.fail("rendered again"))
    assert ensure_demo(demo, **SMALL) == demo / "manifest.csv"


class TestWithoutPictures:
    """What happens to folders; the pictures do not matter, so none are painted."""

    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def blank(*_: object) -> Iterator[object]:
            yield np.zeros((HEIGHT, WIDTH, 3), np.uint8)

        monkeypatch.setattr(film, "paint", blank)
        monkeypatch.setattr(film_exam, "paint_exam", blank)

    def test_a_demo_of_another_version_is_rendered_anew(self, tmp_path: Path) -> None:
        ensure_demo(tmp_path / "d", **SMALL)
        record = tmp_path / "d" / "demo.json"
        record.write_text(json.dumps({**json.loads(record.read_text()), "renderer": 0}))
        (tmp_path / "d" / "stale").touch()
        ensure_demo(tmp_path / "d", **SMALL)
        assert json.loads(record.read_text())["renderer"] == render.RENDERER_VERSION
        assert not (tmp_path / "d" / "stale").exists()

    def test_other_arguments_render_anew(self, tmp_path: Path) -> None:
        ensure_demo(tmp_path / "d", **SMALL)
        ensure_demo(tmp_path / "d", seed=3, **SMALL)
        assert json.loads((tmp_path / "d" / "demo.json").read_text())["seed"] == 3

    def test_an_interrupted_render_leaves_the_old_demo_or_none(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupt(*_: object) -> None:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            ensure_demo(tmp_path / "d", interrupt, **SMALL)
        assert list(tmp_path.iterdir()) == []
        ensure_demo(tmp_path / "d", **SMALL)
        before = (tmp_path / "d" / "demo.json").read_text()
        with pytest.raises(KeyboardInterrupt):
            ensure_demo(tmp_path / "d", interrupt, seed=3, **SMALL)
        assert (tmp_path / "d" / "demo.json").read_text() == before
        assert [path.name for path in tmp_path.iterdir()] == ["d"]

    def test_an_empty_folder_is_used(self, tmp_path: Path) -> None:
        (tmp_path / "d").mkdir()
        assert ensure_demo(tmp_path / "d", **SMALL).is_file()

    def test_a_full_disk_is_one_clear_line(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(film, "write_labels", full)
        with pytest.raises(UserError, match=r"d: the demo dataset cannot be written here \(No space left on device\)"):
            render_dataset(tmp_path / "d", **SMALL)
        assert list(tmp_path.iterdir()) == []

    def test_a_disk_that_fills_up_under_the_encoder_is_one_clear_line(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(film, "write_labels", lambda path, _: path.with_suffix(".mp4").symlink_to("/dev/full"))
        with pytest.raises(UserError, match="No space left on device"):
            render_dataset(tmp_path / "d", **SMALL)
        assert list(tmp_path.iterdir()) == []


def test_a_folder_with_other_files_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(UserError, match="holds files that are not a demo dataset"):
        ensure_demo(tmp_path, **SMALL)
    assert (tmp_path / "thesis.txt").is_file()


def test_a_place_that_cannot_be_written_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written here"):
        ensure_demo(tmp_path / "file" / "demo", **SMALL)
    with pytest.raises(UserError, match="holds files"):
        ensure_demo(tmp_path / "file", **SMALL)


@pytest.mark.parametrize(("subjects", "seconds"), [(0, 2.0), (1, 0.5)])
def test_too_little_to_render_is_refused(tmp_path: Path, subjects: int, seconds: float) -> None:
    with pytest.raises(UserError, match="ask for 1"):
        render_dataset(tmp_path / "d", subjects=subjects, seconds=seconds, workers=1)
