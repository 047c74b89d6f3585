"""Which of the activities a video shows: accuracies, recall of each activity, and what is taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from lmms_eval_plugins.assessments.assessment import Metric, ScoringMethod
from lmms_eval_plugins.assessments.reply_counts import REPLY_RATES, reply_rates
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, HEALTHY, in_order
from lmms_eval_plugins.questions.answers import WindowAnswers, state_of
from lmms_eval_plugins.questions.coverage import NO_REPLIES, Entered, ReplyCounts, count_replies_to
from lmms_eval_plugins.questions.kinds import KindName
from lmms_eval_plugins.questions.outcomes import NoAnswer
from lmms_eval_plugins.statistics.summary import mean_sem

ACCURACIES = ("accuracy", "accuracy_all", "accuracy_control", "accuracy_stroke")
"""The metrics that are shares of videos: of test videos, of all, and of the test videos of either group."""

IDENTIFICATION_METRICS: tuple[str, ...] = (*ACCURACIES, "macro_accuracy", *REPLY_RATES)
"""The metrics of an identification score."""

_COLUMNS_OF_ALL = ("unreadable", "missing")
_COLUMNS_WHERE_ANY = ("refused", "contradictory")
"""The columns of a confusion matrix for replies without an activity, by their state; the latter where there are any."""

_ONE = "activity"


class IdentificationMethod(ScoringMethod):
    """Settings of how answers about activities are scored.

    Attributes:
        method: ``identification``.
        activity: id of the question for the activity.
        tuning_patients: patients on whose videos the question was tuned; their videos count in ``accuracy_all`` only.
    """

    method: Literal["identification"]
    activity: str = "activity"
    tuning_patients: tuple[str, ...] = ()

    @property
    def reads(self) -> Mapping[str, KindName]:
        """The question for the activity."""
        return {self.activity: "one_of"}


@dataclass(frozen=True, slots=True)
class IdentifiedVideo:
    """A video, the activity that it shows, and the one that the model answers.

    Attributes:
        video_id: the video.
        patient: who was filmed.
        cohort: ``healthy``, or any other name for a patient after a stroke; None where it is not known.
        truth: the activity.
        answer: the activity as answered, a `NoAnswer`, or None for a reply that never came; such a video enters no
            accuracy.
        cut: whether the reply was cut off by the limit of tokens.
    """

    video_id: str
    patient: str
    cohort: str | None
    truth: str
    answer: str | NoAnswer | None
    cut: bool = False

    @property
    def right(self) -> bool:
        """Whether the answer is the truth; a reply without an answer, or a missing one, is not."""
        return self.answer == self.truth

    @property
    def replies(self) -> ReplyCounts:
        """The count of its one reply."""
        cut = frozenset({_ONE} if self.cut else ())
        return count_replies_to([_ONE], [WindowAnswers(0.0, 0.0, {_ONE: self.answer}, cut=cut)])

    @property
    def column(self) -> str:
        """The column of the answer in a confusion matrix."""
        return self.answer if isinstance(self.answer, str) else state_of(self.answer)


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share of videos: ``right`` of ``n``."""

    right: int
    n: int

    @property
    def value(self) -> float | None:
        """The share, 0 to 1; None of no videos."""
        return self.right / self.n if self.n else None


