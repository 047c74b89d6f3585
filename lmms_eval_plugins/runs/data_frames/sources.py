"""Runs with their answers, whatever wrote them: our run folders, or runs in published logs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Generic, TypeVar, cast

from lmms_eval_plugins.assessments.assessment import (
    Assessment,
    MethodT,
    ScoreT,
    ScoringMethod,
    ScoringQuestion,
    TruthT,
)
from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.registry import AnyAssessment, assessment_of
from lmms_eval_plugins.dataset.file_names import parse_name
from lmms_eval_plugins.dataset.selections import project_selections, read_cohorts
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, HEALTHY
from lmms_eval_plugins.questions.answers import AnsweredVideo, TruthT_co, WindowAnswers
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import Answer
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.settings import InputSettings, settings_of_log, settings_of_run
from lmms_eval_plugins.runs.differences.log_arguments import arguments_of_log
from lmms_eval_plugins.runs.differences.recorded import (
    RecordedSettings,
    settings_of_arguments,
    settings_of_file,
)
from lmms_eval_plugins.runs.run import Run
from lmms_eval_plugins.runs.run_file import BASELINES, RunQuestion, RunVideo
from lmms_eval_plugins.study.log_formats import LOG_METHOD, LogReader, format_of, identified_videos
from lmms_eval_plugins.study.logs import LOG_NAME, LoggedVideo, PublishedLog
from lmms_eval_plugins.video.pace import describe_other_paces, paces_of
from lmms_eval_plugins.video.windows import Dense

STROKE_UNKNOWN = "stroke/"
"""The cohort of patients after a stroke in a log, of whom no more is known; no manifest may have such a name."""

_ACTIVITY = AnswerKind(kind="one_of", options=ACTIVITIES)

MethodT_co = TypeVar("MethodT_co", bound="ScoringMethod | None", covariant=True)


@dataclass(frozen=True, slots=True)
class ReadReply:
    """One reply.

    Attributes:
        window: index of the window that it is about.
        question: id of the question that it answers.
        kind: the form of the answer.
        text: the reply, word for word; None where none came.
        answer: its answer under the run's policy.
        default_answer: its answer under the default reading.
        truth: the correct answer; None where it is not known.
        p_yes: the probability of yes among yes and no, 0 to 1; NaN where either was not recorded.
        probabilities: answer that a reply may begin with → probability, 0 to 1, summing to 1; empty where not recorded.
        finish_reason: why the model ended; None where it is not known.
    """

    window: int
    question: str
    kind: AnswerKind
    text: str | None
    answer: object
    default_answer: object
    truth: Answer | None
    p_yes: float = math.nan
    probabilities: Mapping[str, float] = field(default_factory=dict)
    finish_reason: str | None = None

    @property
    def right(self) -> bool | None:
        """Whether the answer is the correct one; None where that is not known."""
        return None if self.truth is None else self.kind.is_right(self.answer, self.truth)


@dataclass(frozen=True, slots=True)
class ReadVideo(Generic[TruthT_co]):
    """A video with its answers, read under the run's policy, and every single reply."""

    answered: AnsweredVideo[TruthT_co]
    default_windows: tuple[WindowAnswers, ...]
    stroke: bool | None
    replies: tuple[ReadReply, ...]


@dataclass(frozen=True, slots=True)
class ReadRun(Generic[MethodT_co, TruthT_co]):
    """A run with everything that the tables show of it.

    Attributes:
        kind: ``run`` or ``published log``.
        task: the task's name.
        model: the model's name; None where it is not known.
        baseline: whether the answers are a baseline's.
        stamp: when the run was started.
        policy: how its replies were read.
        method: how they are scored; None for a task without scoring.
        scheme: the scheme of its dataset's labels.
        settings: how its windows were made.
        recorded: whatever was set; None where that is not known.
        videos: its videos.
        notes: what a reader of its numbers should know.
        questions: what was asked, in order; empty where that is not known, as of published logs.
        n_models: number of models whose answers it has; above 1 where runs were joined.
        damaged: a line of text for each damaged line of its answers, which is left out.
    """

    kind: str
    task: str
    model: str | None
    baseline: bool
    stamp: str
    policy: Policy
    method: MethodT_co
    settings: InputSettings
    videos: tuple[ReadVideo[TruthT_co], ...]
    notes: tuple[str, ...]
    n_models: int = 1
    damaged: tuple[str, ...] = ()
    scheme: Scheme = field(default_factory=primitives_scheme)
    questions: tuple[ScoringQuestion, ...] = ()
    recorded: RecordedSettings | None = None

    @property
    def assessment(self) -> AnyAssessment | None:
        """The family of its task, for the labels of its dataset; None for a task without scoring."""
        return None if self.method is None else assessment_of(self.method).by_scheme(self.scheme)


