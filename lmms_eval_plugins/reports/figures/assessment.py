"""The Fugl-Meyer assessment: totals of patients, and errors by section."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from math import inf

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.controls import BlindControl, blind_controls
from lmms_eval_plugins.assessments.fugl_meyer.totals import PatientTotal, error_of, with_true_score
from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM, ITEMS, SECTIONS
from lmms_eval_plugins.reports.figures.source import Results
from lmms_eval_plugins.reports.figures.style import (
    BLUE,
    COHORT_COLOURS,
    GREY,
    ORANGE,
    PAGE_MM,
    Drawing,
    add_foot,
    panels,
)
from lmms_eval_plugins.runs.data_frames.items import names_of, patients_shown
from lmms_eval_plugins.runs.scored import ScoredRun, scores_of
from lmms_eval_plugins.statistics.summary import mean_sem


def draw_fugl_meyer(results: Results) -> Drawing:
    """Draw predicted against true totals of patients, with identity and fit, and the mean error of items by section."""
    row, whole, name, remarks = choose_assessment(results)
    score = _of_patients(whole, patients_shown([row], results.only))
    figure, (left, right) = panels(PAGE_MM, 60, 1, 2, (4, 5))
    _totals(left, score)
    _sections(right, score, blind_controls(whole.items)[0])
    figure.legend(*right.get_legend_handles_labels(), loc="outside upper right", ncols=2, borderaxespad=0.2)
    foot = [f"{row.model}, {row.task}: {name}", results.only.described, *_notes(score), *row.notes, *row.coverage.notes]
    add_foot(figure, foot)
    return Drawing(figure, remarks)


def _of_patients(score: FuglMeyerScore, patients: Collection[str] | None) -> FuglMeyerScore:
    if patients is None:
        return score
    return replace(
        score,
        items=tuple(result for result in score.items if result.patient in patients),
        totals=tuple(total for total in score.totals if total.patient in patients),
    )


def choose_assessment(results: Results) -> tuple[ScoredRun, FuglMeyerScore, str, tuple[str, ...]]:
    """Choose the assessment to show: among the runs named, the one of most items, then the best; no control.

    Returns:
        The run, its score, its name, and a remark if it was one of several.

    Raises:
        UserError: there is none.
    """
    rows = scores_of(results.assessments, FUGL_MEYER)
    if not rows:
        raise UserError(f"{listed(results.paths)}: no scored run of a Fugl-Meyer task among what was given")
    named = dict(zip(names_of([row for row, _ in rows]), rows, strict=True))
    if results.named:
        kept = {name: row for name, row in named.items() if any(part in name for part in results.named)}
        if not kept:
            raise UserError(f"no Fugl-Meyer run has {results.named[0]!r} in its name{nearest(results.named[0], named)}")
    else:
        kept = {name: row for name, row in named.items() if not row[0].baseline} or named
    name = min(kept, key=lambda name: (-_n_items(kept[name][1]), _error_of_all(kept[name][1])))
    remark = (
        f"shown: {name}, of {len(kept)} runs the best by {FUGL_MEYER.primary.name} of those with most items;"
        " name another to see it"
    )
    return *kept[name], name, (remark,) if len(kept) > 1 else ()


def _n_items(score: FuglMeyerScore) -> int:
    return len({result.item for result in score.items})


def _error_of_all(score: FuglMeyerScore) -> float:
    error = FUGL_MEYER.answered(score).with_failed["mae_item"]
    return inf if error is None else error


def _notes(score: FuglMeyerScore) -> list[str]:
    """Return what a reader of the totals should know: whose are not shown, and what of them is imputed."""
    totals = _comparable(score)
    n_items, n_scored = sum(total.n_items for total in totals), sum(total.n_scored for total in totals)
    notes = []
    if n_scored < n_items:
        notes.append(
            f"totals: {n_items - n_scored} of {n_items} items have no predicted score, and count with the median of the"
            " other patients (hollow: a patient with such an item)"
        )
    if len(totals) < len(score.totals):
        notes.append(
            f"totals: {len(score.totals) - len(totals)} of {len(score.totals)} patients left out, with items that lack"
            " replies or a true score"
        )
    return notes


def _comparable(score: FuglMeyerScore) -> list[PatientTotal]:
    return [total for total in score.totals if total.complete and total.imputed is not None]


def _totals(axis: Axes, score: FuglMeyerScore) -> None:
    totals = _comparable(score)
    highest = max((total.highest for total in totals), default=1)
    axis.plot([0, highest], [0, highest], color=GREY, linestyle="--", linewidth=0.8, label="identity", zorder=1)
    for cohort in dict.fromkeys(total.cohort for total in totals):
        own = [total for total in totals if total.cohort == cohort]
        colour = COHORT_COLOURS.get(cohort or "", GREY)
        for whole in (True, False):
            shown = [total for total in own if (total.n_scored == total.n_items) == whole]
            true, predicted = [total.true for total in shown], [total.imputed or 0 for total in shown]
            axis.plot(true, predicted, "o", color=colour, alpha=0.8, fillstyle="full" if whole else "none")
        axis.plot([], [], "o", color=colour, alpha=0.8, label=cohort or "cohort not known")
    true_all = np.array([total.true for total in totals], dtype=float)
    predicted_all = np.array([total.imputed for total in totals], dtype=float)
    if len(set(true_all)) > 1:
        slope, intercept = np.polyfit(true_all, predicted_all, 1)
        ends: npt.NDArray[np.float64] = np.array([true_all.min(), true_all.max()])
        label = f"fit: {slope:.2f} · true {'+' if intercept >= 0 else '−'} {abs(intercept):.1f}"
        axis.plot(ends, slope * ends + intercept, color="black", label=label)
    axis.set_xlim(-0.02 * highest, 1.02 * highest)
    axis.set_ylim(-0.02 * highest, 1.02 * highest)
    axis.set_box_aspect(1)
    axis.set_xlabel(f"total by the therapist, of {highest}")
    axis.set_ylabel("predicted total")
    axis.set_title(f"{len(totals)} patients")
    axis.grid()
    axis.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.1)


def _sections(axis: Axes, score: FuglMeyerScore, control: BlindControl) -> None:
    known = (result for result in score.items if result.truth is not None and result.item != INFERRED_ITEM)
    items = [result for result in known if result.averaged]
    blind = {(result.patient, result.item): error_of(result) for result in with_true_score(control.results)}
    sections = [section for section in SECTIONS if any(ITEMS[result.item].section == section.code for result in items)]
    names = []
    for place, section in enumerate(sections):
        own = [result for result in items if ITEMS[result.item].section == section.code]
        of_patients: dict[str, list[int]] = {}
        for result in own:
            of_patients.setdefault(result.patient, []).append(error_of(result))
        error = sum(map(error_of, own)) / len(own)
        _, sem = mean_sem([sum(errors) / len(errors) for errors in of_patients.values()])
        unseen = sum(blind[result.patient, result.item] for result in own) / len(own)
        axis.barh(place - 0.2, error, 0.38, color=BLUE, label="model" if not place else None)
        axis.errorbar(error, place - 0.2, xerr=sem or 0.0, ecolor="black", elinewidth=0.8, fmt="none")
        axis.barh(place + 0.2, unseen, 0.38, color=ORANGE, label=f"blind: {control.name}" if not place else None)
        n_items = len({result.item for result in own})
        names.append(f"{section.name} ({n_items} item{'s' * (n_items > 1)})")
    axis.set_yticks(range(len(names)), names)
    axis.invert_yaxis()
    axis.tick_params(axis="y", length=0)
    axis.set_xlabel("mean error of an item, points")
    axis.set_xlim(0, max(1.2, axis.get_xlim()[1]))
    axis.set_title("error by section (± SEM over patients)")
    axis.grid(axis="x")
