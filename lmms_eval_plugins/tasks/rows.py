"""One row is one question about one window of one video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import count
from typing import Any

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemQuestion
from lmms_eval_plugins.assessments.fugl_meyer.gold import gold_answer
from lmms_eval_plugins.domain.fugl_meyer import ITEMS
from lmms_eval_plugins.domain.timeline import Timeline, without_repeats
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES, Primitive, activity_of
from lmms_eval_plugins.questions.sets import Question, QuestionSet
from lmms_eval_plugins.tasks.videos import Video
from lmms_eval_plugins.video.windows import Window

_DIGITS = tuple(map(str, range(10)))

_YES_OF: Mapping[str, frozenset[Primitive]] = {
    "motion": MOTION_PRIMITIVES,
    "grasp": GRASP_PRIMITIVES,
    "idle": frozenset({"idle"}),
    "starts": MOTION_PRIMITIVES,
    "stops": frozenset(PRIMITIVES) - MOTION_PRIMITIVES,
    "pick_up": GRASP_PRIMITIVES,
    "put_down": frozenset(PRIMITIVES) - GRASP_PRIMITIVES,
}
"""What a yes-or-no question asks for → the primitives of which yes is right."""

BEFORE_ONSET = "idle"
"""What the hand does before its first label: it waits."""


@dataclass(frozen=True, slots=True)
class RequestRow:
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
        box: left, top, right, bottom of the crop in pixels, once or for each frame in turn; or empty.
        question_id: the question's id.
        text: the question as sent.
        options: the allowed answers of a closed question as words, else empty.
        choices: the answers whose log-probabilities are of interest: the options, or the first numbers of a count.
        label: the true primitive at the window's centre, activity or item score, or empty where unknown.
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
    choices: tuple[str, ...]
    label: str
    target: str

    def as_dict(self) -> dict[str, Any]:
        """The row as plain values."""
        return {name: getattr(self, name) for name in _COLUMNS}


_COLUMNS = tuple(field.name for field in fields(RequestRow))


class RequestRows(list[dict[str, Any]]):
    """Rows as lmms-eval's task expects a split of a dataset: a sequence that knows its columns."""

    @property
    def features(self) -> dict[str, None]:
        """The columns."""
        return dict.fromkeys(_COLUMNS)


def rows_of(videos: Sequence[Video], questions: QuestionSet) -> Iterator[RequestRow]:
    """All rows of some videos: by video, window, question."""
    number = count()
    for video in videos:
        asked = video.asked(questions)
        texts = {cropped: [_text(question, video, cropped) for question in asked] for cropped in (False, True)}
        for window in video.windows_asked:
            centre = centre_label(video.timeline, window)
            for question, text in zip(asked, texts[bool(window.boxes)], strict=True):
                yield RequestRow(
                    row=next(number),
                    video_id=video.video_id,
                    patient=video.patient,
                    cohort=video.cohort,
                    activity=video.activity,
                    hand=video.hand,
                    path=str(video.path),
                    fps=video.fps,
                    window=window.index,
                    start_s=window.start_s,
                    end_s=window.end_s,
                    frames=window.frames,
                    box=_box(window),
                    question_id=question.id,
                    text=text,
                    options=options_of(question),
                    choices=choices_of(question),
                    label=_label(question, video, centre),
                    target=target_of(question, video, window, centre),
                )


def messages_of(row: dict[str, Any]) -> list[dict[str, Any]]:
    """A row as the chat message that lmms-eval's backends understand: the window of the video, then the question."""
    video = {"type": "video", "url": row["path"], "start_time": row["start_s"], "end_time": row["end_s"]}
    return [{"role": "user", "content": [video, {"type": "text", "text": row["text"]}]}]


def centre_label(timeline: Timeline | None, window: Window) -> str:
    """The label at a window's centre, or the last one before it; idle before the first; empty without labels."""
    if timeline is None or not timeline.segments:
        return ""
    centre = (window.start_s + window.end_s) / 2
    begun = [segment.label for segment in timeline.segments if segment.start_s <= centre]
    return begun[-1] if begun else BEFORE_ONSET


def target_of(question: Question, video: Video, window: Window, centre: str) -> str:
    """The correct answer to a question, in the words that its reader understands; empty where it is not known.

    Args:
        question: the question.
        video: the video asked about.
        window: the window asked about.
        centre: the primitive at its centre.
    """
    if question.truth == "item_score":
        return _item_target(question, video, window)
    if question.truth == "activity":
        return activity_of(video.activity) or ""
    if video.timeline is None or not centre:
        return ""
    if question.truth in _YES_OF:
        return "yes" if centre in _YES_OF[question.truth] else "no"
    if question.truth == "primitive":
        return centre
    return ", ".join(without_repeats(video.timeline.overlapping(window.start_s, window.end_s).labels)) or centre


def options_of(question: Question) -> tuple[str, ...]:
    """The allowed answers of a closed question; empty for an open one."""
    return ("yes", "no") if question.answer.kind == "yes_no" else question.answer.options


def choices_of(question: Question) -> tuple[str, ...]:
    """The answers that a reply may begin with: the options, or 0 to 9 for a count; a larger count begins with one."""
    return _DIGITS if question.answer.kind == "count" else options_of(question)


def _box(window: Window) -> tuple[int, ...]:
    return tuple(edge for box in window.boxes for edge in (box.left, box.top, box.right, box.bottom))


def _text(question: Question, video: Video, cropped: bool) -> str:
    item = ITEMS[question.item].name if question.item else ""
    place = _PLACES.get(video.clip.affected_place, "") if video.clip else ""
    return question.render(hand=video.hand, activity=video.activity, item=item, place=place, cropped=cropped)


_PLACES = {"Left": "left half", "Right": "right half", "Top": "upper half", "Bottom": "lower half"}


def _label(question: Question, video: Video, centre: str) -> str:
    if question.truth == "item_score":
        return str(video.item_scores.get(question.item or 0, ""))
    return activity_of(video.activity) or "" if question.truth == "activity" else centre


def _item_target(question: Question, video: Video, window: Window) -> str:
    score = video.item_scores.get(question.item or 0)
    if score is None:
        return ""
    asked = ItemQuestion.of(question)
    return (gold_answer(asked, score, start_s=window.start_s, end_s=window.end_s) or "").lower()
