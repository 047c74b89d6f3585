from __future__ import annotations

import io
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from lmms_eval_plugins.core.console import one_line
from lmms_eval_plugins.reports.tables.escapes import csv_text, markdown_paragraph, markdown_text
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection, Value

MARKS = "*_`|~$<>[]()&#\\!:-+=.@'\"^{}% aZ1é東\n\r\t\x00\x1b\u202e\u2028;/"
TEXTS = st.text(st.sampled_from(MARKS), max_size=30) | st.text(max_size=30)
"""Texts of the signs that mean something somewhere, and any."""

READER = MarkdownIt("gfm-like", {"linkify": False})


def words_in(tokens: list[Token]) -> list[str]:
    """The text of every inline token, as it is shown; fails where something of it is markup."""
    found = []
    for token in tokens:
        if token.type == "inline":
            kinds = {child.type for child in token.children or ()}
            assert kinds <= {"text", "text_special", "softbreak", "hardbreak", "strong_open", "strong_close"} | {
                "em_open",
                "em_close",
            }
            found.append("".join(child.content for child in token.children or ()))
    return found


def table_of(*cells: str) -> Table:
    columns = tuple(Column(f"c{number}") for number in range(len(cells)))
    return Table("x", "title", columns, (TableSection("", (TableRow(cells),)),))


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_markdown_shows_cells_as_they_are(cells: list[str]) -> None:
    tokens = READER.parse(rendered([table_of(*cells)], "md"))
    _, *shown = words_in(tokens)
    assert shown[len(cells) :] == [one_line(cell).strip() for cell in cells]


@given(TEXTS)
def test_markdown_shows_titles_and_notes_as_they_are(text: str) -> None:
    table = Table("x", text, (Column(text),), (TableSection(text, (TableRow(("a",)),)),), (text,))
    clean = one_line(text)
    for shown in (READER.renderInline(markdown_text(clean)), READER.render(markdown_paragraph(clean))):
        plain = re.sub(r"</?p>", "", shown).strip()
        plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", '"').replace("&amp;", "&")
        assert plain == clean.strip()
    assert rendered([table], "md")


def test_values_and_plain_names_stay_as_they_were() -> None:
    for text in ("46.69 ± 1.62 [43.50, 49.80]", "<0.001", "qwen2_5_vl_7b", "-0.12 [-0.20, 0.05]", "a & b", "50 %", "-"):
        assert markdown_text(text) == text


@given(st.lists(TEXTS, min_size=1, max_size=3))
def test_csv_is_read_as_it_was_written_and_runs_nothing(cells: list[str]) -> None:
    text = rendered([table_of(*cells)], "csv")
    read = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    assert list(read.columns) == ["section", *(f"c{number}" for number in range(len(cells)))]
    found = [str(read[f"c{number}"][0]) for number in range(len(cells))]
    assert [
        cell.removeprefix("'") if cell != clean else cell
        for cell, clean in zip(found, map(one_line, cells), strict=True)
    ]
    for cell, clean in zip(found, map(one_line, cells), strict=True):
        assert cell in (clean, f"'{clean}")
        assert not re.match(r"[=@\t\r]|[-+](?![\d.]|$)", cell)


@pytest.mark.parametrize("text", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "＝1", "-x", "+mbr", "=", "--1"])
def test_formulas_get_an_apostrophe(text: str) -> None:
    assert csv_text(text) == f"'{text}"


@pytest.mark.parametrize("text", ["-0.12", "+0.3", "-1e-5", "-", "2026-11-29", "x=1", "'=1", "-5 %", "- .5"[2:], ""])
def test_numbers_and_words_stay(text: str) -> None:
    assert csv_text(text) == text


def test_numbers_stay_numbers() -> None:
    table = Table("x", "t", (Column("a"), Column("b", 2)), (TableSection("", (TableRow(("=m", Value(-0.12, 0.5))),)),))
    read = pd.read_csv(io.StringIO(rendered([table], "csv")))
    assert read["b"][0] == -0.12 and read["b SEM"][0] == 0.5 and read["a"][0] == "'=m"


@pytest.mark.parametrize("form", ["text", "md", "csv", "latex", "html"])
def test_no_format_has_a_sign_that_steers_a_terminal(form: str) -> None:
    text = rendered([table_of("a\x1b]8;;http://x\x07b\rc\nd\u202e\x9b", "e")], form)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)
    assert text.count("\n") == rendered([table_of("a", "e")], form).count("\n")
