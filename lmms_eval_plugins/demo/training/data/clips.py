"""Windows of training videos: drawn at random in balance, or cut as the tasks cut them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.demo.scenes.motion import FPS
from lmms_eval_plugins.demo.training.config import Pictures
from lmms_eval_plugins.demo.training.data.footage import ActivityFootage, AnyFootage, ExamFootage
from lmms_eval_plugins.demo.training.data.wording import LAST_SINGLE_ITEM
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, PRIMITIVES, Activity
from lmms_eval_plugins.questions.sets import Arm
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.windows import Dense, Uniform, windows

_WITHOUT_MOTION = np.array(
    [PRIMITIVES.index("stabilize" if primitive in GRASP_PRIMITIVES else "idle") for primitive in PRIMITIVES]
)
"""The primitive that a still picture of each primitive shows."""

_SHORTEST_PART = 0.5
_LOOSE_FRAMES = 2
"""The most frames that may be left out at either end of an assessment clip."""

_ZOOM, _ASIDE = (0.9, 1.1), 0.05
"""Limits of the zoom of an assessment clip, and of its shift as a share of the picture's width and height."""

_TIMED_SHARE = 0.2
"""Share of the windows of assessment clips that are short ones, of the task whose items are scored by the window."""


@dataclass(frozen=True, slots=True)
class MomentClip:
    """One short window of an activity with its truth; hands are ordered as in `wording.HANDS`.

    Attributes:
        frames: (frames, height, width, 3), uint8.
        fps: of these frames.
        label: (2,), the primitive of each hand at the window's centre.
        doing: (2, native frames), the primitive of each hand all through the window.
        primitives: (2, pairs), the primitive of each hand in the middle of each pair of frames.
        grips: (2, pairs, 2), where each grip is then: x and y as shares of the picture.
        busy: index of the hand that does the activity.
        activity: of the video.
    """

    frames: Frames
    fps: float
    label: npt.NDArray[np.int64]
    doing: npt.NDArray[np.int64]
    primitives: npt.NDArray[np.int64]
    grips: npt.NDArray[np.float32]
    busy: int
    activity: Activity


@dataclass(frozen=True, slots=True)
class WholeClip:
    """Frames spread over a whole video, and its activity."""

    frames: Frames
    fps: float
    activity: Activity


@dataclass(frozen=True, slots=True)
class ExamClip:
    """A window of an assessment clip: its video, the arm that is shown, and whether it is mirrored."""

    frames: Frames
    fps: float
    video: ExamFootage
    arm: Arm
    is_mirrored: bool = False


AnyClip = MomentClip | WholeClip | ExamClip


class ClipSampler:
    """A sampler of windows, in which every primitive of the busy hand is equally frequent.

    Args:
        videos: the videos.
        pictures: frames, rate and pixel limits of a window.
    """

    def __init__(self, videos: Sequence[AnyFootage], pictures: Pictures) -> None:
        self._videos = [video for video in videos if isinstance(video, ActivityFootage)]
        exams = [video for video in videos if isinstance(video, ExamFootage)]
        self._timed = [video for video in exams if is_timed(video)]
        self._untimed = [video for video in exams if not is_timed(video)]
        self._pictures = pictures
        self._places: list[npt.NDArray[np.int64]] = []
        for primitive in range(len(PRIMITIVES)):
            found = [
                (number, start)
                for number, video in enumerate(self._videos)
                for start in np.flatnonzero(_centres(video, pictures) == primitive)
            ]
            if found:
                self._places.append(np.array(found))

    def draw_moment(self, rng: np.random.Generator, frozen: float = 0.0) -> MomentClip:
        """Draw a short window of an activity; half of them mirrored, a share ``frozen`` of them without motion."""
        places = self._places[int(rng.integers(len(self._places)))]
        number, start = places[int(rng.integers(len(places)))]
        clip = cut_clip(self._videos[number], int(start), self._pictures)
        if rng.uniform() < 0.5:
            clip = mirrored_clip(clip)
        return frozen_clip(clip) if rng.uniform() < frozen else clip

    def draw_whole(self, rng: np.random.Generator) -> WholeClip:
        """Draw frames spread over a video or a long part of one; half of them mirrored."""
        video = self._videos[int(rng.integers(len(self._videos)))]
        n_frames = len(video.frames)
        length = max(self._pictures.frames, round(n_frames * float(rng.uniform(_SHORTEST_PART, 1.0))))
        start = int(rng.integers(n_frames - length + 1))
        clip = whole_clip(video, self._pictures, start, start + length)
        return replace(clip, frames=_flipped(clip.frames)) if rng.uniform() < 0.5 else clip

    def draw_exam(self, rng: np.random.Generator) -> ExamClip:
        """Draw an assessment clip, or a short window of a timed one, from a camera moved a little; half mirrored."""
        videos = self._timed if rng.uniform() < _TIMED_SHARE else self._untimed
        video = videos[int(rng.integers(len(videos)))]
        shows_both = video.both is not None and bool(rng.integers(2))
        frames = video.both if shows_both and video.both is not None else video.alone
        if is_timed(video):
            start = int(rng.integers(len(frames) - self._pictures.frames + 1))
            chosen = list(range(start, start + self._pictures.frames))
        else:
            start, cut_off = (int(rng.integers(_LOOSE_FRAMES + 1)) for _ in range(2))
            chosen = [start + frame for frame in _evenly_spaced(len(frames) - start - cut_off, self._pictures)]
        clip = _exam_clip(video, frames, chosen, "both" if shows_both else "affected")
        clip = replace(clip, frames=_moved(clip.frames, rng))
        return replace(clip, frames=_flipped(clip.frames), is_mirrored=True) if rng.uniform() < 0.5 else clip


