"""The answers of a file by video: only their places in the file are in memory."""

from __future__ import annotations

import json
from array import array
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, TypedDict

from lmms_eval_plugins.core.errors import UserError

_BEFORE, _BEHIND = b'"video_id": ', b', "window": '


class _Needed(TypedDict):
    video_id: str
    window: int
    start_s: float
    question_id: str
    text: str


class AnswerValues(_Needed, total=False):
    """The values of an answer that scores take; a line has more, and lacks those below where they are not known."""

    finish_reason: str | None


_NEEDED = AnswerValues.__required_keys__


class AnswersByVideo:
    """An index of an answer file by video, from one pass through it; a torn last line is skipped.

    Args:
        path: the file; a missing one has no answers.

    Raises:
        UserError: a line is no answer.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        by_name: dict[bytes, array[int]] = {}
        offset = 0
        if path.is_file():
            with path.open("rb") as file:
                for line in file:
                    if not line.endswith(b"\n"):
                        break
                    name = line.partition(_BEFORE)[2].partition(_BEHIND)[0]
                    if name not in by_name:
                        by_name[name] = array("Q")
                    by_name[name].append(offset)
                    offset += len(line)
        self._offsets: dict[str, array[int]] = {}
        for name, offsets in by_name.items():
            for video, of_video in self._videos(name, offsets):
                self._offsets.setdefault(video, array("Q")).extend(of_video)

    @property
    def counts(self) -> Counter[str]:
        """The number of answers of each video."""
        return Counter({video: len(offsets) for video, offsets in self._offsets.items()})

    def of(self, video: str) -> list[AnswerValues]:
        """Return the answers about a video as plain values, in the file's order.

        Raises:
            UserError: a line is no JSON.
        """
        offsets = self._offsets.get(video)
        if offsets is None:
            return []
        lines = []
        with self._path.open("rb", buffering=1 << 20) as file:
            for offset in offsets:
                file.seek(offset)
                lines.append(file.readline())
            try:
                found: list[AnswerValues] = json.loads(b"[" + b",".join(lines) + b"]")
                if len(found) == len(lines) and all(values.keys() >= _NEEDED for values in found):
                    return found
            except (ValueError, AttributeError):
                pass
            return [self._values(file, offset) for offset in offsets]  # names the damaged line

    def _videos(self, name: bytes, offsets: array[int]) -> Iterator[tuple[str, array[int]]]:
        """Return the videos of some lines, which share one unless they are not as `AnswerLog` writes them."""
        try:
            yield str(json.loads(name)), offsets
        except ValueError:
            with self._path.open("rb") as file:
                for offset in offsets:
                    yield str(self._values(file, offset)["video_id"]), array("Q", [offset])

    def _values(self, file: BinaryIO, offset: int) -> AnswerValues:
        file.seek(offset)
        try:
            values: AnswerValues = json.loads(file.readline())
            values["video_id"], values["window"], values["question_id"], values["text"], values["start_s"]
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            number = 1 + self._lines_before(offset)
            raise UserError(
                f"{self._path}, line {number}: not an answer record ({error}); delete the line to go on"
            ) from error
        return values

    def _lines_before(self, offset: int) -> int:
        with self._path.open("rb") as file:
            return file.read(offset).count(b"\n")
