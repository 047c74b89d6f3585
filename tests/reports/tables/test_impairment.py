"""The tables on impairment, made from tiny runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.prior import item_priors
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Table, Value, marks
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.scored import scores_of
from tests.support.tiny_runs import write_item_run

ITEMS = (5, 9, 15, 16, 17, 24)
COHORTS = {"P0": "healthy", "P1": "healthy"} | {f"P{number}": "moderate" for number in range(2, 8)}
Replies = Mapping[str, Mapping[int, str]]


def true_scores() -> dict[str, dict[int, int]]:
    rng = Random(2)
    return {
        f"P{number}": {item: min(2, max(0, round(2 - 0.25 * number + rng.gauss(0, 0.5)))) for item in ITEMS}
        | {18: 2 * (number == 0)}
        for number in range(8)
    }


TRUTH = true_scores()
RIGHT = {patient: {item: str(own[item]) for item in ITEMS} for patient, own in TRUTH.items()}


def with_reply(replies: Replies, patient: str, item: int, reply: str) -> dict[str, Mapping[int, str]]:
    return {**replies, patient: {**replies[patient], item: reply}}


def cells(table: Table, section: int = 0) -> list[dict[str, Any]]:
    heads = [column.heading for column in table.columns]
    return [dict(zip(heads, row.cells, strict=True)) for row in table.sections[section].rows]


def fma_question(number: int, item: int) -> dict[str, object]:
    return {"id": f"q{number}", "kind": "score", "options": ["0", "1", "2"], "item": item}


def fma_run(
    write_run: Callable[..., Path], tmp_path: Path, task: str, items: Sequence[int], replies: Sequence[str]
) -> Path:
    run = write_run(
        [("v1", window, f"q{number}", reply) for number, reply in enumerate(replies) for window in range(3)],
        task=task,
        truth=";".join(f"{item}=2" for item in items),
        questions=[fma_question(number, item) for number, item in enumerate(items)],
        scoring={"method": "fugl_meyer"},
    )
    run.rename(tmp_path / task)
    return tmp_path / task


def test_the_parts_of_an_assessment_are_joined(write_run: Callable[..., Path], tmp_path: Path) -> None:
    runs = [
        fma_run(write_run, tmp_path, "strokerehab_ia2_3_30", (3, 9), ("2", "0")),
        fma_run(write_run, tmp_path, "strokerehab_ia2_31_33", (31,), ("no idea",)),
    ]
    table, agreement, by_section, differences = make_tables("impairment", runs, ci=True, more=True).tables
    assert [section.title for section in table.sections] == ["strokerehab_ia2"]
    first, *controls = cells(table)
    assert (first["model"], first["patients"], first["items"]) == ("demo", 1, 3)
    assert (first["accuracy"], first["error"].value) == (Value(1 / 3), 4 / 3)
    assert (first["APD"].value, first["kappa"]) == (4, None)
    assert first["no score (%)"].value == pytest.approx(100 / 3)
    assert [(control["model"], control["APD"].value) for control in controls] == [
        ("always 2 (strongest)", 0),
        ("always 1", 3),
    ], "there is no other patient to take a median of"
    assert [row["patients"] for row in cells(agreement)][:4] == [0, 0, 0, 0]
    sections = cells(by_section)[0]
    assert [sections[code].value for code in ("FS", "ES", "Coord")] == [0, 2, 2]
    (only,) = cells(differences)
    assert only["error − best"] is None and only["error − blind"] == Value(4 / 3), "one patient, no interval"


def test_reference_rows_are_the_blind_controls_the_strongest_named(tmp_path: Path) -> None:
    (table,) = make_tables("impairment", write_item_run(tmp_path, TRUTH, RIGHT)).tables
    names = [row["model"] for row in cells(table)]
    assert names[0] == "tiny" and len([name for name in names if name.endswith(" (strongest)")]) == 1
    assert {name.removesuffix(" (strongest)") for name in names[1:]} == {"median of others", "always 2", "always 1"}
    errors = [row["error"].value for row in cells(table)[1:]]
    assert errors == sorted(errors) and names[1].endswith(" (strongest)")
    assert [row.reference for row in table.sections[0].rows] == [False, True, True, True]
    assert max(len(line) for line in rendered([table], "text").splitlines()[:8]) <= 120


def test_a_run_of_the_prior_has_the_numbers_of_its_row(tmp_path: Path) -> None:
    """A run of kind blind that answers with the medians, as the card item_prior does."""
    priors = item_priors(TRUTH)
    said = {patient: {item: str(priors[patient][item]) for item in ITEMS} for patient in TRUTH}
    run = write_item_run(tmp_path, TRUTH, said, "item_prior", COHORTS, kind="blind")
    main, agreement, by_section = make_tables("impairment", run, ci=True, more=True).tables
    own, *controls = cells(main)
    (row,) = [one for one in controls if one["model"].startswith("median of others")]
    assert own | {"model": ""} == row | {"model": ""}
    assert len(by_section.sections[0].rows) == 4
    assert all(row.reference for row in main.sections[0].rows), "no model is among them, and so no difference"
    assert cells(agreement)[0]["scored (%)"] == Value(100.0)


def test_controls_take_no_part(tmp_path: Path) -> None:
    wrong = with_reply(with_reply(RIGHT, "P2", 5, "0"), "P3", 24, "2")
    write_item_run(tmp_path, TRUTH, RIGHT, "knows", kind="ceiling")
    write_item_run(tmp_path, TRUTH, wrong, "good")
    write_item_run(tmp_path, TRUTH, {patient: dict.fromkeys(ITEMS, "0") for patient in TRUTH}, "bad")
    write_item_run(tmp_path, TRUTH, {patient: dict.fromkeys(ITEMS, "1") for patient in TRUTH}, "same", kind="blind")
    main, _, _, differences = make_tables("impairment", tmp_path, more=True).tables
    rows = {row["model"]: number for number, row in enumerate(cells(main))}
    marked = marks(main.sections[0], main.columns)
    error = [column.heading for column in main.columns].index("error")
    assert marked[rows["good"], error] == "best" and marked[rows["bad"], error] == "second"
    assert not {row for row, _ in marked} & {rows["knows"], rows["same"]}
    by_name = {row["model"]: row for row in cells(differences)}
    assert [*by_name] == ["bad", "good"]
    assert by_name["good"]["error − best"] is None, "it is the best of the models"
    assert by_name["bad"]["p (best)"] == Value(2 / 2**8), "one comparison: exact, not corrected, the smallest there is"
    assert any("over 8 patients; it can be no less than .008" in note for note in differences.notes)
    assert any(
        "corrected by Holm for 2 comparisons; it can be no less than .008, corrected .016" in note
        for note in differences.notes
    )


def test_silence_is_shown_and_buys_no_agreement(tmp_path: Path) -> None:
    rng = Random(1)
    said = {
        patient: {item: reply if rng.random() < 0.4 else "no idea" for item, reply in own.items()}
        for patient, own in RIGHT.items()
    }
    run = write_item_run(tmp_path, TRUTH, said, cohorts=COHORTS)
    main, agreement, *_ = make_tables("impairment", run, ci=True, more=True).tables
    own = cells(main)[0]
    assert own["kappa"].value < 0.8 and own["ICC"].value < 0.8
    assert own["no score (%)"].value == pytest.approx(100 - cells(agreement)[0]["scored (%)"].value)
    assert own["kappa"].low is not None and own["ICC"].high is not None
    rows = cells(agreement)[:4]
    assert [(row["group"], row["no score"], row["patients"]) for row in rows] == [
        ("all", "imputed", 8),
        ("all", "complete", 0),
        ("stroke", "imputed", 6),
        ("stroke", "complete", 0),
    ]
    ((_, score),) = scores_of(score_paths([str(run)]).rows, FUGL_MEYER)
    assert rows[0]["kappa"].value == own["kappa"].value == score.metrics["kappa"][0]
    assert rows[0]["bias"].value == score.metrics["bias"][0]
    totals = [total.imputed for total in score.totals if total.imputed is not None]
    assert score.metrics["total_predicted"][0] == pytest.approx(sum(totals) / 8)


def test_items_without_replies_are_counted_and_ranked_as_failed(tmp_path: Path) -> None:
    """A run that lost most replies has few errors, and does not win by it."""
    some = {patient: dict.fromkeys(ITEMS, "1") for patient in TRUTH}
    few = {patient: {item: RIGHT[patient][item] if patient == "P0" else "" for item in ITEMS} for patient in TRUTH}
    write_item_run(tmp_path, TRUTH, some, "spoken")
    write_item_run(tmp_path, TRUTH, few, "lost")
    main, _, _, differences = make_tables("impairment", tmp_path, more=True).tables
    rows = {row["model"]: row for row in cells(main)}
    assert (rows["lost"]["error"].value, rows["lost"]["error, all"].value) == (0, pytest.approx(2 * 7 / 8))
    assert (rows["lost"]["answered (%)"].value, rows["spoken"]["answered (%)"].value) == (12.5, 100)
    marked = marks(main.sections[0], main.columns)
    names = [row["model"] for row in cells(main)]
    heads = [column.heading for column in main.columns]
    for column in ("error", "accuracy", "APD", "MTSD"):
        assert marked[names.index("spoken"), heads.index(column)] == "best", column
    assert next(row for row in cells(differences) if row["model"] == "spoken")["error − best"] is None
    assert any(note.startswith("Answered:") for note in main.notes)


def test_runs_about_other_patients_are_not_compared(tmp_path: Path) -> None:
    write_item_run(tmp_path, TRUTH, RIGHT, "all")
    write_item_run(tmp_path, TRUTH, {patient: RIGHT[patient] for patient in ("P1", "P2", "P3")}, "three")
    (table,) = make_tables("impairment", tmp_path).tables
    assert [cells(table, section)[0]["model"] for section in range(2)] == ["all", "three"]
    assert [cells(table, section)[-1]["patients"] for section in range(2)] == [8, 3], "each its own controls"
