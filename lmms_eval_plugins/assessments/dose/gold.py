"""The correct answers to the questions of a dose task, from a video's labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from lmms_eval_plugins.assessments.assessment import ScoringQuestion
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.facts import CorrectAnswer
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline, without_repeats
from lmms_eval_plugins.questions.answers import WindowAnswers


@lru_cache(maxsize=8)
def yes_of(scheme: Scheme) -> Mapping[str, frozenset[str]]:
    """Return truth that a yes-or-no question is about → the labels of which yes is correct."""
    every = frozenset(scheme.names)
    return {
        "motion": scheme.motion,
        "grasp": scheme.grasp,
        "idle": scheme.resting,
        "starts": scheme.motion,
        "stops": every - scheme.motion,
        "pick_up": scheme.grasp,
        "put_down": every - scheme.grasp,
    }


def centre_label(timeline: Timeline | None, start_s: float, end_s: float, scheme: Scheme | None = None) -> str | None:
    """Return the label at the centre of a window, or the last one before it; before the first label the hand rests.

    Args:
        timeline: the labels.
        start_s: start of the window in seconds.
        end_s: end of the window in seconds.
        scheme: what the labels mean; None for the primitives, whose ``idle`` stands before the first label.

    Returns:
        The label; None without labels, and before the first one where the scheme has none for a hand that rests.
    """
    if timeline is None or not timeline.segments:
        return None
    centre = (start_s + end_s) / 2
    begun = [segment.label for segment in timeline.segments if segment.start_s <= centre]
    return begun[-1] if begun else (scheme or primitives_scheme()).at_onset


def dose_answer(
    question: ScoringQuestion,
    timeline: Timeline | None,
    centre: str | None,
    activity: str | None,
    start_s: float,
    end_s: float,
    scheme: Scheme | None = None,
) -> CorrectAnswer:
    """Return the correct answer to a question about a window.

    Args:
        question: the question.
        timeline: the labels of the video; None where there are none.
        centre: the label at the window's centre, see `centre_label`.
        activity: the recording's label; None where it is not known.
        start_s: start of the window in seconds.
        end_s: exclusive end of the window in seconds.
        scheme: what the labels mean; None for the primitives.
    """
    if question.truth == "activity":
        shown = activity_of_label(activity or "")
        return CorrectAnswer(shown, shown)
    if timeline is None or question.truth is None or question.truth in ("item_score", "label", "none"):
        return CorrectAnswer()
    if question.truth == "primitives":
        labels = without_repeats(timeline.overlapping(start_s, end_s).labels)
        return CorrectAnswer(centre, ", ".join(labels) or centre)
    if centre is None:
        return CorrectAnswer()
    yes = yes_of(scheme or primitives_scheme())
    if question.truth in yes:
        return CorrectAnswer(centre, "yes" if centre in yes[question.truth] else "no")
    return CorrectAnswer(centre, centre)


def gold_windows(
    truth: Timeline, windows: Sequence[WindowAnswers], method: DoseMethod, scheme: Scheme | None = None
) -> list[WindowAnswers]:
    """Return the windows with the correct answers to the questions that a method puts about them.

    The timeline that a method makes of them is the reference of its task and windows: what the card ``omniscient``
    reaches. It is no optimum: on the study's 90 videos and windows of 0.533 s, ``motion_grasp`` has edit score 78.85,
    action error rate .212 and relative counting error .214, and other answers have more (`omniscient_answers`).

    Args:
        truth: the labels of the video.
        windows: its windows; their answers are not used.
        method: the method of the task.
        scheme: what the labels mean; None for the primitives.
    """
    scheme = scheme or primitives_scheme()
    yes = yes_of(scheme)
    gold = []
    for window in windows:
        centre = centre_label(truth, window.start_s, window.end_s, scheme)
        answers: dict[str, object] = {}
        for role in method.roles if method.asks(window.pose) else ():
            if role == "primitives":
                labels = without_repeats(truth.overlapping(window.start_s, window.end_s).labels)
                answers[method.primitives] = tuple(labels) or ((centre,) if centre else None)
            else:
                answers[str(getattr(method, role))] = centre in yes[role] if role in yes and centre else centre
        gold.append(replace(window, answers=answers, log_odds={}, cut=frozenset()))
    return gold
