"""What a person sees: lines as they are, whatever brackets a path has in it, results, and how far it is."""

from __future__ import annotations

import sys
from collections.abc import Collection
from typing import TYPE_CHECKING

from rich.console import Console

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

_FILE_WIDTH = 120


def say(console: Console, line: str, style: str = "") -> None:
    """Print one line, never broken in the middle."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def say_all(kind: str, lines: Collection[str], console: Console) -> bool:
    """Print lines with their kind before them; whether there was anything to say."""
    for line in lines:
        say(console, f"{kind}: {line}", style="red" if kind == "error" else "yellow")
    return bool(lines)


def stdout() -> Console:
    """The console for results; where it is no terminal, wide enough for any table."""
    return Console(width=None if sys.stdout.isatty() else _FILE_WIDTH)


def plain_table(header: bool = True) -> Table:
    """A table without lines, two blanks between its columns."""
    from rich.table import Table

    return Table(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False, show_header=header)


def progress_bar(console: Console) -> Progress:
    """A progress bar that leaves nothing behind; none where nobody looks."""
    from rich.progress import Progress

    return Progress(console=console, transient=True, disable=not console.is_terminal)
