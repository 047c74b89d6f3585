"""The assessment of questions with truths of their own: whatever a column, a table or the labels of a dataset say."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lmms_eval_plugins.assessments.assessment import Assessment, PrimaryMetric, ScoringQuestion
from lmms_eval_plugins.assessments.cells import NOTHING, percent
from lmms_eval_plugins.assessments.facts import CorrectAnswer, DataNeeds, VideoFacts
from lmms_eval_plugins.assessments.labelled.score import (
    LABELLED_METRICS,
    SHARES,
    LabelledMethod,
    LabelledScore,
    LabelledVideo,
    answered_windows,
    count_known_replies,
    mean_error,
    mean_of_known,
    right_share,
    score_labelled,
)
from lmms_eval_plugins.assessments.labelled.truth_text import LabelledTruth, truth_from_text, truth_to_text
from lmms_eval_plugins.assessments.reply_counts import reply_columns, share_without_answer
from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import BesideMeans, ReplyCounts
from lmms_eval_plugins.questions.sets import Question, QuestionSet


@dataclass(frozen=True)
class LabelledAssessment(Assessment[LabelledMethod, LabelledTruth, LabelledScore]):
    """Tasks whose questions have truths of their own; the truth of a video is what is known of it for each of them.

    Attributes:
        scheme: the scheme of the dataset's labels, which a question may take its truth from.
    """

    scheme: Scheme | None = None

    name = "labelled"
    a_task = "a task with truths of its own"
    method_type = LabelledMethod
    settings_models = (LabelledMethod,)
    score_type = LabelledScore
    metrics = LABELLED_METRICS
    higher_is_better = frozenset(SHARES)
    legend = "means over the questions that have the metric; MAE (error of numbers): lower is better"
    needs = DataNeeds("trials", labels=False, truth="a true answer to any question of the task")
    truth_name = "the true answers"
    primary = PrimaryMetric("accuracy", "accuracy", higher_is_better=True)
    reads_sources = True

    def by_scheme(self, scheme: Scheme) -> LabelledAssessment:
        """Return the family for a dataset with these labels."""
        return LABELLED if scheme == primitives_scheme() else replace(self, scheme=scheme)

    def truth_of(self, facts: VideoFacts) -> LabelledTruth | None:
        """Return what is known of the video for the questions of the task."""
        return facts.answers or None

    def truth_to_text(self, truth: LabelledTruth) -> str:
        """Return the true answers as JSON."""
        return truth_to_text(truth)

    def truth_from_text(self, text: str) -> LabelledTruth:
        """Return the true answers that a text stands for; ValueError where it cannot be read."""
        return truth_from_text(text)

    def check_questions(self, method: LabelledMethod, questions: QuestionSet, path: Path) -> None:
        """Check that every question has a truth of its own or none, and answers for every label that it maps.

        Raises:
            UserError: one has another truth, or its labels are not those of the dataset.
        """
        for question in questions.questions:
            if question.source is None and question.truth != "none":
                raise UserError(
                    f"{path}, {question.id}: truth {question.truth} is of another family of tasks: say in the task file"
                    " how it is scored (`scoring: {method: …}`), or give it a truth of its own, as {column: NAME}"
                )
            self._check_labels(question, path)

    def _check_labels(self, question: Question, path: Path) -> None:
        source = question.source
        if source is None or source.labels is None:
            return
        own = source.labels
        scheme = self.scheme or primitives_scheme()
        if missing := [name for name in scheme.names if name not in own]:
            raise UserError(
                f"{path}, {question.id}: truth.labels says nothing of {listed(missing)}, which labels of the dataset"
                " are; where the answer is not known, write null"
            )
        if strange := [name for name in own if name not in scheme.names]:
            raise UserError(
                f"{path}, {question.id}: truth.labels: {strange[0]!r} is no label of the dataset's scheme"
                f" {scheme.name!r}{nearest(strange[0], scheme.names)}"
            )
        try:
            source.check_answers(question.answer)
        except ValueError as error:
            raise UserError(f"{path}, {question.id}: {error}") from None

    def correct_answers(
        self,
        questions: Sequence[ScoringQuestion],
        truth: LabelledTruth | None,
        *,
        activity: str | None,
        start_s: float,
        end_s: float,
    ) -> list[CorrectAnswer]:
        """Return what is known about the window; see `KnownAnswers.answer_in`."""
        known = truth or {}
        answers = (
            known[question.id].answer_in(start_s, end_s) if question.id in known else None for question in questions
        )
        return [CorrectAnswer(answer, answer) for answer in answers]

    def score(
        self,
        method: LabelledMethod,
        videos: Iterable[AnsweredVideo[LabelledTruth]],
        questions: Sequence[ScoringQuestion] = (),
    ) -> LabelledScore:
        """Score the answers about videos; see `Assessment.score`."""
        scored = [
            LabelledVideo(video.video_id, answered_windows(video, questions), count_known_replies(video))
            for video in videos
            if video.truth is not None
        ]
        return score_labelled(scored, questions)

    def answered(self, score: LabelledScore) -> BesideMeans:
        """Return the accuracy with videos that are left out as failed."""
        failed = score.entered.with_failed(score.metrics["accuracy"][0], 0.0)
        return BesideMeans(score.entered, {"accuracy": failed}, ("accuracy, rest failed", percent(failed)))

    def replies(self, method: LabelledMethod, video: AnsweredVideo[LabelledTruth]) -> ReplyCounts:
        """Return the counts of the replies to requests whose true answers are known."""
        return count_known_replies(video)

    def imperfection(self, score: LabelledScore) -> str | None:
        """Return the accuracies that are below 1."""
        below = [one for one in score.questions if one.metrics["accuracy"] not in (None, 1)]
        words = [f"accuracy {one.metrics['accuracy']:.4g} in {one.question}, not 1" for one in below]
        return listed(words) or None

    def cells(self, score: LabelledScore) -> dict[str, str]:
        """Return heading → cell, of those metrics that any of the questions has."""
        shown = (
            ("balanced_accuracy", "balanced", percent),
            ("macro_f1", "F1", _plain),
            ("quadratic_kappa", "kappa", _plain),
            ("off_by_one", "within 1", percent),
            ("mae", "MAE", _plain),
        )
        had = {name for question in score.questions for name in question.metrics}
        return {
            "n": str(score.n),
            "accuracy": percent(score.metrics["accuracy"][0]),
            "unreadable": percent(share_without_answer(score.metrics)),
            **{heading: cell(score.metrics[name][0]) for name, heading, cell in shown if name in had},
        }

    def main_cell(self, score: LabelledScore) -> str:
        """Return the accuracy."""
        return "accuracy " + percent(score.metrics["accuracy"][0])

    def headline(self, score: LabelledScore) -> dict[str, float | None]:
        """Return number of videos, accuracy, and the error of numbers where there are such."""
        means = {name: score.metrics[name][0] for name in ("accuracy", "balanced_accuracy", "quadratic_kappa", "mae")}
        return {"n": score.n, **means}

    def details(self, score: LabelledScore) -> dict[str, object]:
        """Return the metrics of every question, and which are not scored."""
        questions = {
            one.question: {"n": one.n, **one.metrics, **({"f1": dict(one.f1)} if one.f1 else {})}
            for one in score.questions
        }
        return {"questions": questions, "unscored": list(score.unscored)}

    def score_rows(
        self,
        method: LabelledMethod,
        videos: Sequence[AnsweredVideo[LabelledTruth]],
        questions: Sequence[ScoringQuestion] = (),
    ) -> list[dict[str, object]]:
        """Return each video's share of right answers, and by how much its numbers are off."""
        rows: list[dict[str, object]] = []
        for video in videos:
            own = answered_windows(video, questions)
            windows = [(question.answer_kind(), one) for question in questions for one in own[question.id]]
            rows.append(
                {
                    "accuracy": mean_of_known(right_share(kind, [one]) for kind, one in windows),
                    "mean_error": mean_of_known(mean_error(kind, [one]) for kind, one in windows),
                    **reply_columns(count_known_replies(video)),
                }
            )
        return rows


def _plain(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.2f}"


LABELLED = LabelledAssessment()
