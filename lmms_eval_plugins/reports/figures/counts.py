"""Figures of counted labels: predicted against true, and how long the true ones last."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.windows import durations, seconds_by_primitive
from lmms_eval_plugins.domain.vocabulary import HEALTHY
from lmms_eval_plugins.reports.figures.groups import NOT_KNOWN, STROKE, draw_by_cohort
from lmms_eval_plugins.reports.figures.source import Results, counts_of
from lmms_eval_plugins.reports.figures.style import (
    COHORT_COLOURS,
    GREY,
    PAGE_MM,
    SMALL,
    Drawing,
    add_foot,
    panels,
    plain_log,
)
from lmms_eval_plugins.statistics.counts import pooled_counting_error

_ACROSS = 3
"""Panels beside each other."""


def draw_counts(results: Results) -> Drawing:
    """Draw predicted against true counts of every label, a dot per video, and pooled counting errors by cohort."""
    run, remarks = results.choose(DOSE)
    scores = results.scores_of(run)
    names = results.scheme_of(run).names
    groups = _cohorts(scores)
    n_rows = -(-(len(names) + 1) // _ACROSS)
    figure, axes = panels(PAGE_MM, 52 * n_rows, n_rows, _ACROSS)
    for axis, label in zip(axes, names, strict=False):
        _true_and_predicted(axis, groups, label)
    for axis in axes[len(names) : -1]:
        axis.set_axis_off()
    _pooled_bars(axes[-1], groups, names)
    for axis in axes[max(0, len(names) - _ACROSS + 1) : len(names)]:
        axis.set_xlabel("true count")
    for axis in axes[: len(names) : _ACROSS]:
        axis.set_ylabel("predicted count")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper right", ncols=5, borderaxespad=0.2)
    add_foot(figure, results.foot_of(run))
    return Drawing(figure, remarks)


def draw_primitive_durations(results: Results) -> Drawing:
    """Return how long true labels last, by label, and how much time they take together."""
    run, remarks = results.choose(DOSE)
    scheme = results.scheme_of(run)
    names = scheme.names
    truths = [video.truth for video in results.judged(run)]
    window_s = float(results.runs.set_index("run").loc[run, "window_s"])
    figure, (left, right) = panels(PAGE_MM, 58, 1, 2, (3, 2))
    lengths = durations(truths, names)
    everything = sorted(length for of_one in lengths.values() for length in of_one)
    for name, of_one in [*((name, sorted(lengths[name])) for name in names), ("all", everything)]:
        if of_one:
            shares = np.arange(1, len(of_one) + 1) / len(of_one)
            wide = 1.6 if name == "all" else 1.1
            colour = scheme.colours.get(name, "black")
            left.step(of_one, shares, where="post", color=colour, linewidth=wide, label=f"{name} ({len(of_one):,})")
    left.axvline(window_s, color=GREY, linewidth=0.7, linestyle="--")
    left.text(window_s, 1.01, f"window {window_s:g} s", ha="center", va="bottom", fontsize=SMALL, color=GREY)
    left.set_xscale("log")
    plain_log(left.xaxis)
    left.set_ylim(0, 1)
    left.set_xlabel("duration, seconds")
    left.set_ylabel("share that lasts no longer")
    left.grid()
    left.legend(loc="lower right")
    seconds = seconds_by_primitive(truths, names)
    right.bar(names, [seconds[name] for name in names], color=[scheme.colours[name] for name in names])
    for place, name in enumerate(names):
        right.text(place, seconds[name], f"{seconds[name]:,.0f}", ha="center", va="bottom", fontsize=SMALL)
    right.set_ylabel("labelled seconds")
    right.tick_params(axis="x", length=0, rotation=30)
    add_foot(figure, results.foot_of(run))
    return Drawing(figure, remarks)


def _cohorts(scores: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return videos by cohort; patients after a stroke as one where the cohort of none is known further."""
    groups = draw_by_cohort(scores)
    if groups.keys() - {HEALTHY, STROKE, NOT_KNOWN} and STROKE not in set(scores["cohort"]):
        groups.pop(STROKE, None)
    return groups


def _true_and_predicted(axis: Axes, groups: dict[str, pd.DataFrame], label: str) -> None:
    columns = [f"true_{label}", f"predicted_{label}"]
    top = 1.05 * max(1, *(int(rows[columns].to_numpy().max()) for rows in groups.values()))
    axis.plot([0, top], [0, top], color=GREY, linewidth=0.7, linestyle="--", zorder=1)
    for name, rows in groups.items():
        true, predicted = rows[columns].to_numpy(dtype=float).T
        axis.plot(
            true,
            predicted,
            "o",
            color=COHORT_COLOURS.get(name, GREY),
            alpha=0.7,
            markersize=2.6,
            markeredgewidth=0,
            label=name,
        )
    axis.set_xlim(-0.03 * top, top)
    axis.set_ylim(-0.03 * top, top)
    axis.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axis.set_title(label)


def _pooled_bars(axis: Axes, groups: dict[str, pd.DataFrame], names: Sequence[str]) -> None:
    width = 0.8 / len(groups)
    for place, (name, rows) in enumerate(groups.items()):
        pairs = zip(counts_of(rows, "predicted", names).T, counts_of(rows, "true", names).T, strict=True)
        errors = [pooled_counting_error(predicted, true) for predicted, true in pairs]
        known = [(x, error) for x, error in enumerate(errors) if error is not None]
        at = [x + (place - (len(groups) - 1) / 2) * width for x, _ in known]
        axis.bar(at, [error for _, error in known], width, color=COHORT_COLOURS.get(name, GREY))
    axis.axhline(1, color=GREY, linewidth=0.7, linestyle="--", zorder=1)
    axis.set_xticks(range(len(names)), names, rotation=30, ha="right", rotation_mode="anchor")
    axis.tick_params(axis="x", length=0)
    axis.set_title("counting error, pooled over videos")
    axis.set_ylabel("Σ |predicted − true| / Σ true")
