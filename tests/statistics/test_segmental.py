from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import MOTION_PRIMITIVES, PRIMITIVES
from lmms_eval_plugins.statistics.segmental import (
    OVERLAPS,
    STEP_S,
    Hits,
    f1,
    frame_agreement,
    labels_by_step,
    partners,
    segmental_hits,
    step_table,
)

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


def test_labels_step_by_step_with_gaps_and_a_video_that_ends_before_its_labels() -> None:
    timeline = Timeline((Segment(0.02, 0.05, "reach"), Segment(0.06, 0.20, "Idle")))
    assert labels_by_step(timeline, 0.1, ["idle", "reach"]).tolist() == [0, 0, 2, 2, 2, 0, 1, 1, 1, 1]
    with pytest.raises(ValueError):
        labels_by_step(timeline, 0.1, ["idle"])


@given(timelines(), timelines())
def test_a_step_table_has_every_step_and_agrees_with_frame_agreement(one: Timeline, other: Timeline) -> None:
    length_s = max(one.end_s, other.end_s)
    table = step_table(one, other, length_s, PRIMITIVES)
    assert table.sum() * STEP_S == pytest.approx(length_s) and table[0, 0] == 0
    assert (table == step_table(other, one, length_s, PRIMITIVES).T).all()
    assert table.trace() * STEP_S == pytest.approx(frame_agreement(one, other).right_s)


def test_partners_have_more_than_half_in_common_whatever_their_labels() -> None:
    other = Timeline.from_text("idle@0;reach@2;idle@3;idle@10")  # 2 of 2 s, 1 of 2 s, 6 of 7 s
    assert partners(TRUTH, other) == ["idle", None, "idle"]
    assert partners(other, TRUTH) == ["idle", None, "transport"]
    assert partners(TRUTH, Timeline(())) == [None] * 3 and partners(Timeline(()), TRUTH) == []


@given(timelines(), timelines())
def test_partners_are_each_others(one: Timeline, other: Timeline) -> None:
    assert partners(one, one) == [segment.label for segment in one.merged().segments]
    forth, back = partners(one, other), partners(other, one)
    assert sum(label is not None for label in forth) == sum(label is not None for label in back)
    shifted = partners(one.shifted(1000.0), other.shifted(1000.0))
    assert shifted == forth
