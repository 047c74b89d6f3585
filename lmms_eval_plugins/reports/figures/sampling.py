"""The trade-off of sampling: how long a window is against how well primitives are found and counted."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.reports.figures.source import SYNTHETIC, Results, without_controls
from lmms_eval_plugins.reports.figures.style import (
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE_MM,
    PURPLE,
    SKY,
    VERMILLION,
    Drawing,
    add_foot,
    panels,
    plain_log,
)
from lmms_eval_plugins.reports.tables.chosen import with_plain_models
from lmms_eval_plugins.runs.shown_name import without_organisation
from lmms_eval_plugins.statistics.summary import mean_sem

_METRICS = {"edit_score": "edit score", "relative_counting_error": "relative counting error"}
_WORDS = {
    "motion_grasp": "two questions",
    "one_primitive": "one question",
    "sequence": "a list of primitives",
    "conditional": "two questions given the state before",
    "prim": "PRIM",
}
_COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE)
_MARKERS = "o^sDvP<>"
_BESIDE = 1.035
"""Series lie side by side by this factor where their windows have the same length."""
_AROUND = 1.3

Series = dict[str, pd.DataFrame]


def draw_sampling(results: Results) -> Drawing:
    """Draw edit score and relative counting error by the length of the windows; a colour per model and way of asking.

    Only what was run with windows of several lengths is shown, where there is such. Shapes are frames per second.
    """
    runs = with_plain_models(without_controls(results.of_family(DOSE)))
    runs = runs.assign(model=lambda rows: rows["model"].fillna("model not known"))
    series: Series = {
        _name(str(model), str(method), bool(crop)): rows.sort_values(["window_s", "fps"])
        for (model, method, crop), rows in runs.groupby(["model", "method", runs["crop"].fillna(False)], sort=True)
    }
    swept = {name: rows for name, rows in series.items() if rows["window_s"].nunique() > 1} or series
    kept = dict(list(swept.items())[: len(_COLOURS)])
    rates = sorted({float(fps) for rows in kept.values() for fps in rows["fps"].dropna()})
    markers = dict(zip(rates, _MARKERS, strict=False))
    lengths = pd.concat([rows["window_s"] for rows in kept.values()])
    figure, axes = panels(PAGE_MM, 76, 1, 2)
    for axis, (metric, name) in zip(axes, _METRICS.items(), strict=True):
        for place, (rows, colour) in enumerate(zip(kept.values(), _COLOURS, strict=False)):
            _draw(axis, results, rows, metric, colour, markers, _BESIDE ** (place - (len(kept) - 1) / 2))
        axis.set_xscale("log")
        axis.set_xlim(lengths.min() / _AROUND, lengths.max() * _AROUND)
        plain_log(axis.xaxis)
        axis.set_xlabel("length of a window, seconds")
        axis.set_ylabel(f"{name} (mean ± SEM)")
        axis.grid()
    axes[1].set_yscale("log")
    plain_log(axes[1].yaxis)
    handles = [Line2D([], [], color=c, marker="o", linestyle="", label=n) for n, c in zip(kept, _COLOURS, strict=False)]
    handles += [
        Line2D([], [], color=GREY, marker=marker, linestyle="", label=f"{rate:g} frames/s")
        for rate, marker in markers.items()
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=5, borderaxespad=0.2)
    left_out = len(swept) - len(kept)
    remarks = (f"{left_out} more series are left out",) if left_out else ()
    names = [name for rows in kept.values() for name in rows["run"]]
    add_foot(figure, [results.only.described, *(note for note in results.notes_of(*names) if SYNTHETIC in note)])
    return Drawing(figure, remarks)


def _name(model: str, method: str, crop: bool) -> str:
    return f"{without_organisation(model)}, {_WORDS[method]}" + ", crop" * crop


def _draw(
    axis: Axes,
    results: Results,
    rows: pd.DataFrame,
    metric: str,
    colour: str,
    markers: Mapping[float, str],
    beside: float,
) -> None:
    for run, window_s, fps in zip(rows["run"], rows["window_s"], rows["fps"], strict=True):
        mean, sem = mean_sem([float(value) for value in results.scores_of(run)[metric]])
        if mean is not None and pd.notna(window_s):
            marker = markers.get(float(fps), "o") if pd.notna(fps) else "o"
            axis.errorbar(window_s * beside, mean, yerr=sem or 0.0, fmt=marker, color=colour, elinewidth=0.8)
