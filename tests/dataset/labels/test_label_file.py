from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, primitive_of, read_labels, side_of, write_labels
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES, Hand


def read(tmp_path: Path, *rows: str, header: str = "Time_s,MarkerNames") -> LabelledHand:
    path = tmp_path / "labels.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return read_labels(path)


@pytest.mark.parametrize(
    ("marker", "side"),
    [
        ("l_reach", "left"),
        ("r_reach", "right"),
        ("R_Reach", "right"),
        (" l_idle ", "left"),
        ("begin_l_reach", "left"),
        ("begin_r_reach", "right"),
        ("r_place_l_shelf", "right"),
        ("reach", None),
        ("reach_l", None),
        ("left_reach", None),
        ("", None),
    ],
)
def test_side_by_prefix_then_infix(marker: str, side: str | None) -> None:
    assert side_of(marker) == side


@pytest.mark.parametrize(
    ("marker", "primitive"),
    [
        ("l_reach", "reach"),
        ("l_Reposition", "reposition"),
        ("l_retract", "reposition"),
        ("l_transport", "transport"),
        ("l_stabilize", "stabilize"),
        ("l_idle", "idle"),
        ("l_rest", "idle"),
        ("l_rest_after_reach", "reach"),
        ("l_start", None),
    ],
)
def test_primitive_by_word_in_order(marker: str, primitive: str | None) -> None:
    assert primitive_of(marker) == primitive


def test_segments_last_until_the_next_and_the_last_time_closes(tmp_path: Path) -> None:
    found = read(tmp_path, "0.5,l_reach", "1.0,l_transport", "1.5,", "2.25,l_rest", "3,")
    assert found.hand == "left"
    assert found.timeline.to_text() == "reach@0.500;transport@1.000;idle@2.250;idle@3.000"


def test_neighbours_that_agree_merge(tmp_path: Path) -> None:
    found = read(tmp_path, "0,r_reposition", "1,r_retract", "2,r_idle", "3,r_rest", "4,")
    assert found.timeline.to_text() == "reposition@0.000;idle@2.000;idle@4.000"


def test_the_other_side_neither_labels_nor_ends_a_segment(tmp_path: Path) -> None:
    found = read(tmp_path, "0,r_reach", "1,l_stabilize", "2,r_idle", "3,l_idle", "4,r_reach", "5,")
    assert found == LabelledHand("right", Timeline.from_text("reach@0;idle@2;reach@4;reach@5"))


def test_a_marker_without_side_or_primitive_is_ignored(tmp_path: Path) -> None:
    found = read(tmp_path, "0,l_begin", "1,l_reach", "2,idle", "3,l_end", "4,l_idle")
    assert found.timeline.to_text() == "reach@1.000;idle@4.000;idle@4.000"


def test_every_marker_of_a_side_counts_for_the_labelled_hand(tmp_path: Path) -> None:
    found = read(tmp_path, "0,l_begin", "0,l_again", "1,r_reach", "2,l_idle", "3,")
    assert found == LabelledHand("left", Timeline.from_text("idle@2;idle@3"))


def test_with_as_many_markers_of_both_sides_it_is_the_right_hand(tmp_path: Path) -> None:
    assert read(tmp_path, "0,l_reach", "1,r_idle", "2,").hand == "right"


def test_header_and_cells_with_spaces_and_further_columns(tmp_path: Path) -> None:
    found = read(tmp_path, ' 0.5 , l_reach , "a, b"', "1,,", header="\ufeffTime_s, MarkerNames, note")
    assert found.timeline == Timeline((Segment(0.5, 1.0, "reach"),))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (["0,reach", "1,"], "MarkerNames: no marker names a side"),
        (["0,l_begin", "1,"], "MarkerNames: no marker of the left hand names a primitive"),
        (["0,l_reach", "soon,"], "line 3, Time_s: 'soon' is not a number"),
        (["nan,l_reach"], "line 2, Time_s: 'nan' is not a number"),
        ([",l_reach"], "line 2, Time_s: '' is not a number"),
        (["2,l_reach", "", "1,l_idle"], "line 4, Time_s: 1.0 comes after 2.0"),
        ([], "has no rows"),
    ],
)
def test_errors_name_file_and_line(tmp_path: Path, rows: list[str], message: str) -> None:
    with pytest.raises(UserError, match=message) as error:
        read(tmp_path, *rows)
    assert str(tmp_path / "labels.csv") in str(error.value)


def test_missing_file_and_column(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such label file"):
        read_labels(tmp_path / "labels.csv")
    with pytest.raises(UserError, match="column 'MarkerNames' is missing"):
        read(tmp_path, header="Time_s,Markers")


times_ms = st.lists(st.integers(0, 100_000), min_size=2, max_size=20, unique=True).map(sorted)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(times_ms, st.data(), st.sampled_from(["left", "right"]))
def test_written_labels_read_back_to_the_millisecond(
    tmp_path: Path, times: list[int], data: st.DataObject, hand: Hand
) -> None:
    segments = [
        Segment(start / 1000, end / 1000, data.draw(st.sampled_from(PRIMITIVES))) for start, end in pairwise(times)
    ]
    labelled = LabelledHand(hand, Timeline(tuple(segments)).merged())
    write_labels(tmp_path / "new" / "labels.csv", labelled)
    assert read_labels(tmp_path / "new" / "labels.csv") == labelled


def test_a_timeline_that_a_label_file_cannot_hold(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    with pytest.raises(ValueError, match="gap"):
        write_labels(path, LabelledHand("left", Timeline((Segment(0, 1, "idle"), Segment(2, 3, "reach")))))
    with pytest.raises(ValueError, match="at least one"):
        write_labels(path, LabelledHand("left", Timeline(())))
    assert not path.exists()
