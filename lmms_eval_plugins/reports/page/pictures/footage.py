"""The videos that a page plays: links to the files, or small copies that every browser plays."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import quote

import cv2

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.page.filmed import DatasetVideo, Failures, videos_on_disk
from lmms_eval_plugins.reports.page.pictures.blur import Blur, pictures
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.video.container import VideoError, open_video
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.probe import probe
from lmms_eval_plugins.video.write import VideoWriter

FootageKind = Literal["links", "proxies"]

FOOTAGE_FOLDER = "videos"
"""The folder of the copies, in that of the page."""

_PLAYED_CODECS = frozenset({"h264", "vp8", "vp9", "av1"})
_PLAYED_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".webm"})
_PLAYED_PIXELS = frozenset({"yuv420p", "yuvj420p"})
"""What Chromium, Firefox and Safari all play."""

_MOST_HIGH, _MOST_FPS = 360, 15.0
"""Size of a copy in pixels and pictures per second, at most; the rate is the video's own divided by a whole number."""

_ROUNDING = 0.1
"""A rate may be so much of `_MOST_FPS` above it or a multiple of it: files of 30 pictures a second often say 29.97."""

_COPY = {"crf": "28", "preset": "veryfast", "g": "30"}
"""A key frame at least every two seconds, so that seeking is quick."""


@dataclass(frozen=True, slots=True)
class Footage:
    """What the page's videos are played from.

    Attributes:
        media: a relative address for every video, by its place; None where there is nothing to play.
        problems: why not, a line each.
    """

    media: tuple[str | None, ...]
    problems: tuple[str, ...]


def write_footage(
    runs: ReportRuns,
    filmed: Mapping[str, DatasetVideo],
    folder: Path,
    kind: FootageKind | None,
    blur: Blur | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Footage:
    """Link the videos of a report's runs, or copy them small; one that cannot be is a problem, and the rest goes on.

    Args:
        runs: the runs.
        filmed: the videos of their datasets, by name.
        folder: of the page, from which addresses count; copies are written into it. It may be a folder beside the
            final one that is renamed afterwards.
        kind: ``links`` to the files as they are; ``proxies``: copies at most 360 pixels high and of about 15 pictures
            a second, put right as models see them (upright, square pixels), without sound; None links the painted
            videos of the demo alone, which show no person.
        blur: blurs the heads in copies; None leaves them as they are.
        progress: called with the number of finished videos and the number of all videos.

    Raises:
        UserError: heads cannot be blurred in linked files; or the folder cannot be written.
    """
    if blur and kind == "links":
        raise UserError("--blur-faces cannot blur videos that are only linked: choose --with-video proxies")
    names = [video.video_id for video in runs.videos]
    problems: list[str] = []
    failures = Failures()
    files = videos_on_disk(
        (name for name in names if kind or (name in filmed and filmed[name].painted)), filmed, problems
    )
    media: dict[str, str] = {}
    for place, name in enumerate(names):
        try:
            if name in files:
                media[name] = (
                    _copied(name, files[name].path, folder, place, blur)
                    if kind == "proxies"
                    else _linked(files[name].path, folder)
                )
        except VideoError as error:
            failures.add(name, files[name], error)
        progress(place + 1, len(names))
    return Footage(tuple(media.get(name) for name in names), (*problems, *failures.lines))


def _linked(path: Path, folder: Path) -> str:
    """Return the address of a file; VideoError where it is not there, or browsers do not play it."""
    with open_video(path) as (_, stream):
        codec, pixels = stream.codec_context.codec.canonical_name, stream.codec_context.pix_fmt
    if path.suffix.lower() not in _PLAYED_SUFFIXES or codec not in _PLAYED_CODECS or pixels not in _PLAYED_PIXELS:
        what = f"{codec} ({pixels}) in {path.suffix or 'a file without a suffix'}"
        raise VideoError(path, f"not every browser plays {what}: choose --with-video proxies")
    return quote(Path(os.path.relpath(path.absolute(), folder.absolute())).as_posix())


def _copied(name: str, path: Path, folder: Path, place: int, blur: Blur | None) -> str:
    """Write the small copy of a video, and return its address; none is left where that fails."""
    address = f"{FOOTAGE_FOLDER}/{place:05}.mp4"
    copy = folder / address
    with writing(copy.parent):
        copy.parent.mkdir(exist_ok=True)
    video = probe(path)
    stride = max(1, math.ceil(video.fps / _MOST_FPS - _ROUNDING))
    try:
        with VideoWriter(copy, video.fps / stride, _COPY) as writer:
            for _, frame in pictures(name, path, range(0, video.n_frames, stride), video.fps, blur):
                writer.add(_small(frame))
    except VideoError as error:
        copy.unlink(missing_ok=True)
        if error.path == copy:  # the disk is full, for the next videos too
            raise UserError(str(error)) from error
        raise
    return address


def _small(frame: Frames) -> Frames:
    height, width = frame.shape[:2]
    scale = min(1.0, _MOST_HIGH / height)
    size = max(2, round(scale * width)), max(2, round(scale * height))
    small: Frames = cv2.resize(frame, size, interpolation=cv2.INTER_AREA)
    return small
