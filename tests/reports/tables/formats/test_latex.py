from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from lmms_eval_plugins.reports.tables.formats.latex import latex_of
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection, Value

RUNS = Path(__file__).parents[3] / "golden" / "fixtures" / "runs"
COMPILER = next((name for name in ("pdflatex", "tectonic") if shutil.which(name)), "")


def wide_and_tall() -> Table:
    row = TableRow(("a model with a name that is rather long", 90, *[Value(0.5, 0.25, 0.1, 0.9)] * 4))
    columns = (Column("model"), Column("videos"), *(Column(heading, 3) for heading in "abcd"))
    return Table("t", "Title", columns, (TableSection("set 1", (row,) * 60),), ("Note.",), ("runs/secret: a remark.",))


def test_what_does_not_fit_a_page_goes_on_in_further_tables() -> None:
    made = latex_of(wide_and_tall())
    tables = made.split(r"\begin{table}")[1:]
    assert len(tables) > 4 and made.count(r"\caption{Title (part ") == len(tables)
    assert f"part 1 of {len(tables)}" in tables[0] and f"part {len(tables)} of {len(tables)}" in tables[-1]
    labels = re.findall(r"\\label\{(.*)\}", made)
    assert labels[:2] == ["tab:t", "tab:t-2"] and len(set(labels)) == len(tables)
    assert all("a model with a name" in table and "set 1" in table for table in tables)
    assert sum(table.count("a model with a name") for table in tables if "videos" in table) == 60
    assert made.count("Note.") == 1 and "Note." in tables[-1] and "a remark" not in made


@pytest.mark.skipif(not COMPILER, reason="neither pdflatex nor tectonic is installed")
def test_a_page_with_tables_of_every_family_compiles_and_is_no_wider_than_its_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STROKEREHAB_CACHE", str(tmp_path / "frames"))
    tables = [
        table
        for name in ("identification", "impairment", "replies", "counting")
        for table in make_tables(name, str(RUNS), more=True, ci=True).tables
    ]
    body = rendered([*tables, wide_and_tall()], "latex")
    preamble = r"\documentclass{article}\usepackage{booktabs,tabularx}\extrafloats{100}"
    (tmp_path / "page.tex").write_text(rf"{preamble}\begin{{document}}{body}\end{{document}}", encoding="utf-8")
    options = ("-interaction=nonstopmode", "-halt-on-error") if COMPILER == "pdflatex" else ("--keep-logs",)
    done = subprocess.run([COMPILER, *options, "page.tex"], cwd=tmp_path, capture_output=True, text=True)
    log = (tmp_path / "page.log").read_text(encoding="utf-8", errors="replace")
    assert done.returncode == 0 and (tmp_path / "page.pdf").is_file(), log[-2000:]
    assert not re.findall(r"Overfull \\hbox \((?:[5-9]|\d\d+)", log), "a table is wider than the text"
    assert "Float too large" not in log
