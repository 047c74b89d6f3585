from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.render import FORMATS
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection
from lmms_eval_plugins.reports.tables.write import SUFFIXES, show_tables, table_format

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


def test_latex_is_for_papers_and_remarks_go_elsewhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = replace(FIRST, remarks=("runs/of/mine: 1 damaged line.",))
    show_tables([table], "latex", tmp_path / "dose.tex")
    assert capsys.readouterr().err == "runs/of/mine: 1 damaged line.\n"
    written = (tmp_path / "dose.tex").read_text()
    assert r"\caption{Title of dose.}" in written and "Note of dose." in written and "of/mine" not in written


@pytest.mark.parametrize("path", [None, Path("a/x.tex"), Path("x.TEX"), Path("x.out"), Path("x")])
def test_a_format_may_be_named_beside_a_suffix_that_means_it_or_nothing(path: Path | None) -> None:
    assert table_format("latex", path) == table_format("tex", path) == "latex"


def test_a_suffix_says_the_format() -> None:
    assert {suffix: table_format(None, Path(f"x{suffix}")) for suffix in SUFFIXES} == SUFFIXES
    assert set(SUFFIXES.values()) == set(FORMATS) and table_format(None, None) == "text"


@pytest.mark.parametrize(
    ("form", "path", "error"),
    [
        ("csv", "x.tex", "x.tex: is latex by its suffix, but --format says csv; leave one of them away"),
        (None, "x.pdf", "x.pdf: its suffix says no format; known are: .txt, .md, .csv, .tex, .html; or name one with"),
        (None, "x", "x: its suffix says no format"),
        ("cvs", None, "no format is named 'cvs'; did you mean 'csv'?"),
    ],
)
def test_suffixes_and_formats_that_say_nothing_or_two_things_are_refused(
    form: str | None, path: str | None, error: str
) -> None:
    with pytest.raises(UserError, match=re.escape(error)):
        table_format(form, Path(path) if path else None)
