"""Several processes share the videos of a run; what they answer, the run finds answered."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.launch.cards import ModelCard
from lmms_eval_plugins.launch.harness import quiet_imports
from lmms_eval_plugins.launch.plan import RunRequest, TaskPlan, shard
from lmms_eval_plugins.wrappers.answers import ANSWERS_NAME, AnswerLog, read_answers


def answer_in_parallel(request: RunRequest, card: ModelCard, task: TaskPlan, folder: Path) -> None:
    """Start one worker process per share of the videos, one GPU each where there are GPUs, and wait for all.

    The answers end up in the run's answer file.

    Raises:
        UserError: a worker failed; what the workers answered is kept.
    """
    count = min(request.num_processes, len(task.prepared.videos))
    gpus = _gpus()
    workers = []
    for index in range(count):
        environment = dict(os.environ)
        if gpus:
            environment["CUDA_VISIBLE_DEVICES"] = gpus[index % len(gpus)]
        else:
            environment.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // count)))
        command = [sys.executable, "-m", "lmms_eval_plugins.cli", "work", str(folder), str(index), str(count)]
        command += ["--model", card.name, "--task", task.spec.task, "--data", str(request.data)]
        command += ["--model_args", request.model_args]
        command += [] if request.limit is None else ["--limit", str(request.limit)]
        command += [] if request.selection is None else ["--selection", request.selection]
        for option, folders in (("--models", request.model_folders), ("--tasks", request.task_folders)):
            for path in folders:
                command += [option, str(path)]
        workers.append(subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL))
    try:
        failed = [index for index, worker in enumerate(workers) if worker.wait() != 0]
    finally:
        for worker in workers:
            if worker.poll() is None:
                worker.terminate()
        _gather(folder)
    if failed:
        raise UserError(f"{len(failed)} of {count} worker processes failed, see above; run the same command to go on")


def work(model: Any, task: Any, folder: Path, index: int) -> None:
    """A worker's part: ask about its share of the videos and record the answers."""
    quiet_imports()
    task.build_all_requests()
    model.task_dict[task.config.task] = task.dataset
    model.answers = worker_file(folder, index)
    model.generate_until(task.instances)


def share(task: TaskPlan, index: int, count: int) -> TaskPlan:
    """The plan with only a worker's videos."""
    return replace(task, prepared=replace(task.prepared, videos=shard(task.prepared.videos, index, count)))


def worker_file(folder: Path, index: int) -> Path:
    """Where a worker records its answers."""
    return folder / f"{Path(ANSWERS_NAME).stem}-{index}.jsonl"


def _gather(folder: Path) -> None:
    with AnswerLog(folder / ANSWERS_NAME) as log:
        for path in sorted(folder.glob(f"{Path(ANSWERS_NAME).stem}-*.jsonl")):
            log.append(read_answers(path))
            path.unlink()


def _gpus() -> list[str]:
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [gpu for gpu in visible.split(",") if gpu]
    return [str(number) for number in range(len(list(Path("/dev").glob("nvidia[0-9]*"))))]