AnyRun = ReadRun[ScoringMethod | None, object]
"""A run of whatever family."""

DoseRun = ReadRun[DoseMethod, Timeline]
"""A run of a dose task."""


def of_family(source: AnyRun, assessment: Assessment[MethodT, TruthT, ScoreT]) -> ReadRun[MethodT, TruthT] | None:
    """Return a run by the types of a family; None where it is of another one.

    For what is about one family, such as decoding; whatever serves all families asks the run's assessment.
    """
    return cast("ReadRun[MethodT, TruthT]", source) if assessment.owns(source.method) else None


@cache
def project_cohorts() -> Mapping[str, str]:
    """Return patient → cohort, from the project's selections."""
    return read_cohorts(project_selections())


def cohort_of(patient: str, stroke: bool | None) -> str | None:
    """Return the cohort of a patient in a log; None for one that has had a stroke and is in no list."""
    return HEALTHY if stroke is False else project_cohorts().get(patient)


def source_of_log(log: PublishedLog, policy: Policy | None) -> AnyRun:
    """Read a published log, by default as published (identification logs: by the default reading).

    Raises:
        UserError: its replies cannot be made out.
    """
    name = LOG_NAME.match(log.path.name)
    settings = settings_of_log(log.path)
    arguments = arguments_of_log(log.path)
    chosen: Policy = (policy or "published") if log.has_timelines else "default"
    method: ScoringMethod = LOG_METHOD
    videos: tuple[ReadVideo[object], ...]
    if log.has_timelines:
        method, videos = _dose_videos(log, chosen)
    else:
        videos = _identified_videos(log)
    return ReadRun(
        kind="published log",
        task=log.task,
        model=log.model or settings.checkpoint,
        baseline=False,
        stamp=name["stamp"] if name else log.path.stem,
        policy=chosen,
        method=method,
        settings=settings,
        videos=videos,
        notes=(*log.warnings, *_notes_on_windows((video.fps for video in log.videos), settings)),
        recorded=settings_of_arguments(arguments) if arguments else None,
    )


DAMAGE_END = "of the answers left out (`strokerehab score` names each)"
"""The end of the note of a run that some lines of its answers are damaged."""


def source_of_run(run: Run, policy: Policy | None) -> AnyRun:
    """Read one of our runs, by default with the reading that its task asks for.

    Raises:
        UserError: a truth cannot be read.
    """
    chosen = policy or run.file.reading
    videos = tuple(_run_video(run, video, chosen) for video in run.file.videos)
    broken = sum(any(_is_no_logprob(p) for p in probs.values()) for probs in run.logprobs.values())
    notes = list(run.file.all_notes)
    settings = settings_of_run(run.file)
    if not run.file.windows_by_rate:  # written by a version that did not note it
        notes += _notes_on_windows((video.fps for video in run.file.videos if video.fps), settings)
    if n := len(run.damaged):
        notes.append(f"{n} damaged line{'s' * (n > 1)} {DAMAGE_END}")
    if broken:
        notes.append(f"the recorded probabilities of {broken} answers are no numbers and were left out")
    return ReadRun(
        kind="run",
        task=run.file.task,
        model=run.file.shown_model,
        baseline=run.file.kind in BASELINES,
        stamp=run.path.resolve().name,
        policy=chosen,
        method=run.file.scoring,
        scheme=run.file.label_scheme,
        settings=settings,
        videos=videos,
        notes=tuple(notes),
        damaged=run.damaged,
        questions=run.file.questions,
        recorded=settings_of_file(run.file),
    )


def _notes_on_windows(rates: Iterable[float], settings: InputSettings) -> tuple[str, ...]:
    """Return a note on windows that are not as long as the settings say, where these are known."""
    if settings.fps is None or settings.frames is None:
        return ()
    sampling = Dense(fps=settings.fps, frames=settings.frames)
    return describe_other_paces(paces_of(rates, sampling), sampling)


def probability_of_yes(logprobs: Mapping[str, float]) -> float:
    """Return ``p(yes) / (p(yes) + p(no))``, 0 to 1; NaN where either was not recorded or is not a number."""
    by_name = {name.strip().lower(): value for name, value in logprobs.items()}
    yes, no = by_name.get("yes"), by_name.get("no")
    if yes is None or no is None or _is_no_logprob(yes) or _is_no_logprob(no) or yes == no == -math.inf:
        return math.nan
    return 1 / (1 + math.exp(min(no - yes, 700.0)))


def probabilities_of(logprobs: Mapping[str, float]) -> dict[str, float]:
    """Return the probability of each recorded answer among them all, 0 to 1; nothing where one is not a number."""
    highest = max(logprobs.values(), default=-math.inf)
    if highest == -math.inf or any(map(_is_no_logprob, logprobs.values())):
        return {}
    weights = {answer: math.exp(value - highest) for answer, value in logprobs.items()}
    return {answer: weight / sum(weights.values()) for answer, weight in weights.items()}


