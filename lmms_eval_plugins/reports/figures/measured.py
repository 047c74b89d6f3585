"""Measured doses: what intervals cover and how wide they are, and the intervals of a run's videos beside the truth."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from matplotlib.axes import Axes
from matplotlib.typing import LineStyleType

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL, Dose
from lmms_eval_plugins.domain.vocabulary import COHORTS, in_order
from lmms_eval_plugins.reports.figures.groups import NOT_KNOWN
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.style import (
    BLUE,
    COHORT_COLOURS,
    GREEN,
    GREY,
    ORANGE,
    PAGE_MM,
    PALE,
    PURPLE,
    SKY,
    VERMILLION,
    Drawing,
    add_foot,
    panels,
    plain_log,
)
from lmms_eval_plugins.reports.tables.measured.gathered import Measuring, gathered_doses
from lmms_eval_plugins.reports.tables.measured.rows import POOLED, MeasuredSection, ShownWays, scores_over
from lmms_eval_plugins.reports.tables.measured.scores import covered, width
from lmms_eval_plugins.runs.data_frames.decoders import NOT_ZERO_SHOT
from lmms_eval_plugins.runs.data_frames.load import file_of
from lmms_eval_plugins.runs.measuring.frame import measured_frames
from lmms_eval_plugins.runs.measuring.groups import recordings_in, sessions_of

_COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, "#A6761D", "#E377C2")
_CONTROL_STYLES: tuple[LineStyleType, ...] = ("--", "-.", ":")
_APART = 0.25
"""So many per cent lie series beside each other."""

_LEVEL = 80
_LEAST = 0.5
"""Numbers below are drawn here: a logarithm has no 0."""

_LEARNED = f"measured by what other patients' labels teach (leave one patient out), {NOT_ZERO_SHOT}"


def draw_coverage(results: Results) -> Drawing:
    """Draw what the intervals of the total cover by their level, and how wide they are; runs, pooled, stopwatches."""
    gathered = gathered_doses(
        results.paths, Measuring(), split_runs=results.split_runs, reading=results.reading, only=results.only
    )
    section, *others = gathered.sections
    shown = _of_the_names(section, results.named)
    models = [row for row in shown if row.path][: len(_COLOURS)]
    controls = [row for row in shown if row.path is None and row.label != POOLED]
    pooled = [row for row in shown if row.label == POOLED]
    figure, axes = panels(PAGE_MM, 78, 1, 2)
    drawn = [
        *((row, colour, "-", 1.0) for row, colour in zip(models, _COLOURS, strict=False)),
        *((row, "black", "-", 1.8) for row in pooled),
        *((row, GREY, style, 1.2) for row, style in zip(controls, _CONTROL_STYLES, strict=False)),
    ]
    axes[0].plot([45, 95], [45, 95], color=PALE, linewidth=4, zorder=0)
    for place, (row, colour, style, thick) in enumerate(drawn):
        scores = scores_over(row.ways, within=False)
        levels = np.array(LEVELS) + _APART * (place - (len(drawn) - 1) / 2)
        covers = [100 * float(scores[covered(level)].mean()) for level in LEVELS]
        widths = [float(scores[width(level)].median()) for level in LEVELS]
        for axis, values in zip(axes, (covers, widths), strict=True):
            axis.plot(
                levels, values, "o", color=colour, linestyle=style, linewidth=thick, markersize=2.6, label=row.label
            )
    for axis in axes:
        axis.set_xticks(LEVELS)
        axis.set_xlabel("level of the interval, per cent")
        axis.grid()
    axes[0].set_ylabel("true totals inside, per cent")
    axes[1].set_ylabel("median width / true total")
    axes[1].set_ylim(bottom=0)
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside upper left", ncols=4, borderaxespad=0.2)
    remarks = [f"{other.title}: left out" for other in others]
    remarks += [f"{row.label}: left out" for row in shown if row.path and row not in models]
    n = len(scores_over(shown[0].ways, within=False))
    add_foot(figure, [results.only.described, f"{n} videos; {_LEARNED}; grey band: as wanted"])
    return Drawing(figure, tuple(remarks))


def _of_the_names(section: MeasuredSection, named: Sequence[str]) -> list[ShownWays]:
    """Return the rows to show: all, or of the runs those with one of the names in theirs, and stopwatches."""
    rows = list(section.shown(within=False))
    if not named:
        return rows
    kept = [row for row in rows if row.path and any(part in row.path or part in row.label for part in named)]
    if not kept:
        raise UserError(f"no measured run has {listed([repr(part) for part in named])} in its name")
    return [*kept, *(row for row in rows if row.path is None and row.label != POOLED)]


class _Shown(NamedTuple):
    """A measured total: whose it is, the cohort, the dose, and the true number."""

    name: str
    cohort: str
    dose: Dose
    true: int


def draw_intervals(results: Results) -> Drawing:
    """Draw the intervals of one run's totals beside the true ones: of every video, and of all videos of a patient."""
    run, remarks = results.choose(DOSE)
    path = str(results.runs.set_index("run").loc[run, "path"])
    found = measured_frames([file_of(path)], split_runs=results.split_runs, reading=results.reading)
    recordings = recordings_in(results.only.rows(found.doses[found.doses["path"] == path]))
    sessions, problems = sessions_of(recordings, found, by_date=False)
    videos = [
        _Shown(one.video_id, one.cohort or NOT_KNOWN, one.measured.doses[ALL], one.true[ALL])
        for one in recordings
        if one.true is not None
    ]
    patients = [
        _Shown(first.patient, first.cohort or NOT_KNOWN, one.measured.doses[ALL], one.true[ALL])
        for one in sessions
        if one.true is not None
        for first in one.recordings[:1]
    ]
    if not videos:
        raise UserError(found.problems[0] if found.problems else f"{run}: no video has a known truth")
    figure, (left, right) = panels(PAGE_MM, 82, 1, 2, (3, 1))
    _intervals(left, videos)
    left.set_xticks([])
    left.set_xlabel(f"{len(videos)} videos, by the estimate")
    left.set_ylabel("number of all labels")
    if patients:
        _intervals(right, patients)
        right.set_xlabel("patients, all videos")
        right.tick_params(axis="x", rotation=90, length=0)
    else:
        right.set_axis_off()
    figure.legend(*left.get_legend_handles_labels(), loc="outside upper right", ncols=7, borderaxespad=0.2)
    inside = 100 * sum(low <= one.true <= high for one in videos for low, high in [one.dose.ends[_LEVEL]]) / len(videos)
    add_foot(figure, [*results.foot_of(run), f"{inside:.0f} % of the videos' true numbers lie inside; {_LEARNED}"])
    return Drawing(figure, (*remarks, *problems))


