"""Terminal output: the one way to it. Nothing that is printed steers a terminal or holds a secret, wherever it is from.

Lines stay whole whatever brackets a path has in it, tables have one style, progress leaves nothing behind.
"""

from __future__ import annotations

import io
import logging
import re
import sys
import warnings
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO, cast

from lmms_eval_plugins.core.column_blocks import column_blocks
from lmms_eval_plugins.core.redaction import RedactingStream, redacted, redacted_json, redacted_message

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderResult
    from rich.progress import Progress
    from rich.table import Column, Table
    from rich.text import Text

FILE_WIDTH = 120
"""The characters that a line of a table has room for where there is no terminal."""

_UNLIMITED_WIDTH = 100_000


_CONTROL = re.compile(
    "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u00ad\\u061c\\u180e\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u206f"
    "\\ufeff\\ufff9-\\ufffb\\ud800-\\udfff\\U000e0000-\\U000e007f]"
)
"""Characters that steer a terminal, turn the direction of its text, end lines or are not seen; halves of characters."""


def printable(text: str) -> str:
    """Return a text that may hold names from anywhere, with all that steers a terminal written out, as ``\\x1b``."""
    return _CONTROL.sub(_written_out, text)


def one_line(text: str) -> str:
    """Return a name for a line or cell: as `printable` does, and with its ends of lines written out too."""
    return printable(text).replace("\n", "\\n")


def printable_json(text: str) -> str:
    """Return JSON with all that steers a terminal escaped as JSON has it."""
    return _CONTROL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be", errors="surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))


