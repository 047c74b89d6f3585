from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.reports.tables.formats.parts import lines_of_name, table_parts
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection, Value


@given(st.text("ab/ (),", max_size=60), st.integers(6, 40))
def test_names_are_folded_into_their_width_and_lose_no_sign(name: str, width: int) -> None:
    lines = lines_of_name(name, width)
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == name.replace(" ", "")


def test_first_columns_of_words_stand_in_every_part() -> None:
    row = TableRow(("direct", "a model", 8, *[Value(0.5, 0.25, 0.1, 0.9)] * 4))
    columns = tuple(Column(heading, 3) for heading in ("prompt", "model", "videos", "a", "b", "c", "d"))
    table = Table("t", "T", columns, (TableSection("", (row,)),))
    cells = [["direct", "a model", "8", *["0.500 ± 0.250 [0.100, 0.900]"] * 4]]
    assert table_parts(table, cells, None).columns == (tuple(range(7)),)
    assert table_parts(table, cells, 80).columns == ((0, 1, 2, 3), (0, 1, 4, 5), (0, 1, 6))
