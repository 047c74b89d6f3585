"""The score of a dose task: mean and standard error over videos, per metric."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lmms_eval_plugins.assessments.assessment import Metric
from lmms_eval_plugins.assessments.dose.video import VideoScore
from lmms_eval_plugins.assessments.reply_counts import REPLY_RATES, reply_rates
from lmms_eval_plugins.domain.scheme import MEAN
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.coverage import NO_REPLIES
from lmms_eval_plugins.statistics.summary import mean_sem

COUNTS = ("true_", "predicted_")
"""The beginnings of the names of metrics that count, which are no better for being larger or smaller."""

BY_LABEL = ("mae_", *COUNTS)
"""The beginnings of the names of metrics that there is one of for each label."""


def dose_metrics(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the metrics of a summary: those averaged over videos, then the rates pooled over replies."""
    return (*_averaged(labels), *REPLY_RATES)


def _averaged(labels: Sequence[str]) -> tuple[str, ...]:
    return (
        "edit_score",
        "action_error_rate",
        "relative_counting_error",
        *(f"mae_{label}" for label in labels),
        f"mae_{MEAN}",
        *(f"{which}{label}" for which in COUNTS for label in labels),
    )


DOSE_METRICS = dose_metrics(PRIMITIVES)
"""The metrics where the labels are the primitives."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Scores over videos.

    Attributes:
        n: videos that were averaged.
        n_left_out: videos left out because too few of the requests about them have a reply (see
            :mod:`lmms_eval_plugins.questions.coverage`); they change no mean, and their replies count in the rates.
        metrics: name → (mean, SEM). SEM is None for a single video and for the pooled rates, and both are None where
            there is nothing to average.
    """

    n: int
    n_left_out: int
    metrics: Mapping[str, Metric]


@dataclass(frozen=True, slots=True)
class DoseScore:
    """Scores of a dose task: mean ± SEM over videos, and the scores of every video."""

    summary: Summary
    videos: tuple[VideoScore, ...]

    @property
    def n(self) -> int:
        """Number of videos that were averaged."""
        return self.summary.n

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Name → mean and SEM."""
        return self.summary.metrics


def video_metrics(score: VideoScore) -> dict[str, float]:
    """Return the metrics of one video that are averaged over videos, by name."""
    return {
        "edit_score": score.edit_score,
        "action_error_rate": score.action_error_rate,
        "relative_counting_error": score.relative_counting_error,
        **{f"mae_{label}": error for label, error in score.mae.items()},
        f"mae_{MEAN}": sum(score.mae.values()) / len(score.mae),
        **{f"true_{label}": count for label, count in score.count_truth.items()},
        **{f"predicted_{label}": count for label, count in score.count_predicted.items()},
    }


def summarize_dose(scores: Sequence[VideoScore], labels: Sequence[str] = PRIMITIVES) -> Summary:
    """Average scores over videos: mean ± SEM.

    Metrics: ``edit_score``, ``action_error_rate``, ``relative_counting_error``; ``mae_<label>`` (by how much the
    count is off) and ``mae_avg`` (their mean); ``true_<label>`` and ``predicted_<label>`` (occurrences; the published
    logs call the true ones ``count_<label>``); ``unreadable_rate``, ``refused_rate`` and ``contradictory_rate`` (of
    replies), and ``missing_rate`` (of requests), all pooled over all videos.
    """
    answered = [score for score in scores if score.replies.suffice]
    of_videos = [video_metrics(score) for score in answered]
    metrics = {name: mean_sem([of_video[name] for of_video in of_videos]) for name in _averaged(labels)}
    metrics |= reply_rates(sum((score.replies for score in scores), NO_REPLIES))
    return Summary(n=len(answered), n_left_out=len(scores) - len(answered), metrics=metrics)