def moment_clips(video: ActivityFootage, pictures: Pictures) -> Iterator[MomentClip]:
    """Yield the windows that a task shows, from the first frame on without overlap; a short last one is left out."""
    for start in range(0, len(video.frames) - pictures.frames + 1, pictures.frames):
        yield cut_clip(video, start, pictures)


def cut_clip(video: ActivityFootage, start: int, pictures: Pictures) -> MomentClip:
    """Return the window that begins at a frame of the video's ``frames``."""
    stride, native = video.stride, video.stride * start
    span = stride * pictures.frames
    middles = native + stride * np.arange(0, pictures.frames, 2) + stride // 2
    return MomentClip(
        frames=np.asarray(video.frames[start : start + pictures.frames]),
        fps=FPS / stride,
        label=video.primitives[:, native + span // 2],
        doing=video.primitives[:, native : native + span],
        primitives=video.primitives[:, middles],
        grips=video.grips[:, middles],
        busy=video.busy,
        activity=video.activity,
    )


def whole_clip(video: ActivityFootage, pictures: Pictures, start: int = 0, end: int | None = None) -> WholeClip:
    """Return frames spread over a part of a video, as a task shows a whole one."""
    end = end or len(video.frames)
    chosen = [start + frame for frame in _evenly_spaced(end - start, pictures)]
    rate = FPS / video.stride * (len(chosen) - 1) / (chosen[-1] - chosen[0])
    return WholeClip(np.asarray(video.frames[chosen]), rate, video.activity)


def exam_clips(video: ExamFootage, pictures: Pictures) -> Iterator[ExamClip]:
    """Yield the windows of an assessment clip that a task shows."""
    shown: tuple[tuple[Arm, Frames | None], ...] = (("affected", video.alone), ("both", video.both))
    for arm, frames in shown:
        if frames is not None and is_timed(video):
            for window in windows(len(frames), video.fps, Dense(fps=video.fps, frames=pictures.frames)):
                if len(window.frames) == pictures.frames:
                    yield _exam_clip(video, frames, list(window.frames), arm)
        elif frames is not None:
            yield _exam_clip(video, frames, _evenly_spaced(len(frames), pictures), arm)


def is_timed(video: ExamFootage) -> bool:
    """Return whether the items of a clip are scored by the window."""
    return video.exam.items[0] > LAST_SINGLE_ITEM


def mirrored_clip(clip: MomentClip) -> MomentClip:
    """Return the window mirrored, its hands exchanged."""
    grips = clip.grips[::-1].copy()
    grips[..., 0] = 1 - grips[..., 0]
    return replace(
        clip,
        frames=_flipped(clip.frames),
        label=clip.label[::-1],
        doing=clip.doing[::-1],
        primitives=clip.primitives[::-1],
        grips=grips,
        busy=1 - clip.busy,
    )


def frozen_clip(clip: MomentClip) -> MomentClip:
    """Return a window that repeats its first frame: hands hold or rest."""
    first = _WITHOUT_MOTION[clip.primitives[:, :1]]
    pairs = clip.primitives.shape[1]
    return replace(
        clip,
        frames=np.repeat(clip.frames[:1], len(clip.frames), axis=0),
        label=first[:, 0],
        doing=np.repeat(first, clip.doing.shape[1], axis=1),
        primitives=np.repeat(first, pairs, axis=1),
        grips=np.repeat(clip.grips[:, :1], pairs, axis=1),
    )


def _centres(video: ActivityFootage, pictures: Pictures) -> npt.NDArray[np.int64]:
    """Return the busy hand's primitive at the centre of every window that can be cut, (starts,)."""
    starts = video.stride * np.arange(max(0, len(video.frames) - pictures.frames + 1))
    return np.asarray(video.primitives[video.busy, starts + video.stride * pictures.frames // 2])


def _evenly_spaced(n_frames: int, pictures: Pictures) -> list[int]:
    chosen = windows(n_frames, 1.0, Uniform(strategy="uniform", frames=pictures.frames))[0].frames
    return list(chosen)


def _exam_clip(video: ExamFootage, frames: Frames, chosen: list[int], arm: Arm) -> ExamClip:
    rate = video.fps * (len(chosen) - 1) / (chosen[-1] - chosen[0])
    return ExamClip(np.asarray(frames[chosen]), rate, video, arm)


def _moved(frames: Frames, rng: np.random.Generator) -> Frames:
    """Return frames zoomed and shifted at random, as from a camera that stands a little elsewhere."""
    height, width = frames.shape[1:3]
    zoom = float(rng.uniform(*_ZOOM))
    middle, aside = np.array([width, height]) / 2, rng.uniform(-_ASIDE, _ASIDE, 2) * [width, height]
    turn = np.column_stack([zoom * np.eye(2), (1 - zoom) * middle + aside])
    moved = [cv2.warpAffine(frame, turn, (width, height), borderMode=cv2.BORDER_REPLICATE) for frame in frames]
    return np.asarray(np.stack(moved), np.uint8)


def _flipped(frames: Frames) -> Frames:
    return frames[:, :, ::-1]
