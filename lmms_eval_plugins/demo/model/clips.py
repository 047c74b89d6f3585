"""Windows of training videos: drawn in balance and varied, or cut as the engine cuts them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.model.config import Pictures
from lmms_eval_plugins.demo.model.footage import Footage
from lmms_eval_plugins.demo.motion import FPS
from lmms_eval_plugins.vocabulary import GRASP_PRIMITIVES, PRIMITIVES

_WITHOUT_MOTION = np.array(
    [PRIMITIVES.index("stabilize" if primitive in GRASP_PRIMITIVES else "idle") for primitive in PRIMITIVES]
)
"""What each primitive looks like in a still picture."""


@dataclass(frozen=True, slots=True)
class Clip:
    """One window with its truth; hands are ordered as in `footage.HANDS`.

    Attributes:
        frames: (frames, height, width, 3), uint8.
        label: (2,), the primitive of each hand at the window's centre.
        primitives: (2, pairs), the primitive of each hand in the middle of each pair of frames.
        grips: (2, pairs, 2), where each grip is then: x and y as parts of the picture.
        busy: index of the hand that exercises.
    """

    frames: npt.NDArray[np.uint8]
    label: npt.NDArray[np.int64]
    primitives: npt.NDArray[np.int64]
    grips: npt.NDArray[np.float32]
    busy: int


class Reels:
    """Videos to draw windows from, every primitive of the busy hand as often as the others.

    Args:
        videos: the videos.
        pictures: what a window is.
    """

    def __init__(self, videos: Sequence[Footage], pictures: Pictures) -> None:
        self._videos = videos
        self._pictures = pictures
        self._places: list[npt.NDArray[np.int64]] = []
        _, half, span = _clock(pictures)
        for primitive in range(len(PRIMITIVES)):
            found = [
                (number, start)
                for number, video in enumerate(videos)
                for start in np.flatnonzero(
                    video.primitives[video.busy, half : len(video.frames) - span + half + 1] == primitive
                )
            ]
            if found:
                self._places.append(np.array(found))

    def draw(self, rng: np.random.Generator, frozen: float = 0.0) -> Clip:
        """A window at any moment of any video, half of them mirrored, a part ``frozen`` of them standing still."""
        places = self._places[int(rng.integers(len(self._places)))]
        number, start = places[int(rng.integers(len(places)))]
        clip = cut(self._videos[number], int(start), self._pictures)
        if rng.uniform() < 0.5:
            clip = mirrored(clip)
        return still(clip) if rng.uniform() < frozen else clip


def windows_of(video: Footage, pictures: Pictures) -> Iterator[Clip]:
    """The windows that a task asks about, from the first frame on without overlap; a short last one is left out."""
    span = _clock(pictures)[2]
    for start in range(0, len(video.frames) - span + 1, span):
        yield cut(video, start, pictures)


def cut(video: Footage, start: int, pictures: Pictures) -> Clip:
    """The window that begins at a native frame."""
    stride, half, span = _clock(pictures)
    middles = start + stride * np.arange(0, pictures.frames, 2) + stride // 2
    return Clip(
        frames=np.asarray(video.frames[start : start + span : stride]),
        label=video.primitives[:, start + half],
        primitives=video.primitives[:, middles],
        grips=video.grips[:, middles],
        busy=video.busy,
    )


def mirrored(clip: Clip) -> Clip:
    """The window in a mirror: left is right, for hands too."""
    grips = clip.grips[::-1].copy()
    grips[..., 0] = 1 - grips[..., 0]
    return Clip(clip.frames[:, :, ::-1], clip.label[::-1], clip.primitives[::-1], grips, 1 - clip.busy)


def still(clip: Clip) -> Clip:
    """The first frame of a window, repeated: hands hold or rest."""
    first = _WITHOUT_MOTION[clip.primitives[:, :1]]
    pairs = clip.primitives.shape[1]
    return replace(
        clip,
        frames=np.repeat(clip.frames[:1], len(clip.frames), axis=0),
        label=first[:, 0],
        primitives=np.repeat(first, pairs, axis=1),
        grips=np.repeat(clip.grips[:, :1], pairs, axis=1),
    )


def _clock(pictures: Pictures) -> tuple[int, int, int]:
    """Native frames from one frame shown to the next, to the window's centre, and to the next window."""
    stride = max(1, round(FPS / pictures.fps))
    return stride, stride * pictures.frames // 2, stride * pictures.frames
