from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.label_file import (
    LabelContext,
    LabelledHand,
    LabelReading,
    context_of,
    inspect_labels,
    read_labels,
    write_labels,
)
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.scheme import Scheme, SchemeLabel, primitives_scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES, Hand


def read(tmp_path: Path, *rows: str, header: str = "Time_s,MarkerNames") -> LabelledHand:
    path = tmp_path / "labels.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return read_labels(path)


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


def test_with_as_many_markers_of_both_sides_the_hand_is_unknown(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"as many markers of the left as of the right hand .* column `hand`"):
        read(tmp_path, "0,l_reach", "1,r_idle", "2,")


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


@pytest.mark.parametrize("above", ["# made by a tool", "Labels of P1\n", "Labels, P1\n# 2", "a;b"])
def test_lines_above_the_header_are_to_be_deleted(tmp_path: Path, above: str) -> None:
    line = above.count("\n") + 2
    with pytest.raises(UserError, match=f"the columns are named in line {line}: delete the lines above it"):
        read(tmp_path, "0,r_idle", "1,", header=f"{above}\nTime_s,MarkerNames")


LONG = LabelContext(duration_s=10.0, fps=30.0)
"""A video of 10 s at 30 fps."""


def inspect(
    tmp_path: Path, *rows: str, context: LabelContext = LONG, header: str = "Time_s,MarkerNames"
) -> LabelReading:
    path = tmp_path / "labels.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return inspect_labels(path, context)


def text_of(reading: LabelReading) -> str:
    return f"{reading.labelled.hand}:{reading.labelled.timeline.to_text()}" if reading.labelled else ""


def kinds(reading: LabelReading) -> list[tuple[str, str]]:
    return [(remark.grade, remark.kind) for remark in reading.remarks]


OPEN = ("doubtful", "open-end")
PAST = ("doubtful", "past-end")
SHORT = ("doubtful", "short-label")
REPEATED = ("fine", "repeated")
NO_LENGTH = ("doubtful", "no-length")


@pytest.mark.parametrize(
    ("rows", "timeline", "remarks"),
    [
        ("0,r_idle 3,r_reach 5,r_transport", "idle@0.000;reach@3.000;transport@5.000;transport@10.000", [OPEN]),
        ("0,r_idle 3,r_reach 5,r_transport 10,", "idle@0.000;reach@3.000;transport@5.000;transport@10.000", []),
        ("0,r_idle 3,r_reach 10,r_reach", "idle@0.000;reach@3.000;reach@10.000", []),
        ("0,r_idle 3,r_reach 8,r_reach", "idle@0.000;reach@3.000;reach@8.000", []),
        ("0,r_idle 3,r_reach 8,clap", "idle@0.000;reach@3.000;reach@8.000", [("fine", "other-markers")]),
        ("0,r_idle", "idle@0.000;idle@10.000", [OPEN]),
        ("0,r_idle 3,r_reach 10,r_idle", "idle@0.000;reach@3.000;reach@10.000", [PAST]),
        ("0,r_idle 3,r_reach 9.99,r_idle", "idle@0.000;reach@3.000;idle@9.990;idle@10.000", [OPEN, SHORT]),
        ("0,r_idle 3,r_reach 5,r_idle 5,", "idle@0.000;reach@3.000;idle@5.000;idle@5.000", [NO_LENGTH]),
        ("0,r_idle 3,r_reach 10,r_idle 10,", "idle@0.000;reach@3.000;reach@10.000", [PAST]),
        ("0,r_idle 3,r_reach 10.003,", "idle@0.000;reach@3.000;reach@10.000", []),
        ("0,r_idle 3,r_reach 10.066,", "idle@0.000;reach@3.000;reach@10.000", []),
        ("0,r_idle 3,r_reach 10.003,r_idle", "idle@0.000;reach@3.000;reach@10.000", [PAST]),
        ("0,r_idle 3,r_reach 10.003,r_idle 10.01,", "idle@0.000;reach@3.000;reach@10.000", [PAST]),
        ("0,r_idle 3,r_reach 10.3,", "idle@0.000;reach@3.000;reach@10.300", [PAST]),
        ("0,r_idle 1,l_reach 2,r_reach 3,r_idle 4,l_idle", "idle@0.000;reach@2.000;idle@3.000;idle@10.000", [OPEN]),
        ("0,r_reach 2,r_reach 2,r_transport 10,", "reach@0.000;transport@2.000;transport@10.000", []),
        ("0,r_idle 2,r_idle 3,r_idle 10,", "idle@0.000;idle@10.000", [REPEATED]),
        ("0,r_idle 0,l_idle 1,r_idle 3,r_reach 3,l_idle", "idle@0.000;reach@3.000;reach@10.000", [REPEATED, OPEN]),
        ("0,r_idle 0,l_idle 3,r_reach 8,r_reach 8,l_idle", "idle@0.000;reach@3.000;reach@8.000", []),
        ("0,r_idle 0,l_idle 1,r_rest 3,r_reach 8,l_end", "idle@0.000;reach@3.000;reach@10.000", [REPEATED, OPEN]),
        ("0,r_idle 3,r_reach_1 5,r_reach_2", "idle@0.000;reach@3.000;reach@10.000", [("doubtful", "joined"), OPEN]),
        ("-0.0,r_idle 3,r_reach 10,", "idle@0.000;reach@3.000;reach@10.000", []),
    ],
)
def test_what_closes_the_last_label(tmp_path: Path, rows: str, timeline: str, remarks: list[tuple[str, str]]) -> None:
    found = inspect(tmp_path, *rows.split())
    assert text_of(found) == f"right:{timeline}"
    assert [one for one in kinds(found) if one[1] != "both-hands"] == remarks


