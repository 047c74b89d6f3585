from __future__ import annotations

import math

import pytest

from lmms_eval_plugins.assessments.dose.detection import HandsWindow, activation
from lmms_eval_plugins.assessments.dose.rule import horizon_error
from lmms_eval_plugins.assessments.dose.windows import (
    durations,
    seconds_by_primitive,
    segment_count_ratio,
    share_up_to,
)
from lmms_eval_plugins.domain.timeline import Timeline

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


def test_activation() -> None:
    windows = [
        HandsWindow(focus=True, other=False, focus_crop=True, other_crop=True, iou=0.0),
        HandsWindow(focus=True, other=True, focus_crop=False, other_crop=False, iou=0.2),
        HandsWindow(focus=False, other=True, focus_crop=True, other_crop=False, iou=math.nan),
    ]
    found = activation(windows)
    assert [found.focus.right, found.other.right, found.focus_crop.right, found.other_crop.right] == [2, 2, 2, 1]
    assert found.focus.interval is not None
    low, high = found.focus.interval
    assert 0 < low < 2 / 3 < high < 1
    assert [window.apart for window in windows] == ["apart", "overlapping", "not found"]
    assert activation([]).focus.value is None
