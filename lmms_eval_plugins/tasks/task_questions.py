"""The question set of a task: the project's own words, or the published ones from a user's vlms4rehab checkout."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import default_data
from lmms_eval_plugins.core.safe_names import check_relative
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.dataset.found_files import find_files
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in, read_manifest
from lmms_eval_plugins.dataset.words import words_of
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, in_order
from lmms_eval_plugins.questions.kinds import ACTIVITIES_MARK
from lmms_eval_plugins.questions.sets import QuestionSet, load_questions
from lmms_eval_plugins.study.wording import load_published
from lmms_eval_plugins.tasks.arguments import NoSuchWay
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER, TaskSettings

PUBLISHED = "published"
"""The name of the published wording, which is read from the user's own vlms4rehab checkout."""

CHECKOUT_VARIABLE = "VLMS4REHAB"


def load_task_questions(task: str, settings: TaskSettings, default_folder: Path) -> QuestionSet:
    """Return the question set that a task asks: in its own wording, or with variants where the task asks for these.

    Raises:
        NoSuchWay: no question has the variants that are asked for.
        UserError: as `load_all_wordings`.
    """
    questions = load_all_wordings(task, settings, default_folder)
    if not settings.variants:
        return questions.without_variants()
    if len(questions.asked) == len(questions.questions):
        raise NoSuchWay(
            f"--model_args: variants=true: {task} has no other wordings of its questions (`variants` in"
            f" {questions.id}.yaml)"
        )
    return questions


def load_all_wordings(task: str, settings: TaskSettings, default_folder: Path) -> QuestionSet:
    """Return the question set that a task names, with variants: one in its own folder, or the project's of that name.

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
    if any(
        question.truth == "activity" or ACTIVITIES_MARK in question.answer.options for question in questions.questions
    ):
        questions = questions.of_activities(_activities(settings.data or default_data()))
    settings.assessment.check_questions(settings.scoring, questions, path)
    return questions


def _activities(data: Path) -> list[str]:
    """Return the activities of a dataset: its own words, else those of its videos; the study's where it has none.

    Raises:
        UserError: its words or its manifest cannot be read.
    """
    if not data.exists():  # an error where its videos are read
        return list(ACTIVITIES)
    manifest = manifest_in(data, MANIFEST_NAME)
    words = words_of(manifest)
    labels: Iterable[str] = words.activities
    if not labels and manifest.is_file():
        labels = (trial.activity for trial in read_manifest(manifest))
    elif not labels:
        folder = manifest.parent.absolute()
        found = find_files(folder).videos
        labels = (words.naming.name_of(path.relative_to(folder)).activity for path in found)
    found_ones = dict.fromkeys(activity for label in labels if (activity := activity_of_label(words.activity(label))))
    return list(found_ones) if words.activities else in_order(found_ones, ACTIVITIES) or list(ACTIVITIES)


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
