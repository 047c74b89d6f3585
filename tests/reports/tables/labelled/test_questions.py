"""The tables of questions with a truth of their own, from tables of runs and answers made by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables import make
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Table, Value, marks
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.support.labelled_frames import Said, example, frames_of, loading

HANDS = ["left", "right"] * 5
SCORES = ["0", "2", "1", "2", "4", "4", "0", "1", "2", "3"]

HAND = Said("good", "strokerehab_which_hand", "hand", "one_of", HANDS, [*HANDS[:8], "right", "?"])
EFFORT = Said("good@effort", "effort", "hard", "score", SCORES, ["0", "2", "2", "2", "4", "4", "0", "1", "?", "0"])

WORDS_AND_NUMBERS = """\
Questions with a truth of their own

model          windows  accuracy  balanced      F1  unreadable (%)
------------------------------------------------------------------
[which_hand: hand (10 windows, 5 videos, 5 patients)]
good                10    0.800*    0.800*  0.844*            10.0
poor                10    0.500+    0.500+  0.333+             0.0
bot                 10     0.000     0.000   0.000             0.0
blind control       10     0.500     0.500   0.333               -
best constant       10     0.500     0.500   0.333               -
reference           10     1.000     1.000   1.000               -

* best, + second best

Questions with a truth of their own: numbers

model          windows  exact  within 1   MAE  RMSE   kappa  unreadable (%)
---------------------------------------------------------------------------
[effort: hard (10 windows, 5 videos, 5 patients)]
good                10  0.700     0.800  0.44  1.05   0.746            10.0
blind control       10  0.200     0.500  1.50  1.82  -0.486               -
best constant       10  0.300     0.600  1.10  1.38   0.000               -
reference           10  1.000     1.000  0.00  0.00   1.000               -

Differences from the stronger blind control and from the best other run

model                 − blind  p, blind            − best other  p, other
-------------------------------------------------------------------------
[which_hand: hand, accuracy]
good    0.300 [-0.255, 0.855]     0.750   0.300 [-0.255, 0.855]     0.750
poor                    0.000     1.000  -0.300 [-0.855, 0.255]     0.750
[effort: hard, error]
good   -0.500 [-2.463, 1.463]     0.625                       -         -
"""
"""The median of the others is 2, 2, 1, 2 and 1; the unreadable score counts as 4 off where errors are compared."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Any:
    def tables(*said: Said, frames: tuple[pd.DataFrame, pd.DataFrame] | None = None, **how: Any) -> dict[str, Table]:
        monkeypatch.setattr(make, "load_tables", loading(frames or frames_of(*said)))
        of_names = make_tables("labelled", ["runs"], **how)
        assert of_names.errors == ()
        return {table.name: table for table in of_names.tables}

    return tables


def cells(table: Table) -> list[dict[str, Any]]:
    """The rows of all sections, by heading."""
    heads = [column.heading for column in table.columns]
    return [dict(zip(heads, row.cells, strict=True)) for section in table.sections for row in section.rows]


def without_notes(tables: Sequence[Table]) -> str:
    return rendered([Table(one.name, one.title, one.columns, one.sections) for one in tables], "text")


def test_words_numbers_and_differences(made: Any) -> None:
    poor = HAND._replace(run="poor", values=["left"] * 10)
    bot = HAND._replace(run="bot", values=["both"] * 10, baseline=True)
    tables = made(HAND, poor, bot, EFFORT)
    assert without_notes(list(tables.values())) == WORDS_AND_NUMBERS


def test_notes_say_what_is_compared_and_how_small_p_can_be(made: Any) -> None:
    tables = made(HAND, HAND._replace(run="poor", values=["left"] * 10), EFFORT)
    notes = tables["labelled_differences"].notes
    assert notes[-2].startswith(
        "which_hand: hand: p: exact permutation of signs over 5 patients, corrected by Holm for 2"
    )
    least = "it can be no less than .062, so that none can be below .05."
    assert notes[-1] == f"effort: hard: p: exact permutation of signs over 5 patients; {least}"
    assert tables["labelled"].notes[0].startswith("Accuracy")
    assert tables["labelled_numbers"].notes[0].startswith("Exact")


def test_silence_does_not_win(made: Any) -> None:
    """Two videos are answered, all right; of a third a reply in two is missing, which leaves it out."""
    half = HAND._replace(run="half", values=[*HANDS[:4], "left", *[""] * 5])
    tables = made(HAND, half)
    (main, silent, *_) = cells(tables["labelled"])
    assert silent["windows"] == 4 and silent["accuracy"].value == 1 and silent["answered (%)"].value == 40
    assert silent["accuracy, rest failed"].value == 0.4 and main["accuracy, rest failed"].value == 0.8
    assert silent["unreadable (%)"].value == 0
    section, columns = tables["labelled"].sections[0], tables["labelled"].columns
    marked = marks(section, columns)
    for heading in ("accuracy", "balanced", "F1", "accuracy, rest failed"):
        place = [column.heading for column in columns].index(heading)
        assert marked[0, place] == "best" and marked[1, place] == "second"
    first, second = cells(tables["labelled_differences"])
    assert first["− best other"].value == 0, "on what both answered"
    assert second["p, other"].value == 1


