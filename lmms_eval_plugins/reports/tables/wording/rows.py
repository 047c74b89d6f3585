"""The rows of the table of wordings: each wording of a question, how far apart they are, and what all of them say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from lmms_eval_plugins.reports.tables.table import TableRow, TableSection, Value, mean_cell
from lmms_eval_plugins.reports.tables.wording.gathered import WordedRun
from lmms_eval_plugins.reports.tables.wording.measures import auc_cell, share_right, share_silent, true_share, yes_share
from lmms_eval_plugins.runs.wordings.worded import AskedWording, WordedQuestion

MAJORITY, AVERAGED, SPREAD, TRUE = "majority", "averaged probability", "spread", "truth"
_POLARITIES = {1: "same", -1: "opposite"}


@dataclass(frozen=True, slots=True)
class Said:
    """One way to have a question answered: its name, the answers about each window, and their probabilities of yes."""

    name: str
    answers: Sequence[object]
    p_yes: NDArray[np.float64]
    polarity: str = ""


def said_by_each(question: WordedQuestion) -> list[Said]:
    """Return what each wording of a question was answered."""
    return [
        Said(wording.name, question.column(place), question.p_yes(place), polarity_of(wording, place))
        for place, wording in enumerate(question.wordings)
    ]


def said_by_all(question: WordedQuestion) -> list[Said]:
    """Return what the majority of a question's wordings says, and their averaged probability where there is any."""
    log_p = question.averaged()
    nothing = np.full(len(question.windows), np.nan)
    found = [Said(MAJORITY, question.majority(), nothing)]
    if not np.isnan(log_p).all():
        found.append(Said(AVERAGED, question.said_by(log_p), np.exp(log_p[:, 0])))
    return found


def polarity_of(wording: AskedWording, place: int) -> str:
    """Return what a wording's answers are, against those of the base: same, opposite or other words."""
    if place == 0:
        return ""
    own = wording.polarity
    return ("same" if wording.reader.means is None else "other options") if own is None else _POLARITIES[own]


def question_section(run: WordedRun, question: WordedQuestion, title: str, ci: bool) -> TableSection:
    """Return the rows about a question: each wording, their spread, what all of them say, and the truth."""
    each = said_by_each(question)
    rows = [_row(run, question, one, ci) for one in each]
    spread = TableRow((SPREAD, "", None, *_spreads(rows)), reference=True)
    together = [_row(run, question, one, ci) for one in said_by_all(question)]
    known = sum(one is not None for one in question.truth)
    truth = [TableRow((TRUE, "", known, true_share(question), *[None] * 5), reference=True)] * (
        question.kind.kind == "yes_no"
    )
    return TableSection(title, (*rows, spread, *together, *truth))


def dose_section(run: WordedRun, title: str, ci: bool) -> TableSection:
    """Return the dose scores with all questions in the base wording, by the majority, and by averaged probabilities."""
    questions = run.read_by_rule
    ways = [(MAJORITY, [question.majority() for question in questions])]
    if all(len(said_by_all(question)) > 1 for question in questions):
        ways.append((AVERAGED, [question.said_by(question.averaged()) for question in questions]))
    rows = [TableRow(("base", *[None] * 6, *_dose(run, [], ci)), run=run.path)]
    rows += [
        TableRow((name, *[None] * 6, *_dose(run, list(zip(questions, answers, strict=True)), ci)), run=run.path)
        for name, answers in ways
    ]
    return TableSection(title, tuple(rows))


def _row(run: WordedRun, question: WordedQuestion, said: Said, ci: bool) -> TableRow:
    dose = _dose(run, [(question, said.answers)], ci) if question in run.read_by_rule else [None, None]
    return TableRow(
        (
            said.name,
            said.polarity,
            len(question.windows),
            yes_share(question, said.answers, ci),
            auc_cell(question, said.p_yes, ci),
            share_right(question, said.answers, ci),
            share_silent(said.answers),
            *dose,
        ),
        run=run.path,
    )


def _dose(run: WordedRun, answers: Sequence[tuple[WordedQuestion, Sequence[object]]], ci: bool) -> list[Value | None]:
    scores = run.dose_scores(answers)
    patients = pd.Series([score.patient for score in scores], dtype=str)
    columns = (
        [score.edit_score for score in scores],
        [score.relative_counting_error for score in scores],
    )
    return [mean_cell(pd.Series(values, dtype=float), patients, ci) for values in columns]


def _spreads(rows: Sequence[TableRow]) -> list[Value | None]:
    """Return the largest less the smallest value of each column of numbers; None where one is not known."""
    spreads: list[Value | None] = []
    for cells in list(zip(*(row.cells for row in rows), strict=True))[3:]:
        values = [cell.value for cell in cells if isinstance(cell, Value)]
        spreads.append(Value(max(values) - min(values)) if len(values) == len(rows) else None)
    return spreads
