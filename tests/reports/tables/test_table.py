from __future__ import annotations

import pandas as pd
import pytest

from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SHARES,
    Column,
    TableRow,
    TableSection,
    Value,
    marks,
    mean_cell,
    ratio_cell,
    share_cell,
)

COLUMNS = (Column("model"), Column("ES", 2, "high"), Column("RCE", 1, "low"), Column("n"))


def section(*rows: tuple[float | None, float | None], reference: int | None = None) -> TableSection:
    def cell(value: float | None) -> Value | None:
        return None if value is None else Value(value)

    return TableSection(
        "",
        tuple(TableRow(("m", cell(es), cell(rce), 1), number == reference) for number, (es, rce) in enumerate(rows)),
    )


def test_high_and_low_can_be_good() -> None:
    assert marks(section((1, 0.1), (3, 0.3), (2, 0.2)), COLUMNS) == {
        (1, 1): "best",
        (2, 1): "second",
        (0, 2): "best",
        (2, 2): "second",
    }


def test_what_prints_alike_shares_a_mark() -> None:
    marked = marks(section((1.001, 0.11), (1.004, 0.14), (0.5, 0.9)), COLUMNS)
    assert [marked[row, 1] for row in range(3)] == ["best", "best", "second"]
    assert [marked[row, 2] for row in range(3)] == ["best", "best", "second"]


def test_references_and_gaps_take_no_part() -> None:
    marked = marks(section((1, None), (9, 0.0), (2, 0.5), (0, 0.6), reference=1), COLUMNS)
    assert marked == {(2, 1): "best", (0, 1): "second", (2, 2): "best", (3, 2): "second"}


def test_one_row_is_not_best() -> None:
    assert marks(section((1, 1)), COLUMNS) == {}
    assert marks(section((1, 1), (2, 2), reference=1), COLUMNS) == {}


@pytest.mark.parametrize(("n_patients", "known"), [(4, False), (5, True)])
def test_cells_have_an_interval_from_five_patients_on(n_patients: int, known: bool) -> None:
    patients = [f"p{n}" for n in range(n_patients)] * 2
    values = pd.Series([float(n % 3) for n in range(2 * n_patients)])
    for cell in (
        mean_cell(values, pd.Series(patients), ci=True),
        ratio_cell(list(values), [2.0] * len(values), patients, ci=True),
        share_cell(list(values > 0), patients, ci=True),
    ):
        assert cell is not None and (cell.low is not None, cell.high is not None) == (known, known)
    for note in (INTERVALS, SHARES):
        assert "fewer than 5 patients there is none" in note
