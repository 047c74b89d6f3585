"""The process of a Slurm task: it watches workers, stops them in time, requeues, gives up after three failures."""

from __future__ import annotations

import os
import signal
import subprocess
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import zip_longest
from pathlib import Path

from lmms_eval_plugins.core.console import clean_output, printable, put_error, say_all, stdout
from lmms_eval_plugins.core.errors import UserError, error_line
from lmms_eval_plugins.core.redaction import redacted_message
from lmms_eval_plugins.core.secrets import WANDB_VARIABLE, set_secrets, whole_args
from lmms_eval_plugins.execution.outcome import show_scores
from lmms_eval_plugins.execution.wandb_log import log_scores
from lmms_eval_plugins.execution.work import STOP_SIGNALS, STOPPED, task_name
from lmms_eval_plugins.execution.workers import last_lines, shared_out, work_command
from lmms_eval_plugins.machine.hardware import visible_gpus
from lmms_eval_plugins.runs.merge import Merged, merge_run
from lmms_eval_plugins.runs.shards import answer_files, count_lines, read_shards, read_state, write_state

MAX_FAILURES = 3
_LINES = 10
_CLOCKS_DIFFER_S = 10.0
"""How much later than its task this process may have begun."""

_WARNINGS = {signal.SIGUSR1, signal.SIGUSR2}
"""Signals that a task gets before its time is up, after which this process requeues it. After SIGTERM that is left to
Slurm, which requeues a preempted task and not one that a user cancels."""


@contextmanager
def _of_a_job() -> Iterator[None]:
    """End a job by a `SystemExit` of words for its log, which hold no secret: submitit keeps any other error whole."""
    with clean_output():
        try:
            set_secrets()
            yield
        except SystemExit as end:
            if isinstance(end.code, str):
                raise SystemExit(printable(redacted_message(end.code))) from None
            raise
        except Exception as error:
            if not isinstance(error, UserError):
                put_error("".join(traceback.format_exception(error)))
            raise SystemExit(printable(redacted_message(error_line(error)))) from None


class _Copy:
    """One of a task's copies of a model: its shard, and the worker that answers it, on GPUs of its own or on all."""

    def __init__(self, index: int, runs: Sequence[Path], logs: Path, gpus: str | None) -> None:
        self.index, self.runs, self.log = index, runs, logs / f"worker-{index}.log"
        self._environment = None if gpus is None else {**os.environ, "CUDA_VISIBLE_DEVICES": gpus}
        self.start()

    def start(self) -> None:
        self.before, self.running = _answered(self.runs, self.index), True
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                work_command(self.index, self.runs, self.log),
                env=self._environment,
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
            )


@_of_a_job()
def supervise(
    indices: Sequence[int], folders: Sequence[str], logs: str, grace_s: float, limit_s: float, gpus: int = 0
) -> None:
    """Answer some shards of some runs, each in a process, and start those again that fail.

    Args:
        indices: the shards' numbers, from 0.
        folders: the runs' folders.
        logs: folder for the files with the workers' output.
        grace_s: how many seconds a worker may take to finish its batch once the task is to stop.
        limit_s: the task's time limit in seconds; a task that it ends without a warning is requeued, too.
        gpus: of each process, where there are several.

    Raises:
        SystemExit: a shard is not done: it was stopped, or failed three times.
    """
    began = time.monotonic()
    runs = [Path(folder) for folder in folders]
    received: set[int] = set()
    copies: list[_Copy] = []

    def stop(number: int, _: object) -> None:
        received.add(number)
        if time.monotonic() - began > limit_s - _CLOCKS_DIFFER_S:
            received.add(signal.SIGUSR1)
        for one in copies:
            one.process.send_signal(signal.SIGTERM)

    for number in STOP_SIGNALS:
        signal.signal(number, stop)
    devices = shared_out(visible_gpus(), len(indices), gpus, "node_gpus") if len(indices) > 1 else []
    for index, own in zip_longest(indices, devices):
        copies.append(_Copy(index, runs, Path(logs), own))
        if received:  # while it was being started
            copies[-1].process.send_signal(signal.SIGTERM)
    given_up, stopped = [], []
    for one in _ended(copies, received, grace_s):
        if one.process.returncode == 0:
            continue
        if received or one.process.returncode == STOPPED:
            stopped.append(one)
        elif _failed(runs, one.index, one.log) < MAX_FAILURES:
            one.start()
            if received:
                one.process.send_signal(signal.SIGTERM)
        else:
            lines = last_lines(one.log, _LINES)
            given_up.append(f"shard {one.index} failed {MAX_FAILURES} times; {one.log} ends:\n{lines}")
    warned = bool(received & _WARNINGS)
    for one in list(stopped):
        stuck = warned and _answered(runs, one.index) == one.before
        if stuck and _failed(runs, one.index, one.log, "stopped before it had answered anything; ") >= MAX_FAILURES:
            stopped.remove(one)
            given_up.append(f"shard {one.index} was stopped {MAX_FAILURES} times before it had answered anything")
        else:
            _mark_stopped(runs, one.index)
    if stopped:
        if warned and task_name():
            _requeue(task_name())
        raise SystemExit(128 + signal.SIGTERM)
    if given_up:
        raise SystemExit("\n".join(given_up))


