"""The table on impairment: Fugl-Meyer item scores against the therapist's."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from math import inf

import pandas as pd

from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.totals import error_of, patient_totals
from lmms_eval_plugins.core.errors import UserError, which_of
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM, ITEMS, SECTION_CODES
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.tables.against import DIFFERENCES, NO_DIFFERENCE, against
from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SHARES,
    Cell,
    Column,
    Table,
    TableRow,
    TableSection,
    Value,
    p_column,
    share_cell,
)
from lmms_eval_plugins.runs.data_frames.items import assessments, names_of
from lmms_eval_plugins.runs.data_frames.load import Paths
from lmms_eval_plugins.runs.scored import ScoredRun, scores_of
from lmms_eval_plugins.statistics.bootstrap import mean_interval, ratio_interval
from lmms_eval_plugins.statistics.reliability import quadratic_kappa
from lmms_eval_plugins.statistics.summary import mean_sem

ALWAYS = 1
"""What the baseline scores every item."""

_ALWAYS_NAME = f"always {ALWAYS}"


def impairment_table(
    paths: Paths, errors: list[str], ci: bool, more: bool, reading: Policy | None = None
) -> list[Table]:
    """Make the table of accuracy, errors of totals and errors by section of the assessment; with ``more`` also tests.

    Runs of different tasks or items stand in sections of their own.

    Raises:
        UserError: there is no Fugl-Meyer run.
    """
    scored = scores_of(assessments(paths, errors, reading), FUGL_MEYER)
    if not scored:
        raise UserError("table impairment: none of the runs given is a Fugl-Meyer assessment (tasks strokerehab_ia…)")
    runs = [row for row, _ in scored]
    names = dict(zip([row.path for row in runs], names_of(runs), strict=True))
    whole = {part for row in runs for part in row.parts}
    sections: dict[tuple[object, ...], list[tuple[ScoredRun, list[ItemResult]]]] = {}
    for row, score in scored:
        if row.path not in whole:
            own = _with_truth(score)
            items = tuple(sorted({result.item for result in own}))
            sections.setdefault((row.task, items), []).append((row, own))
    made, tests = [], []
    for (task, _), rows in sections.items():
        models = [row.model or names[row.path] for row, _ in rows]
        results = {
            model if models.count(model) == 1 else f"{model}, {names[row.path]}": own
            for model, (row, own) in zip(models, rows, strict=True)
        }
        always = _constant(rows[0][1])
        shown = [TableRow((model, *_cells(own, ci))) for model, own in results.items()]
        shown.append(TableRow((_ALWAYS_NAME, *_cells(always, ci)), reference=True))
        made.append(TableSection(str(task), tuple(shown)))
        tests.append(TableSection(str(task), _differences(results, always)))
    columns = (
        Column("model"),
        Column("patients"),
        Column("items"),
        Column("accuracy", 3, "high"),
        Column("APD", 1, "low"),
        Column("MTSD", 1, "low"),
        Column("kappa", 2, "high"),
        *(Column(code, 2, "low") for code in SECTION_CODES),
        Column("no score (%)", 1),
    )
    notes = (
        "APD: a patient's errors over the items asked, summed; MTSD: difference of totals; mean ± SEM over patients.",
        "Sections: mean error of an item, 0 to 2; an item without a score is an error of 2. Kappa: quadratic weights.",
        *(INTERVALS, SHARES) * ci,
        *_notes([run for run in runs if run.path not in whole], names),
    )
    main = Table("impairment", "Impairment: Fugl-Meyer items against the therapist", columns, tuple(made), notes)
    heads = (
        *(Column("model"), Column("error − best", 2), p_column("p (best)")),
        *(Column(f"error − {_ALWAYS_NAME}", 2), p_column(f"p ({_ALWAYS_NAME})")),
    )
    title = "Differences of the mean error of an item"
    return [main, *[Table("impairment_differences", title, heads, tuple(tests), (DIFFERENCES,))] * more]


def _differences(results: Mapping[str, Sequence[ItemResult]], always: Sequence[ItemResult]) -> tuple[TableRow, ...]:
    """Return every run against the one of the lowest mean error of an item, and against what does not see anything."""
    errors = {model: _errors(own) for model, own in results.items()}
    best = min(errors, key=lambda model: float(errors[model].mean()) if len(errors[model]) else inf)
    patients: dict[Hashable, str] = {about: about[0] for own in errors.values() for about in own.index}
    from_best = against(errors, best, patients)
    from_always = against({**errors, _ALWAYS_NAME: _errors(always)}, _ALWAYS_NAME, patients)
    rows = []
    for model in errors:
        pair = (from_best.get(model, NO_DIFFERENCE), from_always.get(model, NO_DIFFERENCE))
        rows.append(TableRow((model, *(part for one in pair for part in (one.value, one.p)))))
    return tuple(rows)


def _errors(results: Sequence[ItemResult]) -> pd.Series[float]:
    """Return (patient, item) → error of an item that enters means, the inferred one aside."""
    items = [result for result in results if result.item != INFERRED_ITEM and result.averaged]
    about = pd.Index([(result.patient, result.item) for result in items], tupleize_cols=False)
    errors: pd.Series[float] = pd.Series([float(error_of(result)) for result in items], index=about)
    return errors


def _notes(runs: Sequence[ScoredRun], names: dict[str, str]) -> list[str]:
    of_notes: dict[str, list[str]] = {}
    for row in runs:
        for note in (*row.notes, *row.coverage.notes):
            of_notes.setdefault(note, []).append(names[row.path])
    every = [names[row.path] for row in runs]
    return [f"{which_of(of, every)}: {note}." for note, of in of_notes.items()]


def _with_truth(score: FuglMeyerScore) -> list[ItemResult]:
    return [result for result in score.items if result.truth is not None]


def _constant(results: Sequence[ItemResult]) -> list[ItemResult]:
    """Return every item scored 1, and item 18 what follows from that."""
    return [
        replace(result, predicted=0 if result.item == INFERRED_ITEM else ALWAYS, state="scored") for result in results
    ]


def _cells(results: Sequence[ItemResult], ci: bool) -> list[Cell]:
    items = [result for result in results if result.item != INFERRED_ITEM]
    averaged = [result for result in items if result.averaged]
    totals = [total for total in patient_totals(results) if total.complete]
    whose = [total.patient for total in totals]
    scored = [(result.truth or 0, result.predicted) for result in items if result.predicted is not None]
    kappa = quadratic_kappa([true for true, _ in scored], [predicted for _, predicted in scored])
    cells: list[Cell] = [len({result.patient for result in results}), len({result.item for result in items})]
    right = [result.predicted == result.truth for result in averaged]
    cells += [share_cell(right, [result.patient for result in averaged], ci)]
    cells += [_mean([float(total.error_of_asked) for total in totals], whose, ci)]
    cells += [_mean([float(total.difference) for total in totals], whose, ci)]
    cells += [None if kappa is None else Value(kappa)]
    for code in SECTION_CODES:
        own = [result for result in averaged if ITEMS[result.item].section == code]
        cells.append(_error(own, [float(error_of(result)) for result in own], ci))
    silent = sum(result.predicted is None for result in items)
    return [*cells, Value(100 * silent / len(items)) if items else None]


def _error(results: Sequence[ItemResult], values: Sequence[float], ci: bool) -> Value | None:
    """Return the mean error of an item; its interval is over patients."""
    if not results:
        return None
    if not ci:
        return Value(sum(values) / len(values))
    interval = ratio_interval(list(values), [1.0] * len(values), [result.patient for result in results])
    return Value(sum(values) / len(values), None, interval.low, interval.high)


def _mean(values: Sequence[float], patients: Sequence[str], ci: bool) -> Value | None:
    """Return mean ± SEM over patients."""
    mean, sem = mean_sem(values)
    if mean is None:
        return None
    interval = mean_interval(list(values), patients) if ci else None
    return Value(mean, sem, interval.low if interval else None, interval.high if interval else None)
