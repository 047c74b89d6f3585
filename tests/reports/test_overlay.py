from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.reports import overlay
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.pose.draw import Notes, annotate
from tests.support.command import Request
from tests.support.schemes import OWN_LABELS, make_own_dataset
from tests.tasks.test_hands import localized

LOST = "P02_RTT left side1_1"
"""The video whose hand has no keypoints in its first frames."""


@pytest.fixture
def data(mini_dataset: Path, tmp_path: Path) -> Path:
    return localized(mini_dataset, tmp_path / "data", P02=slice(0, 16))


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[Notes]:
    """The notes on each frame, as they are painted."""
    notes: list[Notes] = []

    def keep(frame: Frames, note: Notes, *more: object) -> Frames:
        notes.append(note)
        return annotate(frame, note, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(overlay, "annotate", keep)
    return notes


def test_a_hand_that_is_not_found_is_described_in_words(data: Path, tmp_path: Path, painted: list[Notes]) -> None:
    overlay.draw_overlay(LOST, data, tmp_path / "v.mp4")
    first, last = painted[0], painted[-1]
    assert first.lines[0][0] == f"{LOST}   0.00 s   left hand: not found" and first.box is None
    assert last.lines[0][0].split(": ")[1] in ("still", "moving", "moving fast") and last.box is not None
    assert not any("None" in line for note in painted for line, _ in note.lines)


def test_a_run_that_tracks_no_hand_says_so(
    request_for: Request, data: Path, tmp_path: Path, painted: list[Notes]
) -> None:
    request = request_for(models="omniscient", data=data)
    (run,) = run_plans([make_plan(request)], Console(quiet=True)).runs
    overlay.draw_overlay(LOST, data, tmp_path / "v.mp4", run.folder)
    first, answers, *truth = [line for line, _ in painted[0].lines]
    assert first.endswith("left hand: not tracked in this run") and painted[0].box is None
    assert answers.startswith("motion? ") and [line.split(": ")[0] for line in truth] == ["truth", "predicted"]


def test_an_unknown_video_is_named_with_the_nearest(data: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=rf"has no video '{LOST}x'; did you mean '{LOST}'\?"):
        overlay.draw_overlay(f"{LOST}x", data, tmp_path / "v.mp4")


def test_labels_of_a_datasets_own_are_painted_in_their_colours(
    request_for: Request, tmp_path: Path, painted: list[Notes]
) -> None:
    data = localized(make_own_dataset(tmp_path / "own"), tmp_path / "data")
    request = request_for(models="omniscient", data=data)
    (run,) = run_plans([make_plan(request)], Console(quiet=True)).runs
    overlay.draw_overlay("P01_feeding1_1", data, tmp_path / "v.mp4", run.folder)
    shown = {line: colour for note in painted for line, colour in note.lines if line.startswith(("truth", "predicted"))}
    assert set(shown) == {f"{bar}: {label}" for bar in ("truth", "predicted") for label in OWN_LABELS}
    assert shown["truth: reach"] == (0x1B // 2 + 128, 0x9E // 2 + 128, 0x77 // 2 + 128)
