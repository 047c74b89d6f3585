"""The videos of a task: what was filmed, what is true of it, and the windows asked about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemQuestion
from lmms_eval_plugins.dataset.trial import FmaClip
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.sets import Arm, Question, QuestionSet, View
from lmms_eval_plugins.video.windows import Window

_ARMS: dict[str, Arm] = {"A": "affected", "H": "other", "B": "both"}
_VIEWS: dict[str, View] = {"F": "front", "S": "side"}


@dataclass(frozen=True, slots=True)
class Video:
    """One video of a task.

    Attributes:
        video_id: its name.
        path: its file.
        patient: who is in it.
        cohort: their cohort, or empty.
        activity: the recording's label, or empty.
        hand: the hand asked about, ``left``, ``right``, or empty where it is not known.
        fps: clock of the frame indices.
        n_frames: its length.
        windows: all windows, in order.
        decided: indices of the windows that are not asked about, because the method decides them without.
        truth: what the task scores against, as text (see `AnsweredVideo`); empty where it is
            not known: the video is then asked about, but not scored.
        timeline: its primitives, where they are labelled.
        item_scores: the patient's Fugl-Meyer scores by item.
        clip: what a Fugl-Meyer clip shows; None for other videos.
    """

    video_id: str
    path: Path
    patient: str
    cohort: str
    activity: str
    hand: str
    fps: float
    n_frames: int
    windows: tuple[Window, ...]
    truth: str = ""
    timeline: Timeline | None = None
    decided: frozenset[int] = frozenset()
    item_scores: Mapping[int, int] = field(default_factory=dict)
    clip: FmaClip | None = None

    @property
    def windows_asked(self) -> tuple[Window, ...]:
        """The windows that are asked about."""
        return tuple(window for window in self.windows if window.index not in self.decided)

    @property
    def arm(self) -> Arm | None:
        """The arm that a Fugl-Meyer clip shows."""
        return arm_of(self.clip) if self.clip else None

    def asked(self, questions: QuestionSet) -> tuple[Question, ...]:
        """The questions that this video is asked: all, or those about what a Fugl-Meyer clip shows."""
        if self.clip is None:
            return questions.questions
        return tuple(question for question in questions.questions if shows(self.clip, question))


def with_answers(video: Video, questions: QuestionSet, answers: Mapping[int, Mapping[str, object]]) -> AnsweredVideo:
    """A video with what was read of the replies about it, ready for scoring.

    Args:
        video: the video.
        questions: what the task asks.
        answers: window → question id → what was read; what is not there is missing.
    """
    windows = (
        WindowAnswers(
            window.start_s,
            window.end_s,
            answers.get(window.index, {}),
            pose=window.pose,
            n_frames=len(window.frames),
        )
        for window in video.windows
    )
    return AnsweredVideo(
        video_id=video.video_id,
        patient=video.patient,
        cohort=video.cohort or None,
        activity=video.activity or None,
        truth=video.truth,
        windows=tuple(windows),
        arm=video.arm,
        questions=tuple(question.id for question in video.asked(questions)),
    )


def item_questions(questions: QuestionSet) -> tuple[ItemQuestion, ...]:
    """What scoring needs to know of the questions about Fugl-Meyer items."""
    return tuple(ItemQuestion.of(q) for q in questions.questions if q.truth == "item_score")


def arm_of(clip: FmaClip) -> Arm:
    """The arm that a clip shows."""
    return _ARMS[clip.laterality]


def shows(clip: FmaClip, question: Question) -> bool:
    """Whether a clip shows what a question is about: its item, its arm, from its side."""
    return question.item in clip.items and question.arm == arm_of(clip) and question.view == _VIEWS[clip.view]
