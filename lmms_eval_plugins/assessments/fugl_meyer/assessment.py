"""The Fugl-Meyer assessment: item scores from clips, against the therapist's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lmms_eval_plugins.assessments.assessment import (
    Assessment,
    Parts,
    PrimaryMetric,
    ScoringMethod,
    ScoringQuestion,
)
from lmms_eval_plugins.assessments.cells import format_mean_sem, percent
from lmms_eval_plugins.assessments.facts import CorrectAnswer, DataNeeds, VideoFacts
from lmms_eval_plugins.assessments.fugl_meyer.agreement import (
    FUGL_MEYER_METRICS,
    NEITHER_BETTER,
    FuglMeyerScore,
    joined,
    score_fugl_meyer,
)
from lmms_eval_plugins.assessments.fugl_meyer.clips import AnsweredClip, ItemQuestion, gold_answer
from lmms_eval_plugins.assessments.fugl_meyer.totals import ERROR_WITHOUT_SCORE, with_true_score
from lmms_eval_plugins.assessments.reply_counts import share_without_answer
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import BesideMeans, Entered
from lmms_eval_plugins.questions.sets import QuestionSet

ItemScores = Mapping[int, int]
"""Item → score, 0 to 2."""


class FuglMeyerMethod(ScoringMethod):
    """Settings of the Fugl-Meyer assessment: none; the questions say which item they score, and how.

    Attributes:
        method: ``fugl_meyer``.
    """

    method: Literal["fugl_meyer"]


@dataclass(frozen=True)
class FuglMeyerAssessment(Assessment[FuglMeyerMethod, ItemScores, FuglMeyerScore]):
    """Tasks on Fugl-Meyer items; the truth of a clip is every item score of its patient."""

    name = "fugl_meyer"
    a_task = "a Fugl-Meyer task"
    method_type = FuglMeyerMethod
    settings_models = (FuglMeyerMethod,)
    score_type = FuglMeyerScore
    metrics = FUGL_MEYER_METRICS
    higher_is_better = frozenset({"accuracy", "kappa", "icc", "spearman", "pearson", "scored_rate"})
    legend = "accuracy over all patients and items; APD, MTSD (points of patients' totals): lower is better"
    needs = DataNeeds("clips", labels=False, truth="item scores of its patient")
    truth_name = "the item scores"
    primary = PrimaryMetric(
        "mae_item", "mean error of an item", higher_is_better=False, failed=float(ERROR_WITHOUT_SCORE)
    )
    parts = Parts(re.compile(r"_(?:3_30|31_33)$"), joined)

    def grows(self, metric: str) -> bool | None:
        """Return whether a metric grows as a model gets better; None of totals, their limits, and ends of intervals."""
        return None if metric in NEITHER_BETTER else super().grows(metric)

    def truth_of(self, facts: VideoFacts) -> ItemScores | None:
        """Return the scores of the clip's patient."""
        return facts.item_scores or None

    def truth_to_text(self, truth: ItemScores) -> str:
        """Return item scores as text, as in ``3=2;4=0``."""
        return ";".join(f"{item}={score}" for item, score in sorted(truth.items()))

    def truth_from_text(self, text: str) -> ItemScores:
        """Return the item scores that a text stands for; ValueError where a part is not ``item=score``."""
        pairs = (part.split("=") for part in text.split(";"))
        return {int(item): int(score) for item, score in pairs}

    def check_questions(self, method: FuglMeyerMethod, questions: QuestionSet, path: Path) -> None:
        """Check that every question scores an item; see `Assessment.check_questions`."""
        for question in questions.questions:
            if question.truth != "item_score":
                raise UserError(
                    f"{path}, {question.id}: scoring method fugl_meyer reads questions with truth: item_score only"
                )

    def correct_answers(
        self,
        questions: Sequence[ScoringQuestion],
        truth: ItemScores | None,
        *,
        activity: str | None,
        start_s: float,
        end_s: float,
    ) -> list[CorrectAnswer]:
        """Return the answers that lead to the patient's scores."""
        return [_correct_answer(question, truth or {}, start_s, end_s) for question in questions]

    def score(
        self,
        method: FuglMeyerMethod,
        videos: Iterable[AnsweredVideo[ItemScores]],
        questions: Sequence[ScoringQuestion] = (),
    ) -> FuglMeyerScore:
        """Score the items that some clip shows; see `Assessment.score`."""
        known = [(video, video.truth) for video in videos if video.truth is not None]
        shown = {question for video, _ in known for question in video.questions}
        clips = [
            AnsweredClip(
                video_id=video.video_id,
                patient=video.patient,
                cohort=video.cohort,
                arm=video.arm or "affected",
                truth=truth,
                questions=video.questions,
                windows=video.windows,
                left_out=not self.replies(method, video).suffice,
            )
            for video, truth in known
        ]
        items = [ItemQuestion.of(question) for question in questions if question.item is not None]
        return score_fugl_meyer(clips, [question for question in items if question.id in shown])

    def imperfection(self, score: FuglMeyerScore) -> str | None:
        """Return how many items are wrong, item 18 aside; a missing clip is no fault of the answers."""
        items = [r for r in score.items if r.item != INFERRED_ITEM and r.truth is not None and r.state != "no_clip"]
        wrong = [f"item {r.item} of {r.patient}" for r in items if r.predicted != r.truth]
        return f"{len(wrong)} of {len(items)} items wrong, the first: {wrong[0]}" if wrong else None

    def cells(self, score: FuglMeyerScore) -> dict[str, str]:
        """Return heading → cell."""
        return {
            "patients": str(score.n),
            "items": str(len({result.item for result in score.items})),
            "accuracy": percent(score.metrics["accuracy"][0]),
            "error": format_mean_sem(*score.metrics["mae_item"], 2),
            "APD": format_mean_sem(*score.metrics["apd"], 1),
            "MTSD": format_mean_sem(*score.metrics["mtsd"], 1),
            "scored": percent(score.metrics["scored_rate"][0]),
            "kappa": format_mean_sem(*score.metrics["kappa"], 2),
            "unreadable": percent(share_without_answer(score.metrics)),
        }

    def answered(self, score: FuglMeyerScore) -> BesideMeans:
        """Return error and accuracy over items with those that are left out as failed: an error of 2, not right."""
        asked = [result for result in with_true_score(score.items) if result.item != INFERRED_ITEM]
        n = sum(result.averaged for result in asked)
        entered = Entered(n, len(asked) - n)
        failed = {"mae_item": float(ERROR_WITHOUT_SCORE), "accuracy": 0.0}
        with_failed = {name: entered.with_failed(score.metrics[name][0], value) for name, value in failed.items()}
        return BesideMeans(
            entered, with_failed, ("error, rest failed", format_mean_sem(with_failed["mae_item"], None, 2))
        )

    def main_cell(self, score: FuglMeyerScore) -> str:
        """Return the accuracy."""
        return "accuracy " + percent(score.metrics["accuracy"][0])

    def headline(self, score: FuglMeyerScore) -> dict[str, float | None]:
        """Return the number of patients, and every metric."""
        return {"n": score.n, **{name: value for name, (value, _) in score.metrics.items()}}

    def details(self, score: FuglMeyerScore) -> dict[str, object]:
        """Return the agreement of each group in each way, and every item of every patient."""
        groups = dict.fromkeys(group for group, _ in score.agreement)
        return {
            "agreement": {
                group: {way: one.to_json() for (of, way), one in score.agreement.items() if of == group}
                for group in groups
            },
            "items": [
                {
                    "patient": result.patient,
                    "cohort": result.cohort,
                    "item": result.item,
                    "truth": result.truth,
                    "predicted": result.predicted,
                    "state": result.state,
                }
                for result in score.items
            ],
        }


FUGL_MEYER = FuglMeyerAssessment()


def _correct_answer(question: ScoringQuestion, scores: ItemScores, start_s: float, end_s: float) -> CorrectAnswer:
    score = None if question.item is None else scores.get(question.item)
    if score is None:
        return CorrectAnswer()
    reply = gold_answer(ItemQuestion.of(question), score, start_s=start_s, end_s=end_s)
    return CorrectAnswer(str(score), reply)
