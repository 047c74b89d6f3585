"""How the windows of a run were made and shown: sampling, crop, conditional prompting, checkpoint."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.runs.differences.log_arguments import arguments_of_log
from lmms_eval_plugins.runs.run_file import RunFile

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


def settings_of_log(log: Path) -> InputSettings:
    """Return the settings of a published log, from the model arguments in the summary beside it, unless it is damaged.

    A published run whose arguments do not mention crop or conditional prompting had neither.
    """
    arguments = arguments_of_log(log)
    if arguments is None:
        return InputSettings()
    return InputSettings(
        fps=_number(arguments.get("sampling_fps")) if arguments.get("sampling_strategy") == DENSE else None,
        frames=_whole(arguments.get("max_frames_num")),
        crop=_flag(arguments.get("do_crop", "False")),
        conditional=_flag(arguments.get("do_conditional_prompting", "False")),
        checkpoint=arguments.get("pretrained"),
    )


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
