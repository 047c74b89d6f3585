"""What an assessment is: one object that says everything about a family of tasks.

A family (dose, identification, Fugl-Meyer, …) is one folder of this room with a subclass of `Assessment`, and one call
of :func:`lmms_eval_plugins.assessments.registry.register`. Tasks, runs, tables and figures ask the assessment of a
task's scoring method; none of them knows which families there are.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from re import Pattern
from typing import Generic, Protocol, TypeGuard, TypeVar, get_args

from pydantic import BaseModel, ConfigDict

from lmms_eval_plugins.assessments.facts import CorrectAnswer, DataNeeds, VideoFacts
from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.coverage import BesideMeans, ReplyCounts, count_replies_to
from lmms_eval_plugins.questions.kinds import AnswerKind, KindName
from lmms_eval_plugins.questions.sets import Arm, QuestionSet
from lmms_eval_plugins.video.pose.joints import PoseStatus

Metric = tuple[float | None, float | None]
"""Value and SEM; each None where it is not defined."""


class ScoringMethod(BaseModel):
    """Settings of how answers are scored: what a task file says under ``scoring``.

    Every family has one subclass, whose ``method`` is a ``Literal`` of the words that choose it. The properties are
    what a task needs to know of the settings; the defaults suit a family that neither locates hands nor smooths.

    Attributes:
        method: the word that chooses the family, and within it the way.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    method: str

    @property
    def reads(self) -> Mapping[str, KindName]:
        """The questions that the method cannot do without: id → the kind of answer that it reads."""
        return {}

    @property
    def needs_pose(self) -> bool:
        """Whether the method reads what the arm's positions say of a window."""
        return False

    @property
    def smooths(self) -> bool | None:
        """Whether the predictions are smoothed; None where the method has no such step."""
        return None

    def asks(self, pose: PoseStatus | None) -> bool:
        """Return whether the questions are put about a window of which the arm's positions say this."""
        return True

    def smoothing(self, smooth: bool) -> ScoringMethod | None:
        """Return the same method with or without smoothing; None where it has no such step."""
        return None


class Score(Protocol):
    """The score of a run, whatever its family."""

    @property
    def n(self) -> int:
        """Number of videos (or patients) that were scored."""

    @property
    def metrics(self) -> Mapping[str, Metric]:
        """Name → value and SEM."""


class ScoringQuestion(Protocol):
    """The part of a question that scoring reads; both a question of a set and one in ``run.json`` have it."""

    @property
    def id(self) -> str:
        """Name of the question, unique in its set."""

    @property
    def truth(self) -> str | None:
        """What gives the correct answer (see `lmms_eval_plugins.questions.sets.Truth`); None where it is not known."""

    @property
    def item(self) -> int | None:
        """Fugl-Meyer item that the answer scores."""

    @property
    def arm(self) -> Arm:
        """Arm that the item's clip shows."""

    @property
    def if_yes(self) -> int | None:
        """Item's score after a yes."""

    @property
    def if_no(self) -> int | None:
        """Item's score after a no."""

    @property
    def reaches(self) -> int | None:
        """Number of repetitions whose time is taken."""

    def answer_kind(self) -> AnswerKind:
        """Return the form of the answer."""


MethodT = TypeVar("MethodT", bound=ScoringMethod)
TruthT = TypeVar("TruthT")
ScoreT = TypeVar("ScoreT", bound=Score)


@dataclass(frozen=True, slots=True)
class PrimaryMetric:
    """The one metric by which runs of a family are compared, fixed beforehand; the others describe.

    Attributes:
        column: the column of the data frame of scores whose mean it is.
        name: its name in words.
        higher_is_better: whether it grows as a model gets better.
        failed: what a video counts with that is left out for want of replies, where runs are ranked.
    """

    column: str
    name: str
    higher_is_better: bool
    failed: float = 0.0


@dataclass(frozen=True, slots=True)
class Parts(Generic[ScoreT]):
    """Tasks that share a whole between them, such as items 3 to 30 and items 31 to 33 of an assessment.

    Attributes:
        ending: what the name of a part ends in; the rest is the name of the whole.
        join: two scores of parts → the score of the whole.
    """

    ending: Pattern[str]
    join: Callable[[ScoreT, ScoreT], ScoreT]


