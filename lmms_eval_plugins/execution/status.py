"""The progress of runs, and of a run's shards, from their files and Slurm's queue."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.run_file import RUN_NAME, read_run_file
from lmms_eval_plugins.runs.shards import (
    Shard,
    ShardState,
    all_answer_files,
    answer_files,
    count_lines,
    read_jobs,
    read_shards,
    read_state,
)
from lmms_eval_plugins.runs.wordings.run_variant import requests_per_window

_QUEUE_TIMEOUT_S = 20.0


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """The progress of a shard.

    Attributes:
        index: its number, from 0.
        shard: its videos, windows and questions.
        state: its state as last recorded.
        answered: questions with an answer.
        queue: the state of its task in Slurm's queue, as ``RUNNING``; empty where the task is not in the queue; None
            where there is no queue.
        questions_per_s: since its process began; None where it does not run.
    """

    index: int
    shard: Shard
    state: ShardState
    answered: int
    queue: str | None
    questions_per_s: float | None

    @property
    def active(self) -> bool:
        """Whether it runs or waits in the queue."""
        if self.state.state in ("done", "failed"):
            return False
        return self.state.state == "running" if self.queue is None else bool(self.queue)

    @property
    def described(self) -> str:
        """The state in words."""
        state = self.state.state
        if state in ("done", "failed") or self.queue is None:
            return state
        if not self.queue:
            return "not begun, not in the queue" if state == "waiting" else "lost: not in the queue"
        return "running" if self.queue == "RUNNING" else f"in the queue ({self.queue.lower()})"


@dataclass(frozen=True, slots=True)
class RunStatus:
    """The progress of a run: its folder, model and task, the state of its merge, and its shards."""

    folder: Path
    model: str
    task: str
    merged: str
    shards: tuple[ShardStatus, ...]

    @property
    def questions_per_s(self) -> float:
        """Questions per second of all running shards together."""
        return sum(one.questions_per_s or 0.0 for one in self.shards)

    @property
    def left_s(self) -> float | None:
        """Seconds until every question is answered at the current pace; None where no shard runs."""
        left = sum(max(one.shard.questions - one.answered, 0) for one in self.shards if one.state.state != "done")
        return left / self.questions_per_s if self.questions_per_s else None


@dataclass(frozen=True, slots=True)
class RunProgress:
    """How far a run is that no shards share.

    Attributes:
        folder, model, task: which one it is.
        state: as recorded: ``finished``, ``incomplete`` (with problems), or ``running``, which one that was cut off
            stays.
        answered: replies on disk.
        asked: questions about all windows.
        problems: of videos and requests.
        quiet_s: seconds since anything was written.
    """

    folder: Path
    model: str
    task: str
    state: str
    answered: int
    asked: int
    problems: int
    quiet_s: float


def progress_of(folder: Path, now_s: float | None = None) -> RunProgress:
    """Return how far a run is.

    Args:
        folder: the run's folder.
        now_s: the time, in seconds of the epoch; None is now.

    Raises:
        UserError: its ``run.json`` cannot be read.
    """
    file = read_run_file(folder)
    asked = 0
    for video in file.videos:
        questions = requests_per_window(file, video)
        poses = video.poses or (None,) * len(video.windows)
        asked += questions * sum(file.scoring is None or file.scoring.asks(pose) for pose in poses)
    answers = [folder / ANSWERS_NAME, *all_answer_files(folder)]
    written = [path.stat().st_mtime for path in (folder / RUN_NAME, *answers) if path.exists()]
    return RunProgress(
        folder,
        file.shown_model,
        file.task,
        file.status or "",
        min(count_lines(answers), asked),
        asked,
        len(file.problems),
        max((time.time() if now_s is None else now_s) - max(written), 0.0),
    )


def status_of(folder: Path, now: datetime | None = None) -> RunStatus:
    """Return the progress of a run.

    Raises:
        UserError: it has no shards, or its ``run.json`` cannot be read.
    """
    shards = read_shards(folder).shards
    jobs = read_jobs(folder)
    states = [_with_job(read_state(folder, index), jobs.get(index, "")) for index in range(len(shards))]
    queue = read_queue(state.job for state in states if state.state not in ("done", "failed"))
    now = now or datetime.now().astimezone()
    run = read_run_file(folder)
    return RunStatus(
        folder,
        run.shown_model,
        run.task,
        run.status or "",
        tuple(
            _shard(folder, index, one, state, queue, now)
            for index, (one, state) in enumerate(zip(shards, states, strict=True))
        ),
    )


def read_queue(jobs: Iterable[str]) -> Mapping[str, str] | None:
    """Return the state in Slurm's queue of each task that is in it; None where there is no queue, or no task."""
    wanted = {job.partition("_")[0] for job in jobs if job}
    if not wanted or shutil.which("squeue") is None:
        return None
    command = ["squeue", "--noheader", "--array", f"--jobs={','.join(sorted(wanted))}", "--format=%i %T"]
    try:
        listed = subprocess.run(
            command, env=_unfiltered(os.environ), capture_output=True, text=True, check=False, timeout=_QUEUE_TIMEOUT_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    if listed.returncode and "Invalid job id" not in listed.stderr:  # of jobs that ended some time ago
        return None
    return dict(line.split(maxsplit=1) for line in listed.stdout.splitlines() if line.strip())


def _unfiltered(environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment in which squeue lists every job: ``SQUEUE_STATES`` and the like would hide some."""
    return {name: value for name, value in environ.items() if not name.startswith("SQUEUE_")}


def _with_job(state: ShardState, job: str) -> ShardState:
    """Return a state with the name of its submitted task, where the task has not begun."""
    return state if state.job else state.model_copy(update={"job": job})


def _shard(
    folder: Path, index: int, shard: Shard, state: ShardState, queue: Mapping[str, str] | None, now: datetime
) -> ShardStatus:
    done = state.state == "done"
    answered = shard.questions if done else min(shard.questions, count_lines(answer_files(folder, index)))
    in_queue = None if queue is None or not state.job else queue.get(state.job, "")
    pace = None
    if state.state == "running" and state.since and in_queue != "":
        seconds = (now - datetime.fromisoformat(state.since)).total_seconds()
        pace = max(answered - state.answered, 0) / max(seconds, 1.0)
    return ShardStatus(index, shard, state, answered, in_queue, pace)
