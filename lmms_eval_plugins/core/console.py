"""Terminal output: lines that stay whole whatever brackets a path has in it, tables of one style, and progress."""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table

_FILE_WIDTH = 120
_UNLIMITED_WIDTH = 100_000


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Characters that steer a terminal or turn the direction of its text, and halves of characters."""


def printable(text: str) -> str:
    """Return a text that may hold names from anywhere, with all that steers a terminal written out, as ``\\x1b``."""
    return _CONTROL.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def say(console: Console, line: str, style: str = "") -> None:
    """Print one line, never broken in the middle."""
    console.print(printable(line), style=style, markup=False, highlight=False, soft_wrap=True)


def say_all(kind: str, lines: Collection[str], console: Console | None = None) -> bool:
    """Print lines with their kind before each, on stderr where no console is given; return whether there were any."""
    if not lines:
        return False
    console = console or stderr()
    for line in lines:
        say(console, f"{kind}: {line}", style="red" if kind == "error" else "yellow")
    return True


def stdout() -> Console:
    """Return the console for results; where it is no terminal, it is wide enough for any table."""
    from rich.console import Console

    return Console(width=None if sys.stdout.isatty() else _FILE_WIDTH)


def stderr() -> Console:
    """Return the console for messages and progress."""
    from rich.console import Console

    return Console(stderr=True)


def plain_table(*columns: str, words: Collection[str] = (), header: bool = True) -> Table:
    """Make a table without lines, two blanks between its columns.

    Args:
        columns: their headings. The first column and those among ``words`` hold words: they start at the left and are
            folded where the terminal is narrow. The others hold numbers, which end at the right and stay whole.
        words: headings of further columns of words.
        header: whether the headings are printed.
    """
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False, show_header=header)
    for place, column in enumerate(columns):
        if place == 0 or column in words:
            table.add_column(Text(column), overflow="fold")
        else:
            table.add_column(Text(column), justify="right", no_wrap=True)
    return table


def table_lines(table: Table) -> list[str]:
    """Return a table as lines of text, as wide as it needs to be: the headings, then a line per row."""
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=_UNLIMITED_WIDTH, color_system=None).print(table)
    return [line.rstrip() for line in text.getvalue().splitlines()]


def progress_bar(console: Console) -> Progress:
    """Make a progress bar that leaves nothing behind and is not drawn where the console is no terminal."""
    from rich.progress import Progress

    return Progress(console=console, transient=True, disable=not console.is_terminal)
