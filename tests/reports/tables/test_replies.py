"""What the table `replies`, scores and notes say of replies that give no answer, or were cut off."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord
from lmms_eval_plugins.runs.data_frames import answers_df, runs_df, scores_df
from lmms_eval_plugins.runs.run import RunOnDisk, read_run
from lmms_eval_plugins.runs.score import SCORES_FILE, write_scores

SAID = {  # window and question → reply, and why it ended
    (0, "motion"): ("Yes.", "stop"),
    (0, "grasp"): ("Yes, the hand is", "length"),
    (1, "motion"): ("No hand is visible.", "stop"),
    (1, "grasp"): ("yes and no", None),
    (2, "motion"): ("<think>The hand", "length"),
}


@pytest.fixture
def run(write_run: Callable[..., Path]) -> Path:
    folder = write_run([])
    with AnswerLog(folder / "answers.jsonl") as log:
        for (window, question), (text, reason) in SAID.items():
            log.append(
                [AnswerRecord("k", "v1", window, window, window + 1, question, "p", text, None, 0.1, "f", reason)]
            )
    return folder


def test_replies_of_a_run_in_per_cent(run: Path) -> None:
    (table,) = make_tables("replies", run).tables
    (row,) = table.sections[0].rows
    model, task, requests, *shares = row.cells
    assert (model, task, requests) == ("demo", "dose", 6)
    heads = [column.heading for column in table.columns[3:]]
    values = [share.value for share in shares if isinstance(share, Value)]
    assert dict(zip(heads, values, strict=True)) == pytest.approx(
        {
            "read (%)": 40,
            "unreadable (%)": 20,
            "refused (%)": 20,
            "contradictory (%)": 20,
            "cut off (%)": 40,
            "missing (%)": 100 / 6,
        }
    )


def test_runs_that_do_not_say_why_replies_ended_have_no_share_of_cut_ones(write_run: Callable[..., Path]) -> None:
    (table,) = make_tables("replies", write_run([("v1", 0, "motion", "Yes")])).tables
    assert table.sections[0].rows[0].cells[-2] is None


def test_counts_in_scores_notes_and_data_frames(run: Path) -> None:
    row = write_scores(run)
    scores = json.loads((run / SCORES_FILE).read_text())
    assert (scores["n_refused"], scores["n_contradictory"], scores["n_cut"]) == (1, 1, 2)
    rates = {
        name: scores["metrics"][name]["mean"] for name in ("unreadable_rate", "refused_rate", "contradictory_rate")
    }
    assert rates == pytest.approx(dict.fromkeys(rates, 1 / 5))
    assert row.assessment.cells(row.score)["unreadable"] == "60.0 %", "one column has all replies without an answer"
    note = "of 5 replies: 1 refused, 1 contradictory, 2 cut off by the token limit"
    assert row.coverage.notes[-1] == note and note in runs_df(run)["notes"][0]
    (video,) = scores_df(run).to_dict("records")
    counts = ("n_answers", "n_unreadable", "n_refused", "n_contradictory", "n_cut", "n_missing")
    assert [video[name] for name in counts] == [5, 1, 1, 1, 2, 1]
    answers = answers_df(run)
    assert list(answers["state"]) == ["read", "read", "refused", "contradictory", "unreadable", "missing"]
    assert list(answers["finish_reason"].dropna()) == ["stop", "length", "stop", "length"]


def test_a_run_in_memory_and_one_on_disk_know_the_same_cut_replies(run: Path) -> None:
    whole, on_disk = read_run(run), RunOnDisk(run)
    cut = [[window.cut for window in one.answered(one.file.videos[0], "default").windows] for one in (whole, on_disk)]
    assert cut[0] == cut[1] == [{"grasp"}, frozenset(), {"motion"}]


def test_damaged_lines_are_a_problem_of_tables_too_and_notes_stay_whole(run: Path) -> None:
    with (run / "answers.jsonl").open("a") as file:
        file.write("[1, 2]\n")
    made = make_tables("replies", run)
    note = "1 damaged line of the answers left out (`strokerehab score` names each)"
    assert made.errors == (f"{run}: {note}",)
    assert any(note in line for line in made.tables[0].remarks)


def test_a_semicolon_within_a_note_does_not_part_it(run: Path) -> None:
    file = json.loads((run / "run.json").read_text())
    (run / "run.json").write_text(json.dumps(file | {"notes": ["a label is short; it counts"]}))
    (table,) = make_tables("replies", run).tables
    assert any(line.endswith("a label is short, it counts.") for line in table.remarks)
