"""The strongest blind control of a run in a metric, as a run to compare it with, whatever its family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from math import inf

import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.controls import blind_controls
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.compare.metrics import PairedScores, paired_scores
from lmms_eval_plugins.reports.compare.pair import ComparedRun, RunPair
from lmms_eval_plugins.reports.tables.identification import OTHERS, identification_controls
from lmms_eval_plugins.runs.data_frames.controls import (
    STOPWATCH,
    STOPWATCH_BY_ACTIVITY,
    is_blind,
    load_controls,
)
from lmms_eval_plugins.runs.data_frames.items import assessments
from lmms_eval_plugins.runs.scored import scores_of

_OF_SEQUENCES = frozenset({"edit_score", "action_error_rate"})
"""Metrics that a stopwatch does not have: their strongest controls are decoders without answers."""


@dataclass(frozen=True, slots=True)
class OtherRun:
    """What a run is compared with: its name, and the scores of both, the run second."""

    name: str
    scores: PairedScores


def strongest_control(run: ComparedRun, metric: str, reading: Policy | None) -> OtherRun | None:
    """Return the blind control, fitted on other patients, that is the strongest in a metric; None where none is.

    Raises:
        UserError: the run cannot be read again.
    """
    found = []
    for name, control in _controls(run, metric, reading).items():
        scores = paired_scores(RunPair(control, run))
        for one in scores.metrics:
            if one.column == metric:
                mean = float(one.values["a"].mean())
                found.append((-mean if one.shown.grows else mean, OtherRun(name, scores)))
    return min(found, key=lambda one: one[0])[1] if found else None


def stopwatch_of(run: ComparedRun) -> tuple[str, pd.DataFrame] | None:
    """Return the name and the scores of the stopwatch of a dose run, by activity where activities are known.

    Raises:
        UserError: the run cannot be read again.
    """
    scores = load_controls(str(run.record["path"]), decoders=False).scores
    for name in (STOPWATCH_BY_ACTIVITY, STOPWATCH):
        own = scores[scores["run"] == name]
        if len(own):
            return name, own
    return None


def _controls(run: ComparedRun, metric: str, reading: Policy | None) -> Mapping[str, ComparedRun]:
    if run.family is None:
        return {}
    if run.family.name == DOSE.name:
        scores = load_controls(str(run.record["path"]), decoders=metric in _OF_SEQUENCES).scores
        return {
            str(name): replace(run, scores=own)
            for name, own in scores.groupby("run", sort=False)
            if is_blind(str(name))
        }
    if run.family.name == IDENTIFICATION.name:
        test = run.scores[~run.scores["tuning"].astype(bool)]
        if test.empty:
            return {}
        found = identification_controls(test, run.scores)
        return {names[0]: replace(run, scores=own) for names, own in found.items() if names[1] == OTHERS}
    return _of_items(run, reading) if run.family.name == FUGL_MEYER.name else {}


def _of_items(run: ComparedRun, reading: Policy | None) -> dict[str, ComparedRun]:
    """Return the controls of a run's Fugl-Meyer items."""
    rows = scores_of(assessments([str(run.record["path"])], [], reading), FUGL_MEYER)
    controls = {}
    for control in blind_controls([result for _, score in rows for result in score.items]):
        given = {(result.patient, result.item): result for result in control.results}
        own = [given[patient, item] for patient, item in zip(run.items["patient"], run.items["item"], strict=True)]
        predicted = pd.array([result.predicted for result in own], dtype="Int64")
        items = run.items.assign(predicted=predicted, state=[result.state for result in own])
        if control.error < inf:
            controls[control.name] = replace(run, items=items)
    return controls