def _written_out(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


def say(console: Console, line: str, style: str = "") -> None:
    """Print one line, never broken in the middle."""
    console.print(printable(redacted(line)), style=style, markup=False, highlight=False, soft_wrap=True)


def say_all(kind: str, lines: Collection[str], console: Console | None = None) -> bool:
    """Print lines with their kind before each, on stderr where no console is given; return whether there were any."""
    if not lines:
        return False
    console = console or stderr()
    for line in lines:
        say(console, redacted_message(f"{kind}: {line}"), style="red" if kind == "error" else "yellow")
    return True


def put(*lines: object) -> None:
    """Print lines of any width and without colours, for programs that read them too: at once, as they may wait."""
    print(*(printable(redacted(str(line))) for line in lines), sep="\n", flush=True)


def put_error(text: str) -> None:
    """Print lines on stderr, at once and without colours, also where rich cannot be relied on."""
    print(printable(redacted_message(text)), file=sys.stderr, flush=True)


class CleanHandler(logging.Handler):
    """Prints what libraries log for nobody in particular."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print a record on stderr as it is at that time."""
        put_error(self.format(record))


@contextmanager
def clean_output() -> Iterator[None]:
    """Hide secrets in all that is printed in here, be it by a library; its warnings and logs steer no terminal."""
    out, err, shown, last = sys.stdout, sys.stderr, warnings.showwarning, logging.lastResort

    def show(
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        put_error(warnings.formatwarning(message, category, filename, lineno, line).rstrip())

    sys.stdout, sys.stderr = (cast(TextIO, RedactingStream(stream)) for stream in (out, err))
    warnings.showwarning, logging.lastResort = show, CleanHandler(logging.WARNING)
    try:
        yield
    finally:
        sys.stdout, sys.stderr, warnings.showwarning, logging.lastResort = out, err, shown, last


def put_json(text: str) -> None:
    """Print JSON, which stays what it is."""
    print(printable_json(redacted_json(text, indent=1)))


def stdout() -> Console:
    """Return the console for results; where it is no terminal, it is `FILE_WIDTH` wide."""
    return _console(False, None if sys.stdout.isatty() else FILE_WIDTH)


def stderr() -> Console:
    """Return the console for messages and progress."""
    return _console(True, None)


def _console(to_stderr: bool, width: int | None) -> Console:
    """Make a console that cleans all that it is given, also where `say` and `plain_table` were passed by."""
    from rich.console import Console, ConsoleRenderable, RenderHook
    from rich.segment import Segment

    class Clean:
        def __init__(self, inner: ConsoleRenderable) -> None:
            self._inner = inner

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            for segment in console.render(self._inner, options):
                yield segment if segment.control else Segment(printable(redacted(segment.text)), segment.style)

    class Cleaner(RenderHook):
        def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
            return [Clean(one) for one in renderables]

    console = Console(stderr=to_stderr, width=width, markup=False)
    console.push_render_hook(Cleaner())
    return console


def plain_table(*columns: str, words: Collection[str] = (), header: bool = True) -> Table:
    """Make a table without lines, two blanks between its columns; its cells are words, never markup.

    Args:
        columns: their headings. The first column and those among ``words`` hold words: they start at the left and are
            folded where the terminal is narrow. The others hold numbers, which end at the right and stay whole; those
            that find no room stand in further blocks, beside the first column again.
        words: headings of further columns of words.
        header: whether the headings are printed.
    """
    from rich.table import Table
    from rich.text import Text

    class PlainTable(Table):
        def add_row(self, *cells: object, **options: object) -> None:
            super().add_row(*map(_cell, cells), **options)  # type: ignore[arg-type]

        def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
            blocks = _blocks(self, options.max_width)
            if len(blocks) == 1:
                yield from super().__rich_console__(console, options)
                return
            for number, block in enumerate(blocks):
                yield from ("",) * bool(number)
                yield from _only(self, block).__rich_console__(console, options)

    table = PlainTable(box=None, padding=(0, 2, 0, 0), header_style="bold", pad_edge=False, show_header=header)
    for place, column in enumerate(columns):
        if place == 0 or column in words:
            table.add_column(Text(one_line(column)), overflow="fold")
        else:
            table.add_column(Text(one_line(column)), justify="right", no_wrap=True)
    return table


_LEAST_WORDS = 12
"""A column of words beside the first is not folded to less than this."""


def _blocks(table: Table, room: int) -> tuple[tuple[int, ...], ...]:
    """Return the places of the columns that stand together in a width."""
    name, *others = (_width(column) for column in table.columns)
    least = [
        width if column.no_wrap else min(width, _LEAST_WORDS)
        for column, width in zip(table.columns[1:], others, strict=True)
    ]
    return tuple((0, *(1 + place for place in block)) for block in column_blocks([name], least, room).blocks)


def _width(column: Column) -> int:
    from rich.cells import cell_len

    texts = (str(text) for text in (column.header, *column.cells))
    return max(cell_len(line) for text in texts for line in text.split("\n"))


def _only(table: Table, places: Sequence[int]) -> Table:
    """Return a table that has some of the columns of another."""
    from rich.table import Table

    columns = [table.columns[place] for place in places]
    part = Table(
        *(column.copy() for column in columns),
        box=None,
        padding=table.padding,
        header_style=table.header_style,
        pad_edge=False,
        show_header=table.show_header,
    )
    for cells in zip(*(column.cells for column in columns), strict=True):
        part.add_row(*cells)
    return part


def styled_cell(text: str, style: str = "") -> Text:
    """Return a cell in a style, such as a colour; ends of lines in it break it."""
    from rich.text import Text

    return Text(printable(redacted(text)), style)


def _cell(cell: object) -> Text:
    from rich.text import Text

    return cell if isinstance(cell, Text) else Text(one_line(redacted(str(cell))))


def table_lines(table: Table) -> list[str]:
    """Return a table as lines of text, as wide as it needs to be: the headings, then a line per row."""
    from rich.console import Console

    text = io.StringIO()
    Console(file=text, width=_UNLIMITED_WIDTH, color_system=None).print(table)
    return [line.rstrip() for line in text.getvalue().splitlines()]


@contextmanager
def stage(what: str, console: Console, *, elsewhere: bool = True) -> Iterator[None]:
    """Say what is being done while it is done: a line that goes away on a terminal, one that stays elsewhere.

    No other stage, nor a progress bar, may be drawn in it.

    Args:
        what: what is being done.
        console: where it is said.
        elsewhere: whether it is worth a line where there is no terminal.
    """
    if not console.is_terminal:
        if elsewhere:
            say(console, f"{what} …")
        yield
        return
    from rich.text import Text

    with console.status(Text(one_line(redacted(f"{what} …")))):
        yield


def progress_bar(console: Console) -> Progress:
    """Make a progress bar that leaves nothing behind, and is not drawn where the console is no terminal.

    Descriptions are words, such as a file's name, never markup.
    """
    from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskProgressColumn, TimeRemainingColumn
    from rich.text import Text

    class Described(ProgressColumn):
        def render(self, task: Task) -> Text:
            return Text(one_line(redacted(task.description)), "progress.description")

    columns = (Described(), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
