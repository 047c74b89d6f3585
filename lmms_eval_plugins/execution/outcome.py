"""The report on a terminal when the runs are done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from rich.console import Console
from rich.table import Table

from lmms_eval_plugins.assessments.registry import families
from lmms_eval_plugins.core.console import one_line, plain_table, say, say_all, stage, stderr, styled_cell
from lmms_eval_plugins.core.errors import UserError, error_line, listed
from lmms_eval_plugins.decoding.leave_out import LABEL, Decoding
from lmms_eval_plugins.execution.run import Finished, Outcome
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.decoders import NOT_ZERO_SHOT, SEEDS
from lmms_eval_plugins.runs.hidden.features import FEATURES, FEATURES_ONLY
from lmms_eval_plugins.runs.score_decoded import score_decoded
from lmms_eval_plugins.runs.scored import ANSWERED_LEGEND, ScoredRun, cells_of, leave_out, with_whole_assessments
from lmms_eval_plugins.video.perturb import PERTURBATIONS, note_on_perturbation

SEED = 0

REPORT_NAME = "report"
"""The folder, in that of the runs, with the report of the last command's."""


def decoded_rows(runs: Sequence[Finished]) -> list[ScoredRun]:
    """Return a row for each scored dose run of a model, and one for each different control; none of baselines.

    Replies are read as for the run's own scores. A run that cannot be decoded, such as one of a single patient, makes
    no row: its own scores stand in the table.
    """
    of_policies: dict[Policy, list[str]] = {}
    for run in runs:
        if run.card.kind == "model" and run.scores and run.scores.assessment.decodes:
            of_policies.setdefault(run.scores.policy, []).append(str(run.folder))
    decoding = Decoding("mbr", seed=SEED)
    named = {str(run.folder): run.model for run in runs}
    rows = [row for policy, paths in of_policies.items() for row in score_decoded(paths, decoding, policy=policy).rows]
    return [replace(row, model=f"{named.get(row.path, 'blind')}+{decoding.method}") for row in rows]


def show_scores(rows: Sequence[ScoredRun], decoded: Sequence[ScoredRun], console: Console) -> None:
    """Print one table for every family; the two runs that share the items of an assessment make one row."""
    joined = with_whole_assessments(rows)[len(rows) :]
    parts = {path for row in joined for path in row.parts}
    shown = [row for row in (*rows, *decoded, *joined) if row.path not in parts]
    for family in families():
        of_family = [row for row in shown if row.assessment.name == family.name]
        if of_family:
            console.print(_table(of_family))
            say(console, family.legend)
            if leave_out(of_family):
                say(console, ANSWERED_LEGEND)
            for note, of in _notes_on_coverage(of_family).items():
                say(console, f"{listed(of)}: {note}")
            console.print()


def _notes_on_coverage(rows: Sequence[ScoredRun]) -> dict[str, list[str]]:
    """Return note on videos without all their replies → the models that it is about."""
    notes: dict[str, list[str]] = {}
    for row in rows:
        for note in row.coverage.notes:
            notes.setdefault(note, []).append(f"{row.model}, {row.task}")
    return notes


def _table(rows: Sequence[ScoredRun]) -> Table:
    """Return the table of one family: task by task, the models under its name."""
    shown = sorted(rows, key=lambda row: row.task)
    every_cell = cells_of(shown)
    table = plain_table("mean ± SEM", *every_cell[0])
    for task, of_task in groupby(zip(shown, every_cell, strict=True), key=lambda one: one[0].task):
        table.add_row(styled_cell(one_line(task), "bold"), *[""] * len(every_cell[0]))
        for row, cells in of_task:
            table.add_row(f"  {row.model}", *cells.values())
    return table


_SHOWN_PROBLEMS = 10
_SHOWN_RUNS = 6
_BAD = "yellow"


