from __future__ import annotations

from lmms_eval_plugins.reports.tables.formats.shown import without_empty
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, Value


def table_of(name: str, *rows: tuple[Cell, ...]) -> Table:
    columns = (Column("model"), Column("videos"), Column("p (best)"), Column("p (blind)"))
    return Table(name, f"Title of {name}", columns, (TableSection("", tuple(map(TableRow, rows))),), ("Note.",))


FULL = table_of("full", ("a", 8, Value(0.5), None), ("b", 8, None, Value(0.1)))
HALF = table_of("half", ("a", 8, Value(0.5), None), ("b", 8, None, None))
EMPTY = table_of("empty", ("a", 8, None, None), ("b", 8, None, None))


def test_columns_and_further_tables_without_anything_are_left_out_and_named() -> None:
    full, half = without_empty([FULL, EMPTY, HALF])
    assert full.columns == FULL.columns and full.sections == FULL.sections and full.notes == ("Note.",)
    assert full.remarks == ("Left out, since there is nothing to show in it: Title of empty.",)
    assert [column.heading for column in half.columns] == ["model", "videos", "p (best)"]
    assert half.sections[0].rows[1].cells == ("b", 8, None)
    assert half.remarks == ("Left out, since there is nothing in this column: p (blind).",)


def test_the_first_table_stays_though_nothing_is_in_it() -> None:
    (only,) = without_empty([EMPTY])
    assert [column.heading for column in only.columns] == ["model", "videos"]
    assert only.remarks == ("Left out, since there is nothing in these columns: p (best), p (blind).",)
    counts = table_of("counts", ("a", 8, 1, 2))
    assert without_empty([FULL, counts]) == [FULL, counts], "whole numbers are something"
