"""Figures with one value per activity and per cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.windows import FrameAccuracy, frame_accuracy, segment_count_ratio
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, COHORTS, HEALTHY, in_order
from lmms_eval_plugins.reports.figures.source import Results, counts_of
from lmms_eval_plugins.reports.figures.style import (
    BLUE,
    COHORT_COLOURS,
    GREY,
    PAGE_MM,
    PALE,
    SMALL,
    Drawing,
    add_foot,
    panels,
)
from lmms_eval_plugins.statistics.summary import mean_sem

_WIDTHS = (9, 5)
_SPREAD = 0.32
_GOLDEN = 0.6180339887498949

STROKE = "stroke"
"""The group of all patients after a stroke."""

NOT_KNOWN = "not known"
"""The group of videos whose activity or cohort is not known."""


def draw_by_activity(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the scores of each activity that occurs, in the vocabulary's order, then others by name."""
    names = in_order(set(scores["activity"].dropna()), ACTIVITIES)
    groups: dict[str, pd.DataFrame] = {name: scores[scores["activity"] == name] for name in names}
    groups |= {NOT_KNOWN: scores[scores["activity"].isna()]}
    return {name: rows for name, rows in groups.items() if len(rows)}


def draw_by_cohort(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the scores of healthy controls, of all patients after a stroke, and of these by cohort where known."""
    groups = {HEALTHY: scores[~scores["stroke"].fillna(True)], STROKE: scores[scores["stroke"].fillna(False)]}
    names = in_order(set(scores["cohort"].dropna()) - set(groups), COHORTS)
    groups |= {name: scores[scores["cohort"] == name] for name in names}
    groups |= {NOT_KNOWN: scores[scores["stroke"].isna()]}
    return {name: rows for name, rows in groups.items() if len(rows)}


def counting_error(results: Results) -> Drawing:
    """Draw relative counting error by activity and by cohort: every video, mean and SEM."""
    run, remarks = results.choose(DOSE)
    scores = results.scores_of(run)
    values = scores["relative_counting_error"].to_numpy(dtype=float)
    top = float(max(0.5, np.quantile(values, 0.97) * 1.15))
    figure, axes = panels(PAGE_MM, 58, 1, 2, _WIDTHS)
    for axis, groups in zip(axes, (draw_by_activity(scores), draw_by_cohort(scores)), strict=True):
        _dots(axis, {name: list(rows["relative_counting_error"]) for name, rows in groups.items()}, top)
        axis.set_ylim(0, top)
    axes[0].set_ylabel("relative counting error")
    axes[0].set_title("by activity (dots: videos; bars: mean ± SEM)")
    axes[1].set_title("by cohort")
    above = int(np.sum(values > top))
    hidden = [f"Triangles: {above} of {len(values)} videos, the highest at {values.max():.2f}."] if above else []
    add_foot(figure, [*hidden, *results.foot_of(run)])
    return Drawing(figure, remarks)


def segment_ratio(results: Results) -> Drawing:
    """Draw predicted for one true segment, by activity and by cohort; above 1, movements are cut into pieces."""
    run, remarks = results.choose(DOSE)
    scores = results.scores_of(run)
    labels = results.scheme_of(run).names
    figure, axes = panels(PAGE_MM, 58, 1, 2, _WIDTHS)
    for axis, groups in zip(axes, (draw_by_activity(scores), draw_by_cohort(scores)), strict=True):
        of_videos = {name: _ratios(rows, labels) for name, rows in groups.items()}
        pooled = {
            name: segment_count_ratio(counts_of(rows, "predicted", labels), counts_of(rows, "true", labels))
            for name, rows in groups.items()
        }
        _dots(axis, of_videos, np.inf, pooled)
        axis.axhline(1, color=GREY, linewidth=0.7, linestyle="--", zorder=1)
        axis.set_yscale("log", base=2)
        axis.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axis.yaxis.set_minor_formatter(NullFormatter())
        axis.grid(axis="x", visible=False)
    limits = [limit for axis in axes for limit in axis.get_ylim()]
    for axis in axes:
        axis.set_ylim(min(limits), max(limits))
    axes[0].set_ylabel("predicted / true segments")
    axes[0].set_title("by activity (dots: videos; bars: all videos together)")
    axes[1].set_title("by cohort")
    silent = len(scores) - len(_ratios(scores, labels))
    hidden = [f"Without a dot: {silent} of {len(scores)} videos, of which nothing was predicted."] if silent else []
    add_foot(figure, [*hidden, *results.foot_of(run)])
    return Drawing(figure, remarks)


def accuracy(results: Results) -> Drawing:
    """Draw share of the time for which motion and grasp are predicted right, by activity, and the most it could be."""
    run, remarks = results.choose(DOSE)
    scheme = results.scheme_of(run)
    if not (scheme.motion and scheme.grasp):
        raise UserError(f"the scheme {scheme.name!r} does not say in which labels a hand moves and in which it holds")
    judged = results.judged(run)
    names = in_order({video.activity for video in judged if video.activity}, ACTIVITIES)
    groups = {name: [video for video in judged if video.activity == name] for name in names} | {"overall": judged}
    figure, axes = panels(PAGE_MM, 58, 1, 2)
    for axis, title, labels in ((axes[0], "motion", scheme.motion), (axes[1], "grasp", scheme.grasp)):
        _accuracy_bars(axis, {name: frame_accuracy(videos, labels) for name, videos in groups.items()})
        axis.set_title(f"{title} said right")
        axis.set_xlabel("share of the time")
    axes[1].set_yticklabels([])
    figure.legend(
        *axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=2, borderaxespad=0.2, handletextpad=0.4
    )
    add_foot(figure, results.foot_of(run))
    return Drawing(figure, remarks)


def _ratios(scores: pd.DataFrame, labels: Sequence[str]) -> list[float]:
    """Return predicted segments for one true one, of each video; what is 0 has no place on a scale of ratios."""
    ratios = counts_of(scores, "predicted", labels).sum(axis=1) / counts_of(scores, "true", labels).sum(axis=1)
    return [float(ratio) for ratio in ratios if ratio > 0]


def _accuracy_bars(axis: Axes, groups: Mapping[str, FrameAccuracy]) -> None:
    places = list(range(len(groups)))
    values = [group.value or 0.0 for group in groups.values()]
    bounds = [group.bound or 0.0 for group in groups.values()]
    axis.barh(places, bounds, color=PALE, height=0.84, label="bound of one answer per window")
    axis.barh(places, values, color=BLUE, height=0.6, label="model")
    for place, value, bound in zip(places, values, bounds, strict=True):
        axis.text(value - 0.015, place, f"{value:.2f}", ha="right", va="center", color="white", fontsize=SMALL)
        axis.text(bound + 0.01, place, f"{bound:.2f}", ha="left", va="center", color=GREY, fontsize=SMALL)
    axis.set_yticks(places, list(groups))
    axis.invert_yaxis()
    axis.set_xlim(0, 1.08)
    axis.set_xticks(np.linspace(0, 1, 6))
    axis.tick_params(axis="y", length=0)


def _dots(
    axis: Axes,
    groups: Mapping[str, Sequence[float]],
    top: float,
    bars: Mapping[str, float | None] | None = None,
) -> None:
    """Draw one column of dots per group with a bar at its value: as given, or the mean with its SEM.

    Dots above ``top`` become triangles at the edge.
    """
    for place, (name, values) in enumerate(groups.items()):
        colour = COHORT_COLOURS.get(name, BLUE)
        beside = place + _SPREAD * (2 * (np.arange(1, len(values) + 1) * _GOLDEN % 1) - 1)
        heights = np.asarray(values, dtype=float)
        inside = heights <= top
        axis.plot(
            beside[inside],
            heights[inside],
            "o",
            color=colour,
            alpha=0.45,
            markersize=2,
            markeredgewidth=0,
            clip_on=False,
        )
        if not inside.all():
            above = beside[~inside]
            axis.plot(above, np.full(len(above), top), "^", color=colour, markersize=3, clip_on=False)
        mean, sem = (bars[name], None) if bars else mean_sem(list(map(float, values)))
        if mean is not None:
            axis.hlines(mean, place - 0.38, place + 0.38, color="black", linewidth=1.2, zorder=3)
            axis.errorbar(place, mean, yerr=sem or 0, color="black", linewidth=0.9, zorder=3)
            axis.annotate(
                f"{mean:.2f}", (place + 0.47, mean), (0, 1.5), textcoords="offset points", ha="right", fontsize=SMALL
            )
    labels = [f"{name}\n({len(values)})" for name, values in groups.items()]
    axis.set_xticks(range(len(groups)), labels)
    axis.set_xlim(-0.6, len(groups) - 0.4)
    axis.tick_params(axis="x", length=0)
    axis.grid(axis="y")
