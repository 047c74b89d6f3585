"""The assessment of activity identification: which of the activities a whole video shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.assessments.assessment import Assessment, ScoringQuestion
from lmms_eval_plugins.assessments.cells import percent
from lmms_eval_plugins.assessments.facts import CorrectAnswer, DataNeeds, VideoFacts
from lmms_eval_plugins.assessments.identification.score import (
    IDENTIFICATION_METRICS,
    IdentificationMethod,
    IdentificationScore,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.assessments.reply_counts import reply_columns, share_without_answer
from lmms_eval_plugins.dataset.file_names import activity_of_label
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers, state_of, value_of
from lmms_eval_plugins.questions.coverage import BesideMeans, ReplyCounts, count_replies_to
from lmms_eval_plugins.questions.outcomes import NoAnswer


@dataclass(frozen=True)
class IdentificationAssessment(Assessment[IdentificationMethod, str, IdentificationScore]):
    """Identification tasks; the truth of a video is its activity, and the answer is the one about its first window."""

    name = "identification"
    a_task = "an identification task"
    method_type = IdentificationMethod
    settings_models = (IdentificationMethod,)
    score_type = IdentificationScore
    metrics = IDENTIFICATION_METRICS
    higher_is_better = frozenset({"accuracy", "accuracy_all", "accuracy_control", "accuracy_stroke", "macro_accuracy"})
    legend = "accuracy: videos of patients whose videos did not shape the question; chance is .11 of nine activities"
    needs = DataNeeds("trials", labels=False, truth="an activity (`activity` in the manifest)")

    def truth_of(self, facts: VideoFacts) -> str | None:
        """Return the activity that the recording's label names."""
        return activity_of_label(facts.activity or "")

    def truth_to_text(self, truth: str) -> str:
        """Return the activity."""
        return truth

    def truth_from_text(self, text: str) -> str:
        """Return the activity."""
        return text

    def correct_answers(
        self,
        questions: Sequence[ScoringQuestion],
        truth: str | None,
        *,
        activity: str | None,
        start_s: float,
        end_s: float,
    ) -> list[CorrectAnswer]:
        """Return the activity for a question about it; other questions have no known answer."""
        return [CorrectAnswer(truth, truth) if q.truth == "activity" else CorrectAnswer() for q in questions]

    def answer(self, method: IdentificationMethod, video: AnsweredVideo[str]) -> str | NoAnswer | None:
        """Return the activity that the replies about a video name; None for a missing reply."""
        answer = video.windows[0].answers.get(method.activity) if video.windows else None
        return answer if isinstance(answer, str | NoAnswer) else None

    def replies(self, method: IdentificationMethod, video: AnsweredVideo[str]) -> ReplyCounts:
        """Return the count of the one reply that is scored."""
        return count_replies_to((method.activity,), video.windows[:1] or (WindowAnswers(0.0, 0.0, {}),))

    def answered(self, score: IdentificationScore) -> BesideMeans:
        """Return the accuracies with videos that are left out as failed."""
        means = {name: one.with_failed(score.metrics[name][0], 0.0) for name, one in score.entered.items()}
        known = {name: mean for name, mean in means.items() if mean is not None}
        return BesideMeans(score.entered["accuracy_all"], known, ("accuracy, rest failed", percent(means["accuracy"])))

    def score(
        self,
        method: IdentificationMethod,
        videos: Iterable[AnsweredVideo[str]],
        questions: Sequence[ScoringQuestion] = (),
    ) -> IdentificationScore:
        """Score the answers about activities; see `Assessment.score`."""
        identified = [
            IdentifiedVideo(
                video_id=video.video_id,
                patient=video.patient,
                cohort=video.cohort,
                truth=video.truth,
                answer=self.answer(method, video),
                cut=bool(video.windows) and method.activity in video.windows[0].cut,
            )
            for video in videos
            if video.truth is not None
        ]
        return score_identification(identified, method)

    def imperfection(self, score: IdentificationScore) -> str | None:
        """Return the accuracy over all videos where it is below 1."""
        return None if score.accuracy_all in (None, 1) else f"accuracy_all {score.accuracy_all:.4g}, not 1"

    def cells(self, score: IdentificationScore) -> dict[str, str]:
        """Return heading → cell."""
        return {
            "n": str(score.n_test),
            "accuracy": percent(score.accuracy),
            "controls": percent(score.metrics["accuracy_control"][0]),
            "stroke": percent(score.metrics["accuracy_stroke"][0]),
            "n, all": f"{score.n} of {len(score.videos)}" if score.n < len(score.videos) else str(score.n),
            "accuracy, all": percent(score.accuracy_all),
            "unreadable": percent(share_without_answer(score.metrics)),
        }

    def main_cell(self, score: IdentificationScore) -> str:
        """Return the accuracy on test videos."""
        return "accuracy " + percent(score.accuracy)

    def headline(self, score: IdentificationScore) -> dict[str, float | None]:
        """Return number of videos and accuracy, of all videos and of the test videos."""
        return {
            "n": score.n,
            "accuracy_all": score.accuracy_all,
            "n_test": score.n_test,
            "accuracy": score.accuracy,
        }

    def details(self, score: IdentificationScore) -> dict[str, object]:
        """Return the confusion matrix and the number of test videos."""
        return {
            "confusion": {truth: dict(answers) for truth, answers in score.confusion.items()},
            "n_test": score.n_test,
        }

    def score_rows(
        self,
        method: IdentificationMethod,
        videos: Sequence[AnsweredVideo[str]],
        questions: Sequence[ScoringQuestion] = (),
    ) -> list[dict[str, object]]:
        """Return each video's activity and answer."""
        return [
            {
                "truth": video.truth,
                "answer": value_of(video.answer),
                "answer_state": state_of(video.answer),
                "right": video.right,
                "tuning": video.patient in method.tuning_patients,
                **reply_columns(video.replies),
            }
            for video in self.score(method, videos).videos
        ]


IDENTIFICATION = IdentificationAssessment()