def test_an_open_end_is_named_with_label_and_times(tmp_path: Path) -> None:
    found = inspect(tmp_path, "0,r_idle", "3,r_reach", "5,r_transport")
    assert found.remarks[0].text == "no row closes 'transport', which starts at 5 s: it ends with the video at 10 s"


def test_without_a_known_length_an_open_label_has_none_and_is_doubtful(tmp_path: Path) -> None:
    found = inspect(tmp_path, "0,r_idle", "3,r_reach", "5,r_transport", context=LabelContext())
    assert text_of(found) == "right:idle@0.000;reach@3.000;transport@5.000;transport@5.000"
    assert kinds(found) == [OPEN] and "its length is unknown" in found.remarks[0].text


@pytest.mark.parametrize(
    ("rows", "guess"),
    [
        ("0,r_idle 4000,r_reach 9000,r_idle 10000,", "milliseconds: divide them by 1,000"),
        ("0,r_idle 4000,r_reach 9000,r_idle", "milliseconds"),
        ("0,r_idle 4000.5,r_reach 9000.25,r_idle", "milliseconds"),
        ("0,r_idle 4000000,r_reach 10000000,", "microseconds"),
        ("0,r_idle 4000000000,r_reach 10000000000,", "nanoseconds"),
        ("0,r_idle 360000,r_reach 900000,", "ticks of 1/90,000 s"),
        ("0,r_idle 120,r_reach 300,", "frames at 30 fps"),
        ("0,r_idle 120,r_reach 270,r_idle", "frames at 30 fps"),
        ("0,r_idle 240,r_reach 600,", "frames at 60 fps"),
        ("36000,r_idle 36004,r_reach 36010,", "start at 36000 s, which looks like a wall-clock time"),
        ("12,r_idle 16,r_reach 21,", "looks like a wall-clock time or another clock's zero"),
        ("1700000000,r_idle 1700000004,r_reach 1700000010,", "dates (time since 1970)"),
        ("1700000000000,r_idle 1700000004000,r_reach 1700000010000,", "dates (time since 1970)"),
        ("0,r_idle 8,r_reach 20,", "times of the video at 1/2 of its speed"),
        ("0,r_idle 8,r_reach 17.3,", "another or a longer video"),
        ("2,r_idle 5,r_reach 12,", "from 2 s on: if the video starts there, subtract 2"),
        ("3.5,r_idle 9,r_reach 13.4,", "from 3.5 s on: if the video starts there, subtract 3.5"),
        ("0,r_idle 3,r_reach 12,r_reach", "reach to 12 s (the last time alone), the video ends at 10 s"),
        ("0,r_idle 8,r_reach 10.6,", "another or a longer video"),
    ],
)
def test_labels_far_past_the_video_are_refused_with_a_guess(tmp_path: Path, rows: str, guess: str) -> None:
    found = inspect(tmp_path, *rows.split())
    assert found.labelled is None and kinds(found) == [("wrong", "past-end")]
    assert guess in found.remarks[0].text


