"""The assessment of dose: timelines of primitives, and how often each one occurs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.assessments.assessment import (
    Assessment,
    CorrectAnswer,
    DataNeeds,
    ScoringQuestion,
    VideoFacts,
)
from lmms_eval_plugins.assessments.cells import format_mean_sem, percent
from lmms_eval_plugins.assessments.dose.gold import centre_label, dose_answer
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.prim import PrimSettings
from lmms_eval_plugins.assessments.dose.summary import DOSE_METRICS, DoseScore, summarize_dose, video_metrics
from lmms_eval_plugins.assessments.dose.video import (
    VideoScore,
    count_read_otherwise,
    count_replies,
    predict_timeline,
    score_video,
)
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.questions.sets import Question

_HEADLINE = ("edit_score", "action_error_rate", "relative_counting_error")


@dataclass(frozen=True)
class DoseAssessment(Assessment[DoseMethod, Timeline, DoseScore]):
    """Dose tasks; the truth of a video is its timeline of primitives, and answers become one by the task's method."""

    name = "dose"
    a_task = "a dose task"
    method_type = DoseMethod
    settings_models = (DoseMethod, PrimSettings)
    score_type = DoseScore
    metrics = DOSE_METRICS
    higher_is_better = frozenset({"edit_score"})
    legend = "edit score: higher is better; AER, RCE (errors in dose): lower is better"
    needs = DataNeeds("trials", labels=True, truth="a label file (`labels` in the manifest)", hand=True)
    ranked_by = ("edit_score", "edit score")
    decodes = True

    def truth_of(self, facts: VideoFacts) -> Timeline | None:
        """Return the labelled primitives of a video; None without any label."""
        return facts.timeline if facts.timeline and facts.timeline.segments else None

    def truth_to_text(self, truth: Timeline) -> str:
        """Return a timeline as text, as in ``idle@0.000;reach@1.200;reach@2.000``."""
        return truth.to_text()

    def truth_from_text(self, text: str) -> Timeline:
        """Return the timeline that a text stands for; ValueError where it cannot be read."""
        return Timeline.from_text(text)

    def correct_answers(
        self,
        questions: Sequence[Question],
        truth: Timeline | None,
        *,
        activity: str | None,
        start_s: float,
        end_s: float,
    ) -> list[CorrectAnswer]:
        """Return the correct answers from the label at the window's centre and the labels within it."""
        centre = centre_label(truth, start_s, end_s)
        return [dose_answer(question, truth, centre, activity, start_s, end_s) for question in questions]

    def score(
        self,
        method: DoseMethod,
        videos: Iterable[AnsweredVideo[Timeline]],
        questions: Sequence[ScoringQuestion] = (),
    ) -> DoseScore:
        """Score every video's timeline, and average; see `Assessment.score`."""
        scores = tuple(
            score_video(
                video_id=video.video_id,
                patient=video.patient,
                cohort=video.cohort,
                activity=video.activity,
                truth=video.truth,
                windows=video.windows,
                method=method,
                predicted=video.predicted,
                by_default=video.by_default,
            )
            for video in videos
            if video.truth is not None
        )
        return DoseScore(summarize_dose(scores), scores)

    def replies(self, method: DoseMethod, video: AnsweredVideo[Timeline]) -> ReplyCounts:
        """Return the counts of the replies to the questions that the method reads."""
        return count_replies(video.windows if video.by_default is None else video.by_default, method)

    def read_otherwise(self, method: DoseMethod, video: AnsweredVideo[Timeline]) -> int:
        """Return how many replies the default reading reads as something else."""
        return 0 if video.by_default is None else count_read_otherwise(video.windows, video.by_default, method)

    def exact_truth(self, method: DoseMethod, video: AnsweredVideo[Timeline]) -> Timeline | None:
        """Return the timeline that the correct answers give."""
        return None if video.truth is None else predict_timeline(video.windows, method)

    def imperfection(self, score: DoseScore) -> str | None:
        """Return the edit score where it is below 100."""
        value = score.metrics["edit_score"][0]
        return None if value is None or value == 100 else f"edit_score {value:.4g}, not 100"

    def cells(self, score: DoseScore) -> dict[str, str]:
        """Return heading → cell."""
        return {
            "n": f"{score.n} of {len(score.videos)}" if score.summary.n_left_out else str(score.n),
            "edit score": format_mean_sem(*score.metrics["edit_score"], 2),
            "AER": format_mean_sem(*score.metrics["action_error_rate"], 3),
            "RCE": format_mean_sem(*score.metrics["relative_counting_error"], 3),
            "unreadable": percent(score.metrics["unreadable_rate"][0]),
        }

    def main_cell(self, score: DoseScore) -> str:
        """Return the mean edit score."""
        return "edit score " + format_mean_sem(score.metrics["edit_score"][0], None, 2)

    def headline(self, score: DoseScore) -> dict[str, float | None]:
        """Return the number of videos, and mean and SEM of the three scores."""
        values: dict[str, float | None] = {"n": score.n}
        for name in _HEADLINE:
            values[name], values[f"{name}_sem"] = score.metrics[name]
        return values

    def details(self, score: DoseScore) -> dict[str, object]:
        """Return the scores of every video."""
        return {"videos": [_details(video) for video in score.videos]}

    def score_rows(self, method: DoseMethod, videos: Sequence[AnsweredVideo[Timeline]]) -> list[dict[str, object]]:
        """Return each video's scores, counts, and numbers of replies."""
        return [_row(video) for video in self.score(method, videos).videos]

    def timelines(self, method: DoseMethod, video: AnsweredVideo[Timeline]) -> dict[str, Timeline]:
        """Return the predicted timeline (the decoder's, or else the method's own) and the true one."""
        timelines = {"predicted": video.predicted or predict_timeline(video.windows, method)}
        return timelines if video.truth is None else timelines | {"truth": video.truth}


DOSE = DoseAssessment()


def _details(video: VideoScore) -> Mapping[str, object]:
    left_out = {} if video.replies.suffice else {"share_answered": video.replies.share}
    return {
        "video_id": video.video_id,
        "patient": video.patient,
        "cohort": video.cohort,
        "activity": video.activity,
        "edit_score": video.edit_score,
        "action_error_rate": video.action_error_rate,
        "relative_counting_error": video.relative_counting_error,
        "count_predicted": dict(video.count_predicted),
        "count_truth": dict(video.count_truth),
        "unreadable": video.n_unreadable,
        "missing": video.n_missing,
        **left_out,
    }


def _row(score: VideoScore) -> dict[str, object]:
    metrics = video_metrics(score)
    return {
        **{name: metrics[name] for name in (*_HEADLINE, "mae_avg")},
        **{f"mae_{primitive}": score.mae[primitive] for primitive in PRIMITIVES},
        **{f"true_{primitive}": score.count_truth[primitive] for primitive in PRIMITIVES},
        **{f"predicted_{primitive}": score.count_predicted[primitive] for primitive in PRIMITIVES},
        "n_answers": score.n_answers,
        "n_unreadable": score.n_unreadable,
        "n_missing": score.n_missing,
        "share_answered": score.replies.share,
    }