@dataclass(frozen=True, slots=True)
class IdentificationScore:
    """How often the activity is named right. A test video is one whose patient's videos did not tune the question.

    A reply without an answer is not a right one, and is counted. A video without a reply is counted, and left out of
    all shares; `entered` says how many are (see :mod:`lmms_eval_plugins.questions.coverage`).

    Attributes:
        videos: every video, in the order given, those without a reply included.
        all_videos: share of all videos that are named right.
        test: the same of the test videos.
        control: the same of the test videos of healthy controls.
        stroke: the same of the test videos of patients after a stroke.
        recall: cohort (``control``, ``stroke``) → activity → share of its test videos that are named right; activities
            without such videos are not there.
        confusion: truth → answer, or the state of a reply without one → test videos, zeros included; the same columns
            in all rows.
        replies: counts of the replies about all videos.
        entered: metric of `ACCURACIES` → how many videos enter it.
        metrics: name → (value, SEM), all 0 to 1; the value is None where there is nothing to average. Accuracies are
            means over videos and have an SEM (ddof 1); ``macro_accuracy`` is the mean of the activities' accuracies on
            the test videos; for the rates of replies see `reply_rates`.
    """

    videos: tuple[IdentifiedVideo, ...]
    all_videos: Proportion
    test: Proportion
    control: Proportion
    stroke: Proportion
    recall: Mapping[str, Mapping[str, Proportion]]
    confusion: Mapping[str, Mapping[str, int]]
    replies: ReplyCounts
    entered: Mapping[str, Entered]
    metrics: Mapping[str, Metric]

    @property
    def n(self) -> int:
        """Videos with a reply."""
        return self.all_videos.n

    @property
    def accuracy_all(self) -> float | None:
        """Share of all videos that are named right; None where there are none."""
        return self.all_videos.value

    @property
    def n_test(self) -> int:
        """Test videos."""
        return self.test.n

    @property
    def accuracy(self) -> float | None:
        """Share of the test videos that are named right; None where there are none."""
        return self.test.value


def score_identification(videos: Sequence[IdentifiedVideo], method: IdentificationMethod) -> IdentificationScore:
    """Score the answers about videos whose activities are known; of no videos all values are 0 or None.

    Args:
        videos: the videos with their answers.
        method: the settings, with the patients on whose videos the question was tuned.
    """
    of_test = [video for video in videos if video.patient not in method.tuning_patients]
    of_control = [video for video in of_test if video.cohort == HEALTHY]
    of_stroke = [video for video in of_test if video.cohort not in (None, HEALTHY)]
    asked = (of_test, videos, of_control, of_stroke)
    groups = [[video for video in group if video.replies.suffice] for group in asked]
    test, answered, control, stroke = groups
    replies = sum((video.replies for video in videos), NO_REPLIES)
    of_activities = [share.value for share in _by_activity(test).values() if share.value is not None]
    return IdentificationScore(
        videos=tuple(videos),
        all_videos=_share(answered),
        test=_share(test),
        control=_share(control),
        stroke=_share(stroke),
        recall={"control": _by_activity(control), "stroke": _by_activity(stroke)},
        confusion=_confusion(of_test),
        replies=replies,
        entered={
            name: Entered(len(group), len(every) - len(group))
            for name, group, every in zip(ACCURACIES, groups, asked, strict=True)
        },
        metrics={
            **{name: _accuracy(group) for name, group in zip(ACCURACIES, groups, strict=True)},
            "macro_accuracy": (mean_sem(of_activities)[0], None),
            **reply_rates(replies),
        },
    )


def _share(videos: Sequence[IdentifiedVideo]) -> Proportion:
    return Proportion(sum(video.right for video in videos), len(videos))


def _accuracy(videos: Sequence[IdentifiedVideo]) -> Metric:
    return _share(videos).value, mean_sem([float(video.right) for video in videos])[1]


def _by_activity(videos: Sequence[IdentifiedVideo]) -> dict[str, Proportion]:
    """Return the share of every activity's videos that are named right, in the vocabulary's order."""
    of_activity: dict[str, list[IdentifiedVideo]] = {}
    for video in videos:
        of_activity.setdefault(video.truth, []).append(video)
    return {activity: _share(of_activity[activity]) for activity in in_order(of_activity, ACTIVITIES)}


def _confusion(videos: Sequence[IdentifiedVideo]) -> dict[str, dict[str, int]]:
    pairs = Counter((video.truth, video.column) for video in videos)
    truths = in_order({video.truth for video in videos}, ACTIVITIES)
    named = in_order({*truths, *(video.answer for video in videos if isinstance(video.answer, str))}, ACTIVITIES)
    further = [state for state in _COLUMNS_WHERE_ANY if any(column == state for _, column in pairs)]
    columns = (*named, *_COLUMNS_OF_ALL, *further)
    return {truth: {column: pairs[truth, column] for column in columns} for truth in truths}
