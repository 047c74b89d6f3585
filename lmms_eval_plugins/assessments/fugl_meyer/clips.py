"""Fugl-Meyer clips with the answers about them, and item results: the input and the output of the scoring rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from lmms_eval_plugins.assessments.assessment import ScoringQuestion
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.sets import Arm

State = Literal["scored", "no_clip", "unreadable", "missing"]
"""What became of an item.

* ``scored``: the replies give a score, which may be 0.
* ``no_clip``: there is no clip of it.
* ``unreadable``: replies came, and they do not settle the score.
* ``missing``: replies never came.
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
    """

    video_id: str
    patient: str
    cohort: str | None
    arm: Arm
    truth: Mapping[int, int] = field(hash=False)
    questions: tuple[str, ...]
    windows: tuple[WindowAnswers, ...]


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
        n_answers: replies that came to the item's questions; the unreadable ones included.
        n_unreadable: those of them that could not be read.
        n_missing: replies that never came.
    """

    patient: str
    cohort: str | None
    item: int
    truth: int | None
    predicted: int | None
    state: State
    n_answers: int
    n_unreadable: int
    n_missing: int
