"""From answers to item scores: the first usable answer, in the order of the questions, decides.

* A yes/no answer is usable where its ``if_yes`` or ``if_no`` gives a score. Over several windows the more frequent
  readable answer counts; as many yes as no is not usable.
* A rating is usable as it is. Over several windows (items 31 and 32) it is the mean of the readable ratings, rounded to
  the nearest score; a mean half-way between two scores goes to 1, neither full nor none.
* Counts (item 33) are compared between the arms, see :func:`speed_score`.
* Item 18 follows from items 15, 16 and 17, where there are questions about all three (:func:`infer_item_18`).

Missing answers and replies without one are passed over, and so is all that is about a clip with too few replies (see
:mod:`lmms_eval_plugins.questions.coverage`); where nothing usable is left, the item stays without a score.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeGuard

from lmms_eval_plugins.assessments.fugl_meyer.clips import AnsweredClip, ItemQuestion, ItemResult, State
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_FROM, INFERRED_ITEM, infer_item_18
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import NO_REPLIES, ReplyCounts, count_replies_to
from lmms_eval_plugins.questions.outcomes import NoAnswer
from lmms_eval_plugins.questions.sets import Arm

__all__ = [
    "AnsweredClip",
    "ItemQuestion",
    "ItemResult",
    "Reached",
    "State",
    "inferred",
    "item_results",
    "rating_over_windows",
    "speed_score",
]

FULL_SPEED_BELOW_S = 2.0
PART_SPEED_BELOW_S = 6.0
"""Item 33: an affected arm that needs less than 2 s longer than the other scores 2, less than 6 s scores 1, else 0."""


def item_results(clips: Sequence[AnsweredClip], questions: Sequence[ItemQuestion]) -> list[ItemResult]:
    """Return a result for every patient and every item that has a question; patients in order, then items.

    Raises:
        ValueError: a question is about two clips of one patient.
    """
    of_items: dict[int, list[ItemQuestion]] = {}
    for question in questions:
        of_items.setdefault(question.item, []).append(question)
    of_patients: dict[str, list[AnsweredClip]] = {}
    for clip in clips:
        of_patients.setdefault(clip.patient, []).append(clip)
    results: list[ItemResult] = []
    for patient, own in of_patients.items():
        replies = _replies(patient, own)
        too_few = {question for clip in own if clip.left_out for question in clip.questions}
        own_items = {item: _item_result(own, item, of_items[item], replies, too_few) for item in sorted(of_items)}
        if set(INFERRED_FROM) <= own_items.keys() and INFERRED_ITEM not in own_items:
            own_items[INFERRED_ITEM] = inferred([own_items[item] for item in INFERRED_FROM], _truth(own, INFERRED_ITEM))
        results += (own_items[item] for item in sorted(own_items))
    return results


def rating_over_windows(ratings: Sequence[int]) -> int | None:
    """Return the mean of ratings (each 0 to 2), rounded to the nearest; half-way goes to 1. None without ratings."""
    if not ratings:
        return None
    mean = sum(ratings) / len(ratings)
    return 0 if mean < 0.5 else 2 if mean > 1.5 else 1


def speed_score(affected: Reached, other: Reached) -> int | None:
    """Score item 33 from the times at which the arms have done their repetitions.

    Returns:
        2, 1 or 0 by the difference of the times, the affected arm's less the other's; 0 also where the affected arm
        never gets there although every count about it could be read; None where one time is not known.
    """
    if other.time_s is None:
        return None
    if affected.time_s is None:
        return 0 if affected.all_read else None
    longer_s = round(affected.time_s - other.time_s, 3)
    return 2 if longer_s < FULL_SPEED_BELOW_S else 1 if longer_s < PART_SPEED_BELOW_S else 0


@dataclass(frozen=True, slots=True)
class Reached:
    """When an arm has done all its repetitions.

    Attributes:
        time_s: end of the window in which the last of them falls, in seconds; None if it never comes.
        all_read: whether every count about the arm could be read.
    """

    time_s: float | None
    all_read: bool


Replies = Mapping[str, Sequence[WindowAnswers]]
"""Question about a patient's clips → the windows in order of time; none without any reply."""


def _replies(patient: str, clips: Iterable[AnsweredClip]) -> dict[str, list[WindowAnswers]]:
    replies: dict[str, list[WindowAnswers]] = {}
    for clip in clips:
        for question in clip.questions:
            if question in replies:
                raise ValueError(f"{patient}: the question {question!r} is asked about two clips")
            replies[question] = sorted(clip.windows, key=lambda window: window.start_s)
    return replies


