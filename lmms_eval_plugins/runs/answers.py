"""Answers on disk: one JSON line each, written the moment they exist, safe against a killed process."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path
from types import TracebackType

from lmms_eval_plugins.core.errors import UserError

ANSWERS_NAME = "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model answered.

    Attributes:
        text: word for word.
        choice_logprobs: the log-probability that the reply begins with an allowed answer, for each of them; or None.
    """

    text: str
    choice_logprobs: Mapping[str, float] | None = None


Place = tuple[str, str, int, str]
"""An answer's key and what it is recorded about: video, window, question."""


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One answer to one question about one window.

    Attributes:
        key: hash of everything that can change the answer.
        video_id: the video asked about.
        window: index of the window in its video, from 0.
        start_s: start of the window in seconds.
        end_s: exclusive end of the window in seconds.
        question_id: id of the question in its question set.
        prompt_hash: hash of the question's text as sent.
        text: what the model said, word for word.
        choice_logprobs: log-probability of each allowed answer, or None where they were not computed.
        seconds: wall-clock seconds spent on the answer (a batch's time shared evenly).
        fingerprint: hash of model, weights and settings.
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

    @property
    def said(self) -> Reply:
        """The answer itself."""
        return Reply(self.text, self.choice_logprobs)

    @property
    def place(self) -> Place:
        """What is recorded about which question of which window."""
        return self.key, self.video_id, self.window, self.question_id


_FIELDS = tuple(field.name for field in fields(AnswerRecord))

BEHIND_KEY, BEHIND_PLACE = b'", "video_id": ', b', "prompt_hash": '
"""What follows the key, and the place of an answer, in a line as `AnswerLog` writes it: its beginning is enough to tell
which answer it is."""

_BEFORE_KEY = b'{"key": "'


def read_answers(path: Path, wanted: Collection[str] | None = None) -> Iterator[AnswerRecord]:
    """Read an answer file; a last line that a killed process left half-written is passed over.

    Args:
        path: the file.
        wanted: keys of the answers to read, the others are passed over quickly; None reads all.

    Raises:
        UserError: another line is not an answer record.
    """
    with path.open("rb") as file:  # as bytes: a torn line may end inside a character
        for number, line in enumerate(file, start=1):
            if not line.endswith(b"\n"):
                return
            if wanted is not None and (key := _key(line)) is not None and key not in wanted:
                continue
            try:
                values = json.loads(line)
                record = AnswerRecord(**{name: values[name] for name in _FIELDS})
            except (ValueError, KeyError, TypeError) as error:
                raise UserError(
                    f"{path}, line {number}: not an answer record ({error}); delete the line to go on"
                ) from error
            yield record


def _key(line: bytes) -> str | None:
    """The key of a line as `AnswerLog` writes it; None where only parsing tells."""
    head, mark, _ = line.partition(BEHIND_KEY)
    return head[len(_BEFORE_KEY) :].decode() if mark and head.startswith(_BEFORE_KEY) else None


class AnswerLog:
    """An append-only answer file, open for writing.

    Opening repairs a torn last line. Every `append` reaches the disk before it returns, so that a process killed at
    any moment loses at most what it had not yet been told to append.

    Raises:
        UserError: the file cannot be opened for writing.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o666)
        except OSError as error:
            raise UserError(
                f"{path}: cannot be written ({error.strerror}); choose another place for the run"
            ) from error
        _drop_torn_line(self._descriptor)

    def append(self, records: Iterable[AnswerRecord]) -> None:
        """Write records, all of them or an exception; a record that was only begun is taken back.

        Raises:
            UserError: the disk is full or the file cannot be written.
        """
        lines = "".join(
            json.dumps({name: getattr(record, name) for name in _FIELDS}, ensure_ascii=False) + "\n"
            for record in records
        )
        # What no encoding can hold (half of a surrogate pair) becomes its JSON escape, which reads back the same.
        self.append_lines(lines.encode(errors="backslashreplace"))

    def append_lines(self, lines: bytes) -> None:
        """Write whole lines, as another answer file has them; as `append` does."""
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
