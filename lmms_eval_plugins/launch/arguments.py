"""``--model_args``: sampling keys change the task's windows, the rest goes to the model's wrapper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from lmms_eval_plugins.errors import UserError, describe_validation
from lmms_eval_plugins.video.windows import SAMPLING, Dense, Uniform

SAMPLING_KEYS = ("sampling_strategy", "sampling_fps", "max_frames_num", "overlap_frames_num")


def parse_model_args(text: str) -> dict[str, Any]:
    """``key=value,key=value`` as a mapping; values that look like numbers or true/false become those.

    Raises:
        UserError: an entry has no ``=``, or a key stands there twice.
    """
    values: dict[str, Any] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        key, equals, value = entry.partition("=")
        key = key.strip()
        if not equals or not key:
            raise UserError(f"--model_args: {entry!r} is not key=value")
        if key in values:
            raise UserError(f"--model_args: {key} is given twice")
        values[key] = _scalar(value.strip())
    return values


def split_sampling(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The sampling keys, and the rest."""
    sampling = {key: value for key, value in values.items() if key in SAMPLING_KEYS}
    return sampling, {key: value for key, value in values.items() if key not in SAMPLING_KEYS}


def override_sampling(sampling: Dense | Uniform, given: Mapping[str, Any]) -> Dense | Uniform:
    """A task's sampling with the given keys in place of its own.

    Raises:
        UserError: the strategy is unknown, a number is not valid, or the keys do not go together.
    """
    if not given:
        return sampling
    strategy = given.get("sampling_strategy", sampling.strategy)
    values: dict[str, Any] = {"strategy": strategy, "frames": given.get("max_frames_num", sampling.frames)}
    if strategy == "uniform":
        for key in ("sampling_fps", "overlap_frames_num"):
            if given.get(key):
                raise UserError(f"--model_args: {key} does not go with sampling_strategy=uniform")
    else:
        own = sampling if isinstance(sampling, Dense) else None
        values["fps"] = given.get("sampling_fps", own.fps if own else None)
        values["overlap"] = given.get("overlap_frames_num", own.overlap if own else 0)
        if values["fps"] is None:
            raise UserError("--model_args: sampling_strategy=dense needs sampling_fps")
    try:
        return SAMPLING.validate_python(values)
    except ValidationError as error:
        raise UserError(f"--model_args, sampling: {describe_validation(error, Dense, Uniform)}") from error


def _scalar(text: str) -> Any:
    if text.lower() in ("true", "false"):
        return text.lower() == "true"
    for number in (int, float):
        try:
            return number(text)
        except ValueError:
            continue
    return text
