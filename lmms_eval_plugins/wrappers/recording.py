"""The part that all our models share: every answer is on disk the moment it exists, and none is asked for twice."""

from __future__ import annotations

import hashlib
import json
import time
from abc import abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmms_eval.api.model import lmms

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.questions.reading import MISSING_MARK
from lmms_eval_plugins.wrappers.answers import ANSWERS_NAME, AnswerLog, AnswerRecord, Place, read_answers
from lmms_eval_plugins.wrappers.progress import Progress

MISSING_REPLY = f"{MISSING_MARK}: no answer]"
"""What a row gets whose window could not be asked about."""

_WHERE = frozenset({"row", "path"})
"""Columns that say where a row and its video lie, not what they are."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question about one window.

    Attributes:
        key: hash of everything that can change the answer.
        row: the row, as plain values (see `lmms_eval_plugins.task.rows.Row`).
        text: the question as sent.
        generation: generation settings, as the task gives them.
    """

    key: str
    row: Mapping[str, Any]
    text: str
    generation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """A model's answer to one `Ask`; ``choice_logprobs`` are the log-probabilities of the allowed answers, or None."""

    ask: Ask
    text: str
    choice_logprobs: dict[str, float] | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """A video that could not be asked about, wholly or from some window on."""

    video_id: str
    reason: str


def digest(*parts: object) -> str:
    """A hash of plain values, 32 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


class RecordingModel(lmms):  # type: ignore[misc]
    """An lmms-eval chat model that records its answers, and asks no question twice, in whichever task.

    Args:
        answers: the file answers are appended to, or None to keep them in memory; answers found there (and in the
            ``answers*.jsonl`` files beside it) are not asked for again.

    Attributes:
        answers: that file; it may be changed between calls.
        failures: the videos that could not be asked about in the last call.
        n_asked: answers that the last call really got from the model.
    """

    is_simple = False

    def __init__(self, answers: str | Path | None = None) -> None:
        super().__init__()
        self.answers = Path(answers) if answers else None
        self.failures: list[Failure] = []
        self.n_asked = 0
        self._said: dict[str, str] = {}

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of the model, its weights and its settings."""

    @abstractmethod
    def reply(self, asks: Sequence[Ask]) -> Iterator[list[Reply]]:
        """Answer, in any order and in parts; each part is on disk before the next is asked for."""

    def identify(self, row: Mapping[str, Any]) -> object:
        """What of the row can change its answer, beside frames and text; UserError where its video cannot be used.

        All of the row but where it lies: right for a model that answers from the row alone.
        """
        return {name: value for name, value in row.items() if name not in _WHERE}

    def get_ready(self) -> None:
        """Load what answering needs; called before the first question of a call, and not where there is none."""

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Answer all requests; a row whose video fails gets `MISSING_REPLY`."""
        self.failures = []
        asks = [self._ask(*request.args) for request in requests]
        read, recorded = self._recorded()
        known = {**self._said, **read}
        same: dict[str, dict[Place, Ask]] = {}
        for ask in filter(None, asks):
            same.setdefault(ask.key, {}).setdefault(_place(ask), ask)
        unasked = [next(iter(places.values())) for key, places in same.items() if key not in known]
        unrecorded = [
            ask
            for key, places in same.items()
            for place, ask in places.items()
            if key in known and place not in recorded
        ]
        self.n_asked = 0
        with ExitStack() as stack:
            log = stack.enter_context(AnswerLog(self.answers)) if self.answers and (unasked or unrecorded) else None
            if log and unrecorded:
                log.append(self._record(ask, Reply(ask, known[ask.key]), 0.0) for ask in unrecorded)
            if unasked:
                self.get_ready()
            progress = stack.enter_context(Progress(len(unasked), _count_windows(unasked)))
            since = time.perf_counter()
            for replies in self.reply(unasked) if unasked else ():
                seconds = (time.perf_counter() - since) / len(replies)
                if log:
                    log.append(
                        self._record(ask, reply, seconds) for reply in replies for ask in same[reply.ask.key].values()
                    )
                new = {reply.ask.key: reply.text for reply in replies}
                known |= new
                self._said |= new
                self.n_asked += len(replies)
                progress.advance(len(replies))
                since = time.perf_counter()
        return [known.get(ask.key, MISSING_REPLY) if ask else MISSING_REPLY for ask in asks]

    def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        """Not offered: the tasks here generate."""
        raise UserError(f"{type(self).__name__} answers questions; it does not score given texts")

    def clean(self) -> None:
        """Nothing: the next task asks the same model, and lmms-eval's way takes half a second to free no memory."""

    def generate_until_multi_round(self, requests: Sequence[Any]) -> list[str]:
        """Not offered: a question never depends on an earlier answer."""
        raise UserError(f"{type(self).__name__} has no multi-round mode")

    def row(self, doc_id: int, task: str, split: str) -> Mapping[str, Any]:
        """A row of a task; UserError where the task's rows are not windows of videos."""
        row: Mapping[str, Any] = self.task_dict[task][split][doc_id]
        if "question_id" not in row or "frames" not in row:
            raise UserError(f"task {task}: its rows are not windows of videos; {type(self).__name__} needs a RehabTask")
        return row

    def _ask(
        self, ctx: str, to_messages: Any, generation: Mapping[str, Any], doc_id: int, task: str, split: str
    ) -> Ask | None:
        row = self.row(doc_id, task, split)
        parts = [part for message in to_messages(row) for part in message["content"]]
        text = "\n".join(part["text"] for part in parts if part["type"] == "text")
        try:
            identity = self.identify(row)
        except UserError as error:
            self._failed(row["video_id"], error)
            return None
        shown = [row["frames"], row["fps"], row["box"]]
        return Ask(digest(self.fingerprint, identity, shown, text, dict(generation)), row, text, generation)

    def _failed(self, video_id: str, error: Exception) -> None:
        if all(failure.video_id != video_id for failure in self.failures):
            self.failures.append(Failure(video_id, str(error)))

    def _recorded(self) -> tuple[dict[str, str], set[Place]]:
        """What was answered before, by key, and about which windows it is recorded."""
        texts: dict[str, str] = {}
        places = set()
        if self.answers is not None:
            pattern = Path(ANSWERS_NAME).stem + "*.jsonl"
            for path in sorted({self.answers, *self.answers.parent.glob(pattern)}):
                for record in read_answers(path) if path.is_file() else ():
                    texts[record.key] = record.text
                    places.add(record.place)
        return texts, places

    def _record(self, ask: Ask, reply: Reply, seconds: float) -> AnswerRecord:
        row = ask.row
        return AnswerRecord(
            key=ask.key,
            video_id=row["video_id"],
            window=row["window"],
            start_s=row["start_s"],
            end_s=row["end_s"],
            question_id=row["question_id"],
            prompt_hash=digest(ask.text),
            text=reply.text,
            choice_logprobs=reply.choice_logprobs,
            seconds=round(seconds, 6),
            fingerprint=self.fingerprint,
        )


def _place(ask: Ask) -> Place:
    return ask.key, ask.row["video_id"], ask.row["window"], ask.row["question_id"]


def _count_windows(asks: Iterable[Ask]) -> int:
    return len({(ask.row["video_id"], ask.row["window"]) for ask in asks})
