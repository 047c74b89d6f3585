"""The answer store: all answers of a model, of any run, so that no request is answered twice."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord, Reply, read_answers
from lmms_eval_plugins.runs.reuse import AnsweredUnder

STORE_NAME = ".answers"
"""The store's folder among the runs."""

_ORIGIN = ".json"
"""The end of the name of the file beside a file of answers that says under what these were given."""


@dataclass(frozen=True, slots=True)
class Stored:
    """The answers of one model.

    Attributes:
        model: the name under which it first answered.
        fingerprint: hash of model, weights and settings.
        answers: how many there are.
        n_bytes: their size on disk.
        last_used: when the last one was written, in seconds since 1970.
        folder: the folder of their files.
    """

    model: str
    fingerprint: str
    answers: int
    n_bytes: int
    last_used: float
    folder: Path


class AnswerStore:
    """The answers of many runs and processes, in ``<model>-<fingerprint>/`` folders.

    Every process appends to a file of its own and reads all of them, so several may share a store without locks, also
    on a network file system.

    Args:
        root: the store's folder.
        model: the name of the model.

    Attributes:
        origins: by key, under what the replies that `find` has found were given; None where that was not recorded.
    """

    def __init__(self, root: Path, model: str) -> None:
        self.root, self._model = root, model
        self.origins: dict[str, AnsweredUnder | None] = {}
        self._logs: dict[tuple[str, str], AnswerLog] = {}

    def find(self, fingerprint: str, wanted: Collection[str], damaged: list[str] | None = None) -> dict[str, Reply]:
        """Return the wanted replies of a model by key, from all files but those this store has appended to.

        Args:
            fingerprint: of the model.
            wanted: the keys.
            damaged: takes a line of text for each damaged line, which is left out.
        """
        left_out: list[str] = [] if damaged is None else damaged
        own = {log.path for log in self._logs.values()}
        found: dict[str, Reply] = {}
        for path in sorted(self.root.glob(f"*-{fingerprint}/*.jsonl")) if wanted else ():
            if path not in own:
                of_file = {record.key: record.reply for record in read_answers(path, wanted, left_out)}
                found |= of_file
                self.origins |= dict.fromkeys(of_file, _origin(path) if of_file else None)
        return found

    def append(self, records: Iterable[AnswerRecord], under: AnsweredUnder | None = None) -> None:
        """Append answers of one model, for each run to a file of its own; they are on disk when it returns.

        Args:
            records: the answers.
            under: for which run and under what they were given, which is written beside their file.

        Raises:
            UserError: they cannot be written.
        """
        records = list(records)
        fingerprint = records[0].fingerprint
        of_run = (fingerprint, under.run if under else "")
        if of_run not in self._logs:
            there = next(self.root.glob(f"*-{fingerprint}"), self.root / f"{self._model}-{fingerprint}")
            name = f"{socket.gethostname()}-{os.getpid()}-{time.time_ns():x}.jsonl"
            self._logs[of_run] = AnswerLog(there / name)
            if under:
                with suppress(OSError):  # the answers are what matters
                    write_json((there / name).with_suffix(_ORIGIN), under.model_dump(mode="json"))
        self._logs[of_run].append(records)


def _origin(path: Path) -> AnsweredUnder | None:
    """Return under what the answers in a file were given; None where that was not recorded."""
    try:
        return AnsweredUnder.model_validate_json(path.with_suffix(_ORIGIN).read_bytes())
    except (OSError, ValidationError):
        return None


def stored(root: Path) -> Iterator[Stored]:
    """Return what a store holds, model by model."""
    for folder in sorted(path for path in root.glob("*-*") if path.is_dir()):
        model, _, fingerprint = folder.name.rpartition("-")
        files = [(path, path.stat()) for path in folder.glob("*.jsonl")]
        yield Stored(
            model,
            fingerprint,
            sum(path.read_bytes().count(b"\n") for path, _ in files),
            sum(state.st_size for _, state in files),
            max((state.st_mtime for _, state in files), default=folder.stat().st_mtime),
            folder,
        )


def prune(root: Path, *, model: str | None, older_than_days: float) -> list[Stored]:
    """Delete the answers of models, or of one model, whose last answer is older; returns what was deleted."""
    before = time.time() - older_than_days * 86400
    dropped = [one for one in stored(root) if one.last_used <= before and model in (None, one.model)]
    for one in dropped:
        shutil.rmtree(one.folder)
    return dropped
