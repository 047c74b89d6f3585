"""``--model_args``, of which some keys change the windows or how a task is put, and ``--gen_kwargs``."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import get_args

from pydantic import ValidationError

from lmms_eval_plugins.assessments.assessment import ScoringMethod
from lmms_eval_plugins.core.errors import UserError, describe_validation, nearest
from lmms_eval_plugins.core.secret_names import is_secret
from lmms_eval_plugins.runs.shown_name import PERTURB
from lmms_eval_plugins.tasks.task_file import Generation, TaskSettings, WayName
from lmms_eval_plugins.video.perturb import AS_IS, OF_HAND, PERTURBATIONS
from lmms_eval_plugins.video.pose.hand import HandSettings
from lmms_eval_plugins.video.windows import SAMPLING, Dense, Uniform

_FIELDS = {
    "sampling_strategy": "strategy",
    "sampling_fps": "fps",
    "max_frames_num": "frames",
    "overlap_frames_num": "overlap",
}
"""Key of the command line → field of a sampling."""

SAMPLING_KEYS = tuple(_FIELDS)

MODEL_OPTION, GENERATION_OPTION, WANDB_OPTION = "--model_args", "--gen_kwargs", "--wandb_args"

_STRATEGIES = tuple(name for kind in (Dense, Uniform) for name in get_args(kind.model_fields["strategy"].annotation))
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,999})")
_FLOAT = re.compile(r"-?([0-9]+\.[0-9]*|\.[0-9]+)(e[+-]?[0-9]{1,3})?|-?[0-9]+e[+-][0-9]{1,3}", re.IGNORECASE)


def parse_model_args(text: str, option: str = MODEL_OPTION) -> dict[str, object]:
    """Parse ``key=value,key=value`` into a mapping; values that look like numbers or true/false become those.

    Only the first ``=`` of an entry counts. What merely could be a number (``007``, ``1_000``, ``1e10``, as in a
    revision or a folder's name) stays text.

    Args:
        text: the value of an option.
        option: the option, for error messages.

    Raises:
        UserError: an entry has no ``=``, or a key stands there twice with different values.
    """
    return {key: _scalar(value) for key, value in read_entries(text, option).items()}


def read_entries(text: str, option: str) -> dict[str, str]:
    """Return the entries of ``key=value,key=value``, each value as it stands there. Raises as `parse_model_args`."""
    values: dict[str, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = entry.partition("=")
        key = key.strip()
        if not equals or not key:
            what = "what follows a secret" if any(map(is_secret, values)) else repr(entry)  # maybe the end of it
            raise UserError(f"{option}: {what} is not key=value (entries end at a comma, so no value can hold one)")
        if values.setdefault(key, value.strip()) != value.strip():
            which = "with different values" if is_secret(key) else f"as {values[key]} and as {value.strip()}"
            raise UserError(f"{option}: {key} is given twice, {which}")
    return values


def split_sampling(values: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """Return the sampling keys, and the rest."""
    sampling = {key: value for key, value in values.items() if key in SAMPLING_KEYS}
    return sampling, {key: value for key, value in values.items() if key not in SAMPLING_KEYS}


def override_sampling(sampling: Dense | Uniform, given: Mapping[str, object]) -> Dense | Uniform:
    """Return a task's sampling with the given keys in place of its own.

    Raises:
        UserError: the strategy is unknown, a number is not valid, or the keys do not go together.
    """
    if not given:
        return sampling
    strategy = given.get("sampling_strategy", sampling.strategy)
    if strategy not in _STRATEGIES:
        raise UserError(f"--model_args: sampling_strategy={strategy} is unknown{nearest(str(strategy), _STRATEGIES)}")
    values = {"strategy": strategy, "frames": sampling.frames}
    if strategy == "uniform":
        for key in ("sampling_fps", "overlap_frames_num"):
            if given.get(key):
                raise UserError(f"--model_args: {key} does not go with sampling_strategy=uniform")
    elif isinstance(sampling, Dense):
        values |= {"fps": sampling.fps, "overlap": sampling.overlap}
    elif "sampling_fps" not in given:
        raise UserError("--model_args: sampling_strategy=dense needs sampling_fps")
    fields = Uniform.model_fields if strategy == "uniform" else Dense.model_fields
    values |= {_FIELDS[key]: value for key, value in given.items() if _FIELDS[key] in fields}
    try:
        return SAMPLING.validate_python(values)
    except ValidationError as error:
        raise UserError(f"--model_args: {_describe(error, given)}") from error


def _describe(error: ValidationError, given: Mapping[str, object]) -> str:
    """Return what is wrong, by the command line's key where one is to blame."""
    first = error.errors()[0]
    what = first["msg"].removeprefix("Value error, ").replace("Input should", "should").partition(",")[0]
    key = next((key for key, field in _FIELDS.items() if field == first["loc"][-1]), None)
    return f"{key}={given[key]} {what}" if key and key in given else f"{', '.join(given)}: {what}"


def _scalar(text: str) -> bool | int | float | str:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) and math.isfinite(float(text)) else text


def override_generation(own: Mapping[str, object], given: Mapping[str, object]) -> dict[str, object]:
    """Return a task's ``generation_kwargs`` with the given ones in place of its own.

    Raises:
        UserError: a key is unknown, or its value is not valid.
    """
    try:
        Generation.model_validate(given)
    except ValidationError as error:
        raise UserError(f"{GENERATION_OPTION}: {describe_validation(error, Generation)}") from error
    return {**own, **given}


_FLAGS = ("do_crop", "do_conditional_prompting", "do_postprocess")
_POSE = tuple(HandSettings.model_fields)
_VARIANTS = "variants"
INPUT_KEYS = (*_FLAGS, _VARIANTS, PERTURB, *_POSE)
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
    whether answers are smoothed, and nothing else. Other dose tasks are cropped or not, as ``do_crop`` says. With
    ``variants`` each question is asked in its other wordings too.

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
    if (variants := _flag(given, _VARIANTS)) is not None:
        settings = settings.model_copy(update={"variants": variants})
    if changes := {key: given[key] for key in _POSE if key in given}:
        settings = settings.model_copy(update={"pose": _pose(settings, changes)})
    if PERTURB in given:
        settings = _perturbed(task, settings, str(given[PERTURB]))
    return settings


def _perturbed(task: str, settings: TaskSettings, how: str) -> TaskSettings:
    if how not in (AS_IS, *PERTURBATIONS):
        raise UserError(f"--model_args: perturb={how} is unknown{nearest(how, (AS_IS, *PERTURBATIONS))}")
    if how in OF_HAND:
        if not settings.assessment.needs.hand:
            raise NoSuchWay(f"--model_args: perturb={how}: {task} is not about a hand")
        if settings.crop:
            raise UserError(
                f"--model_args: perturb={how} does not go with do_crop: where the hand is cut out, the picture is its"
                " box, and nothing or all of it would be covered"
            )
    return settings.model_copy(update={"perturb": None if how == AS_IS else how})


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
    ways = {"box_px", "box_forearms"}
    kept = settings.pose.model_dump()
    if ways & changes.keys():  # the command line's way to say how large a box is takes the place of the task's
        kept = {name: value for name, value in kept.items() if name not in ways}
    try:
        return HandSettings.model_validate({**kept, **changes})
    except ValidationError as error:
        raise UserError(f"--model_args: {describe_validation(error, HandSettings)}") from error
