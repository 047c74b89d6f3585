"""Runs that were asked the same question, against the blind control and against the best other run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmms_eval_plugins.reports.asked import LabelledQuestion
from lmms_eval_plugins.reports.tables.against import DIFFERENCES, NO_DIFFERENCE, each_against, note_on_p
from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection, p_column

Named = Sequence[tuple[LabelledQuestion, Mapping[str, str]]]
"""Questions, each with run → what its row is called."""


def labelled_differences(named: Named) -> list[Table]:
    """Return the table of the differences of models by question, in a list; none where there is nothing to compare.

    What is compared is the accuracy, and of numbers the error, of windows that both answered.
    """
    sections, notes = [], []
    for question, names in named:
        rows, n_tests = _rows(question, names)
        if not rows:
            continue
        what = "error" if question.of_numbers else "accuracy"
        sections.append(TableSection(f"{question.name}, {what}", rows))
        notes.append((question.name, note_on_p(len(set(question.patients.values())), n_tests)))
    if not sections:
        return []
    columns = (
        Column("model"),
        *(Column("− blind", 3), p_column("p, blind")),
        *(Column("− best other", 3), p_column("p, other")),
    )
    return [
        Table(
            "labelled_differences",
            "Differences from the stronger blind control and from the best other run",
            columns,
            tuple(sections),
            (DIFFERENCES, _ON_DIFFERENCES, *_joined(notes)),
        )
    ]


_ON_DIFFERENCES = (
    "Blind: the better one of blind control and best constant. Above 0 is better of accuracies, below 0 of errors. A"
    " reply without a number counts as far off as 0 or the greatest true number, whichever is farther. The best run is"
    " compared with the second."
)


def _joined(notes: Sequence[tuple[str, str]]) -> list[str]:
    """Return notes once each, with the questions that they are about where these differ."""
    of_notes: dict[str, list[str]] = {}
    for name, note in notes:
        of_notes.setdefault(note, []).append(name)
    if len(of_notes) == 1:
        return list(of_notes)
    return [f"{'; '.join(names)}: {note}" for note, names in of_notes.items()]


def _rows(question: LabelledQuestion, names: Mapping[str, str]) -> tuple[tuple[TableRow, ...], int]:
    """Return the rows of the models, and how many comparisons of a column are corrected together."""
    values = {}
    for run in question.models:
        rows = question.answers[run]
        if rows["enters"].any():
            values[run] = question.primary(rows)[rows["enters"].astype(bool)]
    by_rank = question.ranked(values)
    best = {run: next(other for other in by_rank if other != run) for run in values} if len(values) > 1 else {}
    control = question.stronger_control
    blind = dict.fromkeys(values, None if control is None else question.primary(control))
    with_blind = each_against(values, {run: own for run, own in blind.items() if own is not None}, question.patients)
    with_best = each_against(values, {run: values[other] for run, other in best.items()}, question.patients)
    if not with_blind and not with_best:
        return (), 0
    rows_of = []
    for run in values:
        first, second = with_blind.get(run, NO_DIFFERENCE), with_best.get(run, NO_DIFFERENCE)
        rows_of.append(TableRow((names[run], first.value, first.p, second.value, second.p)))
    return tuple(rows_of), len(values)
