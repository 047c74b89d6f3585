"""Figures as markup that a page with a strict policy can hold."""

from __future__ import annotations

import re
from pathlib import Path
from types import MappingProxyType
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.figures import FIGURES, Drawing, FigureKind, Results
from lmms_eval_plugins.reports.figures.style import panels, styled
from lmms_eval_plugins.reports.page import drawings
from lmms_eval_plugins.reports.page.drawings import as_markup, page_figures


def example(results: Results) -> Drawing:
    figure, (left, right) = panels(80, 40, 1, 2)
    left.imshow(np.array([[0.0, 1.0], [0.5, 0.0]]), cmap="Blues", vmin=0, vmax=1)
    right.plot([0, 1], [1, 0], "o--", alpha=0.5, clip_on=True)
    right.set_title('a <b> & "c"')
    return Drawing(figure)


def nothing(results: Results) -> Drawing:
    raise UserError("there is nothing to show")


def broken(results: Results) -> Drawing:
    raise ValueError("a bug")


@pytest.fixture
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {"first": example, "nothing": nothing, "broken": broken, "second": example}
    found = MappingProxyType({name: FigureKind(f"shows {name}", drawn_by) for name, drawn_by in known.items()})
    monkeypatch.setattr(drawings, "FIGURES", found)
    monkeypatch.setattr("lmms_eval_plugins.reports.figures.FIGURES", found)


@pytest.mark.usefixtures("kinds")
def test_drawings_have_no_styles_and_share_no_ids() -> None:
    figures, problems = page_figures(["anything"])
    assert [(figure.name, figure.about) for figure in figures] == [("first", "shows first"), ("second", "shows second")]
    (problem,) = problems
    assert problem.startswith("figure broken: ") and "a bug" in problem and "\n" not in problem
    whole = "".join(figure.svg for figure in figures)
    assert not re.search(r"style|<image|<metadata|<script|font-family|<\?xml|<!DOCTYPE", whole)
    ids = re.findall(r'\bid="([^"]+)"', whole)
    assert ids and len(ids) == len(set(ids))
    assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', whole)) <= {(one, "") for one in ids} | {
        ("", one) for one in ids
    }


@pytest.mark.usefixtures("kinds")
def test_cells_of_matrices_keep_their_colours_and_text_is_text() -> None:
    root = ET.fromstring(page_figures(["anything"])[0][0].svg)
    fills = {element.get("fill") for element in root.iter()}
    assert {"#08306b", "#f7fbff"} <= fills  # the ends of the scale, of 1 and of 0
    assert 'a <b> & "c"' in ["".join(element.itertext()).strip() for element in root.iter()]
    assert any(element.get("font-size") for element in root.iter())


@pytest.mark.usefixtures("kinds")
def test_a_drawing_that_is_too_large_is_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawings, "LARGEST", 10)
    figures, problems = page_figures(["anything"])
    assert figures == () and len(problems) == 3
    assert re.fullmatch(r"figure first: left out, for its \d+ kB; `strokerehab figure first` writes it", problems[0])


def test_the_same_drawing_is_the_same_markup() -> None:
    with styled():
        first, second = (as_markup(example(Results("x")).svg(), "f-") for _ in range(2))
    assert first == second


def test_a_figure_of_runs_is_drawn(every_family: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = MappingProxyType({name: FIGURES[name] for name in ("identification", "labelled_numbers")})
    monkeypatch.setattr(drawings, "FIGURES", shown)
    figures, problems = page_figures([str(every_family / "identification")])
    assert [figure.name for figure in figures] == ["identification"] and problems == ()
