"""Make the tables of a comparison of two runs."""

from __future__ import annotations

from dataclasses import replace

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.compare.agreement import agreement_table, disagreements_table, with_readings
from lmms_eval_plugins.reports.compare.metrics import incomparable, largest_table, metrics_table, paired_scores
from lmms_eval_plugins.reports.compare.pair import RunPair, read_pair
from lmms_eval_plugins.reports.compare.precision import precision_note
from lmms_eval_plugins.reports.compare.ranking import ranked_answers, ranking_table
from lmms_eval_plugins.reports.compare.shared import about_table, shared_table
from lmms_eval_plugins.reports.compare.shifts import shifts_table, with_shifts
from lmms_eval_plugins.reports.tables.make import Made
from lmms_eval_plugins.reports.tables.table import Table


def compare_runs(first: str, second: str, *, split_runs: bool = False, reading: Policy | None = None) -> Made:
    """Make the tables of a comparison: B (``second``) against A (``first``), on what both have.

    Args:
        first: a run folder or published log, or a folder with one of them.
        second: another one.
        split_runs: whether ``#1``, ``#2``, … behind a log say which of its runs is meant.
        reading: how replies are read; None reads published logs as published and our runs as they ask.

    Raises:
        UserError: a path does not mean one run, both mean the same, one cannot be read, or nothing can be compared.
    """
    pair = read_pair(first, second, split_runs=split_runs, reading=reading)
    scores = paired_scores(pair)
    scored = [metrics_table(scores), *largest_table(pair, scores)] if scores.metrics else []
    answered, on_precision = _of_answers(pair) if len(pair.replied) else ([], ())
    cannot = [] if scored else [incomparable(pair, scores)]
    if not answered:
        cannot.append(_no_answers(pair))
    if not scored and not answered:
        raise UserError(f"{first} and {second}: nothing can be compared. {' '.join(cannot)}")
    about = about_table(pair)
    about = replace(about, notes=(*about.notes, *on_precision, *cannot))
    return Made((about, shared_table(pair), *scored, *answered), pair.damage)


def _of_answers(pair: RunPair) -> tuple[list[Table], tuple[str, ...]]:
    """Return the tables of answers, and what the first table says of them where only the precision differs."""
    answers = with_shifts(with_readings(pair.replied))
    ranked = ranked_answers(answers)
    tables = [agreement_table(answers), *ranking_table(ranked), *shifts_table(answers), *disagreements_table(answers)]
    return tables, precision_note(pair, answers, ranked)


def _no_answers(pair: RunPair) -> str:
    if len(pair.answers):
        return "Answers cannot be compared: to no request do both runs have a reply."
    if not pair.first.videos & pair.second.videos:
        return "Answers cannot be compared: the runs have no video in common."
    return (
        "Answers cannot be compared: no question, with the same kind of answer, is about windows of the same start and"
        " end in both."
    )
