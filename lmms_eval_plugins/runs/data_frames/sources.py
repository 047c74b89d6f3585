"""One thing to read, whatever wrote it: a run folder of ours or a run in a published log, with its answers read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache

from lmms_eval_plugins.assessments.methods import Method
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.selections import SELECTIONS_NAME, read_cohorts
from lmms_eval_plugins.questions.answers import AnsweredVideo, WindowAnswers
from lmms_eval_plugins.questions.reading import UNREADABLE, Policy
from lmms_eval_plugins.runs.data_frames.settings import InputSettings, settings_of_log, settings_of_run
from lmms_eval_plugins.runs.run import Run
from lmms_eval_plugins.runs.run_file import RunVideo
from lmms_eval_plugins.study.identification_logs import LOG_METHOD, identified_videos
from lmms_eval_plugins.study.log_formats import LogReader, format_of
from lmms_eval_plugins.study.logs import LOG_NAME, LoggedVideo, PublishedLog

_STROKE_UNKNOWN = "stroke"

BASELINES = ("blind", "ceiling")
"""What a run says of a model that is none, but a baseline."""


@dataclass(frozen=True, slots=True)
class ReadReply:
    """One reply: the window and question it answers, its text, its answer twice, and the probability of yes.

    ``text`` is None where no reply came, ``p_yes`` is NaN where none was recorded.
    """

    window: int
    question: str
    text: str | None
    answer: object
    default_answer: object
    p_yes: float


@dataclass(frozen=True, slots=True)
class ReadVideo:
    """A video with its answers, read under the run's policy, and every single reply."""

    asked: AnsweredVideo
    default_windows: tuple[WindowAnswers, ...]
    stroke: bool | None
    replies: tuple[ReadReply, ...]


@dataclass(frozen=True, slots=True)
class ReadRun:
    """A run with everything that the tables show of it; ``n_models`` is above 1 where runs were put together."""

    kind: str
    task: str
    model: str | None
    baseline: bool
    stamp: str
    policy: Policy
    method: Method | None
    settings: InputSettings
    videos: tuple[ReadVideo, ...]
    notes: tuple[str, ...]
    n_models: int = 1


@cache
def project_cohorts() -> Mapping[str, str]:
    """Patient → cohort, from the project's selections."""
    return read_cohorts(shipped("tasks") / "strokerehab" / SELECTIONS_NAME)


def cohort_of(patient: str, stroke: bool | None) -> str | None:
    """The cohort of a patient that a log names; None for one that has had a stroke and is in no list."""
    return "healthy" if stroke is False else project_cohorts().get(patient)


def source_of_log(log: PublishedLog, policy: Policy | None) -> ReadRun:
    """Read a published log, by default as published (identification logs: by the default reading).

    Raises:
        UserError: its replies cannot be made out.
    """
    name = LOG_NAME.match(log.path.name)
    settings = settings_of_log(log.path)
    chosen: Policy = (policy or "published") if log.has_timelines else "default"
    method, videos = _dose_videos(log, chosen) if log.has_timelines else (LOG_METHOD, _identified_videos(log))
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
        notes=log.warnings,
    )


def source_of_run(run: Run, policy: Policy | None) -> ReadRun:
    """Read one of our runs, by default with the reading it asks for."""
    chosen = policy or run.file.reading
    videos = tuple(_run_video(run, video, chosen) for video in run.file.videos)
    broken = sum(any(_is_no_logprob(p) for p in probs.values()) for probs in run.logprobs.values())
    notes = list(run.file.notes)
    if broken:
        notes.append(f"the recorded probabilities of {broken} answers are no numbers and were left out")
    return ReadRun(
        kind="run",
        task=run.file.task,
        model=run.file.model,
        baseline=run.file.kind in BASELINES,
        stamp=run.path.resolve().name,
        policy=chosen,
        method=run.file.scoring,
        settings=settings_of_run(run.file),
        videos=videos,
        notes=tuple(notes),
    )


def probability_of_yes(logprobs: Mapping[str, float]) -> float:
    """``p(yes) / (p(yes) + p(no))``, 0 to 1; NaN where either was not recorded or is not a number."""
    by_name = {name.strip().lower(): value for name, value in logprobs.items()}
    yes, no = by_name.get("yes"), by_name.get("no")
    if yes is None or no is None or _is_no_logprob(yes) or _is_no_logprob(no) or yes == no == -math.inf:
        return math.nan
    return 1 / (1 + math.exp(min(no - yes, 700.0)))


def _is_no_logprob(value: float) -> bool:
    return math.isnan(value) or value == math.inf


def _dose_videos(log: PublishedLog, policy: Policy) -> tuple[Method, tuple[ReadVideo, ...]]:
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
        videos.append(_logged(video, video.target, tuple(windows), tuple(by_default), tuple(replies)))
    return log_format.method, tuple(videos)


def _identified_videos(log: PublishedLog) -> tuple[ReadVideo, ...]:
    question = LOG_METHOD.activity
    said = {video.video_id: video for video in identified_videos(log)}
    videos = []
    for video in log.videos:
        known = said.get(video.video_id)
        answer = known.answer if known else None
        windows = tuple(WindowAnswers(w.start_s, w.end_s, {question: answer}) for w in video.windows[:1])
        replies = [
            ReadReply(place, question, window.text, answer, answer, math.nan)
            for place, window in enumerate(video.windows[:1])
        ]
        videos.append(_logged(video, known.truth if known else "", windows, windows, tuple(replies)))
    return tuple(videos)


def _logged(
    video: LoggedVideo,
    truth: str,
    windows: tuple[WindowAnswers, ...],
    by_default: tuple[WindowAnswers, ...],
    replies: tuple[ReadReply, ...],
) -> ReadVideo:
    asked = AnsweredVideo(
        video_id=video.video_id,
        patient=video.patient,
        cohort=cohort_of(video.patient, video.stroke) or _STROKE_UNKNOWN,
        activity=video.activity,
        truth=truth,
        windows=windows,
    )
    return ReadVideo(asked, by_default, video.stroke, replies)


def _run_video(run: Run, video: RunVideo, policy: Policy) -> ReadVideo:
    asked, default = run.asked(video, policy), run.asked(video, "default")
    replies = []
    for place, (own, other) in enumerate(zip(asked.windows, default.windows, strict=True)):
        for question, answer in own.answers.items():
            where = (video.video_id, place, question)
            p_yes = probability_of_yes(run.logprobs.get(where, {}))
            replies.append(ReadReply(place, question, run.answers.get(where), answer, other.answers[question], p_yes))
    cohort = asked.cohort or project_cohorts().get(video.patient)
    stroke = None if cohort is None else cohort != "healthy"
    return ReadVideo(replace(asked, cohort=cohort), default.windows, stroke, tuple(replies))


def state_of(answer: object) -> str:
    """``read``, ``unreadable`` or ``missing``."""
    if answer is None:
        return "missing"
    return "unreadable" if answer is UNREADABLE else "read"


def value_of(answer: object) -> str | None:
    """An answer as text; None for an unreadable or missing one."""
    if isinstance(answer, bool):
        return "yes" if answer else "no"
    if isinstance(answer, tuple):
        return ";".join(map(str, answer))
    return None if answer is None or answer is UNREADABLE else str(answer)
