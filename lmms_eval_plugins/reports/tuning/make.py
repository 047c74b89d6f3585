"""The tables of ``strokerehab tune-wording``: what choosing a wording gained, and which one was chosen for whom."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.table import INTERVALS, Column, Table, TableRow, TableSection, Value, p_column
from lmms_eval_plugins.reports.tables.wording.gathered import WordedRun, WordedRuns, gather_worded
from lmms_eval_plugins.reports.tuning.choosing import NestedChoice, choose_nested
from lmms_eval_plugins.reports.tuning.values import MOST_COMBINATIONS, TuneMetric, values_of
from lmms_eval_plugins.runs.data_frames.load import Paths

VERB = "tune-wording"

METRICS: tuple[TuneMetric, ...] = get_args(TuneMetric)
"""What a wording may be chosen by."""

_WORDS: dict[TuneMetric, str] = {"auc": "AUC", "accuracy": "accuracy", "edit_score": "edit score"}
_DIGITS: dict[TuneMetric, int] = {"auc": 3, "accuracy": 3, "edit_score": 2}

_NEEDS: dict[TuneMetric, str] = {
    "auc": "none of its questions is answered yes or no with probabilities by every wording; try --metric accuracy",
    "accuracy": "the true answers to its questions are not known",
    "edit_score": (
        "it is scored by the edit score of no dose task from questions with several wordings, or these have more than"
        f" {MOST_COMBINATIONS} combinations"
    ),
}

_ON_CHOICE = (
    "Chosen on the others: each patient's value by the wording that is best on all other patients; gain: that less the"
    " base wording, a mean over patients; p: by changes of signs of patients, for each row by itself."
)
_ON_FLATTERING = (
    "Flattering: the best wording on the very patients on which it was found best, no estimate for anyone else."
    " For new patients: the wording that is best on all of these."
)


@dataclass(frozen=True, slots=True)
class Tuned:
    """The tables, and what could not be read or chosen."""

    tables: tuple[Table, ...]
    errors: tuple[str, ...]


def tuned_wordings(paths: Paths, metric: str, reading: Policy | None = None) -> Tuned:
    """Choose the wording of each question for each patient on the others, in the runs among some paths.

    Args:
        paths: run folders, folders of them, patterns.
        metric: one of `METRICS`.
        reading: how replies are read; None reads as the tasks ask.

    Raises:
        UserError: there is no such metric, or nothing to choose from in any of the runs.
    """
    if (by := next((one for one in METRICS if one == metric), None)) is None:
        raise UserError(f"--metric {metric}: is unknown{nearest(metric, METRICS)}")
    gathered = gather_worded(paths, VERB, reading)
    errors = list(gathered.errors)
    found: list[tuple[WordedRun, str, NestedChoice]] = []
    for run in gathered.runs:
        try:
            found += [(run, about, choice) for about, choice in _choices(run, by)]
        except UserError as error:
            errors.append(f"{run.path}: {error}")
    if not found:
        raise UserError("; ".join(errors))
    return Tuned((_gains(gathered, found, by), _whom(gathered, found, by)), tuple(errors))


def _choices(run: WordedRun, metric: TuneMetric) -> list[tuple[str, NestedChoice]]:
    """Return what choosing brought, by question; UserError where there is nothing to choose by."""
    values = values_of(run, metric)
    if not values:
        raise UserError(_NEEDS[metric])
    return [(one.about, choose_nested(one.candidates, one.patients, one.values)) for one in values]


def _gains(gathered: WordedRuns, found: list[tuple[WordedRun, str, NestedChoice]], metric: TuneMetric) -> Table:
    digits, word = _DIGITS[metric], _WORDS[metric]
    columns = (
        *(Column("model"), Column("question"), Column("patients"), Column(f"{word}, base wording", digits)),
        *(Column("chosen on the others", digits), Column("gain", digits), p_column("p")),
        *(Column("flattering", digits), Column("for new patients")),
    )
    rows = tuple(
        TableRow(
            (
                *(run.name, about, len(choice.patients), Value(float(choice.base.mean()))),
                Value(float(choice.nested.mean())),
                None if (gain := choice.gain).difference is None else Value(gain.difference, None, gain.low, gain.high),
                None if gain.p is None else Value(gain.p),
                *(Value(choice.flattering), choice.candidates[choice.best]),
            ),
            run=run.path,
        )
        for run, about, choice in found
    )
    title = f"What choosing a wording by {word} gains"
    notes = (f"{word[:1].upper()}{word[1:]}: a mean over patients.", _ON_CHOICE, _ON_FLATTERING, INTERVALS)
    return Table("tune_wording", title, columns, (TableSection("", rows),), notes, gathered.remarks)


def _whom(gathered: WordedRuns, found: list[tuple[WordedRun, str, NestedChoice]], metric: TuneMetric) -> Table:
    digits, word = _DIGITS[metric], _WORDS[metric]
    columns = (
        *(Column("patient"), Column("chosen on the others"), Column(f"its {word}", digits)),
        Column(f"{word}, base wording", digits),
    )
    sections = tuple(
        TableSection(
            f"{run.name}, {about}" if len(gathered.runs) > 1 else about,
            tuple(
                TableRow((patient, choice.candidates[place], Value(float(own)), Value(float(base))), run=run.path)
                for patient, place, own, base in zip(
                    choice.patients, choice.chosen, choice.nested, choice.base, strict=True
                )
            ),
        )
        for run, about, choice in found
    )
    return Table("tune_wording_choices", "Which wording was chosen for whom", columns, sections)
