"""From a model card to a model that can be asked, and from a plan to a task that lmms-eval runs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lmms_eval_plugins.demo.model.shipped import resolved
from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.launch.cards import ModelCard
from lmms_eval_plugins.launch.harness import check_arguments, make_model, quiet_imports
from lmms_eval_plugins.launch.plan import Plan, TaskPlan
from lmms_eval_plugins.launch.replay import said_by
from lmms_eval_plugins.task.prepare import Video
from lmms_eval_plugins.task.rows import Row, rows_of
from lmms_eval_plugins.video.windows import windows


def depends_on_task(card: ModelCard) -> bool:
    """Whether a model is made anew for every task, from the task's own videos."""
    return card.fits_on_other_subjects or card.replays


def check_card(card: ModelCard, plan: Plan) -> None:
    """Check that a card's wrapper exists and takes its arguments and the command line's, before anything runs.

    Raises:
        UserError: it does not.
    """
    try:
        check_arguments(card.wrapper, {**card.args, **plan.wrapper_args})
    except UserError as error:
        raise UserError(f"{card.name}: {error}") from error


def model_for(card: ModelCard, plan: Plan, task: TaskPlan) -> Any:
    """The card's model, with its own arguments and the command line's.

    Raises:
        UserError: it cannot be made with these arguments.
    """
    args = {**card.args, **plan.wrapper_args}
    if "pretrained" in args:
        args["pretrained"] = resolved(args["pretrained"])
    if card.fits_on_other_subjects:
        args["training"] = [row.as_dict() for row in _training_rows(task)]
    if card.replays and "source" in args:
        args["said"] = said_by(Path(str(args.pop("source"))), task)
    return make_model(card.wrapper, args)


def task_object(task: TaskPlan) -> Any:
    """The plan's task as lmms-eval runs it."""
    quiet_imports()
    from lmms_eval_plugins.task.lmms_task import RehabTask

    return RehabTask(task.spec.model_dump(mode="json", by_alias=True), prepared=task.prepared)


def _training_rows(task: TaskPlan) -> Iterator[Row]:
    from lmms_eval_plugins.dataset.labels import read_labels

    videos = []
    for trial in task.prepared.others:
        try:
            labelled = read_labels(trial.labels) if trial.labels else None
        except UserError:
            continue  # a video that is not evaluated; what is wrong with it is said when it is
        if labelled:
            cut = windows(trial.n_frames, trial.fps, task.spec.dataset_kwargs.sampling, trial.video_id)
            videos.append(Video(trial, labelled.hand, labelled.timeline, cut))
    return rows_of(videos, task.questions)