def test_frames_are_those_of_the_video_where_its_rate_is_known(tmp_path: Path) -> None:
    rows = ["0,r_idle", "100,r_reach", "250,"]
    assert "frames at 25 fps" in inspect(tmp_path, *rows, context=replace(LONG, fps=25.0)).remarks[0].text
    assert "frames at 50 fps" in inspect(tmp_path, "0,r_idle", "500,", context=replace(LONG, fps=50.0)).remarks[0].text
    assert "frames at 25 fps" in inspect(tmp_path, *rows, context=replace(LONG, fps=None)).remarks[0].text


@pytest.mark.parametrize(
    ("rows", "grade", "hint"),
    [
        ("0,r_idle 0.0667,r_reach 0.1667,", "wrong", "minutes: multiply them by 60"),
        ("0,r_idle 0.0011,r_reach 0.00278,", "wrong", "hours"),
        ("0,r_idle 0.000046,r_reach 0.00011574,", "wrong", "days, as spreadsheets keep times"),
        ("0,r_idle 0.5,r_reach 1,", "doubtful", "are all of them there?"),
        ("0,r_idle 2,r_reach 4.9,", "doubtful", "are all of them there?"),
    ],
)
def test_labels_of_a_small_part_of_the_video(tmp_path: Path, rows: str, grade: str, hint: str) -> None:
    found = inspect(tmp_path, *rows.split())
    (remark,) = [remark for remark in found.remarks if remark.kind == "covers-little"]
    assert remark.grade == grade and hint in remark.text and (found.labelled is None) == (grade == "wrong")


def test_labels_that_begin_late_are_doubtful(tmp_path: Path) -> None:
    assert kinds(inspect(tmp_path, "4,r_reach", "10,")) == [("doubtful", "late-start")]
    assert kinds(inspect(tmp_path, "3,r_reach", "10,")) == []


