"""From a model card to a model with what a run lends it, and from a plan to a task that lmms-eval runs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.core.imports import large_imports
from lmms_eval_plugins.core.secrets import stored_secrets
from lmms_eval_plugins.demo.shipped_weights import resolved
from lmms_eval_plugins.execution.harness import (
    known_arguments,
    make_lmms_model,
    quiet_imports,
    runs_checkpoint_code,
)
from lmms_eval_plugins.execution.plan import Plan, TaskPlan
from lmms_eval_plugins.machine.environments import MAIN, interpreter, vllm_environment
from lmms_eval_plugins.models.answering import KnownTask, Session, WindowReplies
from lmms_eval_plugins.models.baselines.simple import replies_in
from lmms_eval_plugins.models.cards import TRUST, ModelCard
from lmms_eval_plugins.models.manifests import SETTINGS
from lmms_eval_plugins.models.server.settings import ServerSettings, read_key
from lmms_eval_plugins.models.settings import ModelSettings, TransformersSettings
from lmms_eval_plugins.models.vllm.refusals import check_vllm_takes
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.runs.store import STORE_NAME, AnswerStore
from lmms_eval_plugins.study.log_formats import SEPARATOR
from lmms_eval_plugins.study.logs import LOG_NAME, read_log
from lmms_eval_plugins.tasks.arguments import INPUT_KEYS, MODEL_OPTION, SAMPLING_KEYS, split_inputs
from lmms_eval_plugins.tasks.rows import rows_of
from lmms_eval_plugins.tasks.videos import Video, with_answers
from lmms_eval_plugins.video.frame_cache import FrameCache

if TYPE_CHECKING:
    from lmms_eval.api.model import lmms

    from lmms_eval_plugins.tasks.lmms_task import RehabTask


_ELSEWHERE = {"pretrained", "revision", "model", "model_name", "model_path", "model_version", "model_base"}
"""Arguments that put another checkpoint in the place of the card's, whose trust is not for that one."""

RECORD = "record"

_MOST_TAKERS = 3
"""So many models that take an argument are named."""


def replies_by(path: Path, task: TaskPlan) -> WindowReplies:
    """Read the replies of a run or of a published log, by video, start of the window and question.

    A published log answers the questions of a task in their order, one part of a reply each.

    Raises:
        UserError: the file is not there, or neither a log nor answers.
    """
    if not LOG_NAME.match(path.name):
        return replies_in(path)
    ids = [question.id for question in task.questions.questions]
    replies = {}
    for log in read_log(path):
        for video in log.videos:
            for window in video.windows:
                parts = [part.strip() for part in window.text.split(SEPARATOR)]
                for question_id, part in zip(ids, parts, strict=False):
                    replies[video.video_id, f"{window.start_s:.3f}", question_id] = part
    return replies


def depends_on_task(card: ModelCard) -> bool:
    """Return whether a model is made anew for every task, from the task's own videos."""
    return card.fits_on_other_subjects or card.replays


def usable(plan: Plan) -> tuple[Plan, list[str]]:
    """Return a plan without the models that cannot be made with the given arguments, and why they cannot.

    Nothing is loaded, and no server is contacted.

    Raises:
        UserError: a wrapper does not exist, or does not take an argument: that stops all models.
    """
    left, errors = checked_models(plan.cards, plan.wrapper_args)
    names = {card.name for card in left}
    tasks = (replace(task, models=task.models & names) for task in plan.tasks)
    return replace(plan, cards=tuple(left), tasks=tuple(task for task in tasks if task.models)), errors


def checked_models(
    cards: Sequence[ModelCard], given: Mapping[str, object], every: Sequence[ModelCard] = ()
) -> tuple[list[ModelCard], list[str]]:
    """Return the models that can be made with the given arguments, and why the others cannot.

    Args:
        cards: the models.
        given: the command line's arguments for their wrappers.
        every: all models of the command, to say which of them an argument may be for.

    Raises:
        UserError: a wrapper does not exist, or does not take an argument: that stops all models.
    """
    for card in cards:
        try:
            _check_names(card, given, every or cards)
        except UserError as error:
            raise UserError(f"{card.name}: {error}") from error
    left, errors = [], []
    for card in cards:
        try:
            _check_values(card, wrapper_args(card, given))
        except UserError as error:
            errors.append(f"{card.name}: {_blamed(card, str(error), given)}")
        else:
            left.append(card)
    return left, errors


