"""Figure of abstaining: the mean error of what is answered, by how much of it is, surest first."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.axes import Axes
from matplotlib.typing import LineStyleType

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.reports.figures.source import Results
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
)
from lmms_eval_plugins.reports.tables.selective.gathered import HowRead, RankedSection, gathered_cases
from lmms_eval_plugins.reports.tables.selective.ranked import Ranked
from lmms_eval_plugins.statistics.selective import RiskCurve, risk_curve

_COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, PURPLE, SKY, "#000000", "#A6761D")
_STYLES: tuple[LineStyleType, ...] = ("-", (0, (2, 1)))
"""Lines of a ninth run and further ones are dashed."""
_CONTROL_STYLES: tuple[LineStyleType, ...] = ("--", "-.")

_MOST_PANELS = 6
_HEIGHT_MM = 55.0
_LEAST_SHOWN = 0.05
"""Below this share a mean is of a few cases, and a curve leaps."""

Look = tuple[str, LineStyleType]
"""The colour and style of a line."""


def draw_risk_coverage(results: Results) -> Drawing:
    """Draw risk–coverage curves, a panel for each kind of error on the same cases.

    Of several models, each has a line, and controls that saw no video have grey ones. Of a single one, the orders by
    the recording alone, by chance and by the true errors stand beside its own.
    """
    how = HowRead(results.split_runs, results.reading, results.decoding, results.only, results.named)
    gathered = gathered_cases(results.paths, how)
    if not gathered.sections:
        nothing = f"{listed(results.paths)}: no answers of dose, identification or Fugl-Meyer tasks to rank"
        raise UserError(gathered.errors[0] if gathered.errors else nothing)
    shown = gathered.sections[:_MOST_PANELS]
    remarks = [f"{section.title}: left out" for section in gathered.sections[_MOST_PANELS:]]
    names = dict.fromkeys(row.label for section in shown for row in _models(section))
    looks: dict[str, Look] = dict(zip(names, ((c, s) for s in _STYLES for c in _COLOURS), strict=False))
    figure, axes = panels(PAGE_MM, _HEIGHT_MM * len(shown), len(shown))
    for axis, section in zip(axes, shown, strict=True):
        _panel(axis, section, looks)
    remarks += [f"{name}: left out" for name in names if name not in looks]
    axes[-1].set_xlabel("answered (%), surest first")
    add_foot(figure, [results.only.described, *gathered.remarks])
    return Drawing(figure, tuple(remarks))


def _models(section: RankedSection) -> list[Ranked]:
    """Return the runs of models, or of baselines where there are none, those with the least error first."""
    runs = [row for row in section.rows if row.run is not None]
    models = [row for row in runs if not row.reference] or runs
    return sorted(models, key=lambda row: float(row.errors[row.shown].mean()))


def _panel(axis: Axes, section: RankedSection, looks: Mapping[str, Look]) -> None:
    models = [row for row in _models(section) if row.label in looks]
    for row in models:
        _line(axis, row.curve, row.label, looks[row.label])
    if len(models) == 1:
        errors = models[0].errors[models[0].shown]
        _line(axis, models[0].blind_curve, "by the recording alone", (GREY, "-"))
        _line(axis, risk_curve(errors, errors), "by the true errors", (GREY, "--"))
        axis.axhline(float(errors.mean()), color=GREY, linewidth=0.8, linestyle=":", label="by chance")
    else:
        controls = [row for row in section.rows if row.run is None]
        for row, style in zip(controls, _CONTROL_STYLES, strict=False):
            _line(axis, row.curve, f"control: {row.label}", (GREY, style))
    axis.set_title(f"{section.kind.short}: {len(section.rows[0].shown_patients)} {section.kind.cases}", loc="left")
    axis.set_xlim(0, 100)
    axis.set_ylim(bottom=0)
    axis.set_ylabel("mean error")
    axis.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), borderaxespad=0.0)


def _line(axis: Axes, curve: RiskCurve, label: str, look: Look) -> None:
    kept = curve.coverages >= _LEAST_SHOWN
    colour, style = look
    axis.plot(100 * curve.coverages[kept], curve.risks[kept], color=colour, linewidth=1, linestyle=style, label=label)