def _is_no_logprob(value: float) -> bool:
    return math.isnan(value) or value == math.inf


def _dose_videos(log: PublishedLog, policy: Policy) -> tuple[DoseMethod, tuple[ReadVideo[Timeline], ...]]:
    log_format = format_of(log)
    reader, default = LogReader(log_format, policy), LogReader(log_format, "default")
    questions = [
        RunQuestion(id=id, truth=id, kind=kind.kind, options=kind.options) for id, kind in log_format.kinds.items()
    ]
    videos = []
    for video in log.videos:
        windows, by_default = reader.windows(video), default.windows(video)
        truth = DOSE.read_truth(video.target, video.video_id)
        replies = [
            ReadReply(place, question.id, kind, text, own.answers[question.id], other.answers[question.id], correct)
            for place, (logged, own, other) in enumerate(zip(video.windows, windows, by_default, strict=True))
            for question, kind, text, correct in zip(
                questions,
                log_format.kinds.values(),
                log_format.parts(logged.text),
                correct_answers_to(questions, assessment_of(log_format.method), truth, video.activity, own),
                strict=True,
            )
        ]
        videos.append(_logged(video, truth, tuple(windows), tuple(by_default), tuple(replies)))
    return log_format.method, tuple(videos)


def _identified_videos(log: PublishedLog) -> tuple[ReadVideo[str], ...]:
    question = LOG_METHOD.activity
    identified = {video.video_id: video for video in identified_videos(log)}
    videos = []
    for video in log.videos:
        known = identified.get(video.video_id)
        answer, truth = (known.answer, known.truth) if known else (None, None)
        windows = tuple(WindowAnswers(w.start_s, w.end_s, {question: answer}) for w in video.windows[:1])
        replies = [
            ReadReply(place, question, _ACTIVITY, window.text, answer, answer, truth)
            for place, window in enumerate(video.windows[:1])
        ]
        videos.append(_logged(video, truth, windows, windows, tuple(replies)))
    return tuple(videos)


def _logged(
    video: LoggedVideo,
    truth: TruthT | None,
    windows: tuple[WindowAnswers, ...],
    by_default: tuple[WindowAnswers, ...],
    replies: tuple[ReadReply, ...],
) -> ReadVideo[TruthT]:
    name = parse_name(video.video_id)
    answered = AnsweredVideo(
        video_id=video.video_id,
        patient=video.patient,
        cohort=cohort_of(video.patient, video.stroke) or STROKE_UNKNOWN,
        activity=video.activity,
        truth=truth,
        windows=windows,
        duration_s=video.duration_s,
        view=name.view if name else None,
        repetition=name.repetition if name else None,
    )
    return ReadVideo(answered, by_default, video.stroke, replies)


def correct_answers_to(
    questions: Sequence[ScoringQuestion],
    assessment: AnyAssessment | None,
    truth: object | None,
    activity: str | None,
    window: WindowAnswers,
) -> list[Answer | None]:
    """Return the correct answer to each question about a window; None where it is not known.

    Args:
        questions: the questions about the window.
        assessment: the family of the task; None for a task without scoring.
        truth: the truth of the video.
        activity: the recording's label.
        window: the window.
    """
    if assessment is None:
        return [None] * len(questions)
    correct = assessment.correct_answers(
        questions, truth, activity=activity, start_s=window.start_s, end_s=window.end_s
    )
    return [
        None if one.reply is None else question.answer_kind().parse_target(one.reply)
        for question, one in zip(questions, correct, strict=True)
    ]


def _run_video(run: Run, video: RunVideo, policy: Policy) -> ReadVideo[object]:
    answered, default = run.answered(video, policy), run.answered(video, "default")
    by_id = {question.id: question for question in run.file.questions}
    replies = []
    for place, (own, other) in enumerate(zip(answered.windows, default.windows, strict=True)):
        asked = [by_id[question] for question in own.answers]
        correct = correct_answers_to(asked, run.file.assessment, answered.truth, answered.activity, own)
        for (question, answer), true in zip(own.answers.items(), correct, strict=True):
            where = (video.video_id, place, question)
            logprobs = run.logprobs.get(where, {})
            replies.append(
                ReadReply(
                    window=place,
                    question=question,
                    kind=run.kinds[question],
                    text=run.answers.get(where),
                    answer=answer,
                    default_answer=other.answers[question],
                    truth=true,
                    p_yes=probability_of_yes(logprobs),
                    probabilities=probabilities_of(logprobs),
                    finish_reason=run.finish_reasons.get(where),
                )
            )
    cohort = answered.cohort or project_cohorts().get(video.patient)
    stroke = None if cohort is None else cohort != HEALTHY
    return ReadVideo(replace(answered, cohort=cohort), default.windows, stroke, tuple(replies))