def test_numbers_that_are_not_given_are_as_far_off_as_can_be(made: Any) -> None:
    silent = EFFORT._replace(run="silent", values=["?", "2", "1", *["?"] * 7])
    tables = made(EFFORT, silent)
    rows = cells(tables["labelled"])
    assert rows[1]["MAE"].value == rows[1]["RMSE"].value == 0
    assert rows[1]["MAE"].ranked == pytest.approx((4 + 0 + 0 + 4 - 2 + 4 + 4 + 4 + 3 + 2 + 3) / 10)
    assert rows[0]["MAE"].ranked == pytest.approx((1 + 2 + 3) / 10), "of the one that is unreadable, 2 of 4"
    marked = marks(tables["labelled"].sections[0], tables["labelled"].columns)
    assert all(mark == ("best" if row == 0 else "second") for (row, _), mark in marked.items())


def test_runs_with_nothing_at_all(made: Any) -> None:
    none = HAND._replace(run="none", values=[""] * 10)
    nothing = EFFORT._replace(run="nothing", values=[""] * 10)
    tables = made(HAND, none, EFFORT, nothing, ci=True, more=True)
    assert cells(tables["labelled"])[1]["accuracy"] is None
    assert cells(tables["labelled_numbers"])[1]["MAE"] is None
    assert [row["model"] for row in cells(tables["labelled_differences"])] == ["good", "good"]


def test_one_patient_has_no_blind_control(made: Any) -> None:
    alone = HAND._replace(windows_of_video=10)
    tables = made(alone)
    assert list(tables) == ["labelled"], "nothing to compare with"
    assert [row["model"] for row in cells(tables["labelled"])] == ["good", "best constant", "reference"]
    assert any(note.startswith("Of a question about one patient") for note in tables["labelled"].notes)


def test_runs_on_other_windows_are_a_section_of_their_own(made: Any) -> None:
    longer = HAND._replace(run="long", windows_of_video=5)
    tables = made(HAND, HAND._replace(run="good_too"), longer)
    titles = [section.title for section in tables["labelled"].sections]
    assert titles == [
        "which_hand: hand, set 1 (10 windows, 5 videos, 5 patients)",
        "which_hand: hand, set 2 (10 windows, 2 videos, 2 patients)",
    ]
    assert [len(section.rows) for section in tables["labelled"].sections] == [5, 4]


def test_intervals_and_auc_with_probabilities(made: Any) -> None:
    tables = made(frames=example(), ci=True, more=True)
    row = cells(tables["labelled"])[6]
    for heading in ("accuracy", "balanced", "F1", "AUC"):
        value = row[heading]
        assert isinstance(value, Value) and value.low is not None and value.high is not None
        assert 0 <= value.low < value.value < value.high <= 1
    for value in (cells(tables["labelled_numbers"])[0][heading] for heading in ("exact", "MAE", "RMSE", "kappa")):
        assert value.low < value.value < value.high
    assert cells(tables["labelled_numbers"])[6]["kappa"] is None, "of scores alone"
    assert {"labelled_classes", "labelled_calibration", "labelled_confusion_9"} < set(tables)


def test_f1_by_answer_confusions_and_calibration(made: Any) -> None:
    yes = [{"yes": one, "no": 1 - one} for one in (0.9, 0.2, 0.6, 0.4)]
    lean = Said("good", "trunk", "lean", "yes_no", ["yes", "no"] * 2, ["yes", "no", "yes", "no"], yes)
    tables = made(HAND, lean._replace(run="good@trunk", truth=["yes", "no", "no", "no"]), more=True)
    f1 = {(row["answer"], row["true"], row["said"]): row["F1"].value for row in cells(tables["labelled_classes"])}
    assert f1 == pytest.approx({("left", 5, 4): 8 / 9, ("right", 5, 5): 0.8, ("yes", 1, 2): 2 / 3, ("no", 3, 2): 0.8})
    assert [row.cells for row in tables["labelled_confusion_1"].sections[0].rows] == [
        ("left", 4, 1, 0),
        ("right", 0, 4, 1),
    ]
    (row,) = cells(tables["labelled_calibration"])
    assert row["answers"] == 4 and row["mean p"].value == pytest.approx((0.9 + 0.8 + 0.6 + 0.6) / 4)
    assert row["Brier"].value == pytest.approx((0.1**2 + 0.2**2 + 0.6**2 + 0.4**2) / 4) == row["Brier, yes"].value


def test_questions_without_a_truth_are_no_table(made: Any) -> None:
    runs, answers = frames_of(HAND)
    with pytest.raises(UserError, match="no question of these runs has a truth"):
        made(frames=(runs, answers.assign(truth=pd.Series([None] * 10, dtype=answers["truth"].dtype))))


def test_of_one_patient_the_control_learns_from_all_others(made: Any) -> None:
    whole = made(EFFORT)
    tables = made(EFFORT, only=VideoFilter(patients=("P03",)))
    (section,) = tables["labelled"].sections
    assert section.title == "effort: hard (2 windows, 1 video, 1 patient)"
    good, blind, constant, reference = cells(tables["labelled"])
    assert good["exact"].value == reference["exact"].value == 1
    assert blind["MAE"].value == 3, "the median of the others is 1, the truth is 4 and 4"
    assert constant["MAE"].value == 2, "the median of all is 2"
    assert cells(whole["labelled"])[1]["MAE"].value == 1.5
    with pytest.raises(UserError, match="P33"):
        made(EFFORT, only=VideoFilter(patients=("P33",)))
