"""Questions with a truth of their own: confusions, honesty of probabilities, predicted against true numbers."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import ArrayLike

from lmms_eval_plugins.core.errors import UserError, counted, listed
from lmms_eval_plugins.reports.asked import (
    Floats,
    LabelledQuestion,
    are_right,
    confusions,
    numbers_of,
    probabilities_of_answers,
    probabilities_of_yes,
)
from lmms_eval_plugins.reports.figures.matrices import draw_matrix
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.style import (
    BLUE,
    COLUMN_MM,
    GREY,
    ORANGE,
    PAGE_MM,
    Drawing,
    add_foot,
    panels,
)
from lmms_eval_plugins.statistics.answers import mean_absolute_error
from lmms_eval_plugins.statistics.probabilities import calibration

_ACROSS = 3
_HEIGHT_MM = {1: 66.0, 2: 80.0, 3: 62.0}
"""Of a row, by how many panels are beside each other."""
_MOST_PANELS = 12
_MOST_CLASSES = 14
_LONGEST = 18
_LARGEST_AREA = 90.0
"""Of a dot, in square points."""


def draw_labelled_confusion(results: Results) -> Drawing:
    """Draw which answer is given for which true one, a panel for each question, of the best run of each task."""

    def fits(question: LabelledQuestion, run: str) -> bool:
        return question.kind != "count" and len(confusions(question.answers[run]).columns) <= _MOST_CLASSES

    return _draw(results, fits, f"question with at most {_MOST_CLASSES} different answers", _confusion)


def draw_labelled_calibration(results: Results) -> Drawing:
    """Draw how often answers of a probability are right, and yes is true, a panel for each question."""

    def fits(question: LabelledQuestion, run: str) -> bool:
        return len(probabilities_of_answers(question.answers[run])[0]) > 0

    return _draw(results, fits, "question whose answers have probabilities", _calibration)


def draw_labelled_numbers(results: Results) -> Drawing:
    """Draw predicted against true scores and counts, a panel for each question."""

    def fits(question: LabelledQuestion, run: str) -> bool:
        return question.of_numbers and bool(numbers_of(question.answers[run]).notna().any())

    return _draw(results, fits, "question that is answered by a number", _numbers)


def _draw(
    results: Results,
    fits: Callable[[LabelledQuestion, str], bool],
    what: str,
    draw_panel: Callable[[Axes, LabelledQuestion, str], None],
) -> Drawing:
    panels_of = [one for one in _choose(results.asked()) if fits(one.question, one.run)]
    if not panels_of:
        raise UserError(f"{listed(results.paths)}: no {what} among what was given")
    shown = panels_of[:_MOST_PANELS]
    across = min(len(shown), _ACROSS)
    rows = -(-len(shown) // across)
    figure, axes = panels(PAGE_MM if across > 1 else COLUMN_MM, _HEIGHT_MM[across] * rows, rows, across)
    for axis, one in zip(axes, shown, strict=False):
        draw_panel(axis, one.question, one.run)
    for axis in axes[len(shown) :]:
        axis.set_axis_off()
    lines = {line.get_label(): line for axis in axes for line in axis.get_legend_handles_labels()[0]}
    if lines:
        figure.legend(handles=list(lines.values()), loc="outside upper right", ncols=2, borderaxespad=0.2)
    add_foot(figure, results.foot_of(*dict.fromkeys(one.run for one in shown)))
    remarks = [one.remark for one in shown if one.remark]
    if left_out := [one.question.name for one in panels_of[_MOST_PANELS:]]:
        remarks.append(f"left out, for want of room: {listed(left_out)}; name a run of fewer questions to see them")
    return Drawing(figure, tuple(dict.fromkeys(remarks)))


class _Panel(NamedTuple):
    """A question, the run whose answers are shown, and a remark if it was one of several."""

    question: LabelledQuestion
    run: str
    remark: str


def _choose(questions: Sequence[LabelledQuestion]) -> list[_Panel]:
    """Choose a run for each task: of its first question the best, no baseline; what is left out counts as failed."""
    of_tasks: dict[tuple[str, int], list[LabelledQuestion]] = {}
    for question in questions:
        of_tasks.setdefault((question.task, question.number), []).append(question)
    chosen = []
    for first, *others in of_tasks.values():
        candidates = first.models or tuple(first.answers)
        best = first.ranked(candidates)[0]
        how = f"shown: {best}, best of {len(candidates)} runs by {first.name}; name another to see it"
        remark = how if len(candidates) > 1 else ""
        chosen += [_Panel(one, best, remark) for one in (first, *others) if best in one.answers]
    return chosen


def _largest(n: int) -> str:
    return f"largest dot: {counted(n, 'window')}"


def _short(text: str) -> str:
    return textwrap.shorten(text, _LONGEST, placeholder="…") if " " in text else text[:_LONGEST]


def _title(axis: Axes, question: LabelledQuestion, what: str) -> None:
    axis.set_title(f"{textwrap.shorten(question.name, 44, placeholder='…')}\n{what}")


def _confusion(axis: Axes, question: LabelledQuestion, run: str) -> None:
    rows = question.answers[run]
    counts = confusions(rows)
    names = [[_short(str(name)) for name in labels] for labels in (counts.index, counts.columns)]
    draw_matrix(axis, counts.to_numpy(dtype=np.int64), *names, rows_sum_to_one=True)
    right, n = int(are_right(rows).sum()), int(rows["enters"].sum())
    _title(axis, question, f"{right:,}/{n:,} right" + (f" ({right / n:.3f})" if n else ""))
    axis.set_xlabel("answered")
    axis.set_ylabel("true")


def _calibration(axis: Axes, question: LabelledQuestion, run: str) -> None:
    rows = question.answers[run]
    axis.plot([0, 1], [0, 1], color=GREY, linewidth=0.7, linestyle="--", zorder=1)
    curves = [
        (name, colour, found)
        for name, colour, (p, true, _) in (
            ("the answer given is right", BLUE, probabilities_of_answers(rows)),
            ("yes is true", ORANGE, probabilities_of_yes(rows)),
        )
        if (found := calibration(p, true))
    ]
    largest = max(n for _, _, found in curves for n in found.sizes)
    for name, colour, found in curves:
        axis.plot([], [], "o-", color=colour, label=name)
        axis.plot(found.predicted, found.observed, color=colour, alpha=0.6)
        _dots(axis, found.predicted, found.observed, np.array(found.sizes) / largest / 2, colour)
    _title(axis, question, f"ECE {', of yes '.join(f'{found.expected_error:.3f}' for _, _, found in curves)}")
    axis.set_xlim(-0.04, 1.04)
    axis.set_ylim(-0.04, 1.04)
    axis.set_box_aspect(1)
    axis.xaxis.set_major_locator(MultipleLocator(0.2))
    axis.yaxis.set_major_locator(MultipleLocator(0.2))
    axis.set_xlabel(f"probability ({_largest(largest)})")
    axis.set_ylabel("share of windows")
    axis.grid()


def _dots(axis: Axes, x: ArrayLike, y: ArrayLike, shares: Floats, colour: str) -> None:
    """Draw dots whose areas are shares of the largest one; the smallest can still be seen."""
    axis.scatter(x, y, np.maximum(shares * _LARGEST_AREA, 3), color=colour, alpha=0.7, linewidths=0)


def _numbers(axis: Axes, question: LabelledQuestion, run: str) -> None:
    numbers = numbers_of(question.answers[run])
    known = numbers.notna()
    true, said = question.truths[known].to_numpy(), numbers[known].to_numpy()
    places, counts = np.unique(np.stack([true, said], axis=1), axis=0, return_counts=True)
    top = max(1.0, float(places.max()))
    ends = (-0.07 * top, 1.07 * top)
    axis.plot(ends, ends, color=GREY, linewidth=0.7, linestyle="--", zorder=1)
    _dots(axis, places[:, 0], places[:, 1], counts / counts.max(), BLUE)
    error = mean_absolute_error(list(true), list(said))
    without = f", {n:,} without a number" if (n := int((~known).sum())) else ""
    _title(axis, question, f"{len(true):,} windows, mean error {error:.2f}{without}")
    axis.set_xlim(*ends)
    axis.set_ylim(*ends)
    axis.set_box_aspect(1)
    axis.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axis.yaxis.set_major_locator(MaxNLocator(6, integer=True))
    axis.set_xlabel(f"true {question.kind} ({_largest(int(counts.max()))})")
    axis.set_ylabel(f"predicted {question.kind}")
    axis.grid()
