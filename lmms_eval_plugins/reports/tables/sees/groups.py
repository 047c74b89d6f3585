"""Answers by cohort and activity, and whether a cohort is seen worse or only moves differently.

Cohorts do other things: a severe patient reaches less and rests more, and windows of some primitives are harder for
everybody. So cohorts are compared twice: as they are, and with the windows of each weighted so that both have the same
mix of activities and primitives (direct standardisation; Fleiss, Statistical Methods for Rates and Proportions, 1981,
ch. 14). A stratum is an activity and the primitive at the middle of the window, of other tasks than dose an activity
and the correct answer; the standard mix is that of the windows of both cohorts together; strata that one of them
lacks are left out.
The weight of a window is the share of its stratum in the standard mix by its share in the cohort, in intervals, too,
as of the mix that was seen.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, COHORTS, in_order
from lmms_eval_plugins.reports.tables.sees.cells import DRAWN, drawn_cell
from lmms_eval_plugins.reports.tables.sees.gathered import STRATUM, UNPERTURBED, SeenQuestion
from lmms_eval_plugins.reports.tables.sees.measured import worth_of
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value
from lmms_eval_plugins.statistics.bootstrap.draws import drawn_interval, patient_draws
from lmms_eval_plugins.statistics.bootstrap.measures import ByPatient, SharesByPatient, value_of_all
from lmms_eval_plugins.statistics.intervals import Interval, patient_places

Group = Literal["cohort", "activity"]

_KNOWN: Mapping[Group, Sequence[str]] = {"cohort": COHORTS, "activity": ACTIVITIES}

_ABOUT_GROUPS = (
    "AUC (of other answers than yes and no balanced accuracy) as is and under each perturbation, on all windows that"
    " were answered. True, said: windows of which yes is true, and replies that say yes."
)
_ABOUT_COHORTS = (
    "Differences of cohorts as is, the first less the second. Worth: AUC, of other answers than yes and no balanced"
    " accuracy. At one mix: with the windows of each cohort weighted to the mix of activities and primitives (of other"
    " tasks than dose, of correct answers) of both together; in the mix: windows of strata that both cohorts have."
)


def group_tables(questions: Sequence[SeenQuestion], ci: bool) -> list[Table]:
    """Return the tables by cohort, by activity, and of cohorts compared; none of what is not known."""
    tables = [table for by in _KNOWN if (table := _by_group(by, questions, ci)) is not None]
    sections, said = [], []
    for question in questions:
        compared = _compared(question)
        if compared:
            sections.append(TableSection(question.title, tuple(TableRow(_cells(one)) for one in compared)))
            said += [sentence for one in compared if (sentence := _sentence(question, one))]
    if sections:
        columns = (
            *(Column("cohorts"), Column("patients"), Column("worth", 3), Column("at one mix", 3)),
            *(Column("in the mix (%)", 1), Column("true yes (%)", 1), Column("said yes (%)", 1)),
        )
        notes = (*said, _ABOUT_COHORTS, DRAWN)
        title = "What it sees: cohorts compared, at one mix of activities and primitives"
        tables.append(Table("sees_cohorts", title, columns, tuple(sections), notes))
    return tables


def _by_group(by: Group, questions: Sequence[SeenQuestion], ci: bool) -> Table | None:
    ways = list(dict.fromkeys(how for question in questions for how in question.answers))
    sections = []
    for question in questions:
        rows = []
        for group in in_order(set(question.as_is[by].dropna()), _KNOWN[by]):
            of_ways = {how: own[own[by] == group] for how, own in question.answers.items()}
            as_is = of_ways[UNPERTURBED]
            cells = (group, as_is["patient"].nunique(), len(as_is), *_shares_of_yes(question, as_is, ci))
            worths = (_worth(question, of_ways[how], ci) if how in of_ways else None for how in ways)
            rows.append(TableRow((*cells, *worths), question.of.baseline))
        if rows:
            sections.append(TableSection(question.title, tuple(rows)))
    if not sections:
        return None
    columns = (
        *(Column(by), Column("patients"), Column("windows"), Column("true yes (%)", 1), Column("said yes (%)", 1)),
        *(Column(how, 3) for how in ways),
    )
    return Table(f"sees_by_{by}", f"What it sees, by {by}", columns, tuple(sections), (_ABOUT_GROUPS, DRAWN))


def _shares_of_yes(question: SeenQuestion, rows: pd.DataFrame, ci: bool) -> tuple[Cell, Cell]:
    if question.kind != "yes_no":
        return None, None
    true, said = (_measured(_share_of_yes(rows, column), rows) for column in ("truth", "value"))
    return drawn_cell(true, ci, 100.0), drawn_cell(said, ci, 100.0)


def _share_of_yes(rows: pd.DataFrame, column: str) -> ByPatient:
    return SharesByPatient.made(rows[column] == "yes", *_patients(rows))


def _worth(question: SeenQuestion, rows: pd.DataFrame, ci: bool) -> Cell:
    if rows.empty:
        return None
    ranked = (question.kind == "yes_no", question.by_probability)
    return drawn_cell(_measured(worth_of(rows, *ranked, *_patients(rows)), rows), ci)


def _patients(rows: pd.DataFrame) -> tuple[NDArray[np.intp], int]:
    return np.array(patient_places(list(rows["patient"])), dtype=np.intp), int(rows["patient"].nunique())


def _measured(measure: ByPatient, rows: pd.DataFrame) -> Interval:
    n = int(rows["patient"].nunique())
    return drawn_interval(value_of_all(measure, n), measure.of(patient_draws(n)), len(rows), n)


@dataclass(frozen=True, slots=True)
class ComparedCohorts:
    """A cohort less another one, as is; patients of each are drawn by themselves.

    Attributes:
        names: the cohort, and the one that it is compared with.
        patients: number of patients of each.
        worth: difference of AUC or balanced accuracy.
        at_one_mix: the same with the windows of both at one mix of activities and primitives.
        in_mix: share of the windows whose stratum both have.
        true_yes: difference of the shares of windows of which yes is true; None of other answers.
        said_yes: that of the shares of replies that say yes.
    """

    names: tuple[str, str]
    patients: tuple[int, int]
    worth: Interval
    at_one_mix: Interval
    in_mix: float
    true_yes: Interval | None
    said_yes: Interval | None


def _compared(question: SeenQuestion) -> list[ComparedCohorts]:
    """Compare each cohort with the first one: healthy, or the least impaired."""
    rows = question.as_is
    first, *others = in_order(set(rows["cohort"].dropna()), COHORTS) or [""]
    return [_compare(question, (other, first)) for other in others]


def _compare(question: SeenQuestion, names: tuple[str, str]) -> ComparedCohorts:
    one, other = (question.as_is[question.as_is["cohort"] == name] for name in names)
    is_yes_no = question.kind == "yes_no"
    ranked = (is_yes_no, question.by_probability)
    weights = one_mix(_strata(one), _strata(other))

    def worth(rows: pd.DataFrame, of: NDArray[np.float64] | None) -> ByPatient:
        return worth_of(rows, *ranked, *_patients(rows), of)

    shares = [
        _difference(_share_of_yes(one, column), _share_of_yes(other, column), one, other) if is_yes_no else None
        for column in ("truth", "value")
    ]
    return ComparedCohorts(
        names,
        (int(one["patient"].nunique()), int(other["patient"].nunique())),
        _difference(worth(one, None), worth(other, None), one, other),
        _difference(worth(one, weights[0]), worth(other, weights[1]), one, other),
        float(np.mean(np.concatenate(weights) > 0)),
        *shares,
    )


def _strata(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["activity"].fillna(""), rows[STRATUM], strict=True))


def one_mix(
    first: Sequence[tuple[str, str]], second: Sequence[tuple[str, str]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the weight of each window of two groups, so that both have the mix of strata that they have together.

    Args:
        first: the stratum of each window of the one group.
        second: that of each window of the other.

    Returns:
        ``share together / share in the group``, among the windows of strata that both groups have; 0 for the others.

    >>> [one.tolist() for one in one_mix([("drinking", "idle")] * 2, [("drinking", "idle"), ("drinking", "reach")])]
    [[1.0, 1.0], [1.0, 0.0]]
    """
    counts = [Counter(first), Counter(second)]
    shared = counts[0].keys() & counts[1].keys()
    own = [sum(count[stratum] for stratum in shared) for count in counts]
    both = {stratum: (counts[0][stratum] + counts[1][stratum]) / max(sum(own), 1) for stratum in shared}
    first_of, second_of = (
        np.array([both[one] * n / count[one] if one in both else 0.0 for one in strata], dtype=float)
        for strata, count, n in zip((first, second), counts, own, strict=True)
    )
    return first_of, second_of


