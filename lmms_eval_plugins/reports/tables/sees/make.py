"""The tables of what models see: answers under each perturbation beside those as is, and what that warrants to say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from lmms_eval_plugins.reports.tables.sees.cells import DRAWN, drawn_cell
from lmms_eval_plugins.reports.tables.sees.dose import dose_table
from lmms_eval_plugins.reports.tables.sees.gathered import UNPERTURBED, SeenQuestion, SeenRuns, what_perturbations_are
from lmms_eval_plugins.reports.tables.sees.groups import group_tables
from lmms_eval_plugins.reports.tables.sees.measured import SeenUnder, seen_under
from lmms_eval_plugins.reports.tables.sees.sentences import sentences_about
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection
from lmms_eval_plugins.statistics.intervals import Interval

SEES = "sees"

_FRAMES = (
    "Frames: how those of every window were changed before the model saw them. Each row is compared with the answers as"
    " is on the windows that both answered."
)
_KEPT = (
    "Kept: (perturbed − chance) / (as is − chance), the share of what is above chance that the perturbation leaves;"
    " none where as is is not above chance. Agrees: windows with the same answer as is. No answer: replies that give"
    " none."
)
_BY_ANSWER = "AUC of {}: by the answers, since not all of the runs recorded probabilities."


def sees_tables(seen: SeenRuns, *, ci: bool = False, more: bool = False) -> list[Table]:
    """Make the tables of answers of yes and no, of other answers, and of dose.

    Args:
        seen: the runs and their questions.
        ci: with 95 % intervals of every number; those of differences and of what is kept are always there.
        more: with the same by cohort and activity, and cohorts compared at one mix of activities and primitives.
    """
    found = [(question, seen_under(question)) for question in seen.questions]
    tables = [
        _table(name, title, columns, [one for one in found if (one[0].kind == "yes_no") == is_yes_no], ci)
        for name, title, columns, is_yes_no in (
            (SEES, "What it sees: yes and no under perturbed frames", _YES_NO, True),
            (f"{SEES}_classes", "What it sees: other answers under perturbed frames", _CLASSES, False),
        )
        if any((question.kind == "yes_no") == is_yes_no for question, _ in found)
    ]
    if any(group.of_dose for group in seen.groups):
        tables.append(dose_table(seen, ci))
    if more:
        tables += group_tables(seen.questions, ci)
    first, *others = tables
    return [_with_remarks(first, seen.remarks), *others]


def _with_remarks(table: Table, remarks: tuple[str, ...]) -> Table:
    return Table(table.name, table.title, table.columns, table.sections, table.notes, remarks)


Cells = Callable[[SeenUnder, bool], Cell]
"""Answers under a perturbation, whether with all intervals → a cell."""


def _table(
    name: str,
    title: str,
    columns: Sequence[tuple[Column, Cells]],
    found: Sequence[tuple[SeenQuestion, list[SeenUnder]]],
    ci: bool,
) -> Table:
    sections = [
        TableSection(
            question.title,
            tuple(
                TableRow(
                    (under.perturbation, under.n, *(cell_of(under, ci) for _, cell_of in columns)),
                    question.of.baseline,
                    under.path,
                )
                for under in unders
            ),
        )
        for question, unders in found
    ]
    heads = (Column("frames"), Column("windows"), *(column for column, _ in columns))
    by_answer = [question.of.name for question, _ in found if question.kind == "yes_no" and not question.by_probability]
    notes = (
        *(one for question, unders in found for one in sentences_about(question, unders)),
        *(_FRAMES, what_perturbations_are([question.of for question, _ in found]), _KEPT),
        *(_BY_ANSWER.format("; ".join(dict.fromkeys(by_answer))),) * bool(by_answer),
        DRAWN,
    )
    return Table(name, title, heads, tuple(sections), notes)


def _percent(share: Callable[[SeenUnder], Interval]) -> Cells:
    return lambda under, ci: drawn_cell(share(under), ci, 100.0)


def _worth(under: SeenUnder, ci: bool) -> Cell:
    return drawn_cell(under.worth, ci)


def _unless_as_is(cell_of: Cells) -> Cells:
    return lambda under, ci: None if under.perturbation == UNPERTURBED else cell_of(under, ci)


_COMPARED: tuple[tuple[Column, Cells], ...] = (
    (Column("− as is", 3), _unless_as_is(lambda under, _: drawn_cell(under.difference))),
    (Column("kept (%)"), _unless_as_is(lambda under, _: drawn_cell(under.kept, scale=100.0))),
)
_AGREES: tuple[tuple[Column, Cells], ...] = (
    (Column("agrees (%)", 1), _unless_as_is(_percent(lambda under: under.agrees))),
    (Column("no answer (%)", 1), _percent(lambda under: under.no_answer)),
)
_YES_NO = (
    *((Column("AUC", 3), _worth), *_COMPARED),
    (Column("yes (%)", 1), _percent(lambda under: under.said_yes)),
    *_AGREES,
)
_CLASSES = (
    *((Column("balanced", 3), _worth), *_COMPARED),
    (Column("accuracy", 3), lambda under, ci: drawn_cell(under.right, ci)),
    *_AGREES,
)
