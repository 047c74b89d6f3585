"""Figures of questions with a truth of their own, from tables of runs and answers made by hand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.collections import PathCollection
from matplotlib.text import Text

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.figures import FIGURES, Drawing, Results, draw, source
from lmms_eval_plugins.reports.figures.style import COLUMN_MM, PAGE_MM
from lmms_eval_plugins.reports.figures.write import write_figures
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.support.labelled_frames import SYNTHETIC, Said, example, frames_of, loading

LABELLED = [name for name in FIGURES if name.startswith("labelled")]
TITLES = {
    "labelled_confusion": ["which_hand: hand\n41/48 right", "trunk: lean\n39/48 right", "trunk: hard\n16/48 right"],
    "labelled_calibration": ["trunk: lean\nECE 0.172, of yes 0.191"],
    "labelled_numbers": ["trunk: hard\n48 windows, mean error 0.98", "trunk: lifts\n48 windows, mean error 0.65"],
}

Load = Callable[..., Results]


@pytest.fixture
def results(monkeypatch: pytest.MonkeyPatch) -> Load:
    def of_frames(frames: tuple[pd.DataFrame, pd.DataFrame], *named: str) -> Results:
        monkeypatch.setattr(source, "load_tables", loading(frames))
        return Results(["runs"], named)

    return of_frames


def titles(drawing: Drawing) -> list[str]:
    return [title for axis in drawing.figure.axes if (title := axis.get_title(loc="left"))]


@pytest.mark.parametrize("name", LABELLED)
def test_a_panel_for_each_question_of_the_best_run_of_each_task(results: Load, name: str) -> None:
    drawing = draw(name, results(example()))
    assert all(shown.startswith(title) for shown, title in zip(titles(drawing), TITLES[name], strict=True))
    assert "shown: rehab_tiny@trunk, best of 2 runs by trunk: lean; name another to see it" in drawing.remarks
    figure = drawing.figure
    assert round(figure.get_figwidth() * 25.4) in (COLUMN_MM, PAGE_MM)
    words = [text.get_text() for text in figure.findobj(Text)]
    assert SYNTHETIC in " ".join(words).replace("\n", " ") and "nan" not in words
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert box.x0 >= -0.02 and box.x1 <= width + 0.02 and box.y0 >= -0.02 and box.y1 <= height + 0.02


def test_counts_in_the_cells_are_all_windows(results: Load) -> None:
    for axis in draw("labelled_confusion", results(example())).figure.axes:
        assert sum(int(text.get_text()) for text in axis.texts) == 48


def test_dots_have_the_area_of_their_windows(results: Load) -> None:
    said = Said("m", "t", "lifts", "count", ["1", "1", "1", "2"], ["1", "1", "2", "?"])
    (axis,) = draw("labelled_numbers", results(frames_of(said))).figure.axes
    (dots,) = axis.collections
    assert isinstance(dots, PathCollection)
    assert np.asarray(dots.get_offsets()).tolist() == [[1, 1], [1, 2]]
    first, second = np.asarray(dots.get_sizes())
    assert first == 2 * second
    assert axis.get_title(loc="left") == "t: lifts\n3 windows, mean error 0.33, 1 without a number"
    assert axis.get_xlabel() == "true count (largest dot: 2 windows)"


def test_another_run_by_its_name(results: Load) -> None:
    drawing = draw("labelled_numbers", results(example(), "bot@trunk"))
    assert drawing.remarks == () and "bot, trunk, bot@trunk" in drawing.figure.get_supxlabel()
    with pytest.raises(UserError, match="no run has 'nobody'"):
        draw("labelled_numbers", results(example(), "nobody"))


def test_only_some_patients(results: Load) -> None:
    results(example())
    drawing = draw("labelled_numbers", Results(["runs"], only=VideoFilter(patients=("P01", "P02"))))
    assert titles(drawing)[0].startswith("trunk: hard\n12 windows")


def test_too_many_answers_and_too_many_questions(results: Load) -> None:
    words = [str(one) for one in range(20)]
    with pytest.raises(UserError, match="no question with at most 14 different answers"):
        draw("labelled_confusion", results(frames_of(Said("m", "t", "word", "text", words, words))))
    many = [Said("m", "t", f"q{place:02}", "yes_no", ["yes", "no"], ["yes", "yes"]) for place in range(14)]
    drawing = draw("labelled_confusion", results(frames_of(*many)))
    assert len(titles(drawing)) == 12
    assert drawing.remarks == ("left out, for want of room: t: q12, t: q13; name a run of fewer questions to see them",)


def test_all_figures_hold_these_where_there_are_such_runs(
    results: Load, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results(example())
    monkeypatch.setattr("lmms_eval_plugins.reports.figures.source.assessments", lambda *_: [])
    monkeypatch.chdir(tmp_path)  # figures that read runs by themselves find none
    written = write_figures("all", ["runs"], out=tmp_path, formats=("svg",))
    assert [file.stem for file in written.files] == LABELLED


def test_no_such_runs(tiny: Path) -> None:
    with pytest.raises(UserError, match="no scored run of a task with truths of its own among what was given"):
        draw("labelled_confusion", Results([str(tiny)]))
