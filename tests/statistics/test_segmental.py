from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import MOTION_PRIMITIVES, PRIMITIVES
from lmms_eval_plugins.statistics.segmental import OVERLAPS, Hits, f1, frame_agreement, segmental_hits

TRUTH = Timeline.from_text("idle@0;reach@2;transport@4;transport@10")


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    lengths = draw(st.lists(st.integers(1, 20), min_size=1, max_size=12))
    marks, start = [], 0
    for length in lengths:
        marks.append((draw(st.sampled_from(PRIMITIVES)), start / 4))
        start += length
    return Timeline.from_marks(marks, start / 4)


def test_overlap_decides() -> None:
    predicted = Timeline.from_text("idle@0;transport@1;transport@10")  # transport: 6 s of 9 s, idle: 1 s of 2 s
    assert segmental_hits(predicted, TRUTH, 0.5) == Hits(2, 0, 1)
    assert segmental_hits(predicted, TRUTH, 0.6) == Hits(1, 1, 2)


def test_a_segment_is_found_once() -> None:
    broken = Timeline.from_text("transport@4;idle@6;transport@7;transport@10")
    assert segmental_hits(broken, TRUTH, 0.1) == Hits(1, 2, 2)
    assert f1([Hits(1, 2, 2)]) == pytest.approx(2 / 6)


def test_neighbours_of_one_label_are_one_segment() -> None:
    in_windows = Timeline.from_marks([(TRUTH.at(second) or "", float(second)) for second in range(10)], 10.0)
    assert segmental_hits(in_windows, TRUTH, 0.99) == Hits(3, 0, 0)


def test_nothing_to_find() -> None:
    assert segmental_hits(Timeline(()), Timeline(()), 0.5) == Hits(0, 0, 0)
    assert f1([]) is None and f1([Hits(0, 0, 0)]) is None
    assert f1([Hits(0, 3, 0)]) == 0


def test_frames_by_hand() -> None:
    predicted = Timeline((Segment(0, 3, "reach"), Segment(5, 12, "transport")))
    assert frame_agreement(predicted, TRUTH) == (1 + 5, 10)
    assert frame_agreement(predicted, TRUTH, MOTION_PRIMITIVES.__contains__) == (1 + 5, 10)
    assert frame_agreement(Timeline(()), TRUTH) == (0, 10)


@given(timelines(), timelines())
def test_bounds(predicted: Timeline, truth: Timeline) -> None:
    right_s, all_s = frame_agreement(predicted, truth)
    assert 0 <= right_s <= all_s + 1e-9
    hits = [segmental_hits(predicted, truth, overlap) for overlap in OVERLAPS]
    assert hits[0].true_positives >= hits[1].true_positives >= hits[2].true_positives >= 0
    for one in hits:
        assert one.true_positives + one.false_positives == len(predicted.merged().segments)
        assert one.true_positives + one.false_negatives == len(truth.merged().segments)


@given(timelines())
def test_the_truth_is_perfect(truth: Timeline) -> None:
    right_s, all_s = frame_agreement(truth, truth)
    assert right_s == pytest.approx(all_s)
    assert f1([segmental_hits(truth, truth, 1.0)]) == 1


@given(timelines(), timelines())
def test_frames_agree_with_counting_frames(predicted: Timeline, truth: Timeline) -> None:
    frames = [(step + 0.5) / 4 for step in range(round(truth.end_s * 4))]
    counted = sum(predicted.at(time) == truth.at(time) for time in frames) / 4
    assert frame_agreement(predicted, truth).right_s == pytest.approx(counted)


@pytest.mark.parametrize("start_s", [0.0, 0.1, 0.7, 12.3, 1234.567])
@pytest.mark.parametrize("overlap", OVERLAPS)
def test_an_overlap_at_the_limit_is_a_hit_wherever_the_segment_lies(start_s: float, overlap: float) -> None:
    truth = Timeline((Segment(start_s, start_s + 1.0, "reach"),))
    predicted = Timeline((Segment(start_s, start_s + overlap, "reach"),))
    assert segmental_hits(predicted, truth, overlap).true_positives == 1
