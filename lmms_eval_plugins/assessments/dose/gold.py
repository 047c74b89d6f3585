"""The correct answers to the questions of a dose task, from a video's labels."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from lmms_eval_plugins.assessments.assessment import CorrectAnswer
from lmms_eval_plugins.domain.timeline import Timeline, without_repeats
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES, Primitive, activity_of
from lmms_eval_plugins.questions.sets import Question

_YES_OF: Mapping[str, frozenset[Primitive]] = {
    "motion": MOTION_PRIMITIVES,
    "grasp": GRASP_PRIMITIVES,
    "idle": frozenset({"idle"}),
    "starts": MOTION_PRIMITIVES,
    "stops": frozenset(PRIMITIVES) - MOTION_PRIMITIVES,
    "pick_up": GRASP_PRIMITIVES,
    "put_down": frozenset(PRIMITIVES) - GRASP_PRIMITIVES,
}
"""Truth that a yes-or-no question asks for → the primitives of which yes is correct."""

BEFORE_ONSET: Final = "idle"
"""What the hand does before its first label: it waits."""


def centre_label(timeline: Timeline | None, start_s: float, end_s: float) -> str | None:
    """Return the label at the centre of a window, or the last one before it; ``idle`` before the first label.

    Args:
        timeline: the labels.
        start_s: start of the window in seconds.
        end_s: end of the window in seconds.

    Returns:
        The primitive; None without labels.
    """
    if timeline is None or not timeline.segments:
        return None
    centre = (start_s + end_s) / 2
    begun = [segment.label for segment in timeline.segments if segment.start_s <= centre]
    return begun[-1] if begun else BEFORE_ONSET


def dose_answer(
    question: Question,
    timeline: Timeline | None,
    centre: str | None,
    activity: str | None,
    start_s: float,
    end_s: float,
) -> CorrectAnswer:
    """Return the correct answer to a question about a window.

    Args:
        question: the question.
        timeline: the labels of the video; None where there are none.
        centre: the label at the window's centre, see `centre_label`.
        activity: the recording's label; None where it is not known.
        start_s: start of the window in seconds.
        end_s: exclusive end of the window in seconds.
    """
    if question.truth == "activity":
        shown = activity_of(activity or "")
        return CorrectAnswer(shown, shown)
    if timeline is None or centre is None or question.truth in ("item_score", "label"):
        return CorrectAnswer()
    if question.truth in _YES_OF:
        return CorrectAnswer(centre, "yes" if centre in _YES_OF[question.truth] else "no")
    if question.truth == "primitive":
        return CorrectAnswer(centre, centre)
    labels = without_repeats(timeline.overlapping(start_s, end_s).labels)
    return CorrectAnswer(centre, ", ".join(labels) or centre)
