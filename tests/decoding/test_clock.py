from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.decoding.clock import UNLABELLED, Clock, cut_into_ticks, describe_mixed_windows
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers


def windows(*starts: float, length: float = 8 / 15) -> list[WindowAnswers]:
    return [WindowAnswers(start, start + length, {}) for start in starts]


def test_a_window_of_the_study_has_two_ticks() -> None:
    clock = Clock.from_windows([windows(*(place * 8 / 15 for place in range(5)))])
    assert clock.ticks == 2
    ticks = cut_into_ticks(windows(0, 8 / 15), clock)
    assert ticks.bounds_s == pytest.approx([0, 4 / 15, 8 / 15, 12 / 15, 16 / 15])
    assert list(ticks.window) == [0, 0, 1, 1]
    assert list(ticks.phase) == [-0.5, 0.5, -0.5, 0.5]


@pytest.mark.parametrize(("stride_s", "n"), [(0.133, 1), (0.25, 1), (0.533, 2), (1.0, 4), (4.0, 15)])
def test_ticks_by_stride(stride_s: float, n: int) -> None:
    assert Clock(stride_s, stride_s).ticks == n


def test_videos_of_one_window_have_its_length_for_a_stride() -> None:
    assert Clock.from_windows([windows(0, length=1.0)]) == Clock(1.0, 1.0)
    with pytest.raises(ValueError, match="no windows"):
        Clock.from_windows([[]])


def every(length: float, n: int = 6) -> list[WindowAnswers]:
    return windows(*(place * length for place in range(n)), length=length)


def test_windows_of_several_lengths_are_named_in_one_line() -> None:
    (note,) = describe_mixed_windows([*[every(8 / 15)] * 4, every(0.64), every(0.396), every(0.64)])
    lengths = "0.533 s, and they last 0.640 s in 2 of 7 videos, 0.396 s in 1 of 7 videos"
    assert note.startswith(f"the decoder's clock is made for windows of {lengths}")
    assert "; " not in note and "\n" not in note


def test_windows_of_one_length_are_not() -> None:
    assert describe_mixed_windows([]) == describe_mixed_windows([[]]) == ()
    assert describe_mixed_windows([every(8 / 15), every(8 / 14.985)]) == (), "30 and 29.97 frames per second"
    assert describe_mixed_windows([every(0.64)]) == ()
    short_last = [*windows(0, length=0.5), *windows(0.5, length=0.1)]
    assert describe_mixed_windows([every(0.5), short_last]) == ()


def test_windows_missing_in_the_middle_are_stood_in_for() -> None:
    ticks = cut_into_ticks(windows(0, 1, 4, length=1.0), Clock(1.0, 1.0))
    assert [window is None for window in ticks.answers] == [False, False, True, True, False]
    assert ticks.bounds_s[[0, -1]] == pytest.approx([0, 5])
    assert np.all(np.diff(ticks.bounds_s) > 0)


def test_overlapping_windows_last_until_the_next_one() -> None:
    ticks = cut_into_ticks(windows(0, 0.5, 1.0, length=1.0), Clock(1.0, 0.5))
    assert ticks.bounds_s == pytest.approx([0, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0])
    with pytest.raises(ValueError, match="without windows"):
        cut_into_ticks([], Clock(1, 1))


def test_labels_are_those_of_the_middle_of_a_tick() -> None:
    ticks = cut_into_ticks(windows(0, 1, length=1.0), Clock(1.0, 1.0))
    truth = Timeline.from_marks([("Reach", 0.2), ("idle", 1.3)], 1.8)
    names = [None if label == UNLABELLED else PRIMITIVES[label] for label in ticks.labels(truth)]
    assert names == [None, "reach", "reach", "reach", "reach", "idle", "idle", None]
    assert set(ticks.labels(Timeline(()))) == {UNLABELLED}


@given(st.lists(st.integers(0, 4), min_size=4, max_size=4))
def test_a_path_and_its_timeline_say_the_same(path: list[int]) -> None:
    ticks = cut_into_ticks(windows(0, 8 / 15), Clock(8 / 15, 8 / 15))
    timeline = ticks.timeline(np.array(path))
    assert list(ticks.labels(timeline)) == path
    assert all(a.label != b.label for a, b in zip(timeline.segments, timeline.segments[1:], strict=False))
    assert timeline.segments[0].start_s == 0 and timeline.end_s == pytest.approx(16 / 15)
