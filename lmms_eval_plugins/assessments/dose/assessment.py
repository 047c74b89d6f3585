"""The assessment of dose: timelines of labels such as the primitives, and how often each one occurs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from lmms_eval_plugins.assessments.assessment import Assessment, PrimaryMetric, ScoringQuestion
from lmms_eval_plugins.assessments.cells import format_mean_sem, percent
from lmms_eval_plugins.assessments.dose.gold import centre_label, dose_answer, yes_of
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.prim import PrimSettings
from lmms_eval_plugins.assessments.dose.summary import (
    BY_LABEL,
    COUNTS,
    DOSE_METRICS,
    DoseScore,
    dose_metrics,
    summarize_dose,
    video_metrics,
)
from lmms_eval_plugins.assessments.dose.video import (
    VideoScore,
    count_read_otherwise,
    count_replies,
    mean_over_draws,
    predict_timeline,
    score_video,
)
from lmms_eval_plugins.assessments.facts import CorrectAnswer, DataNeeds, VideoFacts
from lmms_eval_plugins.assessments.reply_counts import reply_columns, share_without_answer
from lmms_eval_plugins.core.errors import UserError, listed, nearest
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import BesideMeans, Entered, ReplyCounts
from lmms_eval_plugins.questions.sets import QuestionSet

_HEADLINE = ("edit_score", "action_error_rate", "relative_counting_error")
FAILED_SCORES: Mapping[str, float] = {"relative_counting_error": 1.0, "edit_score": 0.0, "action_error_rate": 1.0}
"""The primary metric and the others, with the value of a video in which nothing was found."""


@dataclass(frozen=True)
class DoseAssessment(Assessment[DoseMethod, Timeline, DoseScore]):
    """Dose tasks; the truth of a video is its timeline of labels, and answers become one by the task's method.

    Attributes:
        own_scheme: the scheme of the dataset's labels; None for the five primitives.
    """

    own_scheme: Scheme | None = None
    metrics: tuple[str, ...] = field(default=DOSE_METRICS, repr=False)

    name = "dose"
    a_task = "a dose task"
    method_type = DoseMethod
    settings_models = (DoseMethod, PrimSettings)
    score_type = DoseScore
    higher_is_better = frozenset({"edit_score"})
    legend = "edit score: higher is better; AER, RCE (errors in dose): lower is better"
    needs = DataNeeds("trials", labels=True, truth="a label file (`labels` in the manifest)", hand=True)
    primary = PrimaryMetric(
        "relative_counting_error",
        "relative counting error",
        higher_is_better=False,
        failed=FAILED_SCORES["relative_counting_error"],
    )
    decodes = True

    @property
    def scheme(self) -> Scheme:
        """The scheme of the dataset's labels."""
        return self.own_scheme or primitives_scheme()

    def by_scheme(self, scheme: Scheme) -> DoseAssessment:
        """Return the family for the labels of a scheme, with metrics for each of them."""
        if scheme == primitives_scheme():
            return DOSE
        return replace(self, own_scheme=scheme, metrics=dose_metrics(scheme.names))

    def may_have_metric(self, name: str) -> bool:
        """Return whether a metric is one of any dataset's, or named as one of a label."""
        return name in self.metrics or name.startswith(BY_LABEL)

    def renamed_metric(self, name: str) -> tuple[str, ...]:
        """Return ``true_<label>`` and ``predicted_<label>`` for ``count_<label>``, which was the true count."""
        label = name.removeprefix("count_")
        return () if label == name else tuple(which + label for which in COUNTS)

    def grows(self, metric: str) -> bool | None:
        """Return whether a metric grows as a model gets better; None of counts."""
        return None if metric.startswith(COUNTS) else super().grows(metric)

    def remarks(self, method: DoseMethod) -> tuple[str, ...]:
        """Return which labels motion and grasp answers never make, because another label means the same."""
        if not method.by_rule:
            return ()
        rule = self.scheme.rule_labels
        made = {rule.carries, rule.holds, rule.rests, rule.leads, rule.leaves}
        never = [name for name in self.scheme.names if name not in made]
        return (f"motion and grasp answers never make the labels {listed(never)}: others mean the same",) * bool(never)

    def check_questions(self, method: DoseMethod, questions: QuestionSet, path: Path) -> None:
        """Check also that the questions are about labels that the dataset's scheme has; see `Assessment`.

        Raises:
            UserError: an option is no label of the scheme, no label makes yes a correct answer, or the scheme has no
                label for some motion and grasp.
        """
        super().check_questions(method, questions, path)
        scheme = self.scheme
        if method.by_rule:
            scheme.rule_labels  # noqa: B018 - raises where a label is missing
        yes = yes_of(scheme)
        for question in questions.questions:
            for option in question.label_options:
                if option.lower() not in scheme.labels:
                    raise UserError(
                        f"{path}, {question.id}: the option {option!r} is no label of the dataset's scheme"
                        f" {scheme.name!r}{nearest(option.lower(), scheme.names)}"
                    )
            if not yes.get(question.truth, True):
                raise UserError(
                    f"{path}, {question.id}: asks for {question.truth}, of which no label of the dataset's scheme"
                    f" {scheme.name!r} is true; say which labels have motion: true or grasp: true"
                )

    def truth_of(self, facts: VideoFacts) -> Timeline | None:
        """Return the labels of a video; None without any."""
        return facts.timeline if facts.timeline and facts.timeline.segments else None

    def truth_to_text(self, truth: Timeline) -> str:
        """Return a timeline as text, as in ``idle@0.000;reach@1.200;reach@2.000``."""
        return truth.to_text()

    def truth_from_text(self, text: str) -> Timeline:
        """Return the timeline that a text stands for; ValueError where it cannot be read."""
        return Timeline.from_text(text)

    def correct_answers(
        self,
        questions: Sequence[ScoringQuestion],
        truth: Timeline | None,
        *,
        activity: str | None,
        start_s: float,
        end_s: float,
    ) -> list[CorrectAnswer]:
        """Return the correct answers from the label at the window's centre and the labels within it."""
        centre = centre_label(truth, start_s, end_s, self.scheme)
        return [dose_answer(question, truth, centre, activity, start_s, end_s, self.scheme) for question in questions]

    def score(
        self,
        method: DoseMethod,
        videos: Iterable[AnsweredVideo[Timeline]],
        questions: Sequence[ScoringQuestion] = (),
    ) -> DoseScore:
        """Score every video's timeline, and average; see `Assessment.score`."""
        scores = tuple(self._score_of(method, video, video.truth) for video in videos if video.truth is not None)
        return DoseScore(summarize_dose(scores, self.scheme.names), scores)

    def _score_of(self, method: DoseMethod, video: AnsweredVideo[Timeline], truth: Timeline) -> VideoScore:
        """Return the score of a video, a mean where it was decoded by several seeds."""
        return mean_over_draws(
            [
                score_video(
                    video_id=video.video_id,
                    patient=video.patient,
                    cohort=video.cohort,
                    activity=video.activity,
                    truth=truth,
                    windows=video.windows,
                    method=method,
                    predicted=predicted,
                    by_default=video.by_default,
                    scheme=self.scheme,
                )
                for predicted in (video.predicted, *video.further)
            ]
        )

    def answered(self, score: DoseScore) -> BesideMeans:
        """Return the three scores with videos that are left out as failed: edit score 0, both errors 1."""
        entered = Entered(score.n, score.summary.n_left_out)
        with_failed = {
            name: entered.with_failed(score.metrics[name][0], value) for name, value in FAILED_SCORES.items()
        }
        rce = format_mean_sem(with_failed["relative_counting_error"], None, 3)
        return BesideMeans(entered, with_failed, ("RCE, rest failed", rce))

    def replies(self, method: DoseMethod, video: AnsweredVideo[Timeline]) -> ReplyCounts:
        """Return the counts of the replies to the questions that the method reads."""
        return count_replies(video.windows if video.by_default is None else video.by_default, method)

    def read_otherwise(self, method: DoseMethod, video: AnsweredVideo[Timeline]) -> int:
        """Return how many replies the default reading reads as something else."""
        return 0 if video.by_default is None else count_read_otherwise(video.windows, video.by_default, method)

    def exact_truth(self, method: DoseMethod, video: AnsweredVideo[Timeline]) -> Timeline | None:
        """Return the timeline that the correct answers give."""
        return None if video.truth is None else predict_timeline(video.windows, method, self.scheme)

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
            "unreadable": percent(share_without_answer(score.metrics)),
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

    def score_rows(
        self, method: DoseMethod, videos: Sequence[AnsweredVideo[Timeline]], questions: Sequence[ScoringQuestion] = ()
    ) -> list[dict[str, object]]:
        """Return each video's scores, counts, and numbers of replies."""
        return [_row(video) for video in self.score(method, videos).videos]

    def timelines(self, method: DoseMethod, video: AnsweredVideo[Timeline]) -> dict[str, Timeline]:
        """Return the predicted timeline (the decoder's, or else the method's own) and the true one."""
        timelines = {"predicted": video.predicted or predict_timeline(video.windows, method, self.scheme)}
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
        "unreadable": video.replies.unreadable,
        "refused": video.replies.refused,
        "contradictory": video.replies.contradictory,
        "cut": video.replies.cut,
        "missing": video.replies.missing,
        **left_out,
    }


def _row(score: VideoScore) -> dict[str, object]:
    metrics = video_metrics(score)
    return {
        **{name: metrics[name] for name in (*_HEADLINE, "mae_avg")},
        **{f"mae_{label}": abs(score.count_predicted[label] - count) for label, count in score.count_truth.items()},
        **{name: value for name, value in metrics.items() if name.startswith(COUNTS)},
        **reply_columns(score.replies),
    }
