"""The part that all our models share: every answer is on disk the moment it exists, and none is asked for twice."""

from __future__ import annotations

import hashlib
import json
import time
from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmms_eval.api.model import lmms

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.wrappers.answers import ANSWERS_NAME, AnswerLog, AnswerRecord, read_answers
from lmms_eval_plugins.wrappers.progress import Progress

MISSING_REPLY = "[STROKEREHAB_MISSING: no answer]"
"""What a row gets whose window could not be asked about."""


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
    """A model's answer to one `Ask`."""

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
    """An lmms-eval chat model that records its answers.

    Args:
        answers: the file answers are appended to, or None to keep them in memory; answers found there (and in the
            ``answers*.jsonl`` files beside it) are not asked for again.

    Attributes:
        answers: that file; it may be changed between calls.
        failures: the videos that could not be asked about in the last call.
        n_asked: answers that the last call really asked for.
    """

    is_simple = False

    def __init__(self, answers: str | Path | None = None) -> None:
        super().__init__()
        self.answers = Path(answers) if answers else None
        self.failures: list[Failure] = []
        self.n_asked = 0

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hash of the model, its weights and its settings."""

    @abstractmethod
    def reply(self, asks: Sequence[Ask]) -> Iterator[list[Reply]]:
        """Answer, in any order and in parts; each part is on disk before the next is asked for."""

    def identify(self, row: Mapping[str, Any]) -> object:
        """What stands for the row's video in an answer's key; raises UserError where the video cannot be used."""
        return row["video_id"]

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Answer all requests; a row whose video fails gets `MISSING_REPLY`."""
        self.failures = []
        asks = [self._ask(*request.args) for request in requests]
        known = self._recorded()
        unasked = {ask.key: ask for ask in asks if ask and ask.key not in known}
        self.n_asked = len(unasked)
        with ExitStack() as stack:
            log = stack.enter_context(AnswerLog(self.answers)) if self.answers and unasked else None
            progress = stack.enter_context(Progress(len(unasked), _count_windows(unasked.values())))
            since = time.perf_counter()
            for replies in self.reply(list(unasked.values())) if unasked else ():
                seconds = (time.perf_counter() - since) / len(replies)
                if log:
                    log.append(self._record(reply, seconds) for reply in replies)
                known.update((reply.ask.key, reply.text) for reply in replies)
                progress.advance(len(replies))
                since = time.perf_counter()
        return [known.get(ask.key, MISSING_REPLY) if ask else MISSING_REPLY for ask in asks]

    def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
        """Not offered: the tasks here generate."""
        raise UserError(f"{type(self).__name__} answers questions; it does not score given texts")

    def generate_until_multi_round(self, requests: Sequence[Any]) -> list[str]:
        """Not offered: a question never depends on an earlier answer."""
        raise UserError(f"{type(self).__name__} has no multi-round mode")

    def _ask(
        self, ctx: str, to_messages: Any, generation: Mapping[str, Any], doc_id: int, task: str, split: str
    ) -> Ask | None:
        row = self.task_dict[task][split][doc_id]
        if "question_id" not in row or "frames" not in row:
            raise UserError(f"task {task}: its rows are not windows of videos; {type(self).__name__} needs a RehabTask")
        parts = [part for message in to_messages(row) for part in message["content"]]
        text = "\n".join(part["text"] for part in parts if part["type"] == "text")
        try:
            identity = self.identify(row)
        except UserError as error:
            self._failed(row["video_id"], error)
            return None
        key = digest(self.fingerprint, identity, row["frames"], row["box"], text, dict(generation))
        return Ask(key, row, text, generation)

    def _failed(self, video_id: str, error: Exception) -> None:
        if all(failure.video_id != video_id for failure in self.failures):
            self.failures.append(Failure(video_id, str(error)))

    def _recorded(self) -> dict[str, str]:
        if self.answers is None:
            return {}
        pattern = Path(ANSWERS_NAME).stem + "*.jsonl"
        return {r.key: r.text for path in sorted(self.answers.parent.glob(pattern)) for r in read_answers(path)}

    def _record(self, reply: Reply, seconds: float) -> AnswerRecord:
        row = reply.ask.row
        return AnswerRecord(
            key=reply.ask.key,
            video_id=row["video_id"],
            window=row["window"],
            start_s=row["start_s"],
            end_s=row["end_s"],
            question_id=row["question_id"],
            prompt_hash=digest(reply.ask.text),
            text=reply.text,
            choice_logprobs=reply.choice_logprobs,
            seconds=round(seconds, 6),
            fingerprint=self.fingerprint,
        )


def _count_windows(asks: Any) -> int:
    return len({(ask.row["video_id"], ask.row["window"]) for ask in asks})
