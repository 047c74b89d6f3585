"""The videos of a task: what was filmed, what is true of it, and its windows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lmms_eval_plugins.dataset.trial import FmaClip
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.sets import Arm, Question, QuestionSet, View
from lmms_eval_plugins.video.perturb import Perturbation
from lmms_eval_plugins.video.windows import Window

_ARMS: dict[str, Arm] = {"A": "affected", "H": "other", "B": "both"}
_VIEWS: dict[str, View] = {"F": "front", "S": "side"}


@dataclass(frozen=True, slots=True)
class OtherWindow:
    """A window of another video, shown in place of one.

    Attributes:
        path: the other video's file.
        fps: the clock of its frame indices.
        window: its window.
    """

    path: Path
    fps: float
    window: Window


@dataclass(frozen=True, slots=True)
class Video:
    """One video of a task.

    Attributes:
        video_id: its name.
        path: its file.
        patient: who is in it.
        cohort: their cohort; None where it is not known.
        activity: the recording's label; None where it is not known.
        hand: the hand that questions are about, ``left`` or ``right``; None where it is not known.
        fps: clock of the frame indices.
        n_frames: its length.
        windows: all windows, in order.
        truth: what the task's assessment scores against; None where it is not known: there are requests about the video
            then, but it is not scored.
        decided: indices of the windows without requests, because the scoring method decides them without, or because
            the hand that is to be covered in them is not located.
        clip: what a Fugl-Meyer clip shows; None for other videos.
        view: the camera, as the manifest names it; None where it is not known.
        repetition: which time the patient did the activity; None for a Fugl-Meyer clip.
        date: the day of the session; None where it is not known.
        picture: width and height of its frames in pixels; None of clips, of which it is not needed.
        raters: further rater → the labels of the hand, where the truth is a timeline.
        perturb: how its frames are changed before they are shown; None shows them as they are.
        instead: window → what is shown in its place; empty where every window is shown itself.
    """

    video_id: str
    path: Path
    patient: str
    cohort: str | None
    activity: str | None
    hand: str | None
    fps: float
    n_frames: int
    windows: tuple[Window, ...]
    truth: object | None = None
    decided: frozenset[int] = frozenset()
    clip: FmaClip | None = None
    view: str | None = None
    repetition: int | None = None
    date: str | None = None
    picture: tuple[int, int] | None = None
    raters: Mapping[str, Timeline] = field(default_factory=dict)
    perturb: Perturbation | None = None
    instead: Mapping[int, OtherWindow] = field(default_factory=dict)

    @property
    def requested_windows(self) -> tuple[Window, ...]:
        """The windows with requests about them."""
        return tuple(window for window in self.windows if window.index not in self.decided)

    @property
    def arm(self) -> Arm | None:
        """The arm that a Fugl-Meyer clip shows."""
        return arm_of(self.clip) if self.clip else None

    def questions_of(self, questions: QuestionSet) -> tuple[Question, ...]:
        """Return the questions about this video: all of a set, or those about what a Fugl-Meyer clip shows."""
        if self.clip is None:
            return questions.questions
        return tuple(question for question in questions.questions if shows(self.clip, question))

    def requests_per_window(self, questions: QuestionSet) -> int:
        """Return how many requests there are about each of its windows: all questions in all their wordings."""
        return sum(1 + len(question.variants) for question in self.questions_of(questions))


def with_answers(
    video: Video, questions: QuestionSet, answers: Mapping[int, Mapping[str, object]]
) -> AnsweredVideo[object]:
    """Return a video with the answers about it, ready for scoring.

    Args:
        video: the video.
        questions: the task's question set.
        answers: window → question id → answer; what is not there is missing.
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
        cohort=video.cohort,
        activity=video.activity,
        truth=video.truth,
        windows=tuple(windows),
        arm=video.arm,
        view=video.view,
        repetition=video.repetition,
        date=video.date,
        raters=video.raters,
        questions=tuple(question.id for question in video.questions_of(questions)),
        duration_s=video.n_frames / video.fps if video.n_frames and video.fps else None,
    )


def arm_of(clip: FmaClip) -> Arm:
    """Return the arm that a clip shows."""
    return _ARMS[clip.laterality]


def shows(clip: FmaClip, question: Question) -> bool:
    """Return whether a clip shows what a question is about: its item, its arm, from its side."""
    return question.item in clip.items and question.arm == arm_of(clip) and question.view == _VIEWS[clip.view]
