"""The table of decoders, and other tables of decoded runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import get_args

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Cell, Table, Value
from lmms_eval_plugins.runs.score import score_paths
from tests.support.tiny_runs import write_odd_run, write_tiny_runs

GOLDEN = Path(__file__).parents[2] / "golden"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Table, ...]:
    folder = tmp_path_factory.mktemp("runs")
    for model in ("a", "b"):
        write_tiny_runs(folder, model=model)
    return make_tables("decoding", folder, more=True).tables


BLIND = ("blind control", "blind control, by activity")
STOPWATCHES = ("stopwatch", "stopwatch, by activity")


def firsts(table: Table) -> list[tuple[Cell, ...]]:
    return [row.cells[:3] for row in table.sections[0].rows]


def value_in(cell: Cell) -> Value:
    assert isinstance(cell, Value)
    return cell


def test_every_way_of_reading_and_the_controls(made: tuple[Table, ...]) -> None:
    ways = ("rule", "mbr", "mbr, by activity")
    assert firsts(made[0]) == [
        *((model, way, 4) for model in ("a", "b") for way in ways),
        (BLIND[0], "mbr", 4),
        (BLIND[1], "mbr, by activity", 4),
        *((stopwatch, None, 4) for stopwatch in STOPWATCHES),
        ("reference", "rule", 4),
    ]
    assert [row.reference for row in made[0].sections[0].rows] == [False] * 6 + [True] * 5
    assert any(LABEL in note for note in made[0].notes)
    assert any("means over 20 seeds, 0 to 19" in note for note in made[0].notes)


def test_a_stopwatch_has_counts_and_no_timeline(made: tuple[Table, ...]) -> None:
    scores = {row.cells[0]: row.cells[3:] for row in made[0].sections[0].rows}
    assert scores["stopwatch"][:2] == (None, None) and value_in(scores["stopwatch"][2]).value >= 0
    against = {row.cells[:3]: row.cells[3:] for row in made[1].sections[0].rows}["a", "mbr", "stopwatch"]
    assert all(isinstance(cell, Value) for cell in against[:3]) and against[3:] == (None,) * 4


def test_like_is_compared_with_like_and_corrected_over_models(made: tuple[Table, ...]) -> None:
    rows = {row.cells[:3]: row.cells[3:] for row in made[1].sections[0].rows}
    pairs = [
        *(("mbr", other) for other in ("rule", BLIND[0], STOPWATCHES[0])),
        *(("mbr, by activity", other) for other in ("rule", BLIND[1], STOPWATCHES[1])),
        ("rule", STOPWATCHES[0]),
    ]
    assert list(rows) == [(model, *pair) for pair in pairs for model in ("a", "b")]
    heads = ["RCE", "p (RCE)", "p (RCE, Holm)", "ES", "p (ES, Holm)", "AER", "p (AER, Holm)"]
    assert [column.heading for column in made[1].columns[3:]] == heads
    scores = {row.cells[:2]: row.cells[3:] for row in made[0].sections[0].rows}
    edit = value_in(rows["a", "mbr", "rule"][3])
    decoded, by_rule = value_in(scores["a", "mbr"][0]), value_in(scores["a", "rule"][0])
    assert edit.value == pytest.approx(decoded.value - by_rule.value)
    assert edit.low is None  # of four patients there is no interval, but a p
    for model in ("a", "b"):
        assert [value_in(cell).value for cell in rows[model, "mbr", BLIND[0]][1:3]] == [0.125, 2 * 0.125]
    (note,) = [note for note in made[1].notes if note.startswith("p: ")]
    assert "over 4 patients, corrected by Holm for 2 comparisons; it can be no less than .125, corrected .250" in note
    assert not any("excludes 0" in note for table in made for note in table.notes)


def test_a_baseline_is_decoded_and_compared_with_nothing(tmp_path: Path) -> None:
    write_tiny_runs(tmp_path, model="a")
    write_tiny_runs(tmp_path, model="guess")
    (run,) = (tmp_path / "dose" / "guess").rglob("run.json")
    run.write_text(json.dumps(json.loads(run.read_text()) | {"kind": "blind"}))
    scores, differences = make_tables("decoding", tmp_path / "dose").tables
    assert {row.reference for row in scores.sections[0].rows if row.cells[0] == "guess"} == {True}
    assert {row.cells[0] for row in differences.sections[0].rows} == {"a"}


def test_each_run_is_compared_with_the_control_of_its_own_windows(tmp_path: Path) -> None:
    write_tiny_runs(tmp_path, model="a")
    write_tiny_runs(tmp_path, model="b")
    (run,) = (tmp_path / "dose" / "b").rglob("run.json")
    content = json.loads(run.read_text())
    for video in content["videos"]:  # as many windows of the same length, later
        video["windows"] = [[start + 0.5, end + 0.5] for start, end in video["windows"]]
    run.write_text(json.dumps(content))
    answers = run.with_name("answers.jsonl")
    lines = [json.loads(line) for line in answers.read_text().splitlines()]
    answers.write_text("".join(json.dumps(line | {"start_s": line["start_s"] + 0.5}) + "\n" for line in lines))
    (table, _) = make_tables("decoding", tmp_path / "dose").tables
    named = [row.cells[0] for row in table.sections[0].rows if row.cells[1] == "mbr"]
    assert named == ["a", "b", "blind control (a)", "blind control (b)"]


def test_a_run_that_cannot_be_decoded_is_named_and_the_others_are_shown(tmp_path: Path) -> None:
    write_tiny_runs(tmp_path, model="a")
    odd = write_odd_run(tmp_path / "odd")
    made = make_tables("decoding", [tmp_path / "dose", odd])
    (error,) = made.errors
    assert "nobody else's labels to decode X by" in error
    names = [row.cells[:2] for section in made.tables[0].sections for row in section.rows]
    assert ("a", "mbr") in names and ("odd", "rule") in names
    with pytest.raises(UserError, match="nobody else's labels"):
        make_tables("decoding", odd)


def test_rule_and_decoder_read_a_log_alike_and_the_published_reading_stands_beside(tmp_path: Path) -> None:
    logs = tmp_path / "strokerehab_primitives_3_all_models"
    shutil.copytree(GOLDEN / "fixtures" / "logs" / logs.name / "tiny", logs / "tiny")
    scores, differences = make_tables("decoding", logs).tables
    rows = {row.cells[:2]: row for row in scores.sections[0].rows}
    alike, published = rows["Tiny-1B", "rule"], rows["Tiny-1B", "rule, as published"]
    assert published.reference and not alike.reference
    by_reading = {
        reading: {
            row.model: row.to_json()["action_error_rate"] for row in score_paths([str(logs)], policy=reading).rows
        }
        for reading in get_args(Policy)
    }
    assert value_in(alike.cells[4]).value == by_reading["default"]["org/Tiny-1B"]
    assert value_in(published.cells[4]).value == by_reading["published"]["org/Tiny-1B"]
    assert {row.cells[1] for row in differences.sections[0].rows} == {"mbr", "mbr, by activity", "rule"}
    assert any(note.startswith("rule, as published: ") for note in scores.notes)
    (again, _) = make_tables("decoding", logs, reading="published").tables
    own = [row for row in again.sections[0].rows if row.cells[0] == "Tiny-1B"]
    assert [row.cells[1] for row in own] == ["rule", "mbr", "mbr, by activity"]
    assert own[0].cells[3:] == published.cells[3:]


def test_by_cohort_and_by_activity(made: tuple[Table, ...]) -> None:
    assert [table.name for table in made[2:]] == ["decoding_cohorts", "decoding_activities"]
    heads = [column.heading for column in made[3].columns]
    row = made[3].sections[0].rows[0]
    assert row.cells[heads.index("feeding")] is not None
    assert row.cells[heads.index("brushing")] is None


def test_another_table_of_decoded_runs(tmp_path: Path) -> None:
    runs = write_tiny_runs(tmp_path)
    (table,) = make_tables("dose_models", runs, decoding=Decoding("viterbi")).tables
    names = [row.cells[0] for row in table.sections[0].rows]
    assert names[:2] == ["tiny", "blind control"]
    assert table.sections[0].rows[1].reference
    assert any(LABEL in note for note in table.remarks)
