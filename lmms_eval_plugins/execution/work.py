"""The worker process, which answers one shard of some runs of a model, for ``--num_processes`` and Slurm arrays."""

from __future__ import annotations

import os
import signal
import stat
import threading
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.secrets import whole_args
from lmms_eval_plugins.execution.harness import no_bars, quiet_imports
from lmms_eval_plugins.execution.models import check_shows_windows, depends_on_task, kept_frames, model_for, task_object
from lmms_eval_plugins.execution.plan import Plan, TaskPlan, make_plan
from lmms_eval_plugins.execution.record import describe_run, requests_hash
from lmms_eval_plugins.execution.replies import WatchedVideos, as_problems, record_replies
from lmms_eval_plugins.runs.run_file import Problem, Speed, read_run_file
from lmms_eval_plugins.runs.shards import (
    Shards,
    answer_file,
    answer_files,
    count_lines,
    read_shards,
    read_state,
    write_state,
)

STOP_SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
"""Signals of Slurm before it kills, or of a user: finish the batch, then end."""

STOPPED = 75
"""Exit status of a worker that stopped early and is to be started again."""


def task_name() -> str:
    """Return Slurm's name of the task in which this process runs: ``JOB_TASK`` or ``JOB``; empty outside Slurm."""
    array, task = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    return f"{array}_{task}" if array and task else os.environ.get("SLURM_JOB_ID", "")


_RESTARTS = "SLURM_RESTART_COUNT"
_stop = threading.Event()


def obey() -> None:
    """Stop after a batch on a signal, and at once when the process that started this one ends."""
    for number in STOP_SIGNALS:
        signal.signal(number, lambda *_: _stop.set())
    if stat.S_ISFIFO(os.fstat(0).st_mode):
        threading.Thread(target=_end_with_parent, daemon=True).start()


def work_on_shard(index: int, folders: Sequence[Path], log: str = "") -> bool:
    """Answer a shard of one or several runs of one model, and record its progress.

    Args:
        index: the shard's number, from 0.
        folders: the runs' folders.
        log: the file with this process's output.

    Returns:
        Whether every question is answered; False where the process stopped early.

    Raises:
        UserError: the card, task or dataset has changed since the shards were made, or the model cannot answer.
    """
    model: Any = None  # of any class in lmms-eval's registry
    for folder in folders:
        shards = read_shards(folder)
        if index >= len(shards.shards) or read_state(folder, index).state == "done":
            continue
        plan = _checked_plan(folder, shards)
        if model is None or depends_on_task(plan.cards[0]):
            model = model_for(plan.cards[0], plan, plan.tasks[0], folder.parents[2], kept_frames())
        check_shows_windows(model, plan.cards[0], plan.tasks[0])
        if _stop.is_set() or not _answer(model, plan, shards, folder, index, log):
            return False
    return True


def of_videos(task: TaskPlan, videos: Collection[str]) -> TaskPlan:
    """Return a task with only some of its videos."""
    chosen = tuple(video for video in task.prepared.videos if video.video_id in videos)
    return replace(task, prepared=replace(task.prepared, videos=chosen))


def _answer(model: Any, plan: Plan, shards: Shards, folder: Path, index: int, log: str) -> bool:
    from lmms_eval_plugins.models.recording import Recorder, Stopped

    card = plan.cards[0]
    before = read_state(folder, index)
    job, host = task_name(), os.uname().nodename
    answered = count_lines(answer_files(folder, index))
    state = write_state(folder, index, before, state="running", job=job, host=host, log=log, answered=answered)
    quiet_imports()
    task = task_object(of_videos(plan.tasks[0], shards.shards[index].videos))
    with no_bars():
        task.build_all_requests()
    model.task_dict[task.config.task] = task.dataset
    answers = answer_file(folder, index, int(os.environ.get(_RESTARTS, "0")))
    speed: tuple[Speed, ...] = ()
    problems: tuple[Problem, ...] = ()
    if isinstance(model, Recorder):
        model.open(replace(model.session, answers=answers, stop=_stop.is_set))
        try:
            model.generate_until(task.instances)
        except Stopped:
            speed = (*before.speed, Speed.model_validate(model.speed()))
            write_state(folder, index, state, state="stopped", speed=speed)
            return False
        problems = as_problems((*model.failures, *model.refusals))
        speed = (Speed.model_validate(model.speed()),) if model.n_asked else ()
    else:
        watched = WatchedVideos(task.rows)
        texts = map(_text, model.generate_until(task.instances))
        replies = {instance.args[3]: text for instance, text in zip(task.instances, texts, strict=True)}
        replies, changed = watched.without_changed(replies, task.rows)
        problems = tuple(changed)
        record_replies(answers, replies, task.rows, card)
    write_state(
        folder,
        index,
        state,
        state="done",
        speed=(*before.speed, *speed),
        problems=problems,
        fingerprint=getattr(model, "fingerprint", None),
        device=getattr(model, "device_name", None),
        weights=getattr(model, "weights", None),
        under=getattr(model, "under", None),
        reused=getattr(model, "reused", ()),
        notes=getattr(model, "notes", ()),
    )
    return True


def _checked_plan(folder: Path, shards: Shards) -> Plan:
    request = replace(shards.request, model_args=whole_args(shards.request.model_args))
    chosen = read_run_file(folder).card.get("engine") == "vllm"  # whatever environments were made since
    plan = make_plan(request, choose=lambda card, _: card.with_vllm_chosen() if chosen and not card.engine else card)
    if requests_hash(describe_run(plan.cards[0], plan.wrapper_args, plan.tasks[0])) != shards.asked:
        raise UserError(
            f"{folder}: the card, the task or the dataset has changed since its shards were made;"
            " change it back, or start a new run"
        )
    return plan


def _text(reply: object) -> str:
    """Return the text of a reply of one of lmms-eval's own models, which may come with counts of tokens."""
    return str(getattr(reply, "text", reply))


def _end_with_parent() -> None:
    """End when standard input does, as it does when the process that started this one ends in any way."""
    while os.read(0, 4096):
        pass
    os._exit(1)
