"""Questions with a truth of their own: how well runs answer, beside a blind control and the reference."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.asked import (
    BLIND,
    CONSTANT,
    REFERENCE,
    LabelledQuestion,
    are_right,
    asked_questions,
    classes_said,
    numbers_of,
    probabilities_of_yes,
)
from lmms_eval_plugins.reports.tables.chosen import labels, notes_of
from lmms_eval_plugins.reports.tables.labelled.behind import tables_behind
from lmms_eval_plugins.reports.tables.labelled.differences import Named, labelled_differences
from lmms_eval_plugins.reports.tables.table import (
    SHARES,
    UNREADABLE,
    Cell,
    Column,
    ControlOf,
    Table,
    TableRow,
    TableSection,
    Value,
    plain_value,
    share_cell,
)
from lmms_eval_plugins.statistics.answers import balanced_accuracy, macro_f1
from lmms_eval_plugins.statistics.intervals import Interval, jackknife_interval, mean_interval
from lmms_eval_plugins.statistics.probabilities import auc_interval, roc_auc
from lmms_eval_plugins.statistics.reliability import kappa_interval, quadratic_kappa

Cells = Callable[[LabelledQuestion, pd.DataFrame, bool], Cell]
"""A question, the rows of a run, whether with intervals → a cell."""

_ON_CLASSES = (
    "Accuracy: answers that are right. Balanced: mean over the true answers of the share of their windows that is"
    " answered right. F1: mean over the true answers. A reply without an answer, or none, is wrong."
)
_ON_AUC = "AUC: area under the ROC curve of the probability of yes, where it was recorded."
_ON_NUMBERS = (
    "Exact, within 1: answers so near the true number. MAE, RMSE: mean and root mean square error; kappa: Cohen's, with"
    " quadratic weights. These three are over replies with a number; runs are marked as if every other reply were as"
    " far off as 0 or the greatest true number, whichever is farther."
)
_ON_SILENCE = (
    "Answered: windows that enter means, since enough of the replies about their video came. Rest failed: the others"
    " count as not right; runs are marked as if these had failed."
)
_ON_CONTROLS = (
    f"{BLIND.capitalize()}: never sees a video; gives the answer that is most frequent among the other patients, of"
    f" numbers their median (of two middle ones the lower). {CONSTANT.capitalize()}: the one answer that is most often"
    f" right of these very windows, or their median. {REFERENCE.capitalize()}: the correct answers."
)
_BRACKETS = (
    "Of balanced accuracy, F1 and kappa: the jackknife over patients, of AUC on the logit; of MAE and RMSE:"
    " cluster-robust t."
)
_NO_CONTROL = "Of a question about one patient there is no blind control: it is fitted on the others."


def labelled_tables(
    runs: pd.DataFrame, answers: pd.DataFrame, every_answer: pd.DataFrame, ci: bool, more: bool
) -> list[Table]:
    """Make the tables of questions with a truth of their own: of words, of numbers, and of differences.

    Args:
        runs: the runs.
        answers: the table of the answers about the videos that are shown.
        every_answer: that of all videos, on which controls are fitted.
        ci: with 95 % intervals by patients.
        more: with F1 by class, confusions and calibration.

    Raises:
        UserError: no answer has a truth.
    """
    questions = asked_questions(runs, answers, every_answer)
    if not questions:
        raise UserError("table labelled: no question of these runs has a truth; they were asked and not scored")
    notes = (
        _ON_CONTROLS,
        *(_NO_CONTROL,) * any(question.control is None for question in questions),
        UNREADABLE,
    )
    remarks = notes_of(runs, labels(runs))
    named = [(question, labels(runs[runs["run"].isin(list(question.answers))])) for question in questions]
    paths = dict(zip(runs["run"], runs["path"], strict=True))
    tables: list[Table] = []
    for columns, of_numbers, title, about in (
        (_OF_CLASSES, False, "Questions with a truth of their own", _ON_CLASSES),
        (_OF_NUMBERS, True, "Questions with a truth of their own: numbers", _ON_NUMBERS),
    ):
        shown = [one for one in named if one[0].of_numbers == of_numbers]
        if shown:
            name = "labelled" + "_numbers" * (of_numbers and bool(tables))
            tables.append(_table(name, title, shown, columns, (about, *notes), remarks, ci, paths))
    return [*tables, *labelled_differences(named), *(tables_behind(named, ci) if more else ())]


def _table(
    name: str,
    title: str,
    named: Named,
    measures: Sequence[tuple[Column, Cells]],
    notes: Sequence[str],
    remarks: tuple[str, ...],
    ci: bool,
    paths: Mapping[str, str],
) -> Table:
    every = [rows for question, _ in named for rows in question.answers.values()]
    silent = any(not rows["enters"].all() for rows in every)
    has_auc = any(len(set(probabilities_of_yes(rows)[1])) > 1 for rows in every)
    first, *others = (one for one in measures if has_auc or one[1] is not _auc)
    columns = [
        Column("model"),
        Column("windows"),
        first[0],
        *(Column("answered (%)", 1), Column(f"{first[0].heading}, rest failed", 3, "high")) * silent,
        *(column for column, _ in others),
        Column("unreadable (%)", 1),
    ]
    sections = [
        TableSection(f"{question.name} ({question.size})", _rows(question, names, (first, *others), silent, ci, paths))
        for question, names in named
    ]
    about, *further = notes
    more_notes = (*(_ON_AUC,) * has_auc, *(_ON_SILENCE,) * silent)
    all_notes = (about, *more_notes, *further, *(SHARES, _BRACKETS) * ci)
    return Table(name, title, tuple(columns), tuple(sections), all_notes, remarks)


def _rows(
    question: LabelledQuestion,
    names: Mapping[str, str],
    measures: Sequence[tuple[Column, Cells]],
    silent: bool,
    ci: bool,
    paths: Mapping[str, str],
) -> tuple[TableRow, ...]:
    """Return a row for each run, then for the blind control, where there is one, best constant and reference."""

    def cells_of(label: str, own: pd.DataFrame, unreadable: Cell) -> tuple[Cell, ...]:
        main, *more = (cell_of(question, own, ci) for _, cell_of in measures)
        return label, int(own["enters"].sum()), main, *_coverage(own) * silent, *more, unreadable

    rows = [
        TableRow(cells_of(names[run], own, _unreadable(own)), run not in question.models, paths[run])
        for run, own in question.answers.items()
    ]
    whose = tuple(paths[run] for run in question.answers)
    controls = {BLIND: question.control, CONSTANT: question.constant, REFERENCE: question.reference}
    rows += [
        TableRow(cells_of(name, own, None), True, control=ControlOf(name, name != REFERENCE, whose))
        for name, own in controls.items()
        if own is not None
    ]
    return tuple(rows)


def _entering(rows: pd.DataFrame) -> pd.DataFrame:
    own: pd.DataFrame = rows[rows["enters"].astype(bool)]
    return own


def _coverage(rows: pd.DataFrame) -> tuple[Cell, ...]:
    return plain_value(100 * float(rows["enters"].mean())), plain_value(float(are_right(rows).mean()))


def _unreadable(rows: pd.DataFrame) -> Cell:
    came = _entering(rows)[lambda own: own["state"] != "missing"]
    return plain_value(100 * float((came["state"] != "read").mean()) if len(came) else None)


def _ranked(cell: Value | None, rows: pd.DataFrame, whole: float | None) -> Value | None:
    """Return a cell that is ranked by its value with failures, where any window is left out of it."""
    return cell if cell is None or rows["enters"].all() else cell._replace(ranked=whole)


def _right(question: LabelledQuestion, rows: pd.DataFrame, ci: bool) -> Cell:
    own = _entering(rows)
    cell = share_cell(list(own["right"].astype(bool)), list(own["patient"]), ci)
    return _ranked(cell, rows, float(are_right(rows).mean()))


def _of_classes(measure: Callable[[list[str], list[str | None]], float | None]) -> Cells:
    """Return what makes a cell of a measure of true and given answers, 0 to 1; of yes, no and options alone."""

    def cell_of(question: LabelledQuestion, rows: pd.DataFrame, ci: bool) -> Cell:
        if question.kind not in ("yes_no", "one_of"):
            return None
        own = _entering(rows)
        truth, said = np.array(own["truth"], dtype=object), np.array(classes_said(own), dtype=object)
        if ci:
            found = jackknife_interval(lambda at: measure(list(truth[at]), list(said[at])), list(own["patient"]), 0, 1)
        else:
            found = _plain(measure(list(truth), list(said)))
        return _ranked(_cell(found), rows, measure(list(rows["truth"]), classes_said(rows)))

    return cell_of


def _auc(question: LabelledQuestion, rows: pd.DataFrame, ci: bool) -> Cell:
    p, true, patients = probabilities_of_yes(rows)
    return _cell(auc_interval(p, true, patients) if ci else _plain(roc_auc(p, true)))


def _within_one(question: LabelledQuestion, rows: pd.DataFrame, ci: bool) -> Cell:
    near = ((numbers_of(rows) - question.truths).abs() <= 1).astype(float)
    own = rows["enters"].astype(bool)
    return _ranked(share_cell(list(near[own]), list(rows[own]["patient"]), ci), rows, float(near.mean()))


def _error(power: int) -> Cells:
    """Return what makes a cell of the mean error, or of the root of the mean squared error."""

    def cell_of(question: LabelledQuestion, rows: pd.DataFrame, ci: bool) -> Cell:
        errors = (numbers_of(rows) - question.truths).abs() ** power
        known = errors.notna()
        if not known.any():
            return None
        values = errors[known].to_numpy()
        found = mean_interval(values, list(rows[known]["patient"])) if ci else _plain(None)
        whole = float((question.primary(rows) ** power).mean())
        low, high = (None if end is None else max(end, 0.0) ** (1 / power) for end in (found.low, found.high))
        ranked = None if known.all() else whole ** (1 / power)
        return Value(float(values.mean()) ** (1 / power), None, low, high, ranked)

    return cell_of


def _kappa(question: LabelledQuestion, rows: pd.DataFrame, ci: bool) -> Cell:
    if question.kind != "score":
        return None
    numbers = numbers_of(rows)
    known = numbers.notna()
    true, said = (list(one[known].astype(int)) for one in (question.truths, numbers))
    levels = sorted({0, int(question.farthest.max()), *true, *said, *question.truths.astype(int)})
    found = (
        kappa_interval(true, said, list(rows[known]["patient"]), levels)
        if ci
        else _plain(quadratic_kappa(true, said, levels))
    )
    cell = _cell(found)
    if cell is None or known.all():
        return cell
    whole = list(numbers.fillna(question.farthest).astype(int))
    return cell._replace(ranked=quadratic_kappa(list(question.truths.astype(int)), whole, levels))


def _plain(value: float | None) -> Interval:
    return Interval(value, None, None, 0, 0)


def _cell(found: Interval) -> Value | None:
    return None if found.value is None else Value(found.value, None, found.low, found.high)


_OF_CLASSES: tuple[tuple[Column, Cells], ...] = (
    (Column("accuracy", 3, "high"), _right),
    (Column("balanced", 3, "high"), _of_classes(balanced_accuracy)),
    (Column("F1", 3, "high"), _of_classes(macro_f1)),
    (Column("AUC", 3, "high"), _auc),
)
_OF_NUMBERS: tuple[tuple[Column, Cells], ...] = (
    (Column("exact", 3, "high"), _right),
    (Column("within 1", 3, "high"), _within_one),
    (Column("MAE", 2, "low"), _error(1)),
    (Column("RMSE", 2, "low"), _error(2)),
    (Column("kappa", 3, "high"), _kappa),
)
