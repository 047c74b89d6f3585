"""Requests about rows as lmms-eval makes them, without the rest of lmms-eval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.runs.answers import AnswerRecord, read_answers
from lmms_eval_plugins.tasks.prepare import prepare_task
from lmms_eval_plugins.tasks.rows import RequestRow, messages_of, rows_of
from lmms_eval_plugins.tasks.task_file import load_task
from lmms_eval_plugins.tasks.task_questions import load_task_questions

GREEDY = {"max_new_tokens": 8, "temperature": 0, "do_sample": False}
PRIMITIVES_3 = shipped("tasks") / "strokerehab" / "strokerehab_primitives_3.yaml"


def make_row(**fields: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "row": 0,
        "video_id": "v1",
        "patient": "P1",
        "cohort": "mild",
        "activity": "feeding",
        "hand": "left",
        "path": "/nowhere/v1.mp4",
        "fps": 30.0,
        "window": 0,
        "start_s": 0.0,
        "end_s": 0.533,
        "frames": (0, 2, 4, 6),
        "box": (),
        "question_id": "motion",
        "text": "Does the left hand move?",
        "options": ("yes", "no"),
        "choices": ("yes", "no"),
        "label": "reach",
        "target": "yes",
    }
    return RequestRow(**(values | fields)).as_dict()


def rows_in(folder: Path, **settings: Any) -> list[dict[str, Any]]:
    """All rows of the task primitives_3 about a dataset."""
    spec = load_task(PRIMITIVES_3)
    changed = spec.dataset_kwargs.model_copy(update={"data": folder, **settings})
    questions = load_task_questions(spec.task, changed, PRIMITIVES_3.parent)
    return [row.as_dict() for row in rows_of(prepare_task(changed, questions).videos, questions, changed.assessment)]


def requests_for(
    model: Recorder, rows: Iterable[Mapping[str, Any]], generation: Mapping[str, Any] = GREEDY
) -> list[Any]:
    rows = list(rows)
    model.task_dict["t"] = {"test": rows}
    return [SimpleNamespace(args=("", messages_of, dict(generation), i, "t", "test")) for i in range(len(rows))]


def ask(model: Recorder, rows: Iterable[Mapping[str, Any]], generation: Mapping[str, Any] = GREEDY) -> list[str]:
    return model.generate_until(requests_for(model, rows, generation))


def recorded(path: Path) -> list[AnswerRecord]:
    return list(read_answers(path))


def texts_by_place(records: Sequence[AnswerRecord]) -> dict[tuple[str, int, str], str]:
    return {(record.video_id, record.window, record.question_id): record.text for record in records}
