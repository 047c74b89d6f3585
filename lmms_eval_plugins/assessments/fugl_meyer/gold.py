"""The answers that lead to a known item score: what a perfect reader of the therapist's scores would reply."""

from __future__ import annotations

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemQuestion

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