def _intervals(axis: Axes, shown: Sequence[_Shown]) -> None:
    ordered = sorted(shown, key=lambda one: (one.dose.count, one.name))
    low, high, count, true = np.array([(*one.dose.ends[_LEVEL], one.dose.count, one.true) for one in ordered]).T
    places = np.arange(len(ordered))
    outside = (true < low) | (true > high)
    low, high, count, true = (values.clip(_LEAST) for values in (low, high, count, true))
    axis.vlines(places, low, high, color=PALE, linewidth=3, label=f"{_LEVEL} % interval", zorder=1)
    axis.plot(places, count, "_", color="black", markersize=3.5, label="estimate", zorder=2)
    cohorts = np.array([one.cohort for one in ordered])
    for cohort in in_order(set(cohorts), COHORTS):
        own = cohorts == cohort
        colour = COHORT_COLOURS.get(cohort, GREY)
        axis.plot(places[own], true[own], "o", color=colour, markersize=2.8, label=f"true, {cohort}", zorder=3)
    axis.plot(
        *(places[outside], true[outside], "o"),
        color="none",
        markeredgecolor="black",
        markersize=5,
        label="outside",
        zorder=3,
    )
    axis.set_yscale("log")
    plain_log(axis.yaxis)
    axis.set_xlim(-1, len(ordered))
    axis.set_xticks(places, [one.name for one in ordered])
