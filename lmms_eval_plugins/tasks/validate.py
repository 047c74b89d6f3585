"""`strokerehab validate`: are task files right, and do correct answers read and score as correct?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from lmms_eval_plugins.assessments.cells import NOTHING
from lmms_eval_plugins.core.console import plain_table, say
from lmms_eval_plugins.core.errors import NotInDataset, UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in
from lmms_eval_plugins.domain.scheme import scheme_of
from lmms_eval_plugins.questions.bank import ReplyBank, banks_in
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.sets import QuestionSet
from lmms_eval_plugins.tasks.gold import Gold, gold, misread_variants, problems_of
from lmms_eval_plugins.tasks.names import expand_task_names, load_named
from lmms_eval_plugins.tasks.prepare import prepare_task
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER
from lmms_eval_plugins.tasks.task_questions import load_all_wordings, load_task_questions


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a check of a task.

    Attributes:
        task: its name.
        gold: the outcome of its own answers; None where the task could not be prepared.
        banked: replies of banks that were read by the kinds of its questions.
        problems: what is wrong.
        left_out: why the dataset cannot serve it, where the task was not named by itself.
    """

    task: str
    gold: Gold | None = None
    banked: int = 0
    problems: tuple[str, ...] = ()
    left_out: str | None = None


def validate_tasks(names: Sequence[str], folders: list[Path], data: Path, *, are_named: bool = True) -> list[Verdict]:
    """Check tasks and groups by name; one that is wrong does not stop the others.

    Args:
        names: of tasks and groups.
        folders: of task files.
        data: the dataset's folder.
        are_named: whether somebody named these tasks; a task that nobody did is left out where the dataset has no data
            for it, as are those of a group.

    Raises:
        UserError: a group's file or a bank of replies is not valid.
    """
    banks = banks_in(folders)
    return [
        _validate(task, folders, data, banks, are_named and task in names) for task in expand_task_names(names, folders)
    ]


def _validate(task: str, folders: list[Path], data: Path, banks: Sequence[ReplyBank], is_named: bool) -> Verdict:
    try:
        spec = load_named(task, folders).for_scheme(scheme_of(manifest_in(data, MANIFEST_NAME)))
        settings = spec.dataset_kwargs.model_copy(update={"data": data})
        default = shipped("tasks") / TASK_FOLDER
        questions = load_task_questions(task, settings, default)
        reworded = misread_variants(load_all_wordings(task, settings, default), settings.reading)
        answered = gold(settings, questions, prepare_task(settings, questions).videos)
    except UserError as error:
        if isinstance(error, NotInDataset) and not is_named:
            return Verdict(task, left_out=str(error))
        return Verdict(task, problems=(str(error),))
    banked, misread = _read_banks(banks, questions)
    return Verdict(task, answered, banked, (*problems_of(answered), *misread, *reworded))


def _read_banks(banks: Sequence[ReplyBank], questions: QuestionSet) -> tuple[int, list[str]]:
    """Return how many replies of banks fit a task's questions, and what is wrong with the readings of some.

    Questions of the same kind read alike, so each kind is tried once, and named by its first question.
    """
    of_kinds: dict[AnswerKind, str] = {}
    for question in questions.questions:
        of_kinds.setdefault(question.answer, question.id)
    banked = sum(1 for bank in banks for kind in of_kinds for _ in bank.replies(kind))
    misread = (f"{id}: {wrong}" for bank in banks for kind, id in of_kinds.items() for wrong in bank.misread(kind))
    return banked, list(misread)


def show_verdicts(verdicts: Sequence[Verdict], console: Console) -> None:
    """Print one row per task; the caller prints what is wrong."""
    table = plain_table("task", "rows", "wordings", "misread", "bank", "exact truth", "reference")
    for verdict in verdicts:
        table.add_row(verdict.task, *_cells(verdict))
    console.print(table)
    for line in LEGEND:
        say(console, line)


LEGEND = (
    "rows: the task's questions that have a correct answer",
    "wordings: replies that say these answers in many ways; misread: read as another",
    "bank: further replies, of known meaning, that questions of these kinds may get",
    "exact truth: score of the correct answers, if all were true as windows tell it",
    "reference: their score against the labels as they are; of dose it is no optimum",
)
"""What the columns of `show_verdicts` are."""


def _cells(verdict: Verdict) -> list[str]:
    answered = verdict.gold
    if answered is None:
        return [NOTHING] * 6
    counts = [f"{count:,}" for count in (answered.rows, answered.wordings, len(answered.misread), verdict.banked)]
    return [*counts, *answered.main_cells()]
