"""The blind control of decoders: the same machinery on the same windows without the answers, by several seeds.

All that goes in are habits of other patients and the length of a video, so runs about the same windows share a control.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from lmms_eval_plugins.decoding.leave_out import Decoding, decode_leaving_out
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers

_KEPT = 4
"""So many controls are kept: by activity and pooled, of two sets of windows."""


@dataclass(frozen=True, slots=True)
class _Unseen:
    """What a decoder knows of a video before it looks at answers; windows are pairs of start and end in seconds."""

    video_id: str
    patient: str
    activity: str | None
    truth: Timeline | None
    windows: tuple[tuple[float, float], ...]

    def as_answered(self) -> AnsweredVideo[Timeline]:
        windows = tuple(WindowAnswers(start_s, end_s, {}) for start_s, end_s in self.windows)
        return AnsweredVideo(self.video_id, self.patient, None, self.activity, self.truth, windows)


def decode_blind(
    videos: Sequence[AnsweredVideo[Timeline]],
    learned_from: Sequence[AnsweredVideo[Timeline]],
    decoding: Decoding,
    labels: tuple[str, ...],
    seeds: int = 1,
) -> tuple[tuple[Timeline, ...], ...]:
    """Return for each video the timeline by each seed, as `decode_leaving_out` gives it with a blind decoding.

    Args:
        videos: the videos; neither their truth nor their answers are used.
        learned_from: the training videos, the same or others; their answers are not used.
        decoding: the settings; blind, whatever they say.
        labels: the labels of the videos' dataset.
        seeds: number of seeds, from the decoding's on.

    Raises:
        UserError: there is no other patient with labels, or a video has no windows.
    """
    unseen = tuple(_unseen(video, None) for video in videos)
    known = tuple(_unseen(video, video.truth) for video in learned_from)
    return _decoded(unseen, known, replace(decoding, blind=True), labels, seeds)


@lru_cache(maxsize=_KEPT)
def _decoded(
    videos: tuple[_Unseen, ...],
    learned_from: tuple[_Unseen, ...],
    decoding: Decoding,
    labels: tuple[str, ...],
    seeds: int,
) -> tuple[tuple[Timeline, ...], ...]:
    no_questions: tuple[tuple[str, ...], ...] = ((),)
    training = Training([video.as_answered() for video in learned_from], no_questions, labels)
    return decode_leaving_out([video.as_answered() for video in videos], training, decoding, labels, seeds).draws


def _unseen(video: AnsweredVideo[Timeline], truth: Timeline | None) -> _Unseen:
    windows = tuple((window.start_s, window.end_s) for window in video.windows)
    return _Unseen(video.video_id, video.patient, video.activity, truth, windows)
