"""The pace of dense windows on videos of one rate: which frames are shown, how fast they follow, how long a window is.

A stride is a whole number of frames, so that windows of 8 frames at 15 per second last 8/15 s = 0.533 s only in videos
of 15, 30, 45, 60, … frames per second. At 25 every 2nd frame is shown, 12.5 per second, and a window lasts 0.640 s; at
12 every frame is shown, and a window lasts 0.667 s.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.video.windows import Dense, Uniform, stride_of

_SAME_SHARE = 0.01
"""Lengths that differ by less than this share are the same: 29.97 frames per second count as 30."""


@dataclass(frozen=True, slots=True)
class WindowPace:
    """How dense sampling turns out on videos of one rate.

    Attributes:
        video_fps: frames per second of the videos.
        n_videos: number of such videos.
        stride: every so many frames one is shown, from 1.
        fps: frames shown per second of video; the rate that a model is given, unless its settings declare another.
        window_s: length of a window, in seconds.
    """

    video_fps: float
    n_videos: int
    stride: int
    fps: float
    window_s: float

    def keeps(self, sampling: Dense) -> bool:
        """Return whether windows are as long as the sampling says, to within one per cent."""
        return abs(self.window_s - nominal_s(sampling)) <= _SAME_SHARE * nominal_s(sampling)


def nominal_s(sampling: Dense) -> float:
    """Return how long a window is by its settings, ``frames / fps``, in seconds."""
    return sampling.frames / sampling.fps


def pace_of(video_fps: float, sampling: Dense, n_videos: int = 1) -> WindowPace:
    """Return the pace of a sampling on videos of a rate.

    Raises:
        ValueError: the rate is not positive.
    """
    stride = stride_of(video_fps, sampling)
    return WindowPace(video_fps, n_videos, stride, video_fps / stride, sampling.frames * stride / video_fps)


def paces_of(rates: Iterable[float], sampling: Dense | Uniform) -> list[WindowPace]:
    """Return the pace of each rate among some videos, the most frequent first; none of uniform sampling.

    Args:
        rates: frames per second of each video; rates that agree to a thousandth are one.
        sampling: how the videos are cut into windows.
    """
    if isinstance(sampling, Uniform):
        return []
    counted = Counter(round(rate, 3) for rate in rates)
    return [pace_of(rate, sampling, n) for rate, n in sorted(counted.items(), key=lambda one: (-one[1], -one[0]))]


def describe_other_paces(paces: Sequence[WindowPace], sampling: Dense | Uniform) -> tuple[str, ...]:
    """Return a note on windows that are not as long as their settings say; none where all are."""
    if isinstance(sampling, Uniform) or not (others := [pace for pace in paces if not pace.keeps(sampling)]):
        return ()
    n = sum(pace.n_videos for pace in paces)
    parts = [f"{pace.window_s:.3f} s in {pace.n_videos} of {n} videos ({pace.video_fps:g} fps)" for pace in others]
    by_settings = f"{sampling.frames} frames at {sampling.fps:g}/s are {nominal_s(sampling):.3f} s"
    return (f"windows last {listed(parts)}, whereas {by_settings}",)