def _ended(copies: Sequence[_Copy], received: set[int], grace_s: float) -> Iterator[_Copy]:
    """Yield each copy as its worker ends, also one that was started again; after a signal none outlasts the grace."""
    until: float | None = None
    while running := [one for one in copies if one.running]:
        with suppress(subprocess.TimeoutExpired):
            running[0].process.wait(timeout=1)
        for one in running:
            if one.process.poll() is not None:
                one.running = False
                yield one
        if received:
            until = until or time.monotonic() + grace_s
            if time.monotonic() > until:
                for one in running:
                    one.process.kill()


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
        if state.state == "running":  # it was killed before it could record that itself
            write_state(folder, index, state, state="stopped")


def _failed(runs: Sequence[Path], index: int, log: Path, why: str = "") -> int:
    """Record that the shard failed, in the run that was at work; returns how often it has failed."""
    folder = next(iter(_undone(runs, index)), None)
    if folder is None:
        return MAX_FAILURES
    before = read_state(folder, index)
    failures = before.failures + 1
    reason, state = why + last_lines(log, _LINES), "failed" if failures >= MAX_FAILURES else "stopped"
    try:
        write_state(folder, index, before, state=state, failures=failures, said=reason, log=str(log))
    except UserError as error:  # a full disk: trying again would not help
        raise SystemExit(f"shard {index} failed ({reason}), and {error}") from error
    put_error(f"shard {index} failed ({failures}): {reason}")
    return failures


def _requeue(task: str) -> None:
    done = subprocess.run(["scontrol", "requeue", task], capture_output=True, text=True, check=False, timeout=120)
    if done.returncode > 0:  # below 0: killed by the end of the task, which it had ordered
        raise UserError(f"scontrol requeue {task}: {done.stderr.strip()}; submit the command again to go on")


@_of_a_job()
def merge_job(folders: Sequence[str], wandb_args: str = "") -> None:
    """Merge every run that can be merged and print the table; log the scores with ``wandb_args`` (see `log_scores`).

    Raises:
        SystemExit: a run could not be merged.
    """
    wandb_args = whole_args(wandb_args, WANDB_VARIABLE)
    merged: list[Merged] = []
    errors: list[str] = []
    for folder in folders:
        try:
            merged.append(merge_run(Path(folder)))
        except Exception as error:
            errors.append(error_line(error, folder))
    scored = [(run.folder, run.scores) for run in merged if run.scores]
    show_scores([scores for _, scores in scored], [], stdout())
    say_all("problem", dict.fromkeys(problem for run in merged for problem in run.problems))
    if wandb_args and (problem := log_scores(wandb_args, scored).problem):
        errors.append(problem)
    if errors:
        raise SystemExit("\n".join(errors))
