"""From a model card to a model that can be asked, and from a plan to a task that lmms-eval runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.demo.shipped_weights import resolved
from lmms_eval_plugins.execution.harness import check_arguments, make_lmms_model, quiet_imports
from lmms_eval_plugins.execution.plan import Plan, TaskPlan
from lmms_eval_plugins.machine.environments import MAIN, interpreter
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.study.log_formats import SEPARATOR
from lmms_eval_plugins.study.logs import LOG_NAME, read_log
from lmms_eval_plugins.tasks.inputs import split_inputs
from lmms_eval_plugins.tasks.rows import rows_of
from lmms_eval_plugins.video.frame_cache import FrameCache


def said_by(path: Path, task: TaskPlan) -> Mapping[tuple[str, str, str], str]:
    """What was said, by video, start of the window and question.

    A published log answers the questions of a task in their order, one part of a reply each.

    Raises:
        UserError: the file is not there, or neither a log nor answers.
    """
    if not LOG_NAME.match(path.name):
        quiet_imports()
        from lmms_eval_plugins.models.baselines.replay import said_in

        return said_in(path)
    ids = [question.id for question in task.questions.questions]
    said = {}
    for log in read_log(path):
        for video in log.videos:
            for window in video.windows:
                parts = [part.strip() for part in window.text.split(SEPARATOR)]
                for question_id, part in zip(ids, parts, strict=False):
                    said[video.video_id, f"{window.start_s:.3f}", question_id] = part
    return said


def depends_on_task(card: ModelCard) -> bool:
    """Whether a model is made anew for every task, from the task's own videos."""
    return card.fits_on_other_subjects or card.replays


def check_card(card: ModelCard, plan: Plan) -> None:
    """Check that a card's wrapper exists and takes its arguments and the command line's, before anything runs.

    Raises:
        UserError: it does not.
    """
    try:
        check_arguments(card.wrapper, _wrapper_args(card, plan))
    except UserError as error:
        raise UserError(f"{card.name}: {error}") from error


def model_for(card: ModelCard, plan: Plan, task: TaskPlan) -> Any:
    """The card's model, with its own arguments and the command line's.

    Raises:
        UserError: it cannot be made with these arguments.
    """
    args = _wrapper_args(card, plan)
    if "pretrained" in args:
        args["pretrained"] = resolved(args["pretrained"])
    if card.fits_on_other_subjects:
        assessment = task.spec.dataset_kwargs.assessment
        rows = rows_of(tuple(task.prepared.others()), task.questions, assessment)
        args["training"] = [row.as_dict() for row in rows]
    if card.replays and "source" in args:
        args["said"] = said_by(Path(str(args.pop("source"))), task)
    return make_lmms_model(card.wrapper, args)


def _wrapper_args(card: ModelCard, plan: Plan) -> dict[str, Any]:
    """What the wrapper is given: the card's arguments and the command line's, but for those that change the task."""
    return split_inputs({**card.wrapper_args, **plan.wrapper_args})[1]


def check_shows_crops(model: Any, card: ModelCard, task: TaskPlan) -> None:
    """Check that a model shows what is cut out, where a task cuts hands out.

    Raises:
        UserError: it does not.
    """
    from lmms_eval_plugins.models.recording import RecordingModel

    if task.spec.dataset_kwargs.crop and not isinstance(model, RecordingModel):
        raise UserError(
            f"its wrapper {card.wrapper} is lmms-eval's own, which shows whole frames: run it without do_crop"
        )


def equipped(model: Any, card: ModelCard, log_path: Path, frame_cache: FrameCache | None) -> Any:
    """A model with what it shares with others: all answers that it gave in these runs, and decoded frames.

    Baselines are quicker to ask again. A model that lives in an environment of its own is told where that is.
    """
    from lmms_eval_plugins.models.codebases.outside import OutsideModel
    from lmms_eval_plugins.models.engine.windowed import FramesModel
    from lmms_eval_plugins.models.recording import RecordingModel
    from lmms_eval_plugins.runs.store import STORE_NAME, AnswerStore

    if card.kind == "model" and isinstance(model, RecordingModel):
        model.store = AnswerStore(log_path / STORE_NAME, card.name)
    if isinstance(model, FramesModel):
        model.frame_cache = frame_cache
    if isinstance(model, OutsideModel):
        model.python = interpreter(card.environment)
    elif card.environment != MAIN:
        raise UserError(f"environment: {card.wrapper} runs in {MAIN}, not in {card.environment}; leave the key out")
    return model


def task_object(task: TaskPlan) -> Any:
    """The plan's task as lmms-eval runs it."""
    quiet_imports()
    from lmms_eval_plugins.tasks.lmms_task import RehabTask

    return RehabTask(task.spec.model_dump(mode="json", by_alias=True), prepared=task.prepared)
