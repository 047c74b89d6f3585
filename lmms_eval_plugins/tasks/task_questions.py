"""The question set of a task: the project's own words, or the published ones from a user's vlms4rehab checkout."""

from __future__ import annotations

import os
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.safe_names import check_relative
from lmms_eval_plugins.questions.sets import QuestionSet, load_questions
from lmms_eval_plugins.study.wording import load_published
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER, TaskSettings

PUBLISHED = "published"
"""The name of the published wording, which is read from the user's own vlms4rehab checkout."""

CHECKOUT_VARIABLE = "VLMS4REHAB"


def load_task_questions(task: str, settings: TaskSettings, default_folder: Path) -> QuestionSet:
    """Return the question set that a task names: the one in its own folder, or else the project's of that name.

    Raises:
        UserError: it cannot be read (see `load_questions` and `load_published`), lacks a question that the scoring
            reads, or asks for labels that the dataset does not have.
    """
    is_published = settings.questions == PUBLISHED
    path = _file(_own_questions(task) if is_published else settings.questions, settings, default_folder)
    questions = load_questions(path)
    if is_published:
        questions = load_published(task, _checkout(settings), questions)
    questions = questions.of_labels(settings.scheme.names)
    settings.assessment.check_questions(settings.scoring, questions, path)
    return questions


_OWN = {"counting": "primitives_3", "ia1_31_33": "ia2_31_33", "ia3_31_33": "ia4_31_33"}
"""Question sets that tasks of another name share."""


def _own_questions(task: str) -> str:
    """Return the project's own question set for a task; the published words get its ids, kinds and truths."""
    name = task.removeprefix(f"{TASK_FOLDER}_")
    return _OWN.get(name, name)


def _file(name: str, settings: TaskSettings, default_folder: Path) -> Path:
    check_relative(name, "questions")
    own, ours = ((folder or default_folder) / "questions" / f"{name}.yaml" for folder in (settings.folder, None))
    return ours if ours.is_file() and not own.is_file() else own


def _checkout(settings: TaskSettings) -> Path:
    checkout = settings.checkout or os.environ.get(CHECKOUT_VARIABLE)
    if not checkout:
        raise UserError(
            "questions: published takes the words from your vlms4rehab checkout: name it with `checkout: PATH` in the"
            f" task file, or in ${CHECKOUT_VARIABLE}"
        )
    return Path(checkout)
