"""`RehabTask`: a task as lmms-eval runs it; configs, documents and items are of its types, which are `Any`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property, partial
from typing import Any

from lmms_eval.api.task import ConfigurableMessagesTask

from lmms_eval_plugins.assessments.assessment import Score
from lmms_eval_plugins.core.places import default_data, shipped
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in
from lmms_eval_plugins.domain.scheme import scheme_of
from lmms_eval_plugins.questions.answers import state_of
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import NoAnswer
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.tasks.prepare import PreparedTask, prepare_task
from lmms_eval_plugins.tasks.rows import RequestRows, messages_of, rows_of
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER, TaskSpec, parse_task
from lmms_eval_plugins.tasks.task_questions import load_task_questions
from lmms_eval_plugins.tasks.videos import with_answers

SPLIT = "test"

_LOGGED = ("video_id", "patient", "cohort", "activity", "hand", "window", "start_s", "end_s", "question_id", "target")
"""Columns of a row in the sample log; lmms-eval drops the row itself."""

_WITHOUT_ANSWER = {one.value: one for one in NoAnswer}


class RehabTask(ConfigurableMessagesTask):  # type: ignore[misc]
    """A rehabilitation task, from a task file's values; see `TaskSpec` for its keys.

    Attributes:
        spec: the task file, checked.
        prepared: its videos and what is wrong with some of them.
    """

    def __init__(self, config: dict[str, Any], prepared: PreparedTask | None = None) -> None:
        values = {key: value for key, value in config.items() if key != "class"}
        spec = parse_task(values, f"task {config.get('task')}")
        manifest = manifest_in(spec.dataset_kwargs.data or default_data(), MANIFEST_NAME)
        self.spec: TaskSpec = spec.for_scheme(scheme_of(manifest))
        self.settings = self.spec.dataset_kwargs
        self.questions = load_task_questions(self.spec.task, self.settings, shipped("tasks") / TASK_FOLDER)
        self.prepared: PreparedTask = prepared or prepare_task(self.settings, self.questions)
        self._scored: dict[tuple[str, ...], Score] = {}
        super().__init__(
            config={
                "task": self.spec.task,
                "dataset_kwargs": self.settings.model_dump(mode="json", exclude_none=True),
                "test_split": SPLIT,
                "output_type": "generate_until",
                "doc_to_text": "text",
                "doc_to_target": "target",
                "doc_to_messages": messages_of,
                "generation_kwargs": dict(self.spec.generation_kwargs),
                "process_results": _own_results,
                "metric_list": [
                    {
                        "metric": name,
                        "aggregation": _own_results,
                        "higher_is_better": self.settings.assessment.grows(name),
                    }
                    for name in self.spec.metrics
                ],
                "metadata": dict(self.spec.metadata),
            }
        )

    def download(self, dataset_kwargs: dict[str, Any] | None = None) -> None:
        """Build the rows; nothing is downloaded."""
        rows = rows_of(self.prepared.videos, self.questions, self.settings.assessment)
        self.dataset = {SPLIT: RequestRows(row.as_dict() for row in rows)}
        self.dataset_no_image = self.dataset

    @property
    def rows(self) -> RequestRows:
        """All rows, in the order of their numbers."""
        rows: RequestRows = self.dataset[SPLIT]
        return rows

    def process_results(self, doc: dict[str, Any], results: Sequence[Any], full_docs: Any = None) -> dict[str, Any]:
        """Parse one reply: every metric gets the row's number and the answer, the first one also whose and when."""
        reply = str(results[0])
        value = read(self._kinds[doc["question_id"]], reply, self.settings.reading)
        state = state_of(value)
        answer = list(value) if isinstance(value, tuple) else value if state == "read" else None
        first, *others = self.spec.metrics
        about = {name: doc[name] for name in _LOGGED}
        item = (doc["row"], state, answer)
        return {first: {**about, "item": item}, **dict.fromkeys(others, item)}

    def aggregation(self) -> dict[str, Callable[[list[dict[str, Any]]], float | None]]:
        """Return for each metric what makes its score of all items."""
        return {name: partial(self._score, name) for name in self.spec.metrics}

    @cached_property
    def _kinds(self) -> dict[str, AnswerKind]:
        return {question.id: question.answer for question in self.questions.asked}

    def _score(self, metric: str, items: Sequence[Any]) -> float | None:
        plain = tuple(repr(item["item"] if isinstance(item, dict) else item) for item in items)
        if plain not in self._scored:
            self._scored = {plain: self._score_all(items)}
        return self._scored[plain].metrics[metric][0]

    def _score_all(self, items: Sequence[Any]) -> Score:
        answers: dict[str, dict[int, dict[str, object]]] = {}
        for item in items:
            number, state, answer = item["item"] if isinstance(item, dict) else item
            value = _WITHOUT_ANSWER.get(state, tuple(answer) if isinstance(answer, list) else answer)
            row = self.rows[number]
            answers.setdefault(row["video_id"], {}).setdefault(row["window"], {})[row["question_id"]] = value
        videos = [
            with_answers(video, self.questions, answers[video.video_id])
            for video in self.prepared.videos
            if video.video_id in answers
        ]
        return self.settings.assessment.score(self.settings.scoring, videos, self.questions.questions)


def _own_results(*arguments: Any) -> Any:
    """Stands in a config where lmms-eval wants a function; a RehabTask reads and scores its replies itself."""
    raise NotImplementedError
