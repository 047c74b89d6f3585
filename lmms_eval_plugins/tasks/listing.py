"""Tasks for people: what each asks, what it shows, where its truth lies and how it is scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.assessments.registry import AnyAssessment
from lmms_eval_plugins.assessments.reply_counts import REPLY_RATES
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.questions.kinds import KINDS_WITH_OPTIONS, AnswerKind
from lmms_eval_plugins.questions.sets import Question
from lmms_eval_plugins.runs.shown_name import windows_in_words
from lmms_eval_plugins.tasks.names import expand_task_names, find_task, load_named
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER, TaskSpec
from lmms_eval_plugins.tasks.task_questions import load_task_questions

_MOST_OPTIONS, _MOST_QUESTIONS = 4, 2


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task as a list shows it.

    Attributes:
        name: its name.
        about: the comment that its file begins with, as one text; empty where there is none.
        questions: its questions.
        windows: what is shown at once, in words.
        family: its family.
    """

    name: str
    about: str
    questions: tuple[Question, ...]
    windows: str
    family: AnyAssessment

    @property
    def asks(self) -> str:
        """The questions by id with the form of their answers, in few words."""
        return listed([f"{one.id} ({kind_in_words(one.answer)})" for one in self.questions], _MOST_QUESTIONS)

    @property
    def truth(self) -> str:
        """Where the truth lies, in words."""
        if not self.family.reads_sources:
            return self.family.needs.truth
        places = {one.id: one.source.in_words if one.source else "none: recorded, not scored" for one in self.questions}
        if len(set(places.values())) == 1:
            return next(iter(places.values()))
        return "; ".join(f"{id}: {place}" for id, place in places.items())

    @property
    def metrics(self) -> Sequence[str]:
        """The metrics but the rates of replies, which every family has."""
        return [name for name in self.family.metrics if name not in REPLY_RATES]


def list_tasks(names: Sequence[str], folders: list[Path]) -> tuple[list[ListedTask], list[str]]:
    """Return the tasks that names of tasks and groups stand for, and what is wrong with those that cannot be read.

    Args:
        names: the names; ``all`` is every task.
        folders: the folders of task files, the user's first.

    Raises:
        UserError: a group's file is not valid.
    """
    tasks, problems = [], []
    for name in expand_task_names(names, folders):
        try:
            tasks.append(_listed(load_named(name, folders), find_task(name, folders)))
        except UserError as error:
            problems.append(str(error))
    return tasks, problems


def _listed(spec: TaskSpec, path: Path) -> ListedTask:
    settings = spec.dataset_kwargs
    questions = load_task_questions(spec.task, settings, shipped("tasks") / TASK_FOLDER)
    return ListedTask(
        name=spec.task,
        about=_first_comment(path),
        questions=questions.questions,
        windows=windows_in_words(settings.sampling),
        family=settings.assessment,
    )


def _first_comment(path: Path) -> str:
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        lines.append(line.removeprefix("#").strip())
    return " ".join(filter(None, lines))


def kind_in_words(kind: AnswerKind) -> str:
    """Return the form of an answer in few words, as ``yes or no``, ``left, right or neither`` or ``one of 9``."""
    plain = {"yes_no": "yes or no", "count": "a count", "text": "a set of words" if kind.match else "a text"}
    if kind.kind not in KINDS_WITH_OPTIONS:
        return plain[kind.kind]
    if kind.kind == "score":
        return f"{kind.options[0]} to {kind.options[-1]}"
    several = "several of" if kind.kind == "sequence_of" else "one of"
    if len(kind.options) > _MOST_OPTIONS:
        return f"{several} {len(kind.options)}"
    return f"{several} {', '.join(kind.options)}"