def show_outcome(outcome: Outcome, notes: Sequence[str], console: Console) -> bool:
    """Print one table for every family, what its models are, then notes, problems, and where the runs are.

    Print nothing where no model could run: the errors have been printed.

    Returns:
        Whether something could not be shown; it is named, and the rest is printed all the same.
    """
    if not outcome.runs:
        return False
    unshown: list[str] = []
    rows = [run.scores for run in outcome.runs if run.scores and _can_be_shown(run.scores, unshown)]
    decoded: list[ScoredRun] = []
    try:
        with stage("decoding the answers by other patients' labels, for the table", stderr()):
            decoded = decoded_rows(outcome.runs)
    except Exception as error:
        unshown.append(f"the runs could not be decoded: {error_line(error)}")
    show_scores(rows, [row for row in decoded if _can_be_shown(row, unshown)], console)
    if _show_perturbed(outcome.runs, unshown, console):
        said = {note_on_perturbation(how) for how in PERTURBATIONS}
        notes = [note for note in notes if note not in said]
    for run in outcome.runs:
        if run.scores is None:
            unscored = "answers recorded, no truth to score them by"
            why = FEATURES_ONLY if run.card.kind == FEATURES else unscored
            say(console, f"{run.model}, {run.folder.parents[1].name}: {why}")
    as_is = {run.card.name for run in outcome.runs if not run.perturb}
    shown = [run for run in outcome.runs if not (run.perturb and run.card.name in as_is)]
    for model, label in {run.model: run.label for run in shown}.items():
        say(console, f"{model}: {label}")
    console.print()
    for note in notes:
        say(console, f"note: {note}")
    if decoded:
        blind = f"blind+mbr is the same without the answers, the mean of {SEEDS} seeds"
        say(console, f"note: +mbr is decoded: {LABEL}, {NOT_ZERO_SHOT}; {blind}")
        for note in dict.fromkeys(note for row in decoded for note in row.mixed_windows):
            say(console, f"note: {note}")
    _show_problems(outcome, console)
    say_all("failed", unshown, console)
    if len(outcome.runs) > _SHOWN_RUNS:
        say(console, f"{len(outcome.runs)} runs: {outcome.runs[0].folder.parents[2]}/<task>/<model>/<stamp>")
    else:
        for run in outcome.runs:
            say(console, f"run: {run.folder}")
    return bool(unshown)


def _show_perturbed(runs: Sequence[Finished], unshown: list[str], console: Console) -> bool:
    """Print what answers are worth under perturbed frames beside those as is, where any frames were perturbed.

    Returns:
        Whether it was printed.
    """
    if not any(run.perturb for run in runs):
        return False
    from lmms_eval_plugins.reports.tables.make import make_tables  # and what makes tables, which no worker needs
    from lmms_eval_plugins.reports.tables.render import rendered
    from lmms_eval_plugins.reports.tables.sees.make import SEES

    try:
        with stage("comparing perturbed frames with those as is", stderr()):
            made = make_tables(SEES, [str(run.folder) for run in runs])
        text = rendered(made.tables, "text", console.width)
    except UserError as error:
        say(console, f"note: {error}")
    except Exception as error:
        unshown.append(f"perturbed frames could not be compared: {error_line(error)}")
    else:
        say(console, text)
        unshown += made.errors
        return True
    return False


def show_report(runs: Sequence[Finished], console: Console) -> None:
    """Write the report of runs into their log folder, and print its path; what hinders that is one line, no error.

    There is none of models that answer nothing.
    """
    if not (answered := [str(run.folder) for run in runs if run.card.kind != FEATURES]):
        return
    from lmms_eval_plugins.reports.page.make import make_report  # and what draws figures, which no worker needs

    out = runs[0].folder.parents[2] / REPORT_NAME
    try:
        with stage("writing the report", stderr(), elsewhere=False):
            line = str(make_report(answered, out))
    except Exception as error:
        line = f"report: not written: {error_line(error, out)}"
    say(console, line)


def _can_be_shown(row: ScoredRun, unshown: list[str]) -> bool:
    """Return whether a run's scores make cells; where they do not, say so in ``unshown``."""
    try:
        cells_of([row])
    except Exception as error:
        unshown.append(f"{row.model}, {row.task}: its scores cannot be shown: {error_line(error)}; {row.path}")
        return False
    return True


def _show_problems(outcome: Outcome, console: Console) -> None:
    reasons: dict[str, None] = {}
    for run in outcome.runs:
        reasons |= dict.fromkeys(problem.reason for problem in run.problems)
    if reasons:
        say(console, "1 problem with a video:" if len(reasons) == 1 else f"{len(reasons)} problems with videos:", _BAD)
    for reason in list(reasons)[:_SHOWN_PROBLEMS]:
        say(console, f"  {reason}", _BAD)
    if len(reasons) > _SHOWN_PROBLEMS:
        say(console, f"  … and {len(reasons) - _SHOWN_PROBLEMS} more, all in run.json", _BAD)
    for error in outcome.errors:
        say(console, f"failed: {error}", "red")
