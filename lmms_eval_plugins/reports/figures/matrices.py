"""Confusion matrices: activities that are taken for others, and primitives that are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.windows import primitive_confusion
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, groups_of, in_order
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.style import COLUMN_MM, PAGE_MM, SMALL, Drawing, add_foot, panels

_NO_ANSWER = "no answer"
_DARK = 0.55
PRIMITIVE_ORDER = ("idle", "reach", "transport", "reposition", "stabilize")
"""As in figure C of the study."""


def draw_identification(results: Results) -> Drawing:
    """Draw confusion matrices of activities on test videos: all, healthy controls, patients after a stroke."""
    run, remarks = results.choose(IDENTIFICATION)
    scores = results.scores_of(run)
    test = scores[~scores["tuning"].fillna(False)]
    groups = {"all": test, "control": test[~test["stroke"].fillna(True)], "stroke": test[test["stroke"].fillna(False)]}
    answers = test["answer"].fillna(_NO_ANSWER)
    activities = groups_of(set(test["truth"]), ACTIVITIES)
    others = in_order(set(answers) - set(activities) - {_NO_ANSWER}, ACTIVITIES)
    columns = [*activities, *others, *([_NO_ANSWER] if (answers == _NO_ANSWER).any() else [])]
    figure, axes = panels(PAGE_MM, 68, 1, 3)
    for place, (axis, (name, videos)) in enumerate(zip(axes, groups.items(), strict=True)):
        counts = _counted(videos, activities, columns)
        draw_matrix(axis, counts, activities, columns, rows_sum_to_one=True)
        right, n = int(videos["right"].sum()), len(videos)
        axis.set_title(f"{name}: {right}/{n} right" + (f" ({right / n:.3f})" if n else ""))
        axis.set_xlabel("answered")
        if place:
            axis.set_yticklabels([])
        else:
            axis.set_ylabel("shown")
    add_foot(figure, results.foot_of(run))
    return Drawing(figure, remarks)


def draw_primitives(results: Results) -> Drawing:
    """Draw which label is taken for which, over all windows; shares are of the true labels (columns)."""
    run, remarks = results.choose(DOSE)
    scheme = results.scheme_of(run)
    confusion = primitive_confusion(results.judged(run), scheme)
    is_shipped = set(PRIMITIVE_ORDER) == set(scheme.names)
    what, order = ("primitive", list(PRIMITIVE_ORDER)) if is_shipped else ("label", list(scheme.names))
    counts = np.array([[confusion[predicted][true] for true in order] for predicted in order])
    figure, (axis,) = panels(COLUMN_MM, 76)
    draw_matrix(axis, counts, order, order, rows_sum_to_one=False, shares=True)
    axis.set_xlabel(f"true {what} at the middle of the window")
    axis.set_ylabel("predicted")
    axis.set_title(f"{counts.sum():,} windows; share of each true {what}")
    add_foot(figure, results.foot_of(run))
    return Drawing(figure, remarks)


def draw_matrix(
    axis: Axes,
    counts: npt.NDArray[np.int64],
    rows: list[str],
    columns: list[str],
    *,
    rows_sum_to_one: bool,
    shares: bool = False,
) -> None:
    """Draw counts in cells, shaded by their share of the row, or of the column; zeros stay empty."""
    totals = counts.sum(axis=1 if rows_sum_to_one else 0, keepdims=True)
    share = counts / np.maximum(totals, 1)
    axis.imshow(share, cmap="Blues", vmin=0, vmax=1, aspect="auto")
    for (row, column), count in np.ndenumerate(counts):
        if count:
            text = f"{count:,}\n{100 * share[row, column]:.0f} %" if shares else str(count)
            colour = "white" if share[row, column] > _DARK else "black"
            axis.text(column, row, text, ha="center", va="center", color=colour, fontsize=SMALL)
    axis.set_xticks(range(len(columns)), columns, rotation=60, ha="right", rotation_mode="anchor")
    axis.set_yticks(range(len(rows)), rows)
    axis.tick_params(length=0)
    axis.spines[:].set_visible(False)


def _counted(videos: pd.DataFrame, activities: list[str], columns: list[str]) -> npt.NDArray[np.int64]:
    answers = videos["answer"].fillna(_NO_ANSWER)
    table = pd.crosstab(videos["truth"], answers).reindex(index=activities, columns=columns, fill_value=0)
    counts: npt.NDArray[np.int64] = table.to_numpy(dtype=np.int64)
    return counts
