"""Requests as rows: one row is one question about one window of one video.

Rows are plain data for lmms-eval, so what is not known is an empty text in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import count
from typing import Any, Literal

from lmms_eval_plugins.assessments.facts import CorrectAnswer
from lmms_eval_plugins.assessments.registry import AnyAssessment
from lmms_eval_plugins.domain.fugl_meyer import ITEMS
from lmms_eval_plugins.questions.sets import Question, QuestionSet
from lmms_eval_plugins.tasks.videos import OtherWindow, Video
from lmms_eval_plugins.video.perturb import Perturbation
from lmms_eval_plugins.video.windows import Box

_DIGITS = tuple(map(str, range(10)))


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One question about one window, as lmms-eval sees it.

    Attributes:
        row: its number among the task's rows, from 0.
        video_id: the video.
        patient: who is in it.
        cohort: their cohort, or empty.
        activity: the recording's label, or empty.
        hand: the hand that questions are about, or empty.
        path: the video's file.
        fps: clock of the frame indices.
        window: index of the window.
        start_s: its start in seconds.
        end_s: its exclusive end in seconds.
        frames: native frame indices shown.
        box: left, top, right, bottom of the crop in pixels, once or for each frame in turn; or empty.
        question_id: the question's id.
        text: the question as sent.
        options: the allowed answers of a closed question as words, else empty.
        choices: the answers whose log-probabilities are of interest: the options, or the first numbers of a count.
        label: what is true of the window (primitive at its centre, activity, item score), or empty where unknown.
        target: the correct answer in words, or empty where unknown.
        perturb: how the frames are changed before they are shown; empty where they are shown as they are. Then
            lmms-eval sees neither this column nor the next.
        hand_box: left, top, right, bottom of the hand in pixels, for each frame in turn; empty where nothing is done
            to it.
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
    choices: tuple[str, ...]
    label: str
    target: str
    perturb: Perturbation | Literal[""] = ""
    hand_box: tuple[int, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return the row as plain values, of the type of lmms-eval's documents."""
        return {name: getattr(self, name) for name in (_EVERY_COLUMN if self.perturb else _COLUMNS)}


_EVERY_COLUMN = tuple(field.name for field in fields(RequestRow))
_COLUMNS = tuple(name for name in _EVERY_COLUMN if name not in ("perturb", "hand_box"))


class RequestRows(list[dict[str, Any]]):
    """Rows as lmms-eval's task expects a split of a dataset: a sequence that knows its columns."""

    @property
    def features(self) -> dict[str, None]:
        """Return the columns, as keys."""
        return dict.fromkeys(_COLUMNS)


def rows_of(videos: Sequence[Video], questions: QuestionSet, assessment: AnyAssessment) -> Iterator[RequestRow]:
    """Make all rows of some videos: by video, window, question, wording.

    Args:
        videos: the videos.
        questions: the task's question set.
        assessment: the task's assessment, which knows the correct answers.
    """
    number = count()
    for video in videos:
        own = video.questions_of(questions)
        asked = [wording for question in own for wording in question.wordings]
        texts = {cropped: [_text(wording, video, cropped) for wording in asked] for cropped in (False, True)}
        for window in video.requested_windows:
            correct = assessment.correct_answers(
                own, video.truth, activity=video.activity, start_s=window.start_s, end_s=window.end_s
            )
            targets = _in_all_wordings(own, correct)
            shown = video.instead.get(window.index) or OtherWindow(video.path, video.fps, window)
            for question, text, (label, target) in zip(asked, texts[bool(window.boxes)], targets, strict=True):
                yield RequestRow(
                    row=next(number),
                    video_id=video.video_id,
                    patient=video.patient,
                    cohort=video.cohort or "",
                    activity=video.activity or "",
                    hand=video.hand or "",
                    path=str(shown.path),
                    fps=shown.fps,
                    window=window.index,
                    start_s=window.start_s,
                    end_s=window.end_s,
                    frames=shown.window.frames,
                    box=_edges(shown.window.boxes),
                    question_id=question.id,
                    text=text,
                    options=options_of(question),
                    choices=choices_of(question),
                    label=label,
                    target=target,
                    perturb=video.perturb or "",
                    hand_box=_edges(shown.window.hand),
                )


def _in_all_wordings(questions: Sequence[Question], correct: Sequence[CorrectAnswer]) -> list[tuple[str, str]]:
    """Return what is true, and the correct reply, for every wording of some questions; empty where it is not known."""
    return [
        (answer.label or "", reply)
        for question, answer in zip(questions, correct, strict=True)
        for reply in question.in_all_wordings(answer.reply or "").values()
    ]


def messages_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Return a row as a chat message that lmms-eval's backends understand: the video's window, then the question."""
    video = {"type": "video", "url": row["path"], "start_time": row["start_s"], "end_time": row["end_s"]}
    return [{"role": "user", "content": [video, {"type": "text", "text": row["text"]}]}]


def options_of(question: Question) -> tuple[str, ...]:
    """Return the allowed answers of a closed question; empty for an open one."""
    return ("yes", "no") if question.answer.kind == "yes_no" else question.answer.options


def choices_of(question: Question) -> tuple[str, ...]:
    """Return the answers that a reply may begin with: the options, or for a count the digits 0 to 9."""
    return _DIGITS if question.answer.kind == "count" else options_of(question)


def _edges(boxes: Iterable[Box]) -> tuple[int, ...]:
    return tuple(edge for box in boxes for edge in (box.left, box.top, box.right, box.bottom))


def _text(question: Question, video: Video, cropped: bool) -> str:
    item = ITEMS[question.item].name if question.item else ""
    place = _PLACES.get(video.clip.affected_place, "") if video.clip else ""
    return question.render(
        hand=video.hand or "", activity=video.activity or "", item=item, place=place, cropped=cropped
    )


_PLACES = {"Left": "left half", "Right": "right half", "Top": "upper half", "Bottom": "lower half"}
