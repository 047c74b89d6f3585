"""Gather the answers of several processes in one file, each once, line by line: only their hashes are in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, BEHIND_PLACE, AnswerLog
from lmms_eval_plugins.runs.shards import all_answer_files

_BLOCK = 1 << 25
"""Bytes that are written at once."""

_DIGEST = 15
"""Bytes of an answer's hash: two of ten million answers share one by chance once in 10²²."""


def gather(folder: Path, keep: Collection[Path] = ()) -> None:
    """Move the answers that processes recorded into the run's answer file, also those of a killed run.

    Args:
        folder: the run's folder.
        keep: files that are not deleted, since a process may still write to them.

    Raises:
        UserError: the disk is full, or a line is no answer; nothing is lost.
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
    """Return a hash of an answer's key and place: of the line's beginning, or of the same made from its values."""
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
