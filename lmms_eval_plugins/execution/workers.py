"""Start worker processes that share the videos of a run, and gather their answers."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.secrets import secret_args
from lmms_eval_plugins.execution.plan import TaskPlan
from lmms_eval_plugins.execution.sharing import make_shards
from lmms_eval_plugins.machine.hardware import visible_gpus
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.models.progress import Progress
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.merge import gather
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.shards import all_answer_files, count_lines, write_shards

_LOOK_EVERY_S = 0.5
_PATIENCE_S = 30.0
"""How long a process that is to stop may take to finish its batch."""


def answer_in_parallel(request: RunRequest, card: ModelCard, task: TaskPlan, folder: Path, requests: str) -> None:
    """Start one worker process per share of the videos, each with the GPUs that the card wants, and wait for all.

    Their answers are gathered in the run's answer file; ``requests`` is the hash of what is put to the model.

    Raises:
        UserError: there are too few GPUs, or a worker failed; the answers of the workers are kept.
    """
    if count_answers(folder) >= task.n_questions:
        return
    shards = make_shards(request, card.name, task, request.num_processes, requests)
    count = len(shards.shards)
    devices = shared_out(visible_gpus(), count, card.gpus)
    write_shards(folder, shards)
    commands = [work_command(index, [folder], worker_log(folder, index)) for index in range(count)]
    try:
        with _workers(commands, devices, folder, secret_args(request.model_args)) as all_:
            _wait(all_, folder, task)
    finally:
        gather(folder)
    failed = [index for index, worker in enumerate(all_) if worker.returncode]
    if failed:
        raise UserError(
            f"{len(failed)} of {count} worker processes failed, the first:"
            f" {last_lines(worker_log(folder, failed[0]), 1).removeprefix('error: ')};"
            " the answers so far are kept, the same command resumes from there"
        )
    for index in range(count):
        worker_log(folder, index).unlink(missing_ok=True)


def work_command(index: int, folders: Sequence[Path], log: Path) -> list[str]:
    """Return the command of the process that answers a shard of some runs (`lmms_eval_plugins.execution.work`)."""
    start = [sys.executable, "-u", "-m", "lmms_eval_plugins.cli", "work", str(index)]
    return [*start, *map(str, folders), "--log", str(log)]


def worker_log(folder: Path, index: int) -> Path:
    """Return the file with the output of a worker."""
    return folder / f"worker-{index}.log"


def shared_out(gpus: Sequence[str], processes: int, each: int, setting: str = "--num_processes") -> list[str]:
    """Return the GPUs of every process, as ``CUDA_VISIBLE_DEVICES``; empty without GPUs.

    Processes of one GPU share GPUs where there are fewer GPUs than processes.

    Args:
        gpus: the GPUs that there are, by number or uuid.
        processes: how many there are.
        each: GPUs of each.
        setting: what a user set to have so many.

    Raises:
        UserError: there are too few for processes of several GPUs.
    """
    if not gpus:
        return []
    if each <= 1:
        return [gpus[index % len(gpus)] for index in range(processes)]
    if processes * each > len(gpus):
        raise UserError(
            f"{setting}: {processes} processes of {each} GPUs each want {processes * each} GPUs, this machine has"
            f" {len(gpus)}; at most {len(gpus) // each} fit"
        )
    return [",".join(gpus[index * each : (index + 1) * each]) for index in range(processes)]


def count_answers(folder: Path) -> int:
    """Count the answers recorded so far, by the run or its workers."""
    return count_lines([folder / ANSWERS_NAME, *all_answer_files(folder)])


def last_lines(path: Path, count: int) -> str:
    """Return the last lines of a process's output, without empty ones."""
    text = ""
    with suppress(OSError):
        text = path.read_text(encoding="utf-8", errors="replace")
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    return "\n".join(lines[-count:]) or "no output"


@contextmanager
def _workers(
    commands: list[list[str]], devices: list[str], folder: Path, secrets: Mapping[str, str]
) -> Iterator[list[subprocess.Popen[bytes]]]:
    """Run workers; none outlives the block, nor this process, whose end closes their standard input."""
    workers: list[subprocess.Popen[bytes]] = []
    try:
        for index, command in enumerate(commands):
            environment = {**os.environ, **secrets}
            if devices:
                environment["CUDA_VISIBLE_DEVICES"] = devices[index]
            else:
                environment.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // len(commands))))
            with worker_log(folder, index).open("wb") as output:
                workers.append(
                    subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=output, stderr=output)
                )
        yield workers
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            with suppress(subprocess.TimeoutExpired):
                worker.wait(_PATIENCE_S)
            worker.kill()
            worker.wait()
            if worker.stdin:
                worker.stdin.close()


def _wait(workers: list[subprocess.Popen[bytes]], folder: Path, task: TaskPlan) -> None:
    """Wait for all workers, and show the progress of their answers."""
    before = count_answers(folder)
    questions = max(task.n_questions - before, 0)
    with Progress(questions, questions // max(len(task.questions.asked), 1)) as progress:
        shown = before
        while any(worker.poll() is None for worker in workers):
            time.sleep(_LOOK_EVERY_S)
            answered = count_answers(folder)
            if answered > shown and questions:
                progress.advance(answered - shown)
            shown = answered