@pytest.mark.parametrize(
    ("rows", "kind", "text"),
    [
        ("-1,r_idle 4,r_reach 10,", "negative-time", "begin at -1 s"),
        ("2,r_idle 2,r_reach 2,", "no-length", "all times are 2 s"),
        ("0,r_idle 0,r_reach 0,", "no-length", "all times are 0 s"),
        ("0,r_idle nan,r_reach 10,", "bad-time", "line 3, Time_s: 'nan' is not a number"),
        ("0,r_idle inf,r_reach 10,", "bad-time", "'inf' is not a number"),
        ("0,r_idle 1e999,r_reach 10,", "bad-time", "'1e999' is not a number"),
        ("0,r_idle 1_000,r_reach 10,", "bad-time", "'1_000' is not a number of seconds; write plain digits"),
        ("0,r_idle １,r_reach 10,", "bad-time", "'１' is not a number of seconds; write plain digits"),
        ("0,r_idle 4s,r_reach 10,", "bad-time", "'4s' is not a number of seconds; write the number alone"),
        ("0,r_idle 400ms,r_reach 10,", "bad-time", "write the number alone, in seconds"),
        ("0,r_idle 0:04,r_reach 10,", "bad-time", "looks like mm:ss: write seconds from the video's start .4."),
        ("0,r_idle 00:01:04.5,r_reach 10,", "bad-time", "looks like hh:mm:ss: write seconds .* \\(64.5\\)"),
        ('0,r_idle "00:00:04,500",r_reach 10,', "bad-time", "looks like hh:mm:ss: write seconds .* \\(4.5\\)"),
        ("0,r_idle 00:00:04:12,r_reach 10,", "bad-time", "looks like hh:mm:ss:ff.*4 and 12 frames"),
        ("0,r_idle 00:00:04;12,r_reach 10,", "bad-time", "looks like hh:mm:ss:ff.*4 and 12 frames"),
        ("0,r_idle 2024-01-01T10:00:03,r_reach 10,", "bad-time", "looks like a date or a time of day"),
        ("0,r_idle 10:00:03AM,r_reach 10,", "bad-time", "looks like a date or a time of day"),
        ("0,r_idle 4,r_re\x00ach 10,", "damaged", "line 3: holds NUL characters"),
        ("0,r_idle 5,r_reach 4,r_idle 10,", "unsorted", "line 4, Time_s: 4.0 comes after 5.0"),
        ("0,r_idle 4,r_re 10,", "marker-ambiguous", "line 3, MarkerNames: 'r_re' may be 'reach' or 'reposition' or"),
        ("0,r_grip 4,r_hold 10,", "no-label", "no marker of the right hand names a primitive"),
        ("0,idle 4,reach 10,", "no-side", "write l_ or r_ before the markers, or left or right in the manifest"),
        ("0,r_idle 1,l_reach 10,", "hand-unknown", "as many markers of the left as of the right hand \\(1\\)"),
        ('0,r_idle 1,"r_reach 4,r_idle 10,', "table", "line 3: a quote is opened and not closed"),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_read(tmp_path: Path, rows: str, kind: str, text: str) -> None:
    found = inspect(tmp_path, *rows.split())
    assert found.labelled is None and found.other is None
    (remark,) = [remark for remark in found.remarks if remark.grade == "wrong"]
    assert remark.kind == kind and re.search(text, remark.text)
    with pytest.raises(UserError, match=text) as error:
        read_labels(tmp_path / "labels.csv", LONG)
    assert str(error.value).startswith(str(tmp_path / "labels.csv")) and "\n" not in str(error.value)


def test_a_decimal_comma_that_splits_the_time_is_named(tmp_path: Path) -> None:
    found = inspect(tmp_path, "0,0,r_idle", "3,5,r_reach", header="Time_s,MarkerNames,note")
    assert kinds(found) == [("wrong", "decimal-comma")] and "line 2: MarkerNames is '0'" in found.remarks[0].text


@pytest.mark.parametrize(
    ("content", "codec"),
    [
        ("Time_s;MarkerNames\n0,5;r_idle\n3,25;r_reach\n10,0;\n", "utf-8"),
        ("Time_s;MarkerNames\n0,5;r_idle\n3,25;r_reach\n10;\n", "utf-16"),
        ("Time_s;MarkerNames\n0,5;r_idle\n3,25;r_reach\n10;\n", "utf-16-le"),
        ("Time_s\tMarkerNames\n0.5\tr_idle\n3.25\tr_reach\n10\t\n", "utf-16-be"),
        ("sep=;\nTime_s;MarkerNames;;\n0,500;r_idle;;\n3,250;r_reach;;\n10,000;;;\n", "utf-8-sig"),
        ('"time (s)","Marker Names"\r"0.5","r_idle"\r"3.25","r_reach"\r"10",""\r', "cp1252"),
        ("\ufeffTime_s,MarkerNames\n0.5,r_idle\n\ufeff3.25,\ufeffr_reach\n10,\n", "utf-8"),
        ("Time_s,MarkerNames,Notiz\n0.5,r_idle,über\n3.25,r_reach,\n1e1,,\n", "cp1252"),
    ],
)
def test_forms_of_the_table(tmp_path: Path, content: str, codec: str) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content.encode(codec))
    assert text_of(inspect_labels(path, LONG)) == "right:idle@0.500;reach@3.250;reach@10.000"


def test_the_example_of_the_documentation(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "labels.md").read_text(encoding="utf-8")
    (tmp_path / "labels.csv").write_text(page.split("```csv\n")[1].split("```")[0], encoding="utf-8")
    found = inspect_labels(tmp_path / "labels.csv", LONG)
    assert found.labelled == LabelledHand(
        "right",
        Timeline(
            (
                Segment(0, 3.2, "idle"),
                Segment(3.2, 4.05, "reach"),
                Segment(4.05, 6.0, "transport"),
                Segment(7.1, 10.0, "idle"),
            )
        ),
    )
    assert kinds(found) == [("fine", "gaps")]


def test_a_label_of_no_length_is_named_and_not_counted(tmp_path: Path) -> None:
    found = inspect(tmp_path, "0,r_idle", "2.0,r_reach", "2.0,r_transport", "10,")
    assert text_of(found) == "right:idle@0.000;transport@2.000;transport@10.000"
    assert found.remarks == (
        Remark("doubtful", "no-length", "line 3: 'reach' at 2 s has no length and is not counted"),
    )


def test_labels_shorter_than_two_frames_stay_and_are_doubtful(tmp_path: Path) -> None:
    found = inspect(tmp_path, "0,r_idle", "2,r_reach", "2.06,r_transport", "10,")
    assert text_of(found) == "right:idle@0.000;reach@2.000;transport@2.060;transport@10.000"
    assert found.remarks == (
        Remark("doubtful", "short-label", "1 label shorter than two frames (reach at 2 s); it counts"),
    )
    assert kinds(inspect(tmp_path, "0,r_idle", "2,r_reach", "2.066,r_transport", "10,")) == [], "two frames, in ms"


def test_stops_leave_gaps(tmp_path: Path) -> None:
    found = inspect(tmp_path, "0,r_reach START", "1,r_reach STOP", "3,r_idle START", "10,r_idle STOP")
    assert found.labelled == LabelledHand("right", Timeline((Segment(0, 1, "reach"), Segment(3, 10, "idle"))))
    assert kinds(found) == [("fine", "gaps")] and found.remarks[0].text == "1 gap between labels, 2 s in all"


def test_a_stop_ends_its_own_label_only(tmp_path: Path) -> None:
    found = inspect(
        tmp_path, "0,r_reach", "1,r_idle", "1.05,r_reach stop", "5,r_reach stop", "6,r_end", "7,r_reach", "10,"
    )
    assert text_of(found) == "right:idle@1.000;reach@7.000;reach@10.000".replace("right:", "right:reach@0.000;")
    assert kinds(found) == [("doubtful", "stop-without-start"), ("fine", "gaps")]
    assert "line 5, MarkerNames: stops reach" in found.remarks[0].text


def test_markers_that_are_not_understood_are_named(tmp_path: Path) -> None:
    found = inspect(
        tmp_path, "0,r_idle", "1,clap", "2,r_trasport", "3,r_grasp", "4,", "5,reach", "6,sync", "7,r_start", "10,"
    )
    assert text_of(found) == "right:idle@0.000;transport@2.000;transport@10.000"
    assert [(remark.grade, remark.text) for remark in found.remarks] == [
        ("doubtful", "line 4, MarkerNames: 'r_trasport' is read as 'transport'"),
        (
            "doubtful",
            "line 5, MarkerNames: 'r_grasp' is not understood and passed over, the label before goes on; known are:"
            " idle, reach, reposition, rest, retract, stabilise, stabilize, transport",
        ),
        ("doubtful", "line 7: 'reach' names no side (l_ or r_) and is passed over"),
        ("fine", "2 markers without side and label passed over (clap, sync)"),
        ("doubtful", "line 6: no marker, so 'transport' goes on; write r_stop where a label ends"),
    ]


@pytest.mark.parametrize("nothing", ["", "-", "nan", "None", "N/A"])
def test_a_row_without_a_marker_is_doubtful_where_a_label_goes_on_over_it(tmp_path: Path, nothing: str) -> None:
    found = inspect(tmp_path, "0,r_reach", f"1,{nothing}", "3,r_reach", f"4,{nothing}", "5,r_idle", "10,")
    assert text_of(found) == "right:reach@0.000;idle@5.000;idle@10.000"
    assert [(one.grade, one.text) for one in found.remarks] == [
        ("doubtful", "lines 3, 5: no marker, so 'reach' goes on; write r_stop where a label ends"),
        ("fine", "line 4: 'r_reach' repeats the label that runs: it goes on, and counts as one"),
    ]
    for without_effect in (
        [f"0,{nothing}", "0.5,r_reach", "10,"],
        ["0,r_reach", f"5,{nothing}", "5,r_idle", "10,"],
        ["0,r_reach", "5,r_reach stop", f"6,{nothing}", "7,r_idle", "10,"],
        ["0,r_reach", "5,r_idle", f"10,{nothing}", "10,"],
    ):
        assert {one.grade for one in inspect(tmp_path, *without_effect).remarks} == {"fine"}


@pytest.mark.parametrize(
    ("rows", "kinds_of_joined"),
    [
        ("0,r_idle 3,r_reach_1 5,r_reach_2 7,r_idle 10,", [("doubtful", "joined")]),
        ("0,r_idle 3,r_reach 5,r_reach_stop 5,r_reach 7,r_idle 10,", [("doubtful", "joined")]),
        ("0,r_idle 3,r_reach 5,r_reach 7,r_idle 10,", [("fine", "repeated")]),
        ("0,r_idle 3,r_reach_1 5,r_reach_1 7,r_idle 10,", [("fine", "repeated")]),
        ("0,r_idle 3,r_reach_1 5,r_reach 7,r_idle 10,", [("doubtful", "joined")]),
        ("0,r_idle 3,r_reach 5,r_reach_done 7,r_idle 10,", [("doubtful", "joined")]),
        ("0,r_idle 3,r_reach=1 5,r_reach=0 7,r_idle 10,", [("doubtful", "joined")]),
        ("0,r_idle 3,r_reach_in 5,r_reach_out 7,r_idle 10,", [("doubtful", "joined")]),
        ("0,r_idle 3,r_reach 5,R_Reach 7,r_rest 8,r_idle 10,", [("fine", "repeated")]),
    ],
)
def test_markers_of_one_label_in_a_row_count_as_one_and_are_named(
    tmp_path: Path, rows: str, kinds_of_joined: list[tuple[str, str]]
) -> None:
    found = inspect(tmp_path, *rows.split())
    assert text_of(found) == "right:idle@0.000;reach@3.000;idle@7.000;idle@10.000"
    assert kinds(found) == kinds_of_joined


def test_a_cell_with_a_marker_of_each_hand_is_two_rows(tmp_path: Path) -> None:
    rows = ["0,r_idle;l_idle", '3,"r_reach, l_stabilize"', "5,r_transport/l_stabilize", "7,r_idle l_idle"]
    found = inspect(tmp_path, *rows, context=replace(LONG, hand="right"))
    assert text_of(found) == "right:idle@0.000;reach@3.000;transport@5.000;idle@7.000;idle@10.000"
    assert found.other is not None
    assert found.other.timeline.to_text() == "idle@0.000;stabilize@3.000;idle@7.000;idle@10.000"
    assert ("doubtful", "open-end") in kinds(found)


def test_a_marker_that_closes_the_file_without_being_understood_says_so(tmp_path: Path) -> None:
    found = inspect(tmp_path, "0,r_idle", "3,r_reach", "6,r_grasp")
    assert text_of(found) == "right:idle@0.000;reach@3.000;reach@6.000"
    assert "passed over, as the last row it closes the label before" in found.remarks[0].text
    found = inspect(tmp_path, "0,r_idle", "3,r_reach", "6,idle")
    assert "is passed over, but as the last row closes the label before" in found.remarks[0].text


@pytest.mark.parametrize(
    ("one_row", "kind", "says"),
    [
        ("r_grasp", "marker-unknown", "lines 3, 4, 5 and 197 more, MarkerNames: 'r_grasp'"),
        ("r_trasport", "marker-read", "lines 3, 4, 5 and 197 more, MarkerNames: 'r_trasport' is read as"),
        ("r_re", "marker-ambiguous", "lines 3, 4, 5 and 197 more, MarkerNames: 'r_re' may be"),
        ("r_reach stop", "stop-without-start", "line 3, MarkerNames: stops reach, which does not run; passed over;"),
        ("reach", "no-side", "lines 3, 4, 5 and 197 more: 'reach' names no side"),
        ("", "blank-markers", "lines 3, 4, 5 and 197 more: no marker"),
    ],
)
def test_what_is_odd_hundreds_of_times_is_one_remark_with_the_number(
    tmp_path: Path, one_row: str, kind: str, says: str
) -> None:
    odd = [f"{1 + at * 0.04:.2f},{one_row}" for at in range(200)]
    found = inspect(tmp_path, "0,r_idle", *odd, "9.5,r_reach", "10,")
    (remark,) = [one for one in found.remarks if one.kind == kind]
    assert remark.text.startswith(says)


def test_many_different_markers_that_are_not_understood_are_counted(tmp_path: Path) -> None:
    odd = [f"{1 + at * 0.04:.2f},r_xy{chr(97 + at // 26)}{chr(97 + at % 26)}" for at in range(200)]
    found = inspect(tmp_path, "0,r_idle", *odd, "9.5,r_reach", "10,")
    assert kinds(found) == [("doubtful", "marker-unknown")] * 9
    assert found.remarks[-1].text.startswith(
        "192 further markers like these: 'r_xyai' on line 11, 'r_xyaj' on line 12,"
    )
    assert found.remarks[-1].text.endswith("and 184 more")


@pytest.mark.parametrize(
    ("rows", "hand", "named", "read_hand", "remark"),
    [
        ("0,r_idle 2,r_reach 5,l_idle 10,", "", "", "right", ""),
        ("0,r_idle 2,r_reach 5,l_idle 10,", "", "left", "right", "the video's name says left"),
        ("0,r_idle 2,r_reach 5,l_idle 10,", "left", "", "left", "2 markers of the right hand, 1 of the left: the left"),
        ("0,r_idle 2,r_reach 5,l_idle 10,", "right", "right", "right", ""),
        ("0,r_idle 2,r_reach 10,", "left", "", "right", "the manifest says the left hand, of which no label is here"),
        ("0,r_idle 2,l_reach 10,", "", "left", "left", "the left hand is read, as the video's name says"),
        ("0,r_idle 2,l_reach 10,", "right", "", "right", ""),
        ("0,r_idle 2,l_reach 10,", "right", "left", "right", "the video's name says left"),
        ("0,r_idle 2,l_bell 10,", "", "", "right", ""),
        ("0,idle 2,reach 10,", "left", "", "left", "they are read as the left hand's, which the manifest names"),
        ("0,idle 2,reach 10,", "", "right", "right", "read as the right hand's, which the video's name names"),
    ],
)
def test_the_hand(tmp_path: Path, rows: str, hand: Hand, named: Hand, read_hand: Hand, remark: str) -> None:
    found = inspect(tmp_path, *rows.split(), context=replace(LONG, hand=hand, named_hand=named))
    assert found.labelled is not None and found.labelled.hand == read_hand
    doubts = [
        one.text for one in found.remarks if one.grade == "doubtful" and one.kind in ("hand-disagrees", "no-side")
    ]
    assert len(doubts) == bool(remark) and all(remark in text for text in doubts)


def test_both_hands(tmp_path: Path) -> None:
    rows = ["0,r_idle", "0,l_idle", "2,r_reach", "3,l_reach", "5,r_idle", "10,"]
    found = inspect(tmp_path, *rows)
    assert text_of(found) == "right:idle@0.000;reach@2.000;idle@5.000;idle@10.000"
    assert found.other == LabelledHand("left", Timeline((Segment(0, 3, "idle"), Segment(3, 10, "reach"))))
    assert kinds(found) == [("doubtful", "both-hands")]
    assert kinds(inspect(tmp_path, *rows, context=replace(LONG, hand="right"))) == [("fine", "both-hands")]
    one = inspect(tmp_path, "0,r_idle", "2,r_reach", "3,l_reach", "5,r_idle", "10,")
    assert one.other is not None and kinds(one) == [], "a single marker of the other hand is no labelled hand"


def test_label_times_are_on_the_clock_of_the_container(tmp_path: Path) -> None:
    shifted = replace(LONG, offset_s=1.2)
    found = inspect(tmp_path, "1.2,r_idle", "4.2,r_reach", "11.2,", context=shifted)
    assert text_of(found) == "right:idle@0.000;reach@3.000;reach@10.000" and kinds(found) == []
    found = inspect(tmp_path, "0,r_idle", "4.2,r_reach", context=shifted)
    assert text_of(found) == "right:idle@0.000;reach@3.000;reach@10.000" and kinds(found) == [OPEN]
    found = inspect(tmp_path, "0,r_idle", "0.7,r_transport", "1,r_idle", "4.2,r_reach", "11.21,", context=shifted)
    assert text_of(found) == "right:idle@0.000;reach@3.000;reach@10.000"
    assert kinds(found) == [("doubtful", "before-start")] * 2


def test_labels_that_may_count_from_the_first_picture_are_doubtful(tmp_path: Path) -> None:
    found = inspect(tmp_path, "0,r_idle", "4.2,r_reach", "10,", context=replace(LONG, offset_s=1.2))
    assert text_of(found) == "right:idle@0.000;reach@3.000;reach@8.800" and kinds(found) == [("doubtful", "other-zero")]
    assert "its first picture is at 1.2 s: do they count from there?" in found.remarks[0].text


def test_another_scheme(tmp_path: Path) -> None:
    names = ("reach", "grasp", "transport", "release", "rest")
    own = Scheme(name="own", labels={name: SchemeLabel(colour="#000000") for name in names})
    context = replace(LONG, scheme=own)
    found = inspect(tmp_path, "0,r_rest", "2,r_reach", "3,r_graps", "6,r_release", "7,r_rest", "10,", context=context)
    assert found.labelled is not None
    assert found.labelled.timeline.labels == ("rest", "reach", "grasp", "release", "rest")
    assert inspect(tmp_path, "0,r_idle", "10,", context=context).remarks[-1].text == (
        "MarkerNames: no marker of the right hand names a label (reach, grasp, transport, release, rest)"
    )


def test_the_context_of_a_trial(tmp_path: Path) -> None:
    trial = Trial(
        video_id="P1_shelf left side1_1",
        path=tmp_path / "P1_shelf left side1_1.mp4",
        patient="P1",
        activity="shelf left side",
        hand="right",
        fps=30,
        n_frames=300,
        duration_s=10,
        width=4,
        height=4,
        offset_s=1.5,
    )
    expected = LabelContext(duration_s=10.0, fps=30.0, offset_s=1.5, hand="right", named_hand="left")
    assert context_of(trial, primitives_scheme()) == expected
    unnamed = trial.model_copy(update={"activity": "", "path": tmp_path / "P1 right arm.mp4"})
    assert context_of(unnamed, primitives_scheme()).named_hand == "right"


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=60) | st.text(max_size=60).map(lambda text: f"Time_s,MarkerNames\n{text}".encode()))
def test_any_file_is_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(content)
    found = inspect_labels(path, LONG)
    assert (found.labelled is None) == any(remark.grade == "wrong" for remark in found.remarks)
    assert all("\n" not in remark.text for remark in found.remarks)


