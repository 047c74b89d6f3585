"""What runs in a Slurm task: a worker, watched; told to stop in time, requeued, and given up after three failures."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.secrets import set_secrets
from lmms_eval_plugins.execution.work import STOP_SIGNALS, STOPPED, task_name
from lmms_eval_plugins.execution.workers import last_lines, work_command
from lmms_eval_plugins.runs.shards import answer_files, count_lines, read_shards, read_state, write_state

MAX_FAILURES = 3
_LINES = 10
_CLOCKS_DIFFER_S = 10.0
"""How much later than the task this process may have begun."""

_WARNINGS = {signal.SIGUSR1, signal.SIGUSR2}
"""Signals that a task gets before its time is up: it is for us to be requeued. After SIGTERM that is Slurm's business:
it requeues what it preempts, and not what a user cancels."""


def supervise(index: int, folders: Sequence[str], logs: str, grace_s: float, limit_s: float) -> None:
    """Answer a shard of some runs in a process, and start it again where it fails.

    Args:
        index: the shard's number, from 0.
        folders: the runs' folders.
        logs: folder for the file with what the process says.
        grace_s: how long the process may take to finish its batch once the task is told to stop.
        limit_s: the task's time limit; one that is ended then, without a warning, is requeued as one that was warned.

    Raises:
        SystemExit: the shard is not done: asked to stop, or failed three times.
    """
    began = time.monotonic()
    runs, log = [Path(folder) for folder in folders], Path(logs) / f"worker-{index}.log"
    asked: set[int] = set()
    running: list[subprocess.Popen[bytes]] = []

    def stop(number: int, _: object) -> None:
        asked.add(number)
        if time.monotonic() - began > limit_s - _CLOCKS_DIFFER_S:
            asked.add(signal.SIGUSR1)
        for process in running:
            process.send_signal(signal.SIGTERM)

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    set_secrets()
    while True:
        before = _answered(runs, index)
        with log.open("ab") as said:
            process = subprocess.Popen(
                work_command(index, runs, log), stdin=subprocess.PIPE, stdout=said, stderr=subprocess.STDOUT
            )
        running[:] = [process]
        if asked:  # while it was being started
            process.send_signal(signal.SIGTERM)
        code = _wait(process, asked, grace_s)
        if code == 0:
            return
        if asked or code == STOPPED:
            warned = bool(asked & _WARNINGS)
            stuck = warned and _answered(runs, index) == before
            if stuck and _failed(runs, index, log, "told to stop before it had answered anything; ") >= MAX_FAILURES:
                raise SystemExit(f"shard {index} was stopped {MAX_FAILURES} times before it had answered anything")
            _mark_stopped(runs, index)
            if warned and task_name():
                _requeue(task_name())
            raise SystemExit(128 + signal.SIGTERM)
        if _failed(runs, index, log) >= MAX_FAILURES:
            raise SystemExit(f"shard {index} failed {MAX_FAILURES} times; {log} ends:\n{last_lines(log, _LINES)}")


def _wait(process: subprocess.Popen[bytes], asked: set[int], grace_s: float) -> int:
    """Wait for the process to end; once it was asked to, not longer than the grace."""
    until: float | None = None
    while True:
        with suppress(subprocess.TimeoutExpired):
            return process.wait(timeout=1)
        if asked:
            until = until or time.monotonic() + grace_s
            if time.monotonic() > until:
                process.kill()


def _answered(runs: Sequence[Path], index: int) -> int:
    return sum(count_lines(answer_files(folder, index)) for folder in runs)


def _undone(runs: Sequence[Path], index: int) -> list[Path]:
    return [
        folder
        for folder in runs
        if index < len(read_shards(folder).shards) and read_state(folder, index).state != "done"
    ]


def _mark_stopped(runs: Sequence[Path], index: int) -> None:
    for folder in _undone(runs, index):
        state = read_state(folder, index)
        if state.state == "running":  # it was killed before it could write that itself
            write_state(folder, index, state, state="stopped")


def _failed(runs: Sequence[Path], index: int, log: Path, why: str = "") -> int:
    """Write down that the shard failed, in the run that was at work; how often it has by now."""
    folder = next(iter(_undone(runs, index)), None)
    if folder is None:
        return MAX_FAILURES
    before = read_state(folder, index)
    failures = before.failures + 1
    said, state = why + last_lines(log, _LINES), "failed" if failures >= MAX_FAILURES else "stopped"
    try:
        write_state(folder, index, before, state=state, failures=failures, said=said, log=str(log))
    except OSError as error:  # a full disk: trying again would not help
        raise SystemExit(f"shard {index} failed, and {folder} cannot be written ({error.strerror}): {said}") from error
    print(f"shard {index} failed ({failures}): {said}", file=sys.stderr, flush=True)
    return failures


def _requeue(task: str) -> None:
    told = subprocess.run(["scontrol", "requeue", task], capture_output=True, text=True, check=False, timeout=120)
    if told.returncode > 0:  # below 0: the end of the task, which it had ordered, came first
        raise UserError(f"scontrol requeue {task}: {told.stderr.strip()}; submit the command again to go on")
