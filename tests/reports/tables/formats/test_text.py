from __future__ import annotations

from lmms_eval_plugins.reports.tables.formats.text import HOW_TO_SEE_WHOLE, text_of
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection, Value

TABLE = Table(
    "dose",
    "Dose by model",
    (Column("model"), Column("videos"), Column("ES", 2, "high"), Column("AER", 2, "low"), Column("RCE", 2, "low")),
    (
        TableSection(
            "90 videos",
            (
                TableRow(("tiny", 90, Value(46.69, 1.62), Value(0.654, 0.06), Value(0.65, 0.06))),
                TableRow(("reference (windows of 0.533 s)", 90, Value(78.85, 1.1), Value(0.212, 0.01), None), True),
            ),
        ),
    ),
    ("Lower is better, unless it is said that higher is.",),
    ("tiny: 3 of 90 videos left out of means.",),
)
IN_54 = """\
Dose by model

model                        videos            ES
-------------------------------------------------
[90 videos]
tiny                             90  46.69 ± 1.62
reference (windows of 0.533      90  78.85 ± 1.10
  s)

model                                AER          RCE
-----------------------------------------------------
[90 videos]
tiny                         0.65 ± 0.06  0.65 ± 0.06
reference (windows of 0.533  0.21 ± 0.01            -
  s)

Lower is better, unless it is said that higher is.
tiny: 3 of 90 videos left out of means.
"""


def test_a_table_that_is_too_wide_stands_in_blocks_with_its_names_again() -> None:
    assert text_of(TABLE, 54) == IN_54


def test_a_name_is_folded_before_anything_is_divided_and_notes_are_wrapped() -> None:
    lines = text_of(TABLE, 76).splitlines()
    assert "reference (windows of 0.533" in map(str.strip, (line.partition("  ")[0] for line in lines))
    assert max(map(len, lines)) <= 76 and sum(line.startswith("[90 videos]") for line in lines) == 1
    assert text_of(TABLE, None).count("[90 videos]") == 1 and "(windows of 0.533 s)" in text_of(TABLE, None)
    assert "\n  higher is.\n" in text_of(TABLE, 43)


def test_a_line_says_how_to_see_divided_tables_whole() -> None:
    assert rendered([TABLE, TABLE], "text", 54).count(HOW_TO_SEE_WHOLE) == 1
    assert HOW_TO_SEE_WHOLE not in rendered([TABLE], "text", 120) + rendered([TABLE], "text")