class Assessment(ABC, Generic[MethodT, TruthT, ScoreT]):
    """A family of tasks: its truth, its scores, and how both are shown.

    The type parameters are the family's settings, the truth of one video, and the score of a run. Assessments have no
    state but the scheme of the labels that a family reads; every method is pure.

    Attributes:
        name: the family's name.
        a_task: a task of the family with its article, as in "a dose task".
        method_type: the settings in a task file.
        settings_models: the settings and the models within them, whose keys a task file may use.
        score_type: the score of a run.
        metrics: the names of the metrics; a task file that lists none has all of them.
        higher_is_better: those of them that grow as a model gets better.
        legend: how to read the family's table.
        needs: what it needs of a dataset.
        truth_name: the truth of a video, in words.
        primary: the metric by which runs are compared and the best of several is chosen.
        decodes: whether a decoder can make timelines of the answers.
        reads_sources: whether questions have truths of their own, which lie in the data.
        parts: the tasks that share a whole, where the family has such.
    """

    name: str
    a_task: str
    method_type: type[MethodT]
    settings_models: tuple[type[BaseModel], ...]
    score_type: type[ScoreT]
    metrics: tuple[str, ...]
    higher_is_better: frozenset[str] = frozenset()
    legend: str
    needs: DataNeeds
    truth_name: str = "the truth"
    primary: PrimaryMetric = PrimaryMetric("right", "accuracy", higher_is_better=True)
    decodes: bool = False
    reads_sources: bool = False
    parts: Parts[ScoreT] | None = None

    @property
    def method_names(self) -> tuple[str, ...]:
        """The words that choose the family in a task file."""
        return get_args(self.method_type.model_fields["method"].annotation)

    def owns(self, method: ScoringMethod | None) -> TypeGuard[MethodT]:
        """Return whether a scoring method is of this family."""
        return isinstance(method, self.method_type)

    def by_scheme(self, scheme: Scheme) -> Assessment[MethodT, TruthT, ScoreT]:
        """Return the family for a dataset whose labels are of a scheme; the same where it reads no labels."""
        return self

    def may_have_metric(self, name: str) -> bool:
        """Return whether a metric can be one of the family's, whatever the labels of the dataset."""
        return name in self.metrics

    def renamed_metric(self, name: str) -> tuple[str, ...]:
        """Return what stands in place of a metric that had another name before; nothing of any other name."""
        return ()

    def grows(self, metric: str) -> bool | None:
        """Return whether a metric grows, or else shrinks, as a model gets better; None where it does neither."""
        return metric in self.higher_is_better

    def remarks(self, method: MethodT) -> tuple[str, ...]:
        """Return what a reader of the scores should know of the method on this dataset's labels."""
        return ()

    # Truth

    @abstractmethod
    def truth_of(self, facts: VideoFacts) -> TruthT | None:
        """Return the truth of a video from what a dataset says of it; None where it is not known."""

    @abstractmethod
    def truth_to_text(self, truth: TruthT) -> str:
        """Return a truth as text, for ``run.json``."""

    @abstractmethod
    def truth_from_text(self, text: str) -> TruthT:
        """Return the truth that a text stands for; ValueError where it cannot be read."""

    def write_truth(self, truth: TruthT | None) -> str:
        """Return a truth as ``run.json`` has it: as text, empty where it is not known."""
        return "" if truth is None else self.truth_to_text(truth)

    def read_truth(self, text: str, video_id: str) -> TruthT | None:
        """Return the reverse of `write_truth`.

        Raises:
            UserError: the text cannot be read; the message names the video.
        """
        if not text:
            return None
        try:
            return self.truth_from_text(text)
        except ValueError as error:
            raise UserError(f"{video_id}: {self.truth_name} cannot be read ({error})") from error

    # Questions

    def check_questions(self, method: MethodT, questions: QuestionSet, path: Path) -> None:
        """Check that a question set has what the method reads.

        Args:
            method: the settings.
            questions: the question set.
            path: its file, for messages.

        Raises:
            UserError: a question is missing, its answer is of another kind, or its truth is of another family.
        """
        for question in questions.questions:
            if question.source and not self.reads_sources:
                raise UserError(
                    f"{path}, {question.id}: a truth in the data ({question.source.in_words}) is not scored by method"
                    f" {method.method}; leave `scoring` out of the task file"
                )
        kinds = {question.id: question.answer.kind for question in questions.questions}
        for question_id, kind in method.reads.items():
            if question_id not in kinds:
                raise UserError(
                    f"{path}: scoring method {method.method} reads a question"
                    f" {question_id!r}{nearest(question_id, kinds)}"
                )
            if kinds[question_id] != kind:
                raise UserError(
                    f"{path}, {question_id}: scoring method {method.method} reads answers of the kind"
                    f" {kind}, not {kinds[question_id]}"
                )

    @abstractmethod
    def correct_answers(
        self,
        questions: Sequence[ScoringQuestion],
        truth: TruthT | None,
        *,
        activity: str | None,
        start_s: float,
        end_s: float,
    ) -> list[CorrectAnswer]:
        """Return the correct answer to each question about one window.

        Args:
            questions: the questions about the window.
            truth: the truth of its video; None where it is not known.
            activity: the recording's label; None where it is not known.
            start_s: start of the window in seconds.
            end_s: exclusive end of the window in seconds.
        """

    # Scores

    @abstractmethod
    def score(
        self, method: MethodT, videos: Iterable[AnsweredVideo[TruthT]], questions: Sequence[ScoringQuestion] = ()
    ) -> ScoreT:
        """Score the answers about the videos of a run; videos without a truth are passed over.

        Args:
            method: the settings.
            videos: the videos, iterated over once.
            questions: what the run asked, in order.

        Raises:
            UserError: a truth leaves nothing to score against.
        """

    def answered(self, score: ScoreT) -> BesideMeans | None:
        """Return what stands beside a score's means where videos are left out of them; None where that is not known."""
        return None

    def replies(self, method: MethodT, video: AnsweredVideo[TruthT]) -> ReplyCounts:
        """Return how many of the requests about a video that scoring reads have replies; here, of all its questions."""
        if not video.windows:
            return ReplyCounts(0, 0, len(video.questions))
        return count_replies_to(video.questions, video.windows)

    def read_otherwise(self, method: MethodT, video: AnsweredVideo[TruthT]) -> int:
        """Return how many replies the default reading reads as something else than the run's policy does."""
        return 0

    def exact_truth(self, method: MethodT, video: AnsweredVideo[TruthT]) -> TruthT | None:
        """Return the truth as exactly as windows can tell it, from the correct answers about them."""
        return video.truth

    @abstractmethod
    def imperfection(self, score: ScoreT) -> str | None:
        """Return what a score lacks to be perfect, in words; None where it lacks nothing."""

    # Tables

    @abstractmethod
    def cells(self, score: ScoreT) -> dict[str, str]:
        """Return heading → cell of a score's row in the family's table."""

    @abstractmethod
    def main_cell(self, score: ScoreT) -> str:
        """Return the most important metric with its name, as in "edit score 50.67"."""

    @abstractmethod
    def headline(self, score: ScoreT) -> dict[str, float | None]:
        """Return the headline values by name, for the output of ``strokerehab score --json``."""

    @abstractmethod
    def details(self, score: ScoreT) -> dict[str, object]:
        """Return what ``scores.json`` says beside the metrics: the scores of single videos or items."""

    def score_rows(
        self, method: MethodT, videos: Sequence[AnsweredVideo[TruthT]], questions: Sequence[ScoringQuestion] = ()
    ) -> list[dict[str, object]] | None:
        """Return column → value for each video in the data frame of scores; None where no single videos are scored.

        Args:
            method: the settings.
            videos: videos whose truth is known, with the answers of both readings.
            questions: what the run asked, in order; none where that is not known, as of published logs.
        """
        return None

    def timelines(self, method: MethodT, video: AnsweredVideo[TruthT]) -> Mapping[str, Timeline]:
        """Return ``predicted`` and, where it is known, ``truth`` → timeline; nothing where the family has none."""
        return {}
