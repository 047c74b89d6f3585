"""Scores of an activity identification log: which of nine activities a video shows."""

from __future__ import annotations

from dataclasses import dataclass

from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.reading import UNREADABLE, read
from lmms_eval_plugins.results.logs import PublishedLog

TUNING_SUBJECTS = frozenset({"C00015", "C00020"})
"""Subjects on whose videos the study tuned its prompts; their videos are not test videos."""


@dataclass(frozen=True, slots=True)
class IdentificationScore:
    """Accuracies, 0 to 1; an unreadable or missing reply is not a right one, and is counted.

    Attributes:
        n: videos.
        accuracy_all: share of all videos that are named right.
        n_test: videos of subjects that were not used for tuning.
        accuracy: share of those that are named right; None where there are none.
        n_unreadable: replies that name no activity.
        n_missing: replies that never came.
    """

    n: int
    accuracy_all: float
    n_test: int
    accuracy: float | None
    n_unreadable: int
    n_missing: int


def score_identification(log: PublishedLog) -> IdentificationScore:
    """Score a log whose targets are activities; the activities are the targets that occur in it.

    The default reading is used: it agrees with the stored accuracies on every row of the published logs.
    """
    kind = AnswerKind(kind="one_of", options=tuple(sorted({video.target for video in log.videos})))
    read_as = [read(kind, video.windows[0].text) if video.windows else None for video in log.videos]
    right = [answer == video.target for answer, video in zip(read_as, log.videos, strict=True)]
    test = [ok for ok, video in zip(right, log.videos, strict=True) if video.patient not in TUNING_SUBJECTS]
    return IdentificationScore(
        n=len(right),
        accuracy_all=sum(right) / len(right),
        n_test=len(test),
        accuracy=sum(test) / len(test) if test else None,
        n_unreadable=sum(answer is UNREADABLE for answer in read_as),
        n_missing=sum(answer is None for answer in read_as),
    )
