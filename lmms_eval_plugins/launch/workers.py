"""Several processes share the videos of a run; what they answer, the run finds answered."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.launch.cards import ModelCard
from lmms_eval_plugins.launch.harness import quiet_imports
from lmms_eval_plugins.launch.plan import RunRequest, TaskPlan, shard
from lmms_eval_plugins.launch.speed import write_speed
from lmms_eval_plugins.wrappers.answers import ANSWERS_NAME, AnswerLog, read_answers
from lmms_eval_plugins.wrappers.progress import Progress

_LOOK_EVERY_S = 0.5
_STEM = Path(ANSWERS_NAME).stem


def answer_in_parallel(request: RunRequest, card: ModelCard, task: TaskPlan, folder: Path) -> None:
    """Start one worker process per share of the videos, each with as many GPUs as its card says, and wait for all.

    The answers end up in the run's answer file.

    Raises:
        UserError: there are too few GPUs, or a worker failed; what the workers answered is kept.
    """
    if count_answers(folder) >= task.n_questions:
        return
    count = min(request.num_processes, len(task.prepared.videos))
    devices = shared_out(_gpus(), count, card.gpus)
    commands = [_command(request, card, task, folder, index, count) for index in range(count)]
    try:
        with _workers(commands, devices, folder) as all_:
            _wait(all_, folder, task)
    finally:
        gather(folder)
    failed = [index for index, worker in enumerate(all_) if worker.returncode]
    if failed:
        raise UserError(
            f"{len(failed)} of {count} worker processes failed, the first: {_last_line(_log(folder, failed[0]))};"
            " what was answered is kept, the same command goes on from there"
        )
    for index in range(count):
        _log(folder, index).unlink()


def work(model: Any, task: Any, folder: Path, index: int) -> None:
    """A worker's part: ask about its share of the videos and record the answers; ends when its parent does."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    quiet_imports()
    task.build_all_requests()
    model.task_dict[task.config.task] = task.dataset
    model.answers = worker_file(folder, index)
    model.generate_until(task.instances)
    write_speed(folder, index, model.speed())


def shared_out(gpus: Sequence[str], processes: int, each: int) -> list[str]:
    """The GPUs of every process, as ``CUDA_VISIBLE_DEVICES``; empty without GPUs.

    Processes of one GPU take turns where there are fewer GPUs than processes.

    Raises:
        UserError: there are too few for processes of several GPUs.
    """
    if not gpus:
        return []
    if each <= 1:
        return [gpus[index % len(gpus)] for index in range(processes)]
    if processes * each > len(gpus):
        raise UserError(
            f"--num_processes: {processes} processes of {each} GPUs each want {processes * each} GPUs and here are"
            f" {len(gpus)}; at most {len(gpus) // each} fit"
        )
    return [",".join(gpus[index * each : (index + 1) * each]) for index in range(processes)]


def share(task: TaskPlan, index: int, count: int) -> TaskPlan:
    """The plan with only a worker's videos."""
    return replace(task, prepared=replace(task.prepared, videos=shard(task.prepared.videos, index, count)))


def worker_file(folder: Path, index: int) -> Path:
    """Where a worker records its answers."""
    return folder / f"{_STEM}-{index}.jsonl"


def gather(folder: Path) -> None:
    """Move what workers recorded into the run's answer file, also what the workers of a killed run left."""
    files = sorted(folder.glob(f"{_STEM}-*.jsonl"))
    if not files:
        return
    with AnswerLog(folder / ANSWERS_NAME) as log:
        known = {record.place for record in read_answers(folder / ANSWERS_NAME)}
        for path in files:
            new = {record.place: record for record in read_answers(path) if record.place not in known}
            log.append(new.values())
            known |= new.keys()
            path.unlink()


def count_answers(folder: Path) -> int:
    """Answers recorded so far, by the run or its workers."""
    return sum(path.read_bytes().count(b"\n") for path in folder.glob(f"{_STEM}*.jsonl"))


def _command(request: RunRequest, card: ModelCard, task: TaskPlan, folder: Path, index: int, count: int) -> list[str]:
    command = [sys.executable, "-m", "lmms_eval_plugins.cli", "work", str(folder), str(index), str(count)]
    command += ["--model", card.name, "--task", task.spec.task, "--data", str(request.data)]
    command += ["--model_args", request.model_args]
    command += [] if request.limit is None else ["--limit", str(request.limit)]
    command += [] if request.selection is None else ["--selection", request.selection]
    for option, folders in (("--models", request.model_folders), ("--tasks", request.task_folders)):
        for path in folders:
            command += [option, str(path)]
    return command


@contextmanager
def _workers(commands: list[list[str]], devices: list[str], folder: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """The running workers; none outlives the block, nor this process (see `_end_with_parent`)."""
    workers: list[subprocess.Popen[bytes]] = []
    try:
        for index, command in enumerate(commands):
            environment = dict(os.environ)
            if devices:
                environment["CUDA_VISIBLE_DEVICES"] = devices[index]
            else:
                environment.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // len(commands))))
            with _log(folder, index).open("wb") as said:
                workers.append(
                    subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=said, stderr=said)
                )
        yield workers
    finally:
        for worker in workers:
            worker.terminate()
        for worker in workers:
            worker.wait()
            if worker.stdin:
                worker.stdin.close()


def _wait(workers: list[subprocess.Popen[bytes]], folder: Path, task: TaskPlan) -> None:
    """Wait for all workers, showing what they have answered so far."""
    before = count_answers(folder)
    questions = max(task.n_questions - before, 0)
    with Progress(questions, questions // max(len(task.questions.questions), 1)) as progress:
        shown = before
        while any(worker.poll() is None for worker in workers):
            time.sleep(_LOOK_EVERY_S)
            answered = count_answers(folder)
            if answered > shown and questions:
                progress.advance(answered - shown)
            shown = answered


def _end_with_parent() -> None:
    """Our standard input ends when the process that started us does, however that ends."""
    while os.read(0, 4096):
        pass
    os._exit(1)


def _log(folder: Path, index: int) -> Path:
    return folder / f"worker-{index}.log"


def _last_line(path: Path) -> str:
    lines = path.read_text(encoding="utf-8", errors="replace").split("\n")
    return next((line.strip().removeprefix("error: ") for line in reversed(lines) if line.strip()), "it said nothing")


def _gpus() -> list[str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [gpu for gpu in visible.split(",") if gpu]
    return [str(number) for number in range(len(list(Path("/dev").glob("nvidia[0-9]*"))))]
