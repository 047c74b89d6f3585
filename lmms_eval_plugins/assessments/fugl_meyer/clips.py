"""Fugl-Meyer clips with the answers about them, and item results: the input and the output of the scoring rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lmms_eval_plugins.assessments.assessment import ScoringQuestion
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.sets import Arm

State = Literal["scored", "no_clip", "unreadable", "missing"]
"""What became of an item.

* ``scored``: the replies give a score, which may be 0.
* ``no_clip``: there is no clip of it.
* ``unreadable``: replies came, and they do not settle the score; whatever they are read as.
* ``missing``: replies never came, or too few about its clip; such an item enters no mean.
"""


@dataclass(frozen=True, slots=True)
class ItemQuestion:
    """The part of a question that the rules read; see `lmms_eval_plugins.questions.sets.Question` for the fields."""

    id: str
    item: int
    kind: AnswerKind
    arm: Arm = "affected"
    if_yes: int | None = None
    if_no: int | None = None
    reaches: int | None = None

    @classmethod
    def of(cls, question: ScoringQuestion) -> ItemQuestion:
        """Return the scoring part of a question.

        Raises:
            ValueError: the question scores no item.
        """
        if question.item is None:
            raise ValueError(f"the question {question.id!r} scores no item")
        return cls(
            id=question.id,
            item=question.item,
            kind=question.answer_kind(),
            arm=question.arm,
            if_yes=question.if_yes,
            if_no=question.if_no,
            reaches=question.reaches,
        )


@dataclass(frozen=True, slots=True)
class AnsweredClip:
    """A clip, and the answers about it.

    Attributes:
        video_id: the clip.
        patient: who was filmed.
        cohort: ``healthy``, ``mild``, ``moderate``, ``severe``, or None where it is not known.
        arm: the arm that it shows.
        truth: item → score (0 to 2) by the therapist, for every item of the patient that has one.
        questions: ids of the questions about this clip.
        windows: the answers, one entry per window; empty where nothing came back about the clip.
        left_out: whether too few of its requests have a reply (see :mod:`lmms_eval_plugins.questions.coverage`): its
            replies are counted, and score nothing.
    """

    video_id: str
    patient: str
    cohort: str | None
    arm: Arm
    truth: Mapping[int, int] = field(hash=False)
    questions: tuple[str, ...]
    windows: tuple[WindowAnswers, ...]
    left_out: bool = False


@dataclass(frozen=True, slots=True)
class ItemResult:
    """One item of one patient.

    Attributes:
        patient: who was examined.
        cohort: the patient's cohort, or None where it is not known.
        item: 3 to 33.
        truth: the therapist's score, 0 to 2, or None where there is none.
        predicted: the score from the replies, 0 to 2; None unless the state is ``scored``.
        state: what became of the item.
        replies: counts of the replies to the item's questions.
    """

    patient: str
    cohort: str | None
    item: int
    truth: int | None
    predicted: int | None
    state: State
    replies: ReplyCounts

    @property
    def averaged(self) -> bool:
        """Whether the item enters means: not where it has no score for want of replies, rather than of the model's."""
        return self.state != "missing"


QUICK_S = 1.25
"""When the other arm, and an affected arm that scores 2 on speed, have done their repetitions, in seconds."""

SLOW_S = 4.75
"""When an affected arm that scores 1 has: 3.5 s later, so that windows up to 1.25 s long leave it between 2 and 6."""


def gold_answer(question: ItemQuestion, score: int, *, start_s: float, end_s: float) -> str | None:
    """Return the reply about one window that leads to ``score`` under the rules of this package.

    * yes/no: the answer that gives the score, else the answer that gives none;
    * rating: the score;
    * count: the repetitions that are completed in the window (after ``start_s``, until ``end_s`` inclusive) if they
      follow each other evenly and the last one comes at `QUICK_S` (other arm; score 2), at `SLOW_S` (score 1) or never
      (score 0: no repetition at all). The schedule is made up: it leads to the score, and is not what the video shows.
      Windows have to follow each other without overlap, and to last until `SLOW_S`.

    Args:
        question: the question.
        score: the item's score, 0 to 2.
        start_s: start of the window in seconds.
        end_s: end of the window in seconds.

    Returns:
        ``yes``, ``no`` or a number; None where the question cannot be answered so that the score comes out.
    """
    if question.kind.kind == "yes_no":
        return _yes_no(question, score)
    if question.kind.kind == "score":
        return str(score) if str(score) in question.kind.options else None
    if question.kind.kind != "count" or question.reaches is None:
        return None
    done_s = QUICK_S if question.arm == "other" or score == 2 else SLOW_S if score == 1 else None
    if done_s is None:
        return "0"
    step_s = done_s / question.reaches
    return str(sum(start_s < number * step_s <= end_s for number in range(1, question.reaches + 1)))


def _yes_no(question: ItemQuestion, score: int) -> str | None:
    given = {"yes": question.if_yes, "no": question.if_no}
    for answer, leads_to in given.items():
        if leads_to == score:
            return answer
    return next((answer for answer, leads_to in given.items() if leads_to is None), None)
