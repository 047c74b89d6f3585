"""Counted labels of each patient: predicted against true, with the patients' names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.reports.figures.source import Results, counts_of
from lmms_eval_plugins.reports.figures.style import (
    BLUE,
    COHORT_COLOURS,
    GREY,
    PAGE_MM,
    SMALL,
    Drawing,
    add_foot,
    panels,
)

_ACROSS = 3
"""Panels beside each other."""

_LETTER, _LINE = 0.027, 0.065
"""Width and height of a letter in its smallest type, as shares of a panel's width and height."""

_BESIDE = 0.02
"""How far a name stands from its point, as a share of a panel's width."""

_MARKERS = (("healthy", "o", COHORT_COLOURS["healthy"]), ("stroke", "^", BLUE), ("not known", "s", GREY))


def draw_patients(results: Results) -> Drawing:
    """Draw predicted against true counts over all videos of a patient: all labels together, then each of them."""
    run, remarks = results.choose(DOSE)
    scores = results.scores_of(run)
    names = results.scheme_of(run).names
    patients = [str(patient) for patient in sorted(scores["patient"].unique())]
    videos = [scores[scores["patient"] == patient] for patient in patients]
    true, predicted = (
        np.array([counts_of(own, side, names).sum(axis=0) for own in videos]) for side in ("true", "predicted")
    )
    groups = np.array([_group(own) for own in videos])
    n_rows = -(-(len(names) + 1) // _ACROSS)
    figure, axes = panels(PAGE_MM, 54 * n_rows, n_rows, _ACROSS)
    _draw(axes[0], "all", true.sum(axis=1), predicted.sum(axis=1), groups, patients)
    for place, label in enumerate(names):
        _draw(axes[place + 1], label, true[:, place], predicted[:, place], groups, patients)
    for axis in axes[len(names) + 1 :]:
        axis.set_axis_off()
    for axis in axes[max(0, len(names) + 1 - _ACROSS) : len(names) + 1]:
        axis.set_xlabel("true count of a patient")
    for axis in axes[: len(names) + 1 : _ACROSS]:
        axis.set_ylabel("predicted count")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=3, borderaxespad=0.2)
    add_foot(figure, [_NAMED, *results.foot_of(run)])
    return Drawing(figure, remarks)


_NAMED = "Patients are named as far as there is room, first those whose counts are off the most."


def _names_with_room(points: Mapping[tuple[float, float], str]) -> Iterator[tuple[str, float, float]]:
    """Yield the names that cover no point and no name before them, with left end and middle.

    Points and places are shares of a panel's width and height.
    """
    taken = [(x - _BESIDE / 2, x + _BESIDE / 2, y) for x, y in points]
    for (x, y), name in points.items():
        wide = _LETTER * len(name)
        for left, middle in product((x + _BESIDE, x - _BESIDE - wide), (y, y + _LINE, y - _LINE)):
            apart = (abs(middle - other) >= _LINE or left >= end or left + wide <= start for start, end, other in taken)
            if left >= 0 and left + wide <= 1 and 0 <= middle <= 1 and all(apart):
                taken.append((left, left + wide, middle))
                yield name, left, middle
                break


def _group(videos: pd.DataFrame) -> str:
    stroke = videos["stroke"].iloc[0]
    return "not known" if pd.isna(stroke) else "stroke" if stroke else "healthy"


def _draw(
    axis: Axes,
    title: str,
    true: npt.NDArray[np.int64],
    predicted: npt.NDArray[np.int64],
    groups: npt.NDArray[np.str_],
    patients: list[str],
) -> None:
    top = 1.12 * max(1, int(true.max()), int(predicted.max()))
    axis.plot([0, top], [0, top], color=GREY, linewidth=0.7, linestyle="--", zorder=1)
    for name, marker, colour in _MARKERS:
        of_group = groups == name
        if of_group.any():
            axis.plot(
                true[of_group], predicted[of_group], marker, color=colour, alpha=0.8, markeredgewidth=0, label=name
            )
    points: dict[tuple[float, float], list[str]] = {}
    for place in np.argsort(-np.abs(predicted - true), kind="stable"):
        points.setdefault((true[place] / top, predicted[place] / top), []).append(patients[place])
    for name, x, y in _names_with_room({at: ", ".join(sorted(own)) for at, own in points.items()}):
        axis.text(x * top, y * top, name, va="center", fontsize=SMALL)
    axis.set_xlim(-0.03 * top, top)
    axis.set_ylim(-0.03 * top, top)
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.set_title(title)
