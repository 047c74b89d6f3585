"""The figures of a report as drawings within the page, which neither bring styles of their own nor share names."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from xml.etree import ElementTree as ET

import numpy as np
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lmms_eval_plugins.core.errors import UserError, error_line
from lmms_eval_plugins.reports.figures import FIGURES, Results, draw
from lmms_eval_plugins.reports.page.data.overview import PageFigure
from lmms_eval_plugins.runs.data_frames.load import LoadedTables

LARGEST = 150_000
"""So many bytes of markup a drawing may have; a larger one makes the page slow."""

_SVG = "{http://www.w3.org/2000/svg}"
_LINK = "{http://www.w3.org/1999/xlink}href"
_LEFT_OUT = {f"{_SVG}{name}" for name in ("metadata", "style", "title", "script")}
_LINES = {"stroke-linejoin": "round", "stroke-linecap": "butt"}
"""What the style sheet of a document says of all of its lines."""

_REFERENCE = re.compile(r"url\(#([^)]+)\)")
_FONT = re.compile(r"(?:(?P<weight>bold|\d{3}) )?(?P<size>[\d.]+)px(?:/\S+)? .*")
"""The shorthand of CSS as matplotlib writes it; the family of a font is the page's."""

ET.register_namespace("", _SVG.strip("{}"))


def page_figures(
    paths: Sequence[str],
    loaded: LoadedTables | None = None,
    *,
    measured: bool = False,
    names: Collection[str] | None = None,
) -> tuple[tuple[PageFigure, ...], tuple[str, ...]]:
    """Return the figures that have something to draw of some runs and logs, and a line about each that is left out.

    Args:
        paths: of the runs and logs.
        loaded: their tables, where they are read already.
        measured: with the slow figures; half a minute for each run that was not measured before.
        names: of the figures; None for all.
    """
    results = Results(paths, split_runs=True, loaded=loaded)
    figures: list[PageFigure] = []
    problems: list[str] = []
    for name, kind in FIGURES.items():
        if (names is not None and name not in names) or (kind.slow and not measured):
            continue
        try:
            drawing = draw(name, results)
            _without_images(drawing.figure)
            markup = as_markup(drawing.svg(), f"figure-{name}-")
        except UserError:  # there is nothing for it to show
            continue
        except Exception as error:  # a drawing is no reason to be without the page
            problems.append(error_line(error, f"figure {name}"))
            continue
        if (size := len(markup.encode())) > LARGEST:
            problems.append(
                f"figure {name}: left out, for its {size / 1000:,.0f} kB; `strokerehab figure {name}` writes it"
            )
            continue
        figures.append(PageFigure(name, kind.shows, markup))
    return tuple(figures), tuple(problems)


def _without_images(figure: Figure) -> None:
    """Put rectangles in place of images: a page's policy may forbid the bytes of a picture."""
    for axis in figure.axes:
        for image in list(axis.images):
            values = np.asarray(image.get_array())
            n_rows, n_columns = values.shape
            left, right, bottom, top = image.get_extent()
            width, height = (right - left) / n_columns, (bottom - top) / n_rows
            colours, least = image.to_rgba(values), values.min()
            axis.set_facecolor(tuple(image.to_rgba(least)))
            for row, column in np.argwhere(values > least):
                corner = left + column * width, top + row * height
                axis.add_patch(Rectangle(corner, width, height, facecolor=tuple(colours[row, column]), linewidth=0))
            image.remove()


def as_markup(document: str, prefix: str) -> str:
    """Return an SVG document as markup of an element that a page can hold.

    Styles become presentation attributes, since a page's policy forbids them; fonts are the page's; no ids are left
    but those that are referred to, and these begin with the prefix.

    Args:
        document: the document, as matplotlib writes it.
        prefix: of the ids.
    """
    root = ET.fromstring(document)
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag in _LEFT_OUT]:
            parent.remove(child)
    for element in root.iter():
        if (link := element.attrib.pop(_LINK, None)) is not None:
            element.set("href", link)
        for name, value in _presented(element.attrib.pop("style", "")):
            element.attrib.setdefault(name, value)
    used = {name for element in root.iter() for name in _referred(element)}
    for element in root.iter():
        own = element.attrib.pop("id", None)
        for name, value in list(element.attrib.items()):
            if name == "href" and value.startswith("#"):
                element.set(name, f"#{prefix}{value[1:]}")
            else:
                element.set(name, _REFERENCE.sub(rf"url(#{prefix}\1)", value))
        if own in used:
            element.set("id", f"{prefix}{own}")
    for name in ("width", "height", "version"):
        root.attrib.pop(name, None)
    for name, value in _LINES.items():
        root.set(name, value)
    return ET.tostring(root, encoding="unicode")


def _referred(element: ET.Element) -> Iterator[str]:
    """Yield the ids that an element refers to."""
    link = element.get("href", "")
    if link.startswith("#"):
        yield link[1:]
    for value in element.attrib.values():
        yield from _REFERENCE.findall(value)


def _presented(style: str) -> Iterator[tuple[str, str]]:
    """Yield a style as names and values of presentation attributes; a shorthand of fonts as its parts."""
    for part in filter(None, (part.strip() for part in style.split(";"))):
        name, _, value = (word.strip() for word in part.partition(":"))
        if name == "font" and (font := _FONT.fullmatch(value)):
            yield "font-size", font["size"]
            if font["weight"]:
                yield "font-weight", font["weight"]
        elif name not in ("font", "font-family"):
            yield name, value
