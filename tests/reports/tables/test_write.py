from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection
from lmms_eval_plugins.reports.tables.write import show_tables

FIRST, SECOND = (
    Table(name, f"Title of {name}", (Column("model"),), (TableSection("", (TableRow(("a",)),)),), (f"Note of {name}.",))
    for name in ("dose", "dose_counts")
)


def test_csv_holds_the_table_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_tables([FIRST, SECOND], "csv", tmp_path / "new" / "dose.csv")
    files = sorted((tmp_path / "new").iterdir())
    assert [path.name for path in files] == ["dose.csv", "dose.dose_counts.csv", "dose.notes.txt"]
    assert [list(pd.read_csv(path)["model"]) for path in files[:2]] == [["a"], ["a"]]
    notes = "Title of dose\nNote of dose.\n\nTitle of dose_counts\nNote of dose_counts.\n"
    assert files[2].read_text() == notes
    show_tables([FIRST], "csv", None)
    printed = capsys.readouterr()
    assert printed.out == "section,model\n,a\n" and printed.err == "Title of dose\nNote of dose.\n"


def test_other_formats_hold_titles_and_notes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    show_tables([FIRST, SECOND], "md", tmp_path / "dose.md")
    assert [path.name for path in tmp_path.iterdir()] == ["dose.md"]
    show_tables([FIRST, SECOND], "md", None)
    printed = capsys.readouterr()
    assert printed.out == (tmp_path / "dose.md").read_text() and printed.err == ""
    with pytest.raises(UserError, match="no format is named 'cvs'"):
        show_tables([FIRST], "cvs", None)
