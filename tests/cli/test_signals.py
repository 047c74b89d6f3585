"""A signal unwinds like Ctrl-C; one that comes again does not disturb; ignored ones stay ignored."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lmms_eval_plugins.cli import signals
from lmms_eval_plugins.cli.signals import Ended, Ending
from lmms_eval_plugins.core.temporary import temporary_folder
from tests.support.command import Call


@pytest.fixture(autouse=True)
def default_actions() -> Iterator[None]:
    numbers = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(number, signal.SIG_DFL) for number in numbers]
    yield
    for number, action in zip(numbers, before, strict=True):
        signal.signal(number, action)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_work(number: signal.Signals) -> None:
    with Ending() as ending:
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
        assert ending.by is number
        os.kill(os.getpid(), signal.SIGTERM)  # while things are put away
        assert ending.by is number
    assert signal.getsignal(number) is signal.SIG_DFL


def test_a_signal_that_comes_again_much_later_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signals, "_PATIENCE_S", -1.0)
    with Ending():
        for _ in range(2):
            with pytest.raises(Ended):
                os.kill(os.getpid(), signal.SIGTERM)


def test_a_signal_that_is_ignored_stays_so() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with Ending() as ending:
        os.kill(os.getpid(), signal.SIGHUP)
    assert ending.by is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_end(
    call: Call, number: signal.Signals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def ended(*_: object, **__: object) -> None:
        with temporary_folder("frames") as folder:
            (folder / "some.rgb").write_bytes(bytes(10))
            os.kill(os.getpid(), number)

    monkeypatch.setattr("lmms_eval_plugins.execution.plan.make_plan", ended)
    done = call("run", "--data", tmp_path)
    assert done.line == f"stopped by {number.name}; answers so far are kept, the same command resumes there"
    assert done.status == 128 + number and list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("code", "status", "said"), [(0, 0, ""), (4, 4, ""), ("no \x1b[31mroom", 1, "error: no \\x1b[31mroom\n")]
)
def test_a_library_that_ends_the_program_says_how(
    code: object, status: int, said: str, call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(*_: object) -> None:
        raise SystemExit(code)

    monkeypatch.setattr("lmms_eval_plugins.execution.plan.make_plan", end)
    done = call("run", "--data", tmp_path)
    assert (done.status, done.err) == (status, said)
