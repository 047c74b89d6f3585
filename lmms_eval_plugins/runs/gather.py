"""The answers of several processes into one file, each once, line by line: only what tells them apart is held."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, BEHIND_PLACE, AnswerLog
from lmms_eval_plugins.runs.shards import all_answer_files

_BLOCK = 1 << 25
"""Bytes written at once."""

_DIGEST = 15
"""Bytes by which answers are told apart: two of ten million are the same by chance once in 10²²."""


def gather(folder: Path, keep: Collection[Path] = ()) -> None:
    """Move what processes recorded into the run's answer file, also what those of a killed run left.

    Args:
        folder: the run's folder.
        keep: files that stay, since someone may still write to them.

    Raises:
        UserError: the disk is full, or a line is not an answer; nothing is lost.
    """
    files = all_answer_files(folder)
    if not files:
        return
    target = folder / ANSWERS_NAME
    with AnswerLog(target) as log:
        known: set[bytes] = set()
        with target.open("rb") as file:
            for number, line in enumerate(file, start=1):
                known.add(_place(line, target, number))
        for path in files:
            block, size = [], 0
            with path.open("rb") as file:
                for number, line in enumerate(file, start=1):
                    if not line.endswith(b"\n"):
                        break  # a killed process left it half-written, or it is being written
                    place = _place(line, path, number)
                    if place in known:
                        continue
                    known.add(place)
                    block.append(line)
                    size += len(line)
                    if size >= _BLOCK:
                        log.append_lines(b"".join(block))
                        block, size = [], 0
            if block:
                log.append_lines(b"".join(block))
            if path not in keep:
                path.unlink()


def _place(line: bytes, path: Path, number: int) -> bytes:
    """What tells answers apart: all of a line up to its place's end, or the same made of another line's values."""
    head, mark, _ = line.partition(BEHIND_PLACE)
    if not mark:
        try:
            values = json.loads(line)
            names = ("key", "video_id", "window", "start_s", "end_s", "question_id")
            whole = json.dumps({name: values[name] for name in names}, ensure_ascii=False)
        except (ValueError, KeyError, TypeError) as error:
            raise UserError(
                f"{path}, line {number}: not an answer record ({error}); delete the line to go on"
            ) from error
        head = whole[:-1].encode(errors="backslashreplace")
    return hashlib.blake2b(head, digest_size=_DIGEST).digest()