def _check_names(card: ModelCard, given: Mapping[str, object], every: Sequence[ModelCard]) -> None:
    known = known_arguments(card.wrapper)
    if card.trust_remote_code and not runs_checkpoint_code(card.wrapper):
        raise UserError(f"{TRUST}: {card.wrapper} never runs a checkpoint's own Python; leave the key out")
    if TRUST in given:
        raise UserError(f"{MODEL_OPTION}: whether a checkpoint may run its own Python is said by its card ({TRUST})")
    if RECORD in given and not _gives_hidden_states(card.wrapper):
        raise UserError(
            f"{RECORD}={given[RECORD]}: {card.wrapper} cannot give hidden states; transformers families do:"
            f" {', '.join(filter(_gives_hidden_states, SETTINGS))}{_for_one_alone(RECORD, card, every)}"
        )
    if known is None:
        return
    for name in split_inputs(card.wrapper_args)[1]:
        if name not in known:
            place = card.place("args", name)
            raise UserError(f"{place}: {card.wrapper} takes no {name!r}{nearest(name, {*known, *INPUT_KEYS})}")
    for name in given:
        if name not in known:
            how = _for_one_alone(name, card, every) or nearest(name, {*known, *SAMPLING_KEYS, *INPUT_KEYS})
            raise UserError(f"{MODEL_OPTION}: {card.wrapper} takes no {name!r}{how}")


def _for_one_alone(name: str, card: ModelCard, every: Sequence[ModelCard]) -> str:
    """Return how to give an argument to the other models that take it; empty where none does."""
    takers = [one.name for one in every if one is not card and name in (known_arguments(one.wrapper) or ())]
    ways = " or ".join(f"{one}:{name}=…" for one in takers[:_MOST_TAKERS])
    return f"; for one model alone write {ways}" if ways else ""


def _gives_hidden_states(wrapper: str) -> bool:
    return SETTINGS.get(wrapper, ModelSettings).gives_hidden_states


def _blamed(card: ModelCard, message: str, given: Mapping[str, object]) -> str:
    """Return what is wrong with a model's arguments, with the card's file where the card gives what is named."""
    name = message.partition(":")[0]
    if name in given or name not in (known_arguments(card.wrapper) or ()):
        return message
    if name in card.args:
        return f"{card.place('args', name)}: {message}"
    return f"{card.place('checkpoint') if name == 'pretrained' and card.checkpoint else MODEL_OPTION}: {message}"


def _check_values(card: ModelCard, args: Mapping[str, object]) -> None:
    if (settings_type := SETTINGS.get(card.wrapper)) is not None:
        settings = settings_type.of(args)
        if isinstance(settings, ServerSettings) and settings.api_key_env not in stored_secrets():
            read_key(settings.api_key_env)
        if isinstance(settings, TransformersSettings) and settings.engine == "vllm":
            check_vllm_takes(settings)
    for key in ("pretrained", "source"):
        if _is_missing_path(args.get(key)):
            raise UserError(f"{key}: {args[key]}: no such file or folder")
    if card.replays and "source" not in args:
        raise UserError("which answers? give them with --model_args source=RUN-FOLDER-OR-LOG")


def _is_missing_path(value: object) -> bool:
    """Return whether a value can only be a path, and nothing is there: names on a hub do not begin so."""
    text = str(value or "")
    return text.startswith(("/", "./", "../", "~/")) and not Path(text).expanduser().exists()


