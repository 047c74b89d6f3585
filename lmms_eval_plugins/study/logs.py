"""The study's published logs: ``<stamp>_samples_<task>.jsonl``, one row per video with all its windows."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.json_files import JsonObject, json_value, read_json_lines
from lmms_eval_plugins.domain.timeline import Timeline

LOG_NAME = re.compile(r"^(?P<stamp>.+)_samples_(?P<task>.+)\.jsonl(?:\.gz|\.xz)?$")


@dataclass(frozen=True, slots=True)
class LoggedWindow:
    """A window's start and exclusive end in seconds, and the reply about it, word for word."""

    start_s: float
    end_s: float
    text: str


@dataclass(frozen=True, slots=True)
class LoggedVideo:
    """A row of a log.

    Attributes:
        video_id: the video's name, as in ``S00011_RTT right side1_1``.
        patient: the patient's code.
        stroke: whether the patient has had a stroke; the severity is not in the log.
        activity: the activity's label, as in ``RTT right side``.
        fps: the video's frame rate.
        target: the truth as written: a timeline, or an activity in a log of the identification task.
        windows: the replies in order of time.
        duration_s: the video's length in seconds; None where the log does not have it.
    """

    video_id: str
    patient: str
    stroke: bool
    activity: str
    fps: float
    target: str
    windows: tuple[LoggedWindow, ...]
    duration_s: float | None = None

    @property
    def truth(self) -> Timeline:
        """The true timeline; raises ValueError where the target is not one."""
        return Timeline.from_text(self.target)


@dataclass(frozen=True, slots=True)
class PublishedLog:
    """A run of a model on a task.

    Attributes:
        path: the file.
        task: the task's name, from the file's name.
        model: the model's name from the folder that lmms-eval made for it; None where the path has none.
        videos: the rows.
        warnings: remarks for readers of the scores.
    """

    path: Path
    task: str
    model: str | None
    videos: tuple[LoggedVideo, ...]
    warnings: tuple[str, ...]

    @property
    def has_timelines(self) -> bool:
        """Whether the targets are timelines of primitives; in an identification log they are activities."""
        return any("@" in video.target for video in self.videos)


def read_log(path: Path, *, split_runs: bool = False) -> list[PublishedLog]:
    """Read the run in a log, or with ``split_runs`` the several runs of jobs that wrote to one file.

    Raises:
        UserError: the file is not a log, is empty or damaged, or holds several runs and ``split_runs`` is not set.
    """
    name = LOG_NAME.match(path.name)
    rows, warnings = read_json_lines(path)
    videos = [_video(path, number, row) for number, row in enumerate(rows, start=1)]
    runs = _runs(videos)
    if not split_runs:
        refuse_several(path, [len(run) for run in runs])
    if len({frozenset(video.video_id for video in run) for run in runs[:-1]}) > 1:
        raise UserError(f"{path}: holds rows of several runs in mixed order, which cannot be separated")
    model = path.parent.name.replace("__", "/", 1) if "__" in path.parent.name else None
    task = name["task"] if name else path.stem
    return [PublishedLog(path, task, model, tuple(run), warnings) for run in runs]


def refuse_several(path: Path, sizes: Sequence[int]) -> None:
    """Refuse a file that holds several runs, whose numbers of videos are ``sizes``.

    Raises:
        UserError: there is more than one run.
    """
    if len(sizes) > 1:
        raise UserError(
            f"{path}: holds {len(sizes)} runs of the same videos ({' + '.join(map(str, sizes))} rows);"
            " score them apart with --split-runs"
        )


def _runs(videos: list[LoggedVideo]) -> list[list[LoggedVideo]]:
    """Split the videos wherever a video comes that the current run already has."""
    runs: list[list[LoggedVideo]] = []
    seen: set[str] = set()
    for video in videos:
        if not runs or video.video_id in seen:
            runs.append([])
            seen = set()
        runs[-1].append(video)
        seen.add(video.video_id)
    return runs


def _video(path: Path, number: int, row: JsonObject) -> LoggedVideo:
    try:
        doc, replies = row["doc"], json_value(row, "resps", 0, 0)
        if not isinstance(doc, dict) or not isinstance(replies, list):
            raise TypeError("doc is not an object, or resps[0][0] not a list")
        about: JsonObject = {**row, **doc}
        windows = [LoggedWindow(_number(start), _number(end), _word(text)) for text, start, end in replies]
        return LoggedVideo(
            video_id=_word(about["id"]),
            patient=_word(about["patient"]),
            stroke=bool(about["stroke"]),
            activity=_word(about["activity"]),
            fps=_number(about["fps"]),
            target=_word(row["target"]),
            windows=tuple(sorted(windows, key=lambda window: window.start_s)),
            duration_s=_number(about["duration_s"]) if about.get("duration_s") else None,
        )
    except (LookupError, TypeError, ValueError, OverflowError) as error:
        raise UserError(f"{path}, line {number}: not a row of a published log ({error!r})") from error


def _word(value: object) -> str:
    """Return a text or a number as text; TypeError for a list, an object, or nothing."""
    if not isinstance(value, str | int | float):
        raise TypeError(f"{str(value)[:40]!r} is no text")
    return str(value)


def _number(value: object) -> float:
    """Return a number, which may be written as text; ValueError where it is not finite."""
    number = float(_word(value))
    if not math.isfinite(number):
        raise ValueError(f"{str(value)[:40]} is no number")
    return number
