"""The table of abstaining, from tiny runs."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.make import Made, make_tables
from lmms_eval_plugins.reports.tables.table import Cell, Table, Value
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.support.tiny_runs import write_item_run, write_odd_run, write_tiny_runs

NAMED = ("feeding", "shelf", "combing")


def rows(table: Table, section: int = 0) -> dict[str, dict[str, Cell]]:
    """What each row is called → its cells by heading."""
    heads = [column.heading for column in table.columns]
    return {str(row.cells[0]): dict(zip(heads, row.cells, strict=True)) for row in table.sections[section].rows}


def number(cell: Cell) -> float:
    assert isinstance(cell, Value)
    return cell.value


def write_activities(
    folder: Path, said: Mapping[str, Sequence[str]], sure: Mapping[str, Sequence[float]] | None = None
) -> Path:
    """Write an identification run: of each patient three videos of the three activities, with answers in their order.

    ``sure`` are the probabilities of the answers given, where they are recorded.
    """
    run = folder / "identification/tiny/20250101_000000"
    run.mkdir(parents=True)
    videos = [
        {
            "video_id": f"{patient}_{name}1_1",
            "patient": patient,
            "cohort": "mild",
            "activity": name,
            "hand": "left",
            "fps": 4.0,
            "n_frames": 24,
            "truth": name,
            "windows": [[0, 6]],
        }
        for patient in said
        for name in NAMED
    ]
    values: dict[str, object] = {
        "task": "identification",
        "model": "tiny",
        "status": "done",
        "reading": "default",
        "videos": videos,
    }
    values["scoring"] = {"method": "identification", "activity": "activity"}
    values["questions"] = [{"id": "activity", "kind": "one_of", "options": NAMED}]
    (run / "run.json").write_text(json.dumps(values))
    with AnswerLog(run / "answers.jsonl") as log:
        for patient, answers in said.items():
            for place, (name, answer) in enumerate(zip(NAMED, answers, strict=True)):
                logs = _logs(answer, sure[patient][place]) if sure else None
                log.append(
                    [AnswerRecord("k", f"{patient}_{name}1_1", 0, 0, 6, "activity", "p", answer, logs, 0.1, "f")]
                )
    return run


def _logs(answer: str, probability: float) -> dict[str, float]:
    rest = (1 - probability) / (len(NAMED) - 1)
    return {name: math.log(probability if name == answer else rest) for name in NAMED}


MIXED = {f"S{number}": ("feeding", "shelf", "shelf") for number in range(1, 7)}
"""Combing is taken for the shelf by all."""


def test_answers_that_are_often_wrong_come_last(tmp_path: Path) -> None:
    made = make_tables("abstain", write_activities(tmp_path, MIXED), target_error=0.2, ci=True, more=True)
    ranking, answered, curves = made.tables
    (row,) = rows(ranking).values()
    assert (row["ranked by"], row["cases"]) == ("alike", 18) and number(row["error"]) == pytest.approx(1 / 3)
    assert number(row["at 50 %"]) == pytest.approx((9 - 6) / 2 / 9), "all feeding, then of the shelf every other"
    assert number(row["AURC"]) < number(row["error"]) and number(row["− random"]) < 0
    (kept,) = rows(answered).values()
    assert number(kept["answered (%)"]) == pytest.approx(100 / 3) and number(kept["error, answered"]) == 0
    assert number(kept["error, all"]) == pytest.approx(1 / 3) and number(kept["error, rest"]) == pytest.approx(1 / 2)
    assert number(kept["− all"]) == pytest.approx(-1 / 3)
    (curve,) = rows(curves).values()
    assert number(curve["100 %"]) == pytest.approx(1 / 3) and number(curve["30 %"]) == 0
    assert "uses other patients' labels" in " ".join(ranking.notes)


def test_no_signal_is_said(tmp_path: Path) -> None:
    """Whether a video is taken for another is up to chance, and so is for which."""
    rng = np.random.default_rng(4)
    said = {f"S{number}": [NAMED[(place + rng.choice((0, 0, 1, 2))) % 3] for place in range(3)] for number in range(9)}
    (table,) = make_tables("abstain", write_activities(tmp_path, said)).tables
    (row,) = rows(table).values()
    gained = row["− random"]
    assert isinstance(gained, Value) and gained.low is not None and gained.high is not None
    assert gained.low <= 0 <= gained.high and row["signal"] == "none"
    assert "the curve is flat" in " ".join(table.notes)


def test_recorded_probabilities_rank(tmp_path: Path) -> None:
    """The wrong answer about combing is the least sure, and the wanted error is held."""
    sure = dict.fromkeys(MIXED, (0.9, 0.8, 0.5))
    table, answered = make_tables("abstain", write_activities(tmp_path, MIXED, sure), target_error=0.0).tables
    (row,) = rows(table).values()
    assert row["ranked by"] == "probability" and row["signal"] == "answers"
    assert number(row["− best"]) == pytest.approx(0)
    (kept,) = rows(answered).values()
    assert number(kept["answered (%)"]) == pytest.approx(200 / 3) and number(kept["threshold from"]) == (
        pytest.approx(0.2)
    )


def test_every_family_has_its_errors(tmp_path: Path) -> None:
    made = make_tables("abstain", write_tiny_runs(tmp_path), target_error=0.5)
    table, answered = made.tables
    assert [section.title.split(":")[0] for section in table.sections] == [
        *("Dose", "Dose", "Activity", "Fugl-Meyer items", "Fugl-Meyer items")
    ]
    assert [set(rows(table, number)) for number in range(5)] == [
        *[{"tiny, dose", "stopwatch", "stopwatch, by activity"}] * 2,
        {"tiny, identification"},
        *[{"tiny", "always 1 (blind)"}] * 2,
    ]
    references = [row.reference for section in table.sections for row in section.rows]
    assert references == [False, True, True, False, True, True, False, False, True, False, True]
    assert number(rows(table, 2)["tiny, identification"]["error"]) == 0.5
    assert number(rows(table, 3)["tiny"]["error"]) == pytest.approx(3 / 8)
    assert all(rows(answered, number).keys() == rows(table, number).keys() for number in range(5))
    assert any("synthetic" in remark for remark in table.remarks) and not made.errors


def test_a_silent_item_is_known_to_be_wrong(tmp_path: Path) -> None:
    truth = {patient: {5: 2, 20: 1} for patient in ("P1", "P2", "P3")}
    said = {patient: {5: "2", 20: "no idea"} for patient in truth}
    table, answered = make_tables("abstain", write_item_run(tmp_path, truth, said), target_error=0.5).tables
    row = rows(table)["tiny"]
    assert number(row["error"]) == 1 and number(row["at 50 %"]) == 0 and number(row["− best"]) == 0
    kept = rows(answered)["tiny"]
    assert number(kept["answered (%)"]) == 50 and number(kept["error, rest"]) == 2


def made_of(tmp_path: Path, said: Mapping[str, Sequence[str]], wanted: float | None = None) -> Made:
    return make_tables("abstain", write_activities(tmp_path, said), target_error=wanted)


def test_what_cannot_be_ranked_is_named(tmp_path: Path) -> None:
    silent = {patient: ["no idea"] * 3 for patient in ("S1", "S2", "S3")}
    with pytest.raises(UserError, match=r"none of the runs given.*20250101_000000: no reply gives an answer"):
        made_of(tmp_path / "silent", silent)
    with pytest.raises(UserError, match=r"20250101_000000: is about one patient"):
        made_of(tmp_path / "one", {"S1": NAMED})
    with pytest.raises(UserError, match=r"20250101_000000: is about one patient"):
        make_tables("abstain", write_odd_run(tmp_path / "odd"))
    both = [write_activities(tmp_path / "a", silent), write_activities(tmp_path / "b", MIXED)]
    made = make_tables("abstain", both)
    assert len(rows(made.tables[0])) == 1
    (error,) = made.errors
    assert error.endswith("no reply gives an answer, so there is nothing to trust or to doubt")


def test_two_patients_have_a_ranking_and_no_threshold(tmp_path: Path) -> None:
    two = {"S1": NAMED, "S2": ("feeding", "shelf", "shelf")}
    (table,) = made_of(tmp_path / "a", two).tables
    (row,) = rows(table).values()
    assert row["signal"] == "-" and number(row["error"]) == pytest.approx(1 / 6)
    with pytest.raises(UserError, match=r"--target-error needs runs about 3 patients"):
        made_of(tmp_path / "b", two, 0.1)


def test_a_wanted_error_is_for_this_table(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="table identification: --target-error is for the table abstain"):
        make_tables("identification", tmp_path, target_error=0.1)


def test_some_videos_are_ranked_by_what_all_teach(tmp_path: Path) -> None:
    run = write_activities(tmp_path, MIXED)
    (table,) = make_tables("abstain", run, only=VideoFilter.of_words(patients=["S1,S2"])).tables
    (row,) = rows(table).values()
    assert row["cases"] == 6 and number(row["− random"]) < 0 and "only patients S1, S2" in table.title
    with pytest.raises(UserError, match="--patient X9"):
        make_tables("abstain", run, only=VideoFilter.of_words(patients=["X9"]))
    items = write_item_run(tmp_path / "items", {p: {5: 2} for p in ("S1", "S2")}, {p: {5: "2"} for p in ("S1", "S2")})
    (both,) = make_tables("abstain", [run, items], only=VideoFilter.of_words(patients=["S2"])).tables
    assert [next(iter(rows(both, n).values()))["cases"] for n in range(3)] == [3, 1, 1]
    (activity,) = make_tables("abstain", [run, items], only=VideoFilter.of_words(activities=["shelf"])).tables
    assert len(activity.sections) == 1, "an item has no activity"
