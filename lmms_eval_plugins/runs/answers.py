"""Answers on disk: one JSON line each, written at once and safe against a killed process."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, replace
from pathlib import Path
from types import TracebackType
from typing import TypeVar

from lmms_eval_plugins.core.disk import sync_folder
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import REDACTED, redacted
from lmms_eval_plugins.runs.answer_lines import answer_values, describe_damage

ANSWERS_NAME = "answers.jsonl"

ENDED, CUT_OFF = "stop", "length"
"""Why a model ended, by OpenAI's words: by itself, or at the limit of tokens."""


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply of a model.

    Attributes:
        text: the text, word for word.
        choice_logprobs: for each allowed answer, the log-probability that the reply begins with it; None where these
            were not computed.
        finish_reason: why the model ended, by OpenAI's words: ``stop`` by itself, ``length`` at the token limit (the
            text is cut off), ``content_filter`` where the service refused; None where it is not known.
        reasoning_content: the thinking before the text, where it came apart from it.
    """

    text: str
    choice_logprobs: Mapping[str, float] | None = None
    finish_reason: str | None = None
    reasoning_content: str | None = None


Place = tuple[str, str, int, str]
"""An answer's key and place: video, window, question."""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """The answer to one question about one window.

    Attributes:
        key: hash of everything that can change the answer.
        video_id: the video.
        window: index of the window in its video, from 0.
        start_s: start of the window in seconds.
        end_s: exclusive end of the window in seconds.
        question_id: id of the question in its question set.
        prompt_hash: hash of the question's text as sent.
        text: the reply, word for word.
        choice_logprobs: log-probability of each allowed answer, or None where they were not computed.
        seconds: wall-clock seconds spent on the answer (a batch's time shared evenly).
        fingerprint: hash of model, weights and settings.
        finish_reason: see `Reply`; a line on disk has it where it is known.
        reasoning_content: the same.
    """

    key: str
    video_id: str
    window: int
    start_s: float
    end_s: float
    question_id: str
    prompt_hash: str
    text: str
    choice_logprobs: dict[str, float] | None
    seconds: float
    fingerprint: str
    finish_reason: str | None = None
    reasoning_content: str | None = None

    @property
    def reply(self) -> Reply:
        """The reply of the model."""
        return Reply(self.text, self.choice_logprobs, self.finish_reason, self.reasoning_content)

    @property
    def place(self) -> Place:
        """The answer's key, video, window and question."""
        return self.key, self.video_id, self.window, self.question_id


_NOTE = "Secrets in use stood in replies and were hidden, as"


def with_note_on_secrets(notes: Sequence[str], answers: Path) -> tuple[str, ...]:
    """Return a run's notes, with one on how many replies had a secret that was hidden, where any had."""
    mark = REDACTED.encode()
    count = 0
    if answers.is_file():
        with answers.open("rb") as file:
            count = sum(mark in line for line in file)
    kept = tuple(note for note in notes if not note.startswith(_NOTE))
    return (*kept, f"{_NOTE} {REDACTED!r}: in {count:,} of them") if count else kept


Worded = TypeVar("Worded", Reply, AnswerRecord)


def without_secrets(given: Worded) -> Worded:
    """Return a reply or record whose words hold no secret that this process uses: a server may echo its key."""
    text, thinking = redacted(given.text), given.reasoning_content and redacted(given.reasoning_content)
    if (text, thinking) == (given.text, given.reasoning_content):
        return given
    return replace(given, text=text, reasoning_content=thinking)


_FIELDS = tuple(field.name for field in fields(AnswerRecord) if field.default is MISSING)
_FIELDS_WHERE_KNOWN = tuple(field.name for field in fields(AnswerRecord) if field.default is None)

BEHIND_KEY, BEHIND_PLACE = b'", "video_id": ', b', "prompt_hash": '
"""What follows the key, and the place, of an answer in a line as `AnswerLog` writes it: the beginning of a line
identifies its answer."""

_BEFORE_KEY = b'{"key": "'


def read_answers(
    path: Path, wanted: Collection[str] | None = None, damaged: list[str] | None = None
) -> Iterator[AnswerRecord]:
    """Read an answer file; a last line that a killed process left half-written is skipped.

    Args:
        path: the file.
        wanted: keys of the answers to read; others are skipped without parsing. None reads all.
        damaged: takes a line of text for each line that is not an answer record, which is then left out.

    Raises:
        UserError: another line is not an answer record, and ``damaged`` is None.
    """
    return (record for _, record in numbered_answers(path, wanted, damaged))


def numbered_answers(
    path: Path, wanted: Collection[str] | None = None, damaged: list[str] | None = None
) -> Iterator[tuple[int, AnswerRecord]]:
    """Read an answer file as `read_answers` does; each record with the number of its line, from 1."""
    with path.open("rb") as file:  # as bytes: a torn line may end inside a character
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            if wanted is not None and (key := _key(line)) is not None and key not in wanted:
                continue
            try:
                values = answer_values(line)
            except ValueError as error:
                if damaged is None:
                    raise UserError(
                        f"{path}, line {number}: not an answer record ({error}); delete the line to go on"
                    ) from error
                damaged.append(describe_damage(path, number, error))
                continue
            known = {name: value for name in _FIELDS_WHERE_KNOWN if (value := values.get(name)) is not None}
            yield number, AnswerRecord(**{name: values[name] for name in _FIELDS}, **known)


def _key(line: bytes) -> str | None:
    """Return the key of a line as `AnswerLog` writes it; None where the line must be parsed for it."""
    head, mark, _ = line.partition(BEHIND_KEY)
    return head[len(_BEFORE_KEY) :].decode(errors="replace") if mark and head.startswith(_BEFORE_KEY) else None


class AnswerLog:
    """An append-only answer file, open for writing.

    Opening repairs a torn last line. Every `append` reaches the disk before it returns, so that a killed process loses
    at most the answers that it had not yet appended.

    Raises:
        UserError: the file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        is_new = not path.exists()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except OSError as error:
            raise UserError(
                f"{path}: cannot be written ({error.strerror}); choose another place for the run"
            ) from error
        _drop_torn_line(self._descriptor)
        if is_new:
            sync_folder(path.parent)
            sync_folder(path.parent.parent)

    def append(self, records: Iterable[AnswerRecord]) -> None:
        """Append records, all of them or none.

        Raises:
            UserError: the disk is full or the file cannot be written.
        """
        lines = "".join(json.dumps(_values(record), ensure_ascii=False) + "\n" for record in records)
        # What no encoding can hold (half of a surrogate pair) becomes its JSON escape, which reads back the same.
        self.append_lines(lines.encode(errors="backslashreplace"))

    def append_lines(self, lines: bytes) -> None:
        """Append whole lines of another answer file; see `append`."""
        remaining = memoryview(lines)
        try:
            while remaining:
                remaining = remaining[os.write(self._descriptor, remaining) :]
            os.fsync(self._descriptor)
        except OSError as error:
            with suppress(OSError):
                _drop_torn_line(self._descriptor)
            raise UserError(
                f"{self.path}: cannot write answers ({error.strerror}); those written before are safe,"
                " make room and run the same command again"
            ) from error

    def close(self) -> None:
        """Close the file; `append` may not be called again."""
        os.close(self._descriptor)

    def __enter__(self) -> AnswerLog:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _values(record: AnswerRecord) -> dict[str, object]:
    """Return the values of a line, the model's words without secrets: those that every record has, then those known."""
    record = without_secrets(record)
    further = {name: value for name in _FIELDS_WHERE_KNOWN if (value := getattr(record, name)) is not None}
    return {name: getattr(record, name) for name in _FIELDS} | further


def _drop_torn_line(descriptor: int) -> None:
    size = os.fstat(descriptor).st_size
    end = size
    while end:
        start = max(0, end - 65536)
        newline = os.pread(descriptor, end - start, start).rfind(b"\n")
        if newline >= 0:
            end = start + newline + 1
            break
        end = start
    if end != size:
        os.ftruncate(descriptor, end)
