"""Inputs of a task that a command line or a model card may change: crop, conditional prompting, PRIM."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import ValidationError

from lmms_eval_plugins.assessments.assessment import ScoringMethod
from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.tasks.task_file import TaskSettings, WayName
from lmms_eval_plugins.video.pose.hand import HandSettings

_FLAGS = ("do_crop", "do_conditional_prompting", "do_postprocess")
_POSE = tuple(HandSettings.model_fields)
INPUT_KEYS = (*_FLAGS, *_POSE)
"""Keys of ``--model_args``, and of the arguments on a model card, that change how tasks ask."""


class NoSuchWay(UserError):
    """A task has no way of a name; nothing is wrong with either."""


def split_inputs(values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Return the keys that change how tasks ask, and the rest."""
    inputs = {key: value for key, value in values.items() if key in INPUT_KEYS}
    return inputs, {key: value for key, value in values.items() if key not in INPUT_KEYS}


def override_inputs(task: str, settings: TaskSettings, given: Mapping[str, object]) -> TaskSettings:
    """Return a task's settings, changed by the keys.

    ``do_conditional_prompting`` takes the task's way ``conditional``. A task with a way ``prim`` takes that one as soon
    as ``do_crop`` or ``do_postprocess`` is given, whatever their values; these then say whether hands are cut out and
    whether answers are smoothed, and nothing else. Other dose tasks are cropped or not, as ``do_crop`` says.

    Raises:
        NoSuchWay: the task has no such way.
        UserError: a value is not valid.
    """
    crop, conditional, smooth = (_flag(given, key) for key in _FLAGS)
    if conditional:
        if smooth is not None:
            raise UserError("--model_args: do_postprocess belongs to PRIM and do_conditional_prompting to another way")
        settings = _by_way(task, settings, "conditional")
    elif "prim" in settings.ways and not (crop is None and smooth is None):
        settings = _by_way(task, settings, "prim")
    if crop is not None:
        if crop and not settings.assessment.needs.hand:
            raise NoSuchWay(f"--model_args: do_crop=True: {task} is not about a hand that could be cut out")
        settings = settings.model_copy(update={"crop": crop})
    if smooth is not None:
        settings = settings.model_copy(update={"scoring": _smoothed(task, settings, smooth)})
    if changes := {key: given[key] for key in _POSE if key in given}:
        settings = settings.model_copy(update={"pose": _pose(settings, changes)})
    return settings


def _flag(given: Mapping[str, object], key: str) -> bool | None:
    if key not in given:
        return None
    value = given[key]
    if isinstance(value, bool):
        return value
    raise UserError(f"--model_args: {key}={value} is neither True nor False")


def _by_way(task: str, settings: TaskSettings, name: WayName) -> TaskSettings:
    way = settings.ways.get(name)
    if way is None:
        raise NoSuchWay(f"--model_args: {task} has no way {name!r} (`ways` in its file)")
    return settings.model_copy(
        update={
            "questions": way.questions,
            "scoring": way.scoring,
            "sampling": way.sampling or settings.sampling,
            "crop": way.crop,
            "conditional": name == "conditional",
            "ways": {},
        }
    )


def _smoothed(task: str, settings: TaskSettings, smooth: bool) -> ScoringMethod:
    method = settings.scoring.smoothing(smooth)
    if method is None:
        raise NoSuchWay(f"--model_args: do_postprocess={smooth}: {task} is not asked by PRIM, which alone smooths")
    return method


def _pose(settings: TaskSettings, changes: Mapping[str, object]) -> HandSettings:
    try:
        return HandSettings.model_validate({**settings.pose.model_dump(), **changes})
    except ValidationError as error:
        raise UserError(f"--model_args: {describe_validation(error, HandSettings)}") from error
