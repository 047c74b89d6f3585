"""Agreement between raters: a further rater's labels against the truth, per video and over videos."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, LabelReading
from lmms_eval_plugins.domain.sequences import action_error_rate, edit_score, relative_counting_error
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.statistics.summary import mean_sem


@dataclass(frozen=True, slots=True)
class RaterScores:
    """A further rater's labels of a video against the truth.

    Attributes:
        edit_score: 0 (nothing agrees) to 100 (the same sequence).
        action_error_rate: errors per true label, 0 (equal) upwards.
        relative_counting_error: counting errors per true label, 0 (all counts equal) upwards.
    """

    edit_score: float
    action_error_rate: float
    relative_counting_error: float


@dataclass(frozen=True, slots=True)
class RaterAgreement:
    """Scores of a further rater over videos.

    Attributes:
        n_videos: number of videos that both labelled.
        edit_score, action_error_rate, relative_counting_error: mean and SEM (ddof 1; None below two videos).
    """

    n_videos: int
    edit_score: tuple[float | None, float | None]
    action_error_rate: tuple[float | None, float | None]
    relative_counting_error: tuple[float | None, float | None]

    def describe(self) -> str:
        """Return the agreement in one line: ``edit score 91.2 ± 3.1, …, n = 12``."""
        return (
            f"edit score {_cell(self.edit_score, 1)}, action error rate {_cell(self.action_error_rate, 3)},"
            f" relative counting error {_cell(self.relative_counting_error, 3)}, n = {self.n_videos}"
        )


def on_hand(reading: LabelReading, hand: Hand) -> Timeline | None:
    """Return what a rater labelled of a hand, whichever hand the file is about; None where it holds nothing of it."""
    for labelled in (reading.labelled, reading.other):
        if labelled and labelled.hand == hand:
            return labelled.timeline
    return None


def compare_raters(truth: LabelledHand, other: LabelReading) -> RaterScores | None:
    """Compare a further rater's labels of a video with the truth.

    None where there is nothing to compare: that rater did not label the true hand, or the truth is empty.
    """
    timeline = on_hand(other, truth.hand)
    if timeline is None or not truth.timeline.segments:
        return None
    labels = timeline.labels, truth.timeline.labels
    return RaterScores(edit_score(*labels), action_error_rate(*labels), relative_counting_error(*labels))


def summarize_raters(scores: Sequence[RaterScores]) -> RaterAgreement:
    """Return mean and SEM of a rater's scores over videos."""
    return RaterAgreement(
        n_videos=len(scores),
        edit_score=mean_sem([score.edit_score for score in scores]),
        action_error_rate=mean_sem([score.action_error_rate for score in scores]),
        relative_counting_error=mean_sem([score.relative_counting_error for score in scores]),
    )


def _cell(value: tuple[float | None, float | None], decimals: int) -> str:
    mean, sem = value
    if mean is None:
        return "—"
    return f"{mean:.{decimals}f}" if sem is None else f"{mean:.{decimals}f} ± {sem:.{decimals}f}"
