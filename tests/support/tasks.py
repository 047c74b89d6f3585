"""Tasks of the project about the tests' tiny datasets."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME, read_fma_manifest, write_manifest
from lmms_eval_plugins.dataset.trial import FmaClip
from lmms_eval_plugins.questions.sets import QuestionSet
from lmms_eval_plugins.tasks.prepare import PreparedTask, prepare_task
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER, TaskSettings, load_task
from lmms_eval_plugins.tasks.task_questions import load_task_questions

TASKS = shipped("tasks") / TASK_FOLDER


def settings_of(task: str, data: Path, **changes: Any) -> TaskSettings:
    """Return the settings of one of our tasks, by the end of its name."""
    settings = load_task(TASKS / f"strokerehab_{task}.yaml").dataset_kwargs
    return settings.model_copy(update={"data": data, **changes})


def questions_of(task: str) -> QuestionSet:
    return load_task_questions(f"strokerehab_{task}", settings_of(task, Path("/nowhere")), TASKS)


def prepared_for(task: str, data: Path, **changes: Any) -> PreparedTask:
    return prepare_task(settings_of(task, data, **changes), questions_of(task))


def with_clips(study: Path, folder: Path, change: Callable[[FmaClip], FmaClip | None]) -> Path:
    """Write a dataset with a study's scores and clips, every clip changed or left out (None)."""
    folder.mkdir(exist_ok=True)
    changed = [change(clip) for clip in read_fma_manifest(study / FMA_MANIFEST_NAME)]
    write_manifest(folder / FMA_MANIFEST_NAME, [clip for clip in changed if clip])
    (folder / FMA_SCORES_NAME).write_bytes((study / FMA_SCORES_NAME).read_bytes())
    return folder
