"""Lines for a person: as they are, whatever brackets a path has in it, and never broken in the middle."""

from __future__ import annotations

from rich.console import Console


def say(console: Console, line: str, style: str = "") -> None:
    """Print one line."""
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
