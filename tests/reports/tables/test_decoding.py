"""The table of decoders, and other tables of decoded runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Cell, Table, Value
from tests.support.tiny_runs import write_tiny_runs


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Table, ...]:
    folder = tmp_path_factory.mktemp("runs")
    for model in ("a", "b"):
        write_tiny_runs(folder, model=model)
    return make_tables("decoding", folder, more=True).tables


def firsts(table: Table) -> list[tuple[Cell, ...]]:
    return [row.cells[:3] for row in table.sections[0].rows]


def value_in(cell: Cell) -> Value:
    assert isinstance(cell, Value)
    return cell


def test_every_way_of_reading_the_controls_and_the_ceiling(made: tuple[Table, ...]) -> None:
    ways = ("rule", "mbr", "mbr, by activity")
    assert firsts(made[0]) == [
        *((model, way, 4) for model in ("a", "b") for way in ways),
        ("blind control", "mbr", 4),
        ("blind control", "mbr, by activity", 4),
        ("omniscient ceiling", "rule", 4),
    ]
    assert [row.reference for row in made[0].sections[0].rows] == [False] * 6 + [True] * 3
    assert any(LABEL in note for note in made[0].notes)


def test_differences_are_paired_and_corrected_over_models(made: tuple[Table, ...]) -> None:
    rows = {row.cells[:3]: row.cells[3:] for row in made[1].sections[0].rows}
    assert len(rows) == 8
    scores = {row.cells[:2]: row.cells[3:] for row in made[0].sections[0].rows}
    edit = value_in(rows["a", "mbr", "rule"][0])
    decoded, by_rule = value_in(scores["a", "mbr"][0]), value_in(scores["a", "rule"][0])
    assert edit.value == pytest.approx(decoded.value - by_rule.value)
    assert edit.low is not None and edit.high is not None and edit.low <= edit.value <= edit.high
    assert value_in(rows["a", "mbr", "blind control"][-1]).value <= 1


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
    assert any(LABEL in note for note in table.notes)
