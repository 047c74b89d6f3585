"""Bland–Altman plots: errors by the size of what is measured, with limits of agreement; a run beside its control."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.vocabulary import COHORTS, in_order
from lmms_eval_plugins.reports.figures.assessment import choose_assessment
from lmms_eval_plugins.reports.figures.groups import NOT_KNOWN
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.style import (
    COHORT_COLOURS,
    GREY,
    PAGE_MM,
    PALE,
    SMALL,
    Drawing,
    add_foot,
    panels,
    plain_log,
)
from lmms_eval_plugins.reports.tables.dose import Given
from lmms_eval_plugins.reports.tables.impairment import item_sections
from lmms_eval_plugins.reports.tables.properties.measured import (
    DIFFERENCE,
    RATIO,
    InstrumentValues,
    Scale,
    dose_parts,
    video_readings,
)
from lmms_eval_plugins.reports.tables.properties.totals import examined
from lmms_eval_plugins.runs.data_frames.build import text_in
from lmms_eval_plugins.runs.data_frames.controls import STOPWATCH, STOPWATCH_BY_ACTIVITY
from lmms_eval_plugins.statistics.measurement import limits_of_patients

_READING = (
    "Lines: bias and 95 % limits of agreement, in shades their 95 % intervals (of fewer than five patients there are"
    " none). A dot is a video, or a patient's total."
)


@dataclass(frozen=True, slots=True)
class _Row:
    """Panels of a run and its controls, whose errors are of the same things."""

    readings: Sequence[InstrumentValues]
    scale: Scale
    cohorts: Mapping[str, str | None]
    across: str
    along: str
    foot: Sequence[str]
    remarks: tuple[str, ...]


def draw_bland_altman(results: Results) -> Drawing:
    """Draw errors against sizes: of the number of all labels in a video as ratios, of Fugl-Meyer totals in points.

    A run of either kind has a row, with a blind control beside it: the stopwatch, by activity where there is one, or
    the median of others.

    Raises:
        UserError: there is neither a run of doses nor of a Fugl-Meyer assessment.
    """
    rows, missing = [], []
    for row_of in (_doses, _totals):
        try:
            rows.append(row_of(results))
        except UserError as error:
            missing.append(error)
    if not rows:
        raise missing[0]
    figure, axes = panels(PAGE_MM, 58 * len(rows) + 8, len(rows), 2)
    for place, row in enumerate(rows):
        pair = axes[2 * place : 2 * place + 2]
        for axis, readings in zip(pair, row.readings, strict=False):
            _draw(axis, readings, row)
        for axis in pair[len(row.readings) :]:
            axis.set_axis_off()
        _same_range(pair[: len(row.readings)])
        pair[0].set_ylabel(row.along)
    handles = {label: handle for axis in axes for handle, label in zip(*axis.get_legend_handles_labels(), strict=True)}
    figure.legend(handles.values(), handles.keys(), loc="outside upper right", ncols=6, borderaxespad=0.2)
    add_foot(figure, [*(line for row in rows for line in row.foot), _READING])
    return Drawing(figure, tuple(remark for row in rows for remark in row.remarks))


def _doses(results: Results) -> _Row:
    run, remarks = results.choose(DOSE)
    runs, scores = results.runs[results.runs["run"] == run], results.scores_of(run)
    given = Given(runs, scores, results.timelines, None, False, False, {run: results.scheme_of(run)})
    (part,) = dose_parts(given)
    own = part.own[run]
    shown = [part.labels[row] for row in (run, own.get(STOPWATCH_BY_ACTIVITY) or own.get(STOPWATCH)) if row]
    readings = [one for name in shown for one in video_readings(part, {}) if one.name == name]
    cohorts = {
        str(patient): text_in(cohort) for patient, cohort in zip(scores["patient"], scores["cohort"], strict=True)
    }
    return _Row(
        readings,
        RATIO,
        cohorts,
        "number in a video + 1 (geometric mean of true and predicted)",
        "predicted : true",
        results.foot_of(run),
        remarks,
    )


def _totals(results: Results) -> _Row:
    row, score, name, remarks = choose_assessment(results)
    patients = {patient.casefold() for patient in results.only.patients} or None
    shown = examined(item_sections([(row, score)]), patients)
    if not shown:
        raise UserError(f"{name}: no patient has a total that can be compared")
    return _Row(
        shown[0].readings[:2],
        DIFFERENCE,
        {total.patient: total.cohort for total in shown[0].totals},
        f"Fugl-Meyer total of {shown[0].n_items} items (mean of true and predicted)",
        "predicted − true, points",
        [f"{row.model}, {row.task}: {name}", *row.notes],
        remarks,
    )


def _draw(axis: Axes, readings: InstrumentValues, row: _Row) -> None:
    scale, errors = row.scale, row.scale.errors(readings.predicted, readings.true)
    sizes = (readings.predicted + readings.true) / 2
    if scale is RATIO:
        sizes = np.sqrt((readings.predicted + 1) * (readings.true + 1))
        axis.set_xscale("log")
        axis.set_yscale("log")
        plain_log(axis.xaxis)
        plain_log(axis.yaxis)
    found = limits_of_patients(errors, readings.patients)
    lines = ((found.bias, found.of_bias, "-"), (found.low, found.of_low, "--"), (found.high, found.of_high, "--"))
    for value, ends, style in lines:
        if ends is not None:
            axis.axhspan(scale.shown(ends[0]), scale.shown(ends[1]), color=PALE, alpha=0.6, linewidth=0, zorder=0)
        if value is not None:
            axis.axhline(scale.shown(value), color="black", linewidth=0.8, linestyle=style, zorder=1)
            axis.text(
                *(0.995, scale.shown(value), f"{scale.shown(value):.2f}".replace("-", "−")),
                transform=axis.get_yaxis_transform(),
                ha="right",
                va="bottom",
                fontsize=SMALL,
            )
    axis.axhline(scale.shown(0.0), color=GREY, linewidth=0.7, linestyle=":", zorder=1)
    cohorts = [row.cohorts.get(patient) or NOT_KNOWN for patient in readings.patients]
    for cohort in in_order(set(cohorts), COHORTS):
        own = np.array([one == cohort for one in cohorts])
        axis.plot(
            sizes[own],
            [scale.shown(error) for error in errors[own]],
            "o",
            color=COHORT_COLOURS.get(cohort, GREY),
            alpha=0.7,
            markersize=2.8,
            markeredgewidth=0,
            label=cohort,
        )
    axis.set_title(readings.name)
    axis.set_xlabel(row.across)


def _same_range(axes: Sequence[Axes]) -> None:
    """Give the panels of a row one range of errors and of sizes, so that they can be compared by eye."""
    for get, put in ((Axes.get_ylim, Axes.set_ylim), (Axes.get_xlim, Axes.set_xlim)):
        ends = [get(axis) for axis in axes]
        for axis in axes:
            put(axis, min(low for low, _ in ends), max(high for _, high in ends))
