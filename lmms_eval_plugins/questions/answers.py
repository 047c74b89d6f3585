"""TODO."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.sets import Arm
from lmms_eval_plugins.video.pose.status import PoseStatus


@dataclass(frozen=True, slots=True)
class WindowAnswers:
    """The answers about one window.

    Attributes:
        start_s: start of the window in seconds.
        end_s: exclusive end of the window in seconds.
        answers: question id → what :func:`lmms_eval_plugins.questions.reading.read` returned: a value, ``UNREADABLE``,
            or None for a missing answer. A question that is not there is missing too.
        log_odds: question id → log-odds of yes against no, where they were recorded.
        pose: what the arm's positions say of the window; None where they were not looked at.
        n_frames: frames shown; None where it is not known.
    """

    start_s: float
    end_s: float
    answers: Mapping[str, object]
    log_odds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    pose: PoseStatus | None = None
    n_frames: int | None = None


@dataclass(frozen=True, slots=True)
class AnsweredVideo:
    """One video with its truth and the answers about it.

    Attributes:
        video_id: the video.
        patient: who was filmed.
        cohort: ``healthy``, ``mild``, ``moderate``, ``severe``, or None where it is not known.
        activity: the recording's label, or None where it is not known.
        truth: as text: a timeline of primitives, an activity, or item scores as ``3=2;4=0``; empty where unknown.
        windows: the windows asked about, with their answers.
        arm: the arm that a Fugl-Meyer clip shows, else None.
        questions: ids of the questions asked about every window.
        predicted: the timeline that a decoder made of the answers; None where the task's own method makes it.
    """

    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    truth: str
    windows: tuple[WindowAnswers, ...]
    arm: Arm | None = None
    questions: tuple[str, ...] = ()
    predicted: Timeline | None = None


def true_timeline(video: AnsweredVideo) -> Timeline:
    """The true timeline of a video of a dose task; UserError where it cannot be read."""
    try:
        return Timeline.from_text(video.truth)
    except ValueError as error:
        raise UserError(f"{video.video_id}: the truth cannot be read ({error})") from error
