"""Frames of a report's videos, with the heads in them blurred where that is asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.machine.detectors import python_of
from lmms_eval_plugins.video.decode import Frames, decode_frames
from lmms_eval_plugins.video.pose.heads import HeadFinder, HeadTrack, blurred, find_heads
from lmms_eval_plugins.video.pose.people import PeopleFinder
from lmms_eval_plugins.video.probe import probe

_DETECTOR = "mediapipe"
"""The detector that finds heads."""

_WORTH_SAYING = 0.005
"""The least share of a video without a known head that is named."""


class Blur:
    """Blurs the heads in videos; each video is looked through once, before its first frame is handed out.

    Args:
        finder: the detector of heads.
    """

    def __init__(self, finder: HeadFinder) -> None:
        self._finder = finder
        self._tracks: dict[str, HeadTrack] = {}

    def track(self, name: str, path: Path) -> HeadTrack:
        """Return the heads in a video, of which the name is given for remarks.

        Raises:
            VideoError: it cannot be decoded.
        """
        if name not in self._tracks:
            video = probe(path)
            self._tracks[name] = find_heads(path, video.n_frames, video.fps, self._finder)
        return self._tracks[name]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What of the pictures a person has to look at before they are passed on, a line each."""
        shares = {name: track.lost_share for name, track in sorted(self._tracks.items())}
        none = [name for name, share in shares.items() if share == 1.0]
        partly = [f"{name} ({100 * share:.0f} %)" for name, share in shares.items() if _WORTH_SAYING <= share < 1.0]
        lines = []
        if none:
            lines.append(f"no head was found, and nothing is blurred, in {listed(none)}: look at them")
        if partly:
            lines.append(f"no head was found in part of {listed(partly)}: look at them")
        return tuple(lines)


@contextmanager
def head_blur() -> Iterator[Blur]:
    """Start the detector of heads; its process ends with the block.

    Raises:
        UserError: it is not installed.
    """
    try:
        python = python_of(_DETECTOR)
    except UserError as error:
        raise UserError(f"--blur-faces: {error}") from error
    with PeopleFinder(_DETECTOR, python) as finder:
        yield Blur(finder)


def pictures(
    name: str, path: Path, indices: Collection[int], fps: float, blur: Blur | None
) -> Iterator[tuple[int, Frames]]:
    """Decode some frames of a video as `decode_frames` does, and yield them with their heads blurred.

    Args:
        name: of the video.
        path: its file.
        indices: of the frames.
        fps: their clock, frames per second.
        blur: None leaves heads as they are.

    Raises:
        VideoError: the video cannot be decoded; frames yielded before are valid.
    """
    track = blur.track(name, path) if blur else None
    for index, frame in decode_frames(path, indices, fps):
        yield index, blurred(frame, track.at(index / fps)) if track else frame
