"""Texts for Markdown, LaTeX and CSV in which every sign stands for itself."""

from __future__ import annotations

import re

_LATEX = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "|": r"\textbar{}",
    "±": r"$\pm$",
    "≤": r"$\leq$",
    "→": r"$\rightarrow$",
    "−": "$-$",
    "Σ": r"$\Sigma$",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
}
_LATEX_KNOWS = frozenset(map(chr, (*range(0x20, 0x7F), *range(0xA0, 0x100)))) - {*"«»ÐÞðþ"} | {*"–—‘’“”…•"}
"""The characters that pdflatex prints without further packages, beside those of `_LATEX`."""


def tex_text(text: str) -> str:
    """Escape text for pdflatex; a character that it does not know is named, as U+4E2D, where it would stop at it."""
    return "".join(_LATEX.get(sign, sign if sign in _LATEX_KNOWS else f"U+{ord(sign):04X}") for sign in text)


_MARKDOWN = re.compile(
    r"""
    [\\`*|~$]                                    # code, emphasis, the end of a cell, strikes, formulas
    | (?<![A-Za-z0-9])_ | _(?![A-Za-z0-9])       # emphasis; inside of a word it is none
    | <(?=[A-Za-z/!?]) | &(?=[A-Za-z\#])         # tags, and characters by their names
    | \[(?=[^\d-]) | \](?=[(\[:])                # links and notes; the brackets of an interval are none
    """,
    re.VERBOSE,
)
"""The signs that GitHub's Markdown would not show as they are, where they stand."""

_BLOCK = re.compile(r"^(\d{0,9})([#>+=.)-])")
"""The beginning of a heading, a quote, a list, or a line."""


def markdown_text(text: str) -> str:
    """Escape one line of text for GitHub's Markdown, in a cell or inside a paragraph."""
    return _MARKDOWN.sub(r"\\\g<0>", text)


def markdown_paragraph(text: str) -> str:
    """Escape one line of text for GitHub's Markdown that is a paragraph."""
    return _BLOCK.sub(r"\1\\\2", markdown_text(text.strip()))


_FORMULA = tuple("=+-@\t\r＝＋－＠")
_NUMBER = re.compile(r"[-+]?(\d+([.,]\d+)*|\.\d+)(e[-+]?\d+)?\s*%?|[-+]", re.IGNORECASE)


def csv_text(text: str) -> str:
    """Return a cell's text; one that a spreadsheet would take for a formula gets an apostrophe before it.

    Numbers, and a sign alone, stay as they are.
    """
    return f"'{text}" if text.startswith(_FORMULA) and not _NUMBER.fullmatch(text) else text
