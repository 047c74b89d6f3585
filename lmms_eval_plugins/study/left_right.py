"""The study's results for each hand by itself: ``left_v_right_activation_results.csv``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.assessments.dose.detection import HandsWindow
from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.dataset.file_names import parse_name
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import MOTION_PRIMITIVES

FILE_NAME = "left_v_right_activation_results.csv"

_HALF_WINDOW_S = 4 / 15
"""Half a window of 8 frames at 15 per second: the file has only the starts of windows."""

_FLAGS = ("left_hand_active", "right_hand_active", "left_hand_active_crop", "right_hand_active_crop")


def find_hand_results(paths: Sequence[str]) -> Path:
    """Find the file among paths: itself, or in a folder at any depth.

    Raises:
        UserError: the file is not there.
    """
    for given in map(Path, paths):
        found = [given] if given.is_file() and given.suffix == ".csv" else sorted(given.rglob(FILE_NAME))
        if found:
            return found[0]
    raise UserError(f"{listed(paths)}: no {FILE_NAME} in it")


def read_hand_results(path: Path, truths: Mapping[str, Timeline]) -> dict[str, list[HandsWindow]]:
    """Read the windows of each video in order of time; ``moves`` is None in videos without a known truth.

    Raises:
        UserError: the file is damaged or has other contents.
    """
    try:
        table = pd.read_csv(path)
        videos: dict[str, list[HandsWindow]] = {}
        for row in table.to_dict("records"):
            focus, other = ("left", "right") if row["hand_in_focus"] == "left" else ("right", "left")
            flags = {name: _flag(row[name]) for name in _FLAGS}
            truth = truths.get(str(row["id"]))
            label = truth.at(float(row["time"]) + _HALF_WINDOW_S) if truth else None
            videos.setdefault(str(row["id"]), []).append(
                HandsWindow(
                    patient=_patient(str(row["id"])),
                    focus=flags[f"{focus}_hand_active"],
                    other=flags[f"{other}_hand_active"],
                    focus_crop=flags[f"{focus}_hand_active_crop"],
                    other_crop=flags[f"{other}_hand_active_crop"],
                    iou=float(row["iou"]),
                    moves=label in MOTION_PRIMITIVES if truth else None,
                )
            )
    except (OSError, ValueError, KeyError, pd.errors.ParserError) as error:
        raise UserError(f"{path}: not a table of left and right hands ({error})") from error
    return videos


def _patient(video_id: str) -> str:
    name = parse_name(video_id)
    return name.patient if name else video_id


def _flag(value: object) -> bool:
    if str(value) not in ("True", "False"):
        raise ValueError(f"{value!r} is neither True nor False")
    return str(value) == "True"
