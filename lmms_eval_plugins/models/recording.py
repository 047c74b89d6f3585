"""The part that all our models share: every answer is on disk the moment it exists, and none is asked for twice."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmms_eval.api.model import lmms

from lmms_eval_plugins.core.digest import digest as digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.progress import Progress
from lmms_eval_plugins.questions.reading import MISSING_MARK
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, AnswerLog, AnswerRecord, Place, Reply, read_answers
from lmms_eval_plugins.runs.store import AnswerStore

MISSING_REPLY = f"{MISSING_MARK}: no answer]"
"""What a row gets whose window could not be asked about."""

_WHERE = frozenset({"row", "path"})
"""Columns that say where a row and its video lie, not what they are."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question about one window.

    Attributes:
        key: hash of everything that can change the answer.
        row: the row, as plain values (see `lmms_eval_plugins.tasks.rows.RequestRow`).
        text: the question as sent.
        generation: generation settings, as the task gives them.
    """

    key: str
    row: Mapping[str, Any]
    text: str
    generation: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RequestReply:
    """A model's answer to one `Request`."""

    ask: Request
    said: Reply


@dataclass(frozen=True, slots=True)
class Failure:
    """A video that could not be asked about, wholly or from some window on."""

    video_id: str
    reason: str


class Stopped(Exception):
    """A model was asked to stop, and did so after a batch; all that it had answered is on disk."""