def _item_result(
    clips: Sequence[AnsweredClip],
    item: int,
    questions: Sequence[ItemQuestion],
    replies: Replies,
    too_few: Collection[str],
) -> ItemResult:
    given = {
        question.id: [window.answers.get(question.id) for window in replies[question.id]] or [None]
        for question in questions
        if question.id in replies
    }
    counts = _counts(given, replies)
    predicted = _first_usable(questions, {id: windows for id, windows in replies.items() if id not in too_few})
    state: State = "scored"
    if predicted is None:
        unread = any(
            isinstance(reply, NoAnswer)
            for id, of_question in given.items()
            if id not in too_few
            for reply in of_question
        )
        lacking = counts.missing > 0 or any(id in too_few for id in given)
        without_clip = any(question.id not in replies for question in questions)
        state = "no_clip" if not given or (without_clip and not unread and not lacking) else "unreadable"
        if lacking and not unread:
            state = "missing"
    return ItemResult(
        patient=clips[0].patient,
        cohort=_cohort(clips),
        item=item,
        truth=_truth(clips, item),
        predicted=predicted,
        state=state,
        replies=counts,
    )


def _counts(given: Mapping[str, Sequence[object]], replies: Replies) -> ReplyCounts:
    """Return the counts of the replies to some questions; a question about a clip without windows lacks one."""
    without_windows = ReplyCounts(0, 0, 1)
    of_questions = (count_replies_to([id], replies[id]) if replies[id] else without_windows for id in given)
    return sum(of_questions, NO_REPLIES)


def inferred(sources: Sequence[ItemResult], truth: int | None) -> ItemResult:
    """Infer item 18 from the results of items 15, 16 and 17; an open one has the state of what keeps it open."""
    predicted = infer_item_18(source.predicted for source in sources)
    open_states = {source.state for source in sources} - {"scored"}
    why: tuple[State, ...] = ("unreadable", "missing", "no_clip")
    return ItemResult(
        patient=sources[0].patient,
        cohort=sources[0].cohort,
        item=INFERRED_ITEM,
        truth=truth,
        predicted=predicted,
        state="scored" if predicted is not None else next(state for state in why if state in open_states),
        replies=NO_REPLIES,
    )


def _first_usable(questions: Sequence[ItemQuestion], replies: Replies) -> int | None:
    for question in questions:
        if question.kind.kind == "count":
            score = speed_score(_reached(questions, "affected", replies), _reached(questions, "other", replies))
        else:
            score = _usable(question, replies.get(question.id, ()))
        if score is not None:
            return score
    return None


def _usable(question: ItemQuestion, windows: Iterable[WindowAnswers]) -> int | None:
    answers = [window.answers.get(question.id) for window in windows]
    if question.kind.kind != "yes_no":
        return rating_over_windows([answer for answer in answers if _is_number(answer)])
    readable = [answer for answer in answers if isinstance(answer, bool)]
    n_yes = sum(readable)
    if 2 * n_yes == len(readable):
        return None
    return question.if_yes if 2 * n_yes > len(readable) else question.if_no


def _reached(questions: Iterable[ItemQuestion], arm: Arm, replies: Replies) -> Reached:
    counted = [question for question in questions if question.kind.kind == "count" and question.arm == arm]
    times: list[float | None] = []
    all_read = bool(counted)
    for question in counted:
        windows = replies.get(question.id, ())
        all_read &= bool(windows) and all(_is_number(window.answers.get(question.id)) for window in windows)
        times.append(_time_of(question, windows))
    known = [time for time in times if time is not None]
    return Reached(max(known) if counted and len(known) == len(times) else None, all_read)


def _time_of(question: ItemQuestion, windows: Iterable[WindowAnswers]) -> float | None:
    total = 0
    for window in windows:
        answer = window.answers.get(question.id)
        total += answer if _is_number(answer) else 0
        if question.reaches is not None and total >= question.reaches:
            return window.end_s
    return None


def _is_number(answer: object) -> TypeGuard[int]:
    return isinstance(answer, int) and not isinstance(answer, bool)


def _truth(clips: Iterable[AnsweredClip], item: int) -> int | None:
    return next((clip.truth[item] for clip in clips if item in clip.truth), None)


def _cohort(clips: Iterable[AnsweredClip]) -> str | None:
    return next((clip.cohort for clip in clips if clip.cohort), None)
