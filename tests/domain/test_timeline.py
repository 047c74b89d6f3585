from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.domain.timeline import Segment, Timeline, without_repeats
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

labels = st.sampled_from(PRIMITIVES)


@st.composite
def timelines(draw: st.DrawFn, gaps: bool = False) -> Timeline:
    """Timelines whose times are whole milliseconds."""
    clock = draw(st.integers(0, 20_000))
    segments = []
    for label in draw(st.lists(labels, max_size=12)):
        clock += draw(st.integers(0, 500)) if gaps else 0
        end = clock + draw(st.integers(1, 5_000))
        segments.append(Segment(clock / 1000, end / 1000, label))
        clock = end
    return Timeline(tuple(segments))


@given(timelines())
def test_text_reads_back(timeline: Timeline) -> None:
    assert Timeline.from_text(timeline.to_text()) == timeline


def test_text_form() -> None:
    timeline = Timeline((Segment(0.0, 1.25, "reach"), Segment(1.25, 2.0, "idle")))
    assert timeline.to_text() == "reach@0.000;idle@1.250;idle@2.000"
    assert Timeline.from_text("") == Timeline(()) and Timeline(()).to_text() == ""


def test_a_timeline_is_shifted_to_the_microsecond() -> None:
    timeline = Timeline((Segment(0.1, 0.3, "reach"),))
    assert timeline.shifted(0.2) == Timeline((Segment(0.3, 0.5, "reach"),))
    assert timeline.shifted(0.0) is timeline and timeline.shifted(1.2).shifted(-1.2) == timeline


@pytest.mark.parametrize("text", ["reach", "reach@", "reach@soon;idle@1"])
def test_text_that_is_no_timeline(text: str) -> None:
    with pytest.raises(ValueError):
        Timeline.from_text(text)


@given(timelines(gaps=True))
def test_merging_twice_changes_nothing(timeline: Timeline) -> None:
    merged = timeline.merged()
    assert merged.merged() == merged
    assert merged.end_s == timeline.end_s


@given(timelines(gaps=True), st.integers(0, 90_000))
def test_merging_keeps_what_is_labelled_when(timeline: Timeline, at_ms: int) -> None:
    assert timeline.merged().at(at_ms / 1000) == timeline.at(at_ms / 1000)


def test_merging_keeps_a_gap_between_segments_that_agree() -> None:
    apart = Timeline((Segment(0, 1, "idle"), Segment(2, 3, "idle")))
    assert apart.merged() == apart


@given(timelines(gaps=True), st.integers(0, 90_000), st.integers(1, 5_000))
def test_overlapping_agrees_with_at(timeline: Timeline, start_ms: int, length_ms: int) -> None:
    start, end = start_ms / 1000, (start_ms + length_ms) / 1000
    cut = timeline.overlapping(start, end)
    assert all(start <= s.start_s < s.end_s <= end for s in cut.segments)
    for time_ms in range(start_ms, start_ms + length_ms, max(1, length_ms // 20)):
        assert cut.at(time_ms / 1000) == timeline.at(time_ms / 1000)


def test_the_end_of_a_segment_is_exclusive() -> None:
    timeline = Timeline((Segment(1.0, 2.0, "reach"),))
    assert (timeline.at(0.999), timeline.at(1.0), timeline.at(2.0)) == (None, "reach", None)
    assert not timeline.overlapping(2.0, 3.0).segments


def test_repeats_are_dropped_and_lower_cased() -> None:
    assert without_repeats(["REACH", "reach", "idle", "Reach"]) == ["reach", "idle", "reach"]
