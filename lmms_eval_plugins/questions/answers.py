"""A video's answers by window, with what is true of the video: what decoding and assessments share.

Whoever reads replies (a run folder, a published log, a task that lmms-eval runs) makes `AnsweredVideo` objects of them;
decoders and assessments take these and nothing else. Replies have been parsed, and the truth is a value: how either is
written as text is known where files are read and written.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Generic, Literal, TypeVar

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.outcomes import NoAnswer
from lmms_eval_plugins.questions.sets import Arm
from lmms_eval_plugins.video.pose.joints import PoseStatus

TruthT_co = TypeVar("TruthT_co", covariant=True)

AnswerState = Literal["read", "unreadable", "refused", "contradictory", "missing"]
"""What became of a request: its reply was read, gave no answer in one of three ways (see `NoAnswer`), or never came."""


@dataclass(frozen=True, slots=True)
class WindowAnswers:
    """The answers about one window.

    Attributes:
        start_s: start of the window in seconds.
        end_s: exclusive end of the window in seconds.
        answers: question id → what :func:`lmms_eval_plugins.questions.reading.read` returned: a value (True, False, a
            number, an option, a tuple of options), a `NoAnswer`, or None for a missing reply. The reply to a question
            that is not among the keys is missing too.
        log_odds: question id → log-odds of yes against no, where they were recorded.
        pose: what the arm's positions say of the window; None where hands were not located.
        n_frames: number of frames shown; None where it is not known.
        cut: ids of the questions whose replies were cut off by the limit of tokens.
    """

    start_s: float
    end_s: float
    answers: Mapping[str, object]
    log_odds: Mapping[str, float] = field(default_factory=lambda: MappingProxyType({}))
    pose: PoseStatus | None = None
    n_frames: int | None = None
    cut: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AnsweredVideo(Generic[TruthT_co]):
    """One video with its truth and the answers about it.

    The type parameter is that of the truth: a `Timeline` of primitives for a dose task, the activity (text) for
    identification, item → score (0 to 2) for the Fugl-Meyer assessment; another family has a type of its own.

    Attributes:
        video_id: the video.
        patient: who was filmed.
        cohort: ``healthy``, ``mild``, ``moderate``, ``severe``, or None where it is not known.
        activity: the recording's label, or None where it is not known.
        truth: what the answers are scored against, or None where it is not known.
        windows: the windows of the video in order of time, with their answers.
        arm: the arm that a Fugl-Meyer clip shows, else None.
        view: the camera, as the manifest names it; None where it is not known.
        repetition: which time the patient did the activity; None where it is not known.
        date: the day of the session, as the manifest has it; None where it has none.
        questions: ids of the questions about every window.
        predicted: the timeline that a decoder made of the answers; None where the task's own method makes it.
        further: timelines that the same decoder made by further seeds; scores are means over all of them.
        by_default: the same windows with the answers of the default reading, where ``windows`` may be read otherwise
            and both are of interest; else None.
        duration_s: the length of the video in seconds; None where it is not known.
        raters: further rater → the labels of the hand that the video is about, to compare with the truth.
    """

    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    truth: TruthT_co | None
    windows: tuple[WindowAnswers, ...]
    arm: Arm | None = None
    questions: tuple[str, ...] = ()
    predicted: Timeline | None = None
    further: tuple[Timeline, ...] = ()
    by_default: tuple[WindowAnswers, ...] | None = None
    duration_s: float | None = None
    view: str | None = None
    repetition: int | None = None
    date: str | None = None
    raters: Mapping[str, Timeline] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def length_s(self) -> float:
        """The length of the video in seconds; the end of its last window where it is not known; 0 without any."""
        return self.duration_s or max((window.end_s for window in self.windows), default=0.0)


def state_of(answer: object) -> AnswerState:
    """Return the state of an answer: ``read``, the way in which it is none, or ``missing`` for None."""
    if answer is None:
        return "missing"
    return answer.value if isinstance(answer, NoAnswer) else "read"


def value_of(answer: object) -> str | None:
    """Return an answer as text, a sequence as ``a;b``; None where there is no answer."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, tuple):
        return ";".join(map(str, answer))
    return None if answer is None or isinstance(answer, NoAnswer) else str(answer)
