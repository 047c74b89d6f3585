"""What all figures share: sizes, colours, the note at the foot, and how they are saved."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import matplotlib.style as mpl_style
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from lmms_eval_plugins.core.console import printable
from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import redacted

COLUMN_MM = 85.0
PAGE_MM = 175.0

STYLE = Path(__file__).with_name("strokerehab.mplstyle")

BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE = "#0072B2", "#E69F00", "#009E73", "#D55E00", "#56B4E9", "#CC79A7"
GREY, PALE = "#666666", "#D9D9D9"

COHORT_COLOURS: Mapping[str, str] = {
    "healthy": GREEN,
    "stroke": BLUE,
    "mild": SKY,
    "moderate": ORANGE,
    "severe": VERMILLION,
}

SMALL = 6
"""The smallest type, in points."""

FORMATS = ("pdf", "png", "svg")
_METADATA: Mapping[str, Mapping[str, str | None]] = {
    "pdf": {"CreationDate": None, "Producer": None, "Creator": None},
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}
_CHARACTERS_PER_MM = 0.75
_LINES_IN_HEIGHT = 3
"""So many lines of small print take their room from the panels; further ones make the figure higher."""
_LINE_SPACING, _POINTS_PER_INCH = 1.2, 72


@dataclass(frozen=True)
class Drawing:
    """A figure, and what was chosen or left out in drawing it. Notebooks show it as it is."""

    figure: Figure
    remarks: tuple[str, ...] = ()

    def save(self, path: Path) -> None:
        """Write it in the format that the file's name ends in; the same drawing gives the same bytes.

        Raises:
            UserError: the format is none of `FORMATS`, or the file cannot be written.
        """
        kind = path.suffix[1:]
        if kind not in FORMATS:
            raise UserError(
                f"{path}: figures are written as {', '.join(FORMATS)}, not {path.suffix or 'without ending'}"
            )
        with writing(path, "choose another place with --out"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(_drawn(self.figure, kind))

    def svg(self) -> str:
        """Return it as an SVG document."""
        return _drawn(self.figure, "svg").decode()

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        with styled():
            self.figure.savefig(buffer, format="png", dpi=150)
        return buffer.getvalue()


def _drawn(figure: Figure, kind: str) -> bytes:
    """Return a figure as the bytes of a file; no character in the text of an SVG steers a terminal or breaks XML."""
    buffer = io.BytesIO()
    with styled():
        figure.savefig(buffer, format=kind, metadata=_METADATA[kind])
    data = buffer.getvalue()
    return printable(redacted(data.decode("utf-8", errors="surrogateescape"))).encode() if kind == "svg" else data


@contextmanager
def styled() -> Iterator[None]:
    """Draw and save in here for the one style, whatever the user's own settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl_style.use(STYLE)
        yield


def new_figure(width_mm: float, height_mm: float) -> Figure:
    """Return an empty figure of this size."""
    return Figure(figsize=(width_mm / 25.4, height_mm / 25.4))


def panels(
    width_mm: float, height_mm: float, rows: int = 1, columns: int = 1, ratios: Sequence[float] | None = None
) -> tuple[Figure, list[Axes]]:
    """Return a figure with a grid of panels, row by row; ``ratios`` are the widths of the columns."""
    figure = new_figure(width_mm, height_mm)
    axes = figure.subplots(rows, columns, squeeze=False, width_ratios=ratios)
    return figure, list(axes.flat)


def plain_log(axis: Axis) -> None:
    """Label a logarithmic axis with plain numbers: 0.1, 0.2, 0.5, 1, …; a short one with what matplotlib finds."""
    axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axis.set_major_formatter(lambda value, _: f"{value:g}")
    axis.set_minor_formatter(NullFormatter())


def add_foot(figure: Figure, lines: Sequence[str]) -> None:
    """Add small print under the figure: what a reader must know about the run, such as that it is synthetic."""
    width = int(figure.get_figwidth() * 25.4 * _CHARACTERS_PER_MM)
    text = "\n".join(textwrap.fill(line, width) for line in dict.fromkeys(lines) if line)
    if text:
        more_lines = max(text.count("\n") + 1 - _LINES_IN_HEIGHT, 0)
        figure.set_figheight(figure.get_figheight() + more_lines * SMALL * _LINE_SPACING / _POINTS_PER_INCH)
        figure.supxlabel(text, fontsize=SMALL, color=GREY, x=0.01, ha="left")
