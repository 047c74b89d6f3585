"""Make the table of wordings: how the same windows are answered when the same is asked in other words."""

from __future__ import annotations

from dataclasses import replace

from lmms_eval_plugins.reports.tables.table import (
    INTERVALS,
    SEM,
    SHARES,
    Column,
    Table,
    TableRow,
    TableSection,
)
from lmms_eval_plugins.reports.tables.wording.gathered import WordedRun, WordedRuns
from lmms_eval_plugins.reports.tables.wording.measures import acquiescence, pairwise_kappa, self_agreement
from lmms_eval_plugins.reports.tables.wording.rows import dose_section, question_section
from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS

_COLUMNS = (
    Column("wording"),
    Column("answers"),
    Column("windows"),
    Column("yes (%)", 1),
    Column("AUC", 3, "high"),
    Column("accuracy", 3, "high"),
    Column("no answer (%)", 1),
    Column("ES", 2, "high"),
    Column("RCE", 2, "low"),
)

_ON_WORDINGS = (
    "All answers are in the terms of the question itself, the base wording: to a variant whose answers are opposite, a"
    " no counts as yes. Spread: the largest value of the wordings less the smallest. Majority: the answer that most"
    " wordings give, of equally many the base wording's. Averaged probability: log-odds (log-probabilities of options)"
    " averaged over wordings."
)
_ON_MEASURES = (
    "Yes: of the replies with an answer. Accuracy: windows whose answer is right; a reply without one never is. AUC:"
    " area under the ROC curve of the probability of yes, where it was recorded."
)
_ON_DOSE = (
    "ES, RCE: of the dose by the task's rule, with this wording of this question and the base wording of the others; of"
    " all questions together, with the answers of the row to each of them."
)
_ON_AGREEMENT = (
    "Agrees with itself: windows about which all wordings got the same answer; a reply without an answer agrees with"
    " nothing. Kappa: Cohen's, a mean over all pairs of wordings. Acquiescence: yes-rate to wordings of the question's"
    " polarity plus that to wordings of the opposite one, each in its own terms: 1 favours neither, 2 says yes to"
    " whatever is asked, 0 says no."
)
_OF_AGREEMENT = (
    "Brackets: 95 % interval by patients (of shares Wilson, of kappa the jackknife, of acquiescence cluster-robust t);"
    f" of fewer than {FEWEST_PATIENTS} patients there is none."
)


def wording_tables(gathered: WordedRuns, ci: bool) -> list[Table]:
    """Make the table of scores by wording, and the one of agreement between wordings.

    Args:
        gathered: the runs.
        ci: with 95 % intervals of scores; those of agreement and acquiescence are always there.
    """
    sections: list[TableSection] = []
    for run in gathered.runs:
        sections += [question_section(run, one, _title(gathered, run, one.id), ci) for one in run.questions]
        if len(run.read_by_rule) > 1:
            sections.append(dose_section(run, _title(gathered, run, "all questions"), ci))
    has_dose = any(run.read_by_rule for run in gathered.runs)
    notes = (_ON_WORDINGS, _ON_MEASURES, *(_ON_DOSE, SEM) * has_dose, *(INTERVALS, SHARES) * ci)
    scores = Table("wording", "Answers by wording", _COLUMNS, tuple(sections), notes, gathered.remarks)
    return [_without_empty_columns(scores), _agreement(gathered)]


def _title(gathered: WordedRuns, run: WordedRun, what: str) -> str:
    return f"{run.name}, {what}" if len(gathered.runs) > 1 else what


def _agreement(gathered: WordedRuns) -> Table:
    columns = (
        *(Column("model"), Column("question"), Column("windows"), Column("wordings")),
        *(Column("agrees with itself (%)", 1, "high"), Column("kappa", 2, "high"), Column("acquiescence", 2)),
    )
    rows = tuple(
        TableRow(
            (
                *(run.name, question.id, len(question.windows), len(question.wordings)),
                *(self_agreement(question), pairwise_kappa(question), acquiescence(question)),
            ),
            run=run.path,
        )
        for run in gathered.runs
        for question in run.questions
    )
    notes = (_ON_AGREEMENT, _OF_AGREEMENT)
    title = "Agreement of wordings about the same windows"
    return Table("wording_agreement", title, columns, (TableSection("", rows),), notes)


def _without_empty_columns(table: Table) -> Table:
    """Return the table without the columns that have no cell in any row."""
    rows = [row for section in table.sections for row in section.rows]
    kept = [place for place in range(len(table.columns)) if any(row.cells[place] not in (None, "") for row in rows)]
    sections = tuple(
        replace(
            section, rows=tuple(replace(row, cells=tuple(row.cells[place] for place in kept)) for row in section.rows)
        )
        for section in table.sections
    )
    return replace(table, columns=tuple(table.columns[place] for place in kept), sections=sections)