def _difference(first: ByPatient, second: ByPatient, one: pd.DataFrame, other: pd.DataFrame) -> Interval:
    n, m = int(one["patient"].nunique()), int(other["patient"].nunique())
    values = value_of_all(first, n), value_of_all(second, m)
    value = None if values[0] is None or values[1] is None else values[0] - values[1]
    drawn = first.of(patient_draws(n)) - second.of(patient_draws(m, _SECOND_SEED))
    return drawn_interval(value, drawn, len(one) + len(other), min(n, m))


_SECOND_SEED = 20260707
"""The patients of a second group are drawn independently of those of the first."""


def _cells(one: ComparedCohorts) -> tuple[Cell, ...]:
    return (
        *(" − ".join(one.names), " + ".join(map(str, one.patients))),
        *(drawn_cell(one.worth), drawn_cell(one.at_one_mix), plain_value(100 * one.in_mix)),
        *(drawn_cell(share, scale=100.0) for share in (one.true_yes, one.said_yes)),
    )


def _sentence(question: SeenQuestion, one: ComparedCohorts) -> str:
    """Return what is warranted to say of two cohorts; nothing where their intervals do not tell.

    - Both differences below 0 (upper ends): it sees worse, also where both do the same.
    - Only the one as they are below 0: it is worse, but these patients do not show that it sees worse.
    - Without intervals, as of few patients of a cohort, nothing is said.
    """
    name, other = one.names
    whose = f"{question.of.name}, {question.question}"
    if one.worth.high is None or one.worth.high >= 0:
        return ""
    if one.at_one_mix.high is not None and one.at_one_mix.high < 0:
        return (
            f"{whose}: {name} patients are seen worse than {other} ones, also at one mix of activities and primitives."
        )
    return (
        f"{whose}: {name} patients are answered worse than {other} ones as they are; at one mix of activities and"
        " primitives this is not shown: they move differently, as far as these windows tell."
    )
