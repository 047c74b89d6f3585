"""Task files: what a task YAML says, checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lmms_eval_plugins.errors import UserError, describe_validation, nearest
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.questions.sets import QuestionSet, load_questions
from lmms_eval_plugins.scoring.summary import METRIC_NAMES
from lmms_eval_plugins.scoring.video import DoseMethod
from lmms_eval_plugins.video.windows import Dense, Sampling, Uniform

TASK_FOLDER = "strokerehab"

_KIND_READ = {"motion_grasp": "yes_no", "one_primitive": "one_of", "sequence": "sequence_of"}
"""Scoring method → the kind of answers that it reads."""


class TaskSettings(BaseModel):
    """The ``dataset_kwargs`` of a task: which videos, what is asked, which windows, how answers are scored.

    Attributes:
        selection: name of a selection of videos, or ``all``.
        questions: name of a question set in ``questions/`` beside the task's file.
        sampling: how a video is cut into windows.
        scoring: how the answers of a video become a timeline.
        reading: how an answer's text is read.
        data: the dataset's folder; None for the default one.
        limit: only the first so many videos; None for all.
        folder: the folder with ``questions/`` and ``selections.yaml``; None for the project's own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    selection: str
    questions: str
    sampling: Sampling
    scoring: DoseMethod
    reading: Policy = "default"
    data: Path | None = None
    limit: int | None = Field(default=None, ge=1)
    folder: Path | None = None


class Generation(BaseModel):
    """The ``generation_kwargs`` of a task, as lmms-eval's backends know them; those not given are the backend's own."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_new_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0)
    top_p: float | None = Field(default=None, gt=0, le=1)
    do_sample: bool | None = None
    num_beams: int | None = Field(default=None, ge=1)
    until: list[str] | str | None = None


class TaskSpec(BaseModel):
    """A task file, as lmms-eval reads it too."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    task: str
    class_name: Any = Field(default=None, alias="class")
    dataset_kwargs: TaskSettings
    generation_kwargs: dict[str, Any]
    metric_list: tuple[str, ...] = Field(min_length=1)
    metadata: dict[str, Any] = Field(default_factory=dict)

    @field_validator("metric_list")
    @classmethod
    def _metrics_known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in METRIC_NAMES:
                raise ValueError(f"unknown metric {name!r}{nearest(name, METRIC_NAMES)}")
        return names


class _TaskLoader(yaml.SafeLoader):
    """Reads task files without importing what their ``!function`` tags name."""


_TaskLoader.add_constructor("!function", lambda loader, node: str(node.value))


def find_task(name: str, folders: list[Path]) -> Path:
    """The file of a task, by name, in the first of the folders that has it.

    Raises:
        UserError: no folder has it; the nearest name is given.
    """
    for folder in folders:
        path = folder / f"{name}.yaml"
        if path.is_file():
            return path
    raise UserError(f"unknown task {name!r}{nearest(name, task_names(folders))}")


def task_names(folders: list[Path]) -> list[str]:
    """The names of all tasks in the folders."""
    return sorted({path.stem for folder in folders for path in folder.glob("strokerehab_*.yaml")})


def load_task(path: Path) -> TaskSpec:
    """Read a task file.

    Raises:
        UserError: no YAML, a key that a task does not have, or a value that is not valid; one line with file and key.
    """
    try:
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_TaskLoader)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: not valid YAML ({' '.join(str(error).split())})") from error
    spec = parse_task(values, str(path))
    if spec.dataset_kwargs.folder is None:
        settings = spec.dataset_kwargs.model_copy(update={"folder": path.parent})
        spec = spec.model_copy(update={"dataset_kwargs": settings})
    return spec


def parse_task(values: Any, where: str) -> TaskSpec:
    """Check a task's values; ``where`` names their origin in errors. Raises UserError as `load_task`."""
    try:
        spec = TaskSpec.model_validate(values)
    except ValidationError as error:
        what = describe_validation(error, TaskSpec, TaskSettings, DoseMethod, Dense, Uniform)
        raise UserError(f"{where}: {what}") from error
    try:
        Generation.model_validate(spec.generation_kwargs)
    except ValidationError as error:
        raise UserError(f"{where}: generation_kwargs.{describe_validation(error, Generation)}") from error
    return spec


def load_task_questions(settings: TaskSettings, default_folder: Path) -> QuestionSet:
    """The question set that a task names.

    Raises:
        UserError: it cannot be read (see `load_questions`), or lacks a question that the scoring reads.
    """
    path = (settings.folder or default_folder) / "questions" / f"{settings.questions}.yaml"
    questions = load_questions(path)
    kinds = {question.id: question.answer.kind for question in questions.questions}
    needed = _KIND_READ[settings.scoring.method]
    for question_id in settings.scoring.question_ids:
        if question_id not in kinds:
            raise UserError(
                f"{path}: scoring method {settings.scoring.method} reads a question"
                f" {question_id!r}{nearest(question_id, kinds)}"
            )
        if kinds[question_id] != needed:
            raise UserError(
                f"{path}, {question_id}: scoring method {settings.scoring.method} reads answers of the kind"
                f" {needed}, not {kinds[question_id]}"
            )
    return questions
