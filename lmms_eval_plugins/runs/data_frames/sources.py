"""Runs with their answers, whatever wrote them: our run folders, or runs in published logs."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Generic, TypeVar, cast

from lmms_eval_plugins.assessments.assessment import Assessment, MethodT, ScoreT, ScoringMethod, TruthT
from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.registry import AnyAssessment, assessment_of
from lmms_eval_plugins.dataset.selections import project_selections, read_cohorts
from lmms_eval_plugins.domain.scheme import Scheme, primitives_scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo, TruthT_co, WindowAnswers
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.settings import InputSettings, settings_of_log, settings_of_run
from lmms_eval_plugins.runs.run import Run
from lmms_eval_plugins.runs.run_file import BASELINES, RunVideo
from lmms_eval_plugins.study.log_formats import LOG_METHOD, LogReader, format_of, identified_videos
from lmms_eval_plugins.study.logs import LOG_NAME, LoggedVideo, PublishedLog
from lmms_eval_plugins.video.pace import describe_other_paces, paces_of
from lmms_eval_plugins.video.windows import Dense

_STROKE_UNKNOWN = "stroke"

MethodT_co = TypeVar("MethodT_co", bound="ScoringMethod | None", covariant=True)


@dataclass(frozen=True, slots=True)
class ReadReply:
    """One reply: the window and question it answers, its text, its answer twice, the probability of yes, and its end.

    ``text`` is None where no reply came, ``p_yes`` is NaN where none was recorded, ``finish_reason`` None likewise.
    """

    window: int
    question: str
    text: str | None
    answer: object
    default_answer: object
    p_yes: float
    finish_reason: str | None = None


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
        videos: its videos.
        notes: what a reader of its numbers should know.
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
    return "healthy" if stroke is False else project_cohorts().get(patient)


def source_of_log(log: PublishedLog, policy: Policy | None) -> AnyRun:
    """Read a published log, by default as published (identification logs: by the default reading).

    Raises:
        UserError: its replies cannot be made out.
    """
    name = LOG_NAME.match(log.path.name)
    settings = settings_of_log(log.path)
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


def _is_no_logprob(value: float) -> bool:
    return math.isnan(value) or value == math.inf


def _dose_videos(log: PublishedLog, policy: Policy) -> tuple[DoseMethod, tuple[ReadVideo[Timeline], ...]]:
    log_format = format_of(log)
    reader, default = LogReader(log_format, policy), LogReader(log_format, "default")
    videos = []
    for video in log.videos:
        windows, by_default = reader.windows(video), default.windows(video)
        replies = [
            ReadReply(place, question, text, own.answers[question], other.answers[question], math.nan)
            for place, (logged, own, other) in enumerate(zip(video.windows, windows, by_default, strict=True))
            for question, text in zip(log_format.kinds, log_format.parts(logged.text), strict=True)
        ]
        truth = DOSE.read_truth(video.target, video.video_id)
        videos.append(_logged(video, truth, tuple(windows), tuple(by_default), tuple(replies)))
    return log_format.method, tuple(videos)


def _identified_videos(log: PublishedLog) -> tuple[ReadVideo[str], ...]:
    question = LOG_METHOD.activity
    identified = {video.video_id: video for video in identified_videos(log)}
    videos = []
    for video in log.videos:
        known = identified.get(video.video_id)
        answer = known.answer if known else None
        windows = tuple(WindowAnswers(w.start_s, w.end_s, {question: answer}) for w in video.windows[:1])
        replies = [
            ReadReply(place, question, window.text, answer, answer, math.nan)
            for place, window in enumerate(video.windows[:1])
        ]
        videos.append(_logged(video, known.truth if known else None, windows, windows, tuple(replies)))
    return tuple(videos)


def _logged(
    video: LoggedVideo,
    truth: TruthT | None,
    windows: tuple[WindowAnswers, ...],
    by_default: tuple[WindowAnswers, ...],
    replies: tuple[ReadReply, ...],
) -> ReadVideo[TruthT]:
    answered = AnsweredVideo(
        video_id=video.video_id,
        patient=video.patient,
        cohort=cohort_of(video.patient, video.stroke) or _STROKE_UNKNOWN,
        activity=video.activity,
        truth=truth,
        windows=windows,
        duration_s=video.duration_s,
    )
    return ReadVideo(answered, by_default, video.stroke, replies)


def _run_video(run: Run, video: RunVideo, policy: Policy) -> ReadVideo[object]:
    answered, default = run.answered(video, policy), run.answered(video, "default")
    replies = []
    for place, (own, other) in enumerate(zip(answered.windows, default.windows, strict=True)):
        for question, answer in own.answers.items():
            where = (video.video_id, place, question)
            p_yes = probability_of_yes(run.logprobs.get(where, {}))
            replies.append(
                ReadReply(
                    window=place,
                    question=question,
                    text=run.answers.get(where),
                    answer=answer,
                    default_answer=other.answers[question],
                    p_yes=p_yes,
                    finish_reason=run.finish_reasons.get(where),
                )
            )
    cohort = answered.cohort or project_cohorts().get(video.patient)
    stroke = None if cohort is None else cohort != "healthy"
    return ReadVideo(replace(answered, cohort=cohort), default.windows, stroke, tuple(replies))
