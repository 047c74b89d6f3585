"""The strongest blind baseline of Fugl-Meyer items: every answer leads to the score that other patients have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemQuestion, gold_answer
from lmms_eval_plugins.assessments.fugl_meyer.prior import ItemPriors, ScoresOfPatients
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import KnownTask, Row
from lmms_eval_plugins.models.baselines.simple import RowAnswer, any_rating
from lmms_eval_plugins.questions.answers import AnsweredVideo


def priors_in(known: KnownTask | None) -> ItemPriors | None:
    """Return what other patients have in the items of a Fugl-Meyer task; None of other tasks, and of none."""
    if known is None or not FUGL_MEYER.owns(known.method):
        return None
    questions = [ItemQuestion.of(question) for question in known.questions]
    return ItemPriors.of(questions, _scores_in(known.videos), _scores_in(known.others))


def _scores_in(videos: Sequence[AnsweredVideo[object]]) -> ScoresOfPatients:
    return {video.patient: video.truth if isinstance(video.truth, Mapping) else {} for video in videos}


def prior_answer(known: ItemPriors | None) -> RowAnswer:
    """Return a function that answers so that the item's score is the median of other patients.

    An item that no other patient was scored on has no answer.

    Args:
        known: the medians; None on a task that does not score items.

    Raises:
        UserError: from the function, where the question scores no item, or there are no scores of other patients.
    """

    def answer(row: Row) -> str | None:
        question = known.questions.get(row["question_id"]) if known else None
        if known is None or question is None:
            raise UserError(
                f"item_prior has no answer to question {row['question_id']!r}; run it on Fugl-Meyer tasks"
                " (strokerehab_ia…), by evaluate.sh or strokerehab run"
            )
        scores = known.scores.get(row["patient"])
        if not scores:
            raise UserError(
                f"item_prior: no patient but {row['patient']} has item scores to take the median of; add patients"
            )
        score = scores.get(question.item)
        if score is None:
            return None
        return gold_answer(question, score, start_s=row["start_s"], end_s=row["end_s"]) or any_rating(row)

    return answer
