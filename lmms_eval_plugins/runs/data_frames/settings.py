"""How the windows of a run were made and shown: sampling, crop, conditional prompting, checkpoint."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.json_files import parse_json
from lmms_eval_plugins.runs.find import RESULTS_END
from lmms_eval_plugins.runs.run_file import RunFile
from lmms_eval_plugins.study.logs import LOG_NAME

DENSE = "dense"


@dataclass(frozen=True, slots=True)
class InputSettings:
    """What is known of a run's inputs; None where it is not.

    Attributes:
        fps: frames sampled per second; None for uniform sampling too.
        frames: frames sampled per window.
        crop: whether windows were cropped to the hand.
        conditional: whether questions named the state before.
        postprocess: whether PRIM smoothed what it found; None of other methods.
        checkpoint: the model's checkpoint.
    """

    fps: float | None = None
    frames: int | None = None
    crop: bool | None = None
    conditional: bool | None = None
    postprocess: bool | None = None
    checkpoint: str | None = None


def settings_of_run(file: RunFile) -> InputSettings:
    """Return the settings of one of our runs."""
    return InputSettings(
        fps=_number(file.sampling.get("fps")),
        frames=_whole(file.sampling.get("frames")),
        crop=_flag(file.settings.get("crop")),
        conditional=_flag(file.settings.get("conditional")),
        postprocess=file.scoring.smooths if file.scoring else None,
    )


def results_beside(log: Path) -> Path | None:
    """Return lmms-eval's summary of a published log's run, where it lies beside it."""
    name = LOG_NAME.match(log.name)
    path = log.with_name(f"{name['stamp']}{RESULTS_END}") if name else None
    return path if path and path.is_file() else None


def settings_of_log(log: Path) -> InputSettings:
    """Return the settings of a published log, from the model arguments in the summary beside it, unless it is damaged.

    A published run whose arguments do not mention crop or conditional prompting had neither.
    """
    path = results_beside(log)
    try:
        content: Any = parse_json(path.read_bytes()) if path else None
        arguments = _arguments(str(content["config"]["model_args"])) if content else None
    except (OSError, ValueError, KeyError, TypeError):
        arguments = None
    if arguments is None:
        return InputSettings()
    return InputSettings(
        fps=_number(arguments.get("sampling_fps")) if arguments.get("sampling_strategy") == DENSE else None,
        frames=_whole(arguments.get("max_frames_num")),
        crop=_flag(arguments.get("do_crop", "False")),
        conditional=_flag(arguments.get("do_conditional_prompting", "False")),
        checkpoint=arguments.get("pretrained"),
    )


def _arguments(text: str) -> Mapping[str, str]:
    """Parse ``a=1,b=2`` into a mapping."""
    pairs = (part.partition("=") for part in text.split(",") if "=" in part)
    return {name.strip(): value.strip() for name, _, value in pairs}


def _number(value: object) -> float | None:
    try:
        number = float(str(value))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _whole(value: object) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


def _flag(value: object) -> bool | None:
    return {"true": True, "false": False}.get(str(value).lower())