def model_for(card: ModelCard, plan: Plan, task: TaskPlan, log_path: Path, frame_cache: FrameCache | None) -> lmms:
    """Make the card's model, with its own arguments and the command line's, and with what it shares with others.

    Args:
        card: the model.
        plan: the command line's arguments.
        task: the task that it is made for.
        log_path: the folder of all runs; baselines share no answers there, being quicker than that.
        frame_cache: decoded frames.

    Raises:
        UserError: it cannot be made with these arguments, or cannot run in the card's environment.
    """
    args = wrapper_args(card, plan.wrapper_args)
    if "pretrained" in args:
        args["pretrained"] = resolved(args["pretrained"])
    others = tuple(task.prepared.others()) if card.fits_on_other_subjects else ()
    rows = rows_of(others, task.questions, task.spec.dataset_kwargs.assessment)
    replays = card.replays and "source" in args
    vllm = vllm_environment()
    session = Session(
        store=AnswerStore(log_path / STORE_NAME, card.name) if card.looks else None,
        frame_cache=frame_cache,
        python=interpreter(card.environment),
        vllm=interpreter(vllm) if vllm else None,
        trusted=card.trust_remote_code and not _ELSEWHERE & plan.wrapper_args.keys(),
        training=[row.as_dict() for row in rows],
        known=_known_task(task, others) if card.fits_on_other_subjects else None,
        replies=replies_by(Path(str(args["source"])), task) if replays else None,
        carrying=task.spec.dataset_kwargs.scheme.carrying,
    )
    model = make_lmms_model(card.wrapper, args, session)
    if card.environment != MAIN and not getattr(model, "lives_outside", False):
        raise UserError(f"environment: {card.wrapper} runs in {MAIN}, not in {card.environment}; leave the key out")
    return model


def _known_task(task: TaskPlan, others: Sequence[Video]) -> KnownTask:
    settings = task.spec.dataset_kwargs

    def unanswered(videos: Sequence[Video]) -> tuple[AnsweredVideo[object], ...]:
        return tuple(with_answers(video, task.questions, {}) for video in videos)

    return KnownTask(
        settings.assessment,
        settings.scoring,
        task.questions.questions,
        unanswered(task.prepared.videos),
        unanswered(others),
    )


def wrapper_args(card: ModelCard, given: Mapping[str, object]) -> dict[str, Any]:  # as in YAML and the command line
    """Return a card's arguments and the command line's for its wrapper, without those that change the task.

    A revision on the card is one of its own checkpoint; it does not go with another one.
    """
    own = card.wrapper_args
    if "pretrained" in given and given["pretrained"] != own.get("pretrained"):
        own = {key: value for key, value in own.items() if key != "revision"}
    return split_inputs({**own, **given})[1]


def check_shows_windows(model: lmms, card: ModelCard, task: TaskPlan) -> None:
    """Check that a model shows windows as they are made, where a task cuts hands out or perturbs frames.

    Raises:
        UserError: it does not.
    """
    from lmms_eval_plugins.models.recording import Recorder

    settings = task.spec.dataset_kwargs
    if isinstance(model, Recorder):
        return
    whose = f"its wrapper {card.wrapper} is lmms-eval's own, which shows"
    if settings.crop:
        raise UserError(f"{whose} whole frames: run it without do_crop")
    if settings.perturb:
        raise UserError(f"{whose} frames as they are: run it without perturb={settings.perturb}")


def task_object(task: TaskPlan) -> RehabTask:
    """Make the plan's task as lmms-eval runs it."""
    quiet_imports()
    with large_imports():
        from lmms_eval_plugins.tasks.lmms_task import RehabTask

    return RehabTask(task.spec.model_dump(mode="json", by_alias=True), prepared=task.prepared)


FOLDER_VARIABLE, SIZE_VARIABLE = "STROKEREHAB_FRAMES", "STROKEREHAB_FRAMES_GB"
_GIB = 1 << 30
_KEPT_GB, _RUN_GB = 50.0, 4.0
"""Largest size of the user's folder and of the cache of one run, in GiB."""


def kept_frames() -> FrameCache | None:
    """Return the cache in the user's folder; None where the user names none.

    Raises:
        UserError: its size is not a number above 0.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    size = os.environ.get(SIZE_VARIABLE) or str(_KEPT_GB)
    try:
        budget = float(size)
    except ValueError:
        budget = 0.0
    if not 0 < budget < float("inf"):
        raise UserError(f"{SIZE_VARIABLE}: {size!r} is not a number of GiB above 0")
    return FrameCache(Path(folder).expanduser(), round(budget * _GIB), replace=True)


@contextmanager
def frames_for(uses: int) -> Iterator[FrameCache | None]:
    """Open the user's cache, or a temporary one where frames are used more than once.

    Args:
        uses: passes through the videos.
    """
    if (kept := kept_frames()) is not None:
        yield kept
    elif uses < 2:
        yield None
    else:
        with FrameCache.temporary(round(_RUN_GB * _GIB)) as cache:
            yield cache