_STARTS = ("r_reach", "r_idle", "r_reach_1", "r_reach_2", "r_rest", "r_trasport", "R reach cup", "r_reach; l_idle")
_OTHERS = ("", "nan", "r_stop", "r_reach stop", "r_grasp", "clap", "l_idle", "r_reach done then stop", "reach")


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.dictionaries(st.integers(0, 10), st.sampled_from((*_STARTS, *_OTHERS)), max_size=8))
def test_there_are_as_many_labels_as_a_person_counts_or_a_remark_says_why(
    tmp_path: Path, drawn: dict[int, str]
) -> None:
    rows = [f"{time_s},{marker}" for time_s, marker in sorted(drawn.items())]
    found = inspect(tmp_path, *rows, "10,", context=replace(LONG, hand="right"))
    read = len(found.labelled.timeline.labels) if found.labelled and found.labelled.hand == "right" else None
    assert read == sum(marker in _STARTS for marker in drawn.values()) or found.remarks


times_ms = st.lists(st.integers(0, 100_000), min_size=2, max_size=20, unique=True).map(sorted)


def timelines(data: st.DataObject) -> Timeline:
    """Draw a timeline of primitives with gaps."""
    spans = pairwise(data.draw(times_ms))
    kept = [span for span in spans if data.draw(st.booleans())] or [(0, 1000)]
    return Timeline(
        tuple(Segment(a / 1000, b / 1000, data.draw(st.sampled_from(PRIMITIVES))) for a, b in kept)
    ).merged()


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data(), st.sampled_from(["left", "right"]), st.booleans())
def test_gaps_and_both_hands_read_back_to_the_millisecond(
    tmp_path: Path, data: st.DataObject, hand: Hand, has_other: bool
) -> None:
    labelled = LabelledHand(hand, timelines(data))
    other = LabelledHand("left" if hand == "right" else "right", timelines(data)) if has_other else None
    write_labels(tmp_path / "labels.csv", labelled, other)
    found = inspect_labels(tmp_path / "labels.csv", LabelContext(hand=hand))
    assert (found.labelled, found.other) == (labelled, other)


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
    with pytest.raises(ValueError, match="overlap"):
        write_labels(path, LabelledHand("left", Timeline((Segment(0, 2, "idle"), Segment(1, 3, "reach")))))
    with pytest.raises(ValueError, match="at least one"):
        write_labels(path, LabelledHand("left", Timeline(())))
    assert not path.exists()


def test_labels_nearer_than_a_millisecond_read_back(tmp_path: Path) -> None:
    labelled = LabelledHand("left", Timeline((Segment(0, 1.0001, "idle"), Segment(1.0001, 1.0003, "reach"))))
    write_labels(tmp_path / "labels.csv", labelled)
    assert read_labels(tmp_path / "labels.csv") == labelled


def test_a_last_label_without_length_reads_back_and_others_cannot_be_written(tmp_path: Path) -> None:
    last = LabelledHand("left", Timeline((Segment(0, 1, "idle"), Segment(1, 1, "reach"))))
    write_labels(tmp_path / "labels.csv", last)
    assert read_labels(tmp_path / "labels.csv") == last
    with pytest.raises(ValueError, match="cannot hold"):
        write_labels(tmp_path / "labels.csv", LabelledHand("left", Timeline((*last.timeline.segments[::-1],))))