class RecordingModel(lmms):  # type: ignore[misc]
    """An lmms-eval chat model that records its answers, and asks no question twice, in whichever task or run.

    Args:
        answers: the file answers are appended to, or None to keep them in memory; answers found there (and in the
            ``answers*.jsonl`` files beside it) are not asked for again.

    Attributes:
        answers: that file; it may be changed between calls.
        store: what this model answered in other runs, shared with them; or None.
        stop: says after each batch whether to stop, by `Stopped`; never, unless someone sets it.
        failures: the videos that could not be asked about in the last call.
        n_asked: answers that the last call really got from the model.
        n_known: answers that the last call found: of earlier tasks, of earlier runs, or of one that was cut short.
    """

    is_simple = False

    def __init__(self, answers: str | Path | None = None) -> None:
        super().__init__()
        self.answers = Path(answers) if answers else None
        self.store: AnswerStore | None = None
        self.stop: Callable[[], bool] = _never
        self.failures: list[Failure] = []
        self.n_asked = self.n_known = 0
        self._said: dict[str, Reply] = {}
        self._windows: set[tuple[str, int]] = set()
        self._seconds = 0.0

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of the model, its weights and its settings."""

    @abstractmethod
    def reply(self, asks: Sequence[Request]) -> Iterator[list[RequestReply]]:
        """Answer, in any order and in parts; each part is on disk before the next is asked for."""

    def identify(self, row: Mapping[str, Any]) -> object:
        """What of the row can change its answer, beside frames and text; UserError where its video cannot be used.

        All of the row but where it lies: right for a model that answers from the row alone.
        """
        return {name: value for name, value in row.items() if name not in _WHERE}

    def get_ready(self) -> None:
        """Load what answering needs; called before the first question of a call, and not where there is none."""

    def speed(self) -> dict[str, Any]:
        """How the last call went: questions and windows asked about, seconds, both per second, answers found."""
        per_s = 1 / self._seconds if self._seconds else 0.0
        return {
            "questions": self.n_asked,
            "windows": len(self._windows),
            "seconds": round(self._seconds, 3),
            "questions_per_s": round(self.n_asked * per_s, 2),
            "windows_per_s": round(len(self._windows) * per_s, 2),
            "answers_reused": self.n_known,
        }

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Answer all requests; a row whose video fails gets `MISSING_REPLY`."""
        self.failures = []
        asks = [self._ask(*request.args) for request in requests]
        keys = {ask.key for ask in asks if ask}
        if self.store:
            self._said |= self.store.find(self.fingerprint, keys - self._said.keys())
        read, recorded = self._recorded(keys)
        known = {**self._said, **read}
        same: dict[str, dict[Place, Request]] = {}
        for ask in filter(None, asks):
            same.setdefault(ask.key, {}).setdefault(_place(ask), ask)
        unasked = [next(iter(places.values())) for key, places in same.items() if key not in known]
        unrecorded = [
            ask
            for key, places in same.items()
            for place, ask in places.items()
            if key in known and place not in recorded
        ]
        self.n_asked, self.n_known = 0, len(same) - len(unasked)
        self._windows, self._seconds = set(), 0.0
        with ExitStack() as stack:
            log = stack.enter_context(AnswerLog(self.answers)) if self.answers and (unasked or unrecorded) else None
            if log and unrecorded:
                log.append(self._record(ask, known[ask.key], 0.0) for ask in unrecorded)
            if unasked:
                self.get_ready()
            progress = stack.enter_context(Progress(len(unasked), len(_windows_of(unasked))))
            began = since = time.perf_counter()
            for replies in self.reply(unasked) if unasked else ():
                seconds = (time.perf_counter() - since) / len(replies)
                new = {reply.ask.key: reply.said for reply in replies}
                if self.store:
                    self.store.append(self._record(reply.ask, reply.said, seconds) for reply in replies)
                if log:
                    log.append(
                        self._record(ask, said, seconds) for key, said in new.items() for ask in same[key].values()
                    )
                known |= new
                self._said |= new
                self.n_asked += len(replies)
                self._windows |= _windows_of(reply.ask for reply in replies)
                progress.advance(len(replies))
                since = time.perf_counter()
                self._seconds = since - began
                if self.stop() and self.n_asked < len(unasked):
                    raise Stopped
        return [known[ask.key].text if ask and ask.key in known else MISSING_REPLY for ask in asks]

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
    ) -> Request | None:
        row = self.row(doc_id, task, split)
        parts = [part for message in to_messages(row) for part in message["content"]]
        text = "\n".join(part["text"] for part in parts if part["type"] == "text")
        try:
            identity = self.identify(row)
        except UserError as error:
            self._failed(row["video_id"], error)
            return None
        shown = [row["frames"], row["fps"], row["box"], row["choices"]]
        return Request(digest(self.fingerprint, identity, shown, text, dict(generation)), row, text, generation)

    def _failed(self, video_id: str, error: Exception) -> None:
        if all(failure.video_id != video_id for failure in self.failures):
            self.failures.append(Failure(video_id, str(error)))

    def _recorded(self, keys: Collection[str]) -> tuple[dict[str, Reply], set[Place]]:
        """Of what is asked, what was answered before, by key, and about which windows it is recorded."""
        said: dict[str, Reply] = {}
        places = set()
        if self.answers is not None:
            pattern = Path(ANSWERS_NAME).stem + "*.jsonl"
            for path in sorted({self.answers, *self.answers.parent.glob(pattern)}):
                for record in read_answers(path, keys) if path.is_file() else ():
                    said[record.key] = record.reply
                    places.add(record.place)
        return said, places

    def _record(self, ask: Request, said: Reply, seconds: float) -> AnswerRecord:
        row = ask.row
        return AnswerRecord(
            key=ask.key,
            video_id=row["video_id"],
            window=row["window"],
            start_s=row["start_s"],
            end_s=row["end_s"],
            question_id=row["question_id"],
            prompt_hash=digest(ask.text),
            text=said.text,
            choice_logprobs=dict(said.choice_logprobs) if said.choice_logprobs is not None else None,
            seconds=round(seconds, 6),
            fingerprint=self.fingerprint,
        )


def _never() -> bool:
    return False


def _place(ask: Request) -> Place:
    return ask.key, ask.row["video_id"], ask.row["window"], ask.row["question_id"]


def _windows_of(asks: Iterable[Request]) -> set[tuple[str, int]]:
    return {(ask.row["video_id"], ask.row["window"]) for ask in asks}
