from __future__ import annotations

import math
from pathlib import Path

import pytest
from statsmodels.stats.proportion import proportion_confint

from lmms_eval_plugins.assessments.dose.detection import HandsWindow, activation
from lmms_eval_plugins.assessments.dose.rule import horizon_error
from lmms_eval_plugins.assessments.dose.windows import (
    durations,
    seconds_by_primitive,
    segment_count_ratio,
    share_up_to,
)
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.study.left_right import find_hand_results, read_hand_results

TRUTH = Timeline.from_text("idle@0.000;reach@1.000;reach@1.500;transport@2.000;idle@4.000;idle@5.000")


def test_segment_count_ratio() -> None:
    assert segment_count_ratio([[3, 1], [0, 2]], [[2, 0], [1, 0]]) == 2.0
    assert segment_count_ratio([1], [0]) is None


def test_durations() -> None:
    assert durations([TRUTH])["reach"] == [1.0]
    assert durations([TRUTH])["idle"] == [1.0, 1.0]
    assert seconds_by_primitive([TRUTH])["transport"] == 2.0
    assert share_up_to([0.5, 1.0, 2.0, 4.0], 1.0) == 0.5
    assert share_up_to([], 1.0) is None


def test_horizon_error() -> None:
    assert horizon_error(TRUTH, 2.0) == 0.0
    assert horizon_error(TRUTH, 0.1) == pytest.approx(0.25)  # reach becomes reposition


def hands(patient: str, *, focus: bool, iou: float = 0.0) -> HandsWindow:
    return HandsWindow(patient, focus=focus, other=not focus, focus_crop=True, other_crop=False, iou=iou)


def test_activation() -> None:
    windows = [hands("A", focus=True), hands("A", focus=True, iou=0.2), hands("B", focus=False, iou=math.nan)]
    found = activation(windows)
    assert (found.focus.value, found.other.value, found.focus_crop.value, found.other_crop.value) == (
        2 / 3,
        1 / 3,
        1,
        0,
    )
    assert [window.apart for window in windows] == ["apart", "overlapping", "not found"]
    assert activation([]).focus.value is None


def test_intervals_are_of_patients_and_there_is_none_of_few() -> None:
    """A patient whose hand is always or never called active tells one thing, however many windows there are."""
    few = [hands(patient, focus=patient < "C") for patient in "ABCD" for _ in range(100)]
    assert (activation(few).focus.value, activation(few).focus.low) == (0.5, None)
    many = [hands(patient, focus=patient < "E") for patient in "ABCDEFGH" for _ in range(100)]
    found = activation(many).focus
    assert found.low is not None and found.high is not None and found.high - found.low > 0.6
    low, high = proportion_confint(400, 800, method="wilson")
    assert high - low < 0.07


def test_the_study(published: Path) -> None:
    """Intervals over the 2,379 windows of five healthy controls were four to six times too narrow."""
    file = find_hand_results([str(published / "postprocess")])
    windows = [window for of_video in read_hand_results(file, {}).values() for window in of_video]
    assert (len(windows), len({window.patient for window in windows})) == (2379, 5)
    shares = activation(windows)
    for share in (shares.focus, shares.other, shares.focus_crop, shares.other_crop):
        assert share.value is not None and share.low is not None and share.high is not None
        low, high = proportion_confint(round(share.value * len(windows)), len(windows), method="wilson")
        assert 4 < (share.high - share.low) / (high - low) < 7
