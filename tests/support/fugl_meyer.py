"""Small questions, clips and results."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmms_eval_plugins.assessments.fugl_meyer.rules import AnsweredClip, ItemQuestion, ItemResult, State
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.questions.kinds import AnswerKind, parse_kind
from lmms_eval_plugins.questions.sets import Arm

YES_NO = parse_kind("yes_no")
RATING = parse_kind({"score": [0, 1, 2]})
COUNT = parse_kind("count")


def ask(
    name: str,
    item: int,
    kind: AnswerKind = RATING,
    arm: Arm = "affected",
    if_yes: int | None = None,
    if_no: int | None = None,
    reaches: int | None = None,
) -> ItemQuestion:
    return ItemQuestion(name, item, kind, arm, if_yes, if_no, reaches)


def clip(
    windows: Sequence[Mapping[str, object]],
    patient: str = "P1",
    truth: Mapping[int, int] | None = None,
    arm: Arm = "affected",
    questions: Sequence[str] | None = None,
    length_s: float = 1.0,
) -> AnsweredClip:
    """Make a clip whose windows follow each other; its questions are those of its answers unless given."""
    named = tuple(dict.fromkeys(name for answers in windows for name in answers))
    return AnsweredClip(
        video_id=f"{patient}_{arm}",
        patient=patient,
        cohort="mild",
        arm=arm,
        truth=truth or {},
        questions=named if questions is None else tuple(questions),
        windows=tuple(WindowAnswers(i * length_s, (i + 1) * length_s, answers) for i, answers in enumerate(windows)),
    )


def result(patient: str, item: int, truth: int | None, predicted: int | None, state: State | None = None) -> ItemResult:
    state = state or ("missing" if predicted is None else "scored")
    came = state in ("scored", "unreadable")
    replies = ReplyCounts(int(came), int(state == "unreadable"), int(state == "missing"))
    return ItemResult(patient, "mild", item, truth, predicted, state, replies)
