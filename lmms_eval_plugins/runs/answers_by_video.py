"""The answers of a file by video: only their places in the file are in memory."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypedDict, cast

from lmms_eval_plugins.core.json_files import parse_json
from lmms_eval_plugins.runs.answer_lines import answer_problem, answer_values, describe_damage

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


class AnswersByVideo:
    """An index of an answer file by video, from one pass through it; a torn last line is skipped.

    Lines that are no answer records are left out and named in `damaged`, most of them when the answers about their
    video are read.

    Args:
        path: the file; a missing one has no answers.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._damaged: dict[int, str] = {}
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

    @property
    def damaged(self) -> tuple[str, ...]:
        """One line of text for each line that was found to be no answer record, in the file's order."""
        return tuple(
            describe_damage(self.path, number, self._damaged[offset])
            for offset, number in self._numbers(sorted(self._damaged))
        )

    def check(self) -> None:
        """Read every answer once, so that `counts` has none and `damaged` has all that are no answer records."""
        for video in self._offsets:
            self.of(video)

    def of(self, video: str) -> list[AnswerValues]:
        """Return the answers about a video as plain values, in the file's order but for lines not written by us."""
        offsets = self._offsets.get(video)
        if not offsets:
            return []
        lines = []
        with self.path.open("rb", buffering=1 << 20) as file:
            for offset in offsets:
                file.seek(offset)
                lines.append(file.readline())
        try:
            found = parse_json(b"[" + b",".join(lines) + b"]")
        except ValueError:
            found = None
        if isinstance(found, list) and len(found) == len(lines) and not any(map(answer_problem, found)):
            return found
        return self._without_damage(video, lines)

    def lines_of(self, video: str) -> list[int]:
        """Return the numbers of the lines of the answers about a video, from 1, in the order of `of`."""
        return [number for _, number in self._numbers(self._offsets.get(video, ()))]

    def _videos(self, name: bytes, offsets: array[int]) -> Iterator[tuple[str, array[int]]]:
        """Return the videos of some lines, which share one unless they are not as `AnswerLog` writes them."""
        try:
            video = parse_json(name)
            if isinstance(video, str):
                yield video, offsets
                return
        except ValueError:
            pass
        with self.path.open("rb") as file:
            for offset in offsets:
                file.seek(offset)
                try:
                    yield answer_values(file.readline())["video_id"], array("Q", [offset])
                except ValueError as error:
                    self._damaged[offset] = str(error)

    def _without_damage(self, video: str, lines: Sequence[bytes]) -> list[AnswerValues]:
        """Return the answers in some lines about a video; its damaged lines no longer count."""
        kept, found = array("Q"), []
        for offset, line in zip(self._offsets[video], lines, strict=True):
            try:
                found.append(cast("AnswerValues", answer_values(line)))
                kept.append(offset)
            except ValueError as error:
                self._damaged[offset] = str(error)
        self._offsets[video] = kept
        return found

    def _numbers(self, offsets: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Yield some places in the file, which go up, each with the number of its line."""
        if not offsets:  # as of a file that is not there
            return
        number, at = 1, 0
        with self.path.open("rb") as file:
            for offset in offsets:
                while at < offset:
                    block = file.read(min(offset - at, 1 << 20))
                    number += block.count(b"\n")
                    at += len(block)
                yield offset, number
