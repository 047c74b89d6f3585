"""One row is one question about one window of one video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import count
from typing import Any

from lmms_eval_plugins.questions.sets import Question, QuestionSet
from lmms_eval_plugins.task.prepare import Video
from lmms_eval_plugins.timeline import Timeline, without_repeats
from lmms_eval_plugins.video.windows import Box, Window
from lmms_eval_plugins.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES

BEFORE_ONSET = "idle"
"""What the hand does before its first label: it waits."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question about one window; what lmms-eval sees.

    Attributes:
        row: its number among the task's rows, from 0.
        video_id: the video.
        patient: who is in it.
        cohort: their cohort, or empty.
        activity: the recording's label, or empty.
        hand: the hand asked about, or empty.
        path: the video's file.
        fps: clock of the frame indices.
        window: index of the window.
        start_s: its start in seconds.
        end_s: its exclusive end in seconds.
        frames: native frame indices shown.
        box: left, top, right, bottom of the crop in pixels, or empty.
        question_id: the question's id.
        text: the question as sent.
        options: the allowed answers of a closed question as words, else empty.
        label: the true label at the window's centre, or empty where unknown.
        target: the correct answer in words, or empty where unknown.
    """

    row: int
    video_id: str
    patient: str
    cohort: str
    activity: str
    hand: str
    path: str
    fps: float
    window: int
    start_s: float
    end_s: float
    frames: tuple[int, ...]
    box: tuple[int, ...]
    question_id: str
    text: str
    options: tuple[str, ...]
    label: str
    target: str

    def as_dict(self) -> dict[str, Any]:
        """The row as plain values."""
        return {name: getattr(self, name) for name in _COLUMNS}


_COLUMNS = tuple(field.name for field in fields(Row))


class Rows(list[dict[str, Any]]):
    """Rows as lmms-eval's task expects a split of a dataset: a sequence that knows its columns."""

    @property
    def features(self) -> dict[str, None]:
        """The columns."""
        return dict.fromkeys(_COLUMNS)


def rows_of(videos: Sequence[Video], questions: QuestionSet) -> Iterator[Row]:
    """All rows of some videos: by video, window, question."""
    number = count()
    for video in videos:
        trial = video.trial
        texts = [
            (question, question.render(hand=video.hand, activity=trial.activity)) for question in questions.questions
        ]
        for window in video.windows:
            label = centre_label(video.truth, window)
            for question, text in texts:
                yield Row(
                    row=next(number),
                    video_id=trial.video_id,
                    patient=trial.patient,
                    cohort=trial.cohort,
                    activity=trial.activity,
                    hand=video.hand,
                    path=str(trial.path),
                    fps=trial.fps,
                    window=window.index,
                    start_s=window.start_s,
                    end_s=window.end_s,
                    frames=window.frames,
                    box=_box(window.box),
                    question_id=question.id,
                    text=text,
                    options=options_of(question),
                    label=label,
                    target=target_of(question, video.truth, window, label),
                )


def centre_label(truth: Timeline | None, window: Window) -> str:
    """The label at a window's centre, or the last one before it; idle before the first; empty without truth."""
    if truth is None or not truth.segments:
        return ""
    centre = (window.start_s + window.end_s) / 2
    begun = [segment.label for segment in truth.segments if segment.start_s <= centre]
    return begun[-1] if begun else BEFORE_ONSET


def target_of(question: Question, truth: Timeline | None, window: Window, label: str) -> str:
    """The correct answer to a question, in the words that its reader understands; empty without truth."""
    if truth is None or not label:
        return ""
    if question.truth == "motion":
        return "yes" if label in MOTION_PRIMITIVES else "no"
    if question.truth == "grasp":
        return "yes" if label in GRASP_PRIMITIVES else "no"
    if question.truth == "primitive":
        return label
    return ", ".join(without_repeats(truth.overlapping(window.start_s, window.end_s).labels)) or label


def options_of(question: Question) -> tuple[str, ...]:
    """The allowed answers of a closed question; empty for an open one."""
    return ("yes", "no") if question.answer.kind == "yes_no" else question.answer.options


def _box(box: Box | None) -> tuple[int, ...]:
    return (box.left, box.top, box.right, box.bottom) if box else ()
