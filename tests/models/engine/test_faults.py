"""What happens to answers when the process that computes them does not live to see the end."""

from __future__ import annotations

import os
import random
import resource
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import RequestReply
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown
from lmms_eval_plugins.runs.store import AnswerStore
from tests.support.fake_network import Batched, FakeNetwork
from tests.support.requests import ask, recorded, rows_in

FULL_DISK = 37


class SlowNetwork(FakeNetwork):
    """Takes a moment for every batch."""

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        time.sleep(0.004)
        return super().answer_batch(batch, at_once, watch)


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> list[dict[str, Any]]:
    """Four tasks' worth of questions."""
    rows = rows_in(mini_dataset)
    return [row | {"text": row["text"] + " Please." * task} for task in range(4) for row in rows]


@pytest.fixture(scope="module")
def expected(rows: list[dict[str, Any]]) -> list[str]:
    return ask(Batched(4), rows)


def model_in(folder: Path, store: Path | None = None) -> Batched:
    lent = AnswerStore(store, "family") if store else None
    return Batched(3, folder / "answers.jsonl", network=SlowNetwork(), store=lent)


def in_a_process(work: Callable[[], object]) -> int:
    """Run something in a process of its own, which knows all that this one does; returns its id."""
    if child := os.fork():
        return child
    status = 1
    try:
        work()
        status = 0
    except UserError as error:
        status = FULL_DISK if "cannot write answers" in str(error) else 2
    finally:
        os._exit(status)


def status_of(process: int) -> int:
    return os.waitpid(process, 0)[1]


def test_killed_at_twenty_moments(rows: list[dict[str, Any]], expected: list[str], tmp_path: Path) -> None:
    draw = random.Random(7)
    answers, store = tmp_path / "run" / "answers.jsonl", tmp_path / "store"
    n_killed, n_kept = 0, 0
    for _ in range(20):
        process = in_a_process(lambda: ask(model_in(answers.parent, store), rows))
        time.sleep(draw.uniform(0.0, 0.08))
        os.kill(process, signal.SIGKILL)
        n_killed += os.WIFSIGNALED(status_of(process))
        whole = answers.read_bytes().split(b"\n")[:-1] if answers.is_file() else []
        assert len(whole) >= n_kept, "an answer was lost"
        n_kept = len(whole)
        if n_kept > 0.7 * len(rows):  # begin anew, so that moments early and late in a run are met
            assert ask(model_in(answers.parent, store), rows) == expected
            answers.unlink()
            for path in store.glob("*/*"):
                path.unlink()
            n_kept = 0
    assert n_killed >= 15
    assert ask(model_in(answers.parent, store), rows) == expected
    keys = [record.key for record in recorded(answers)]
    assert len(keys) == len(set(keys)) == len(rows), "a question was answered twice, or an answer is missing"


def test_two_runs_at_once_on_one_store(rows: list[dict[str, Any]], expected: list[str], tmp_path: Path) -> None:
    processes = [
        in_a_process(lambda name=name: ask(model_in(tmp_path / name, tmp_path / "store"), rows))  # type: ignore[misc]
        for name in ("one", "two")
    ]
    assert [status_of(process) for process in processes] == [0, 0]
    for name in ("one", "two"):
        model = model_in(tmp_path / name, tmp_path / "store")
        assert ask(model, rows) == expected and model.n_asked == 0
    later = model_in(tmp_path / "three", tmp_path / "store")
    assert ask(later, rows) == expected
    assert (later.n_asked, later.n_known) == (0, len(rows))


def test_a_disk_that_fills_up(rows: list[dict[str, Any]], expected: list[str], tmp_path: Path) -> None:
    """The limit on a file's size stands for the disk; the record that did not fit whole is taken back."""
    answers = tmp_path / "answers.jsonl"

    def with_little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        ask(model_in(tmp_path), rows)

    assert os.waitstatus_to_exitcode(status_of(in_a_process(with_little_room))) == FULL_DISK
    assert answers.read_bytes().endswith(b"\n")
    kept = recorded(answers)
    assert 5 < len(kept) < len(rows)
    model = model_in(tmp_path)
    assert ask(model, rows) == expected
    assert model.n_asked == len(rows) - len(kept)
