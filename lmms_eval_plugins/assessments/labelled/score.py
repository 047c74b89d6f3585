"""How often questions with truths of their own are answered rightly, and how far numbers are off."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Literal, NamedTuple

from lmms_eval_plugins.assessments.assessment import Metric, ScoringMethod, ScoringQuestion
from lmms_eval_plugins.assessments.labelled.truth_text import LabelledTruth
from lmms_eval_plugins.assessments.reply_counts import REPLY_RATES, reply_rates
from lmms_eval_plugins.questions.answers import AnsweredVideo, value_of
from lmms_eval_plugins.questions.coverage import NO_REPLIES, Entered, ReplyCounts, count_replies_to
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import Answer, NoAnswer
from lmms_eval_plugins.statistics.answers import (
    balanced_accuracy,
    f1_by_class,
    macro_f1,
    mean_absolute_error,
    root_mean_square_error,
    share_within_one,
)
from lmms_eval_plugins.statistics.reliability import quadratic_kappa

SHARES = ("accuracy", "balanced_accuracy", "macro_f1", "quadratic_kappa", "off_by_one")
"""The metrics that grow as answers get better; all are 1 at best."""

ERRORS = ("mae", "rmse")
"""The metrics of numbers that shrink as answers get better."""

LABELLED_METRICS: tuple[str, ...] = (*SHARES, *ERRORS, *REPLY_RATES)
"""The metrics of a score."""


class LabelledMethod(ScoringMethod):
    """Settings of how questions with truths of their own are scored: none; the kind of an answer says how.

    Attributes:
        method: ``labelled``, which stands for a task file without ``scoring``.
    """

    method: Literal["labelled"]


class AnsweredWindow(NamedTuple):
    """The true answer about a window, and the one that was given; None for a reply without an answer or none at all."""

    truth: Answer
    given: object | None

    @property
    def named(self) -> tuple[str, str | None]:
        """Both as text."""
        return str(value_of(self.truth)), value_of(self.given)

    @property
    def numbers(self) -> tuple[int, int | None]:
        """Both as numbers, of a score or count."""
        return int(str(self.truth)), self.given if isinstance(self.given, int) else None


@dataclass(frozen=True, slots=True)
class LabelledVideo:
    """A video with its answered windows.

    Attributes:
        video_id: the video.
        answered: id of a question → the windows of which the true answer is known, in order.
        replies: counts of the replies about these.
    """

    video_id: str
    answered: Mapping[str, tuple[AnsweredWindow, ...]]
    replies: ReplyCounts


@dataclass(frozen=True, slots=True)
class QuestionScore:
    """How well one question is answered, over the windows of all videos that enter.

    Attributes:
        question: its id.
        kind: the kind of its answers.
        n: number of windows.
        metrics: name → value, of those that the kind has; None where one is not defined. ``accuracy`` is the share of
            right answers; ``balanced_accuracy`` and ``macro_f1`` are of named answers; ``quadratic_kappa`` of scores;
            ``mae``, ``rmse`` and ``off_by_one`` (a share: at most one off) of numbers. A reply without an answer is
            never right; errors and kappa are of the answers that there are.
        f1: answer → F1, of named answers.
    """

    question: str
    kind: AnswerKind
    n: int
    metrics: Mapping[str, float | None]
    f1: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LabelledScore:
    """The score of a run of questions with truths of their own.

    Attributes:
        videos: every video of which a true answer is known, in order.
        questions: the questions that are scored.
        unscored: ids of those that are asked and recorded only.
        replies: counts of the replies about all videos.
        entered: how many videos enter, and how many have too few replies.
        metrics: name → (mean over the questions that have it, None).
    """

    videos: tuple[LabelledVideo, ...]
    questions: tuple[QuestionScore, ...]
    unscored: tuple[str, ...]
    replies: ReplyCounts
    entered: Entered
    metrics: Mapping[str, Metric]

    @property
    def n(self) -> int:
        """Videos that enter."""
        return self.entered.n


def answered_windows(
    video: AnsweredVideo[LabelledTruth], questions: Sequence[ScoringQuestion]
) -> dict[str, tuple[AnsweredWindow, ...]]:
    """Return question → the windows of which the true answer is known."""
    return {question.id: tuple(_of_question(video, question)) for question in questions}


def _of_question(video: AnsweredVideo[LabelledTruth], question: ScoringQuestion) -> Iterator[AnsweredWindow]:
    known, kind = (video.truth or {}).get(question.id), question.answer_kind()
    for window in video.windows if known else ():
        target = known.answer_in(window.start_s, window.end_s) if known else None
        if target is not None:
            given = window.answers.get(question.id)
            yield AnsweredWindow(kind.parse_target(target), None if isinstance(given, NoAnswer) else given)


def count_known_replies(video: AnsweredVideo[LabelledTruth]) -> ReplyCounts:
    """Count the replies to the requests whose true answers are known; of a video without windows all are missing."""
    truth = video.truth or {}
    if not video.windows:
        return ReplyCounts(0, 0, len(truth))
    known = (
        (question, [w for w in video.windows if answers.answer_in(w.start_s, w.end_s) is not None])
        for question, answers in truth.items()
    )
    return sum((count_replies_to([question], windows) for question, windows in known), NO_REPLIES)


def right_share(kind: AnswerKind, answered: Sequence[AnsweredWindow]) -> float | None:
    """Return the share of right answers, 0 to 1; None without windows."""
    return fmean(kind.is_right(one.given, one.truth) for one in answered) if answered else None


def mean_error(kind: AnswerKind, answered: Sequence[AnsweredWindow]) -> float | None:
    """Return by how much given numbers differ from true ones on average; None of other kinds, and without numbers."""
    if not kind.of_numbers:
        return None
    pairs = [one.numbers for one in answered]
    return mean_absolute_error(*_both(pairs))


def _both(pairs: Sequence[tuple[int, int | None]]) -> tuple[list[int], list[int]]:
    """Return the true and the given numbers of the pairs that have both."""
    known = [(true, given) for true, given in pairs if given is not None]
    return [true for true, _ in known], [given for _, given in known]


def score_labelled(videos: Sequence[LabelledVideo], questions: Sequence[ScoringQuestion]) -> LabelledScore:
    """Score videos by what was asked; those with too few replies are counted, and left out of all values."""
    entering = [video for video in videos if video.replies.suffice]
    scored = [question for question in questions if question.truth == "label"]
    of_questions = tuple(
        score_question(question, [one for video in entering for one in video.answered[question.id]])
        for question in scored
    )
    replies = sum((video.replies for video in videos), NO_REPLIES)
    means = {name: mean_of_known(one.metrics.get(name) for one in of_questions) for name in (*SHARES, *ERRORS)}
    return LabelledScore(
        videos=tuple(videos),
        questions=of_questions,
        unscored=tuple(question.id for question in questions if question.truth == "none"),
        replies=replies,
        entered=Entered(len(entering), len(videos) - len(entering)),
        metrics={**{name: (mean, None) for name, mean in means.items()}, **reply_rates(replies)},
    )


def score_question(question: ScoringQuestion, answered: Sequence[AnsweredWindow]) -> QuestionScore:
    """Score the answers to one question."""
    kind = question.answer_kind()
    metrics: dict[str, float | None] = {"accuracy": right_share(kind, answered)}
    f1: Mapping[str, float] = {}
    if kind.kind in ("yes_no", "one_of"):
        truth, given = [one.named[0] for one in answered], [one.named[1] for one in answered]
        metrics |= {"balanced_accuracy": balanced_accuracy(truth, given), "macro_f1": macro_f1(truth, given)}
        f1 = {str(name): value for name, value in f1_by_class(truth, given).items()}
    if kind.of_numbers:
        pairs = [one.numbers for one in answered]
        true, numbers = _both(pairs)
        if kind.kind == "score":
            metrics["quadratic_kappa"] = quadratic_kappa(true, numbers, sorted(map(int, kind.options)))
        metrics |= {
            "off_by_one": share_within_one([pair[0] for pair in pairs], [pair[1] for pair in pairs]),
            "mae": mean_absolute_error(true, numbers),
            "rmse": root_mean_square_error(true, numbers),
        }
    return QuestionScore(question.id, kind, len(answered), metrics, f1)


def mean_of_known(values: Iterable[float | None]) -> float | None:
    """Return the mean of the values that there are; None without any."""
    known = [value for value in values if value is not None]
    return fmean(known) if known else None
