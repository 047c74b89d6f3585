"""Describe a run: everything needed to trust, score and repeat it without the videos."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.redaction import hidden_settings
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.execution.plan import TaskPlan, note_on_limit
from lmms_eval_plugins.machine.hardware import git_revision, versions
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.questions.sets import Question
from lmms_eval_plugins.runs.run_file import (
    SCHEMA_VERSION,
    QuestionSetVersion,
    RateWindows,
    RunFile,
    RunQuestion,
    RunVideo,
    Speed,
    as_recorded,
)
from lmms_eval_plugins.runs.shown_name import (
    SetOtherwise,
    differing_args,
    differing_generation,
    differing_ways,
    differing_windows,
    note_on,
    with_differences,
)
from lmms_eval_plugins.runs.wordings.run_variant import RunVariant
from lmms_eval_plugins.tasks.videos import Video
from lmms_eval_plugins.video.pace import WindowPace, describe_other_paces

DEMO_ONLY = "this model was trained on demo scenes: its answers mean nothing about other videos"
"""The note in every run of the demo model."""

SEEDS = {"random": 0, "numpy": 1234, "torch": 1234}
"""The seeds that lmms-eval sets before a run."""


def describe_run(card: ModelCard, wrapper_args: Mapping[str, object], task: TaskPlan) -> RunFile:
    """Return the part of ``run.json`` that is known before anything is put to the model."""
    settings = task.spec.dataset_kwargs
    own: dict[str, object] = {} if settings.scheme == primitives_scheme() else {"scheme": settings.scheme}
    if differences := differences_of(card, wrapper_args, task):
        own["differences"] = differences
    if variants := [one for question in task.questions.questions for one in _describe_variants(question)]:
        own["variants"] = tuple(variants)
    limit = note_on_limit(card, wrapper_args, task.spec)
    described = RunFile(
        **own,
        schema_version=SCHEMA_VERSION,
        task=task.spec.task,
        model=card.name,
        label=with_differences(card.about, differences),
        kind=card.kind,
        card=_describe_card(card),
        wrapper_args=hidden_settings(wrapper_args),
        settings=settings.model_dump(mode="json"),
        generation=task.spec.generation_kwargs,
        sampling=settings.sampling.model_dump(mode="json"),
        scoring=settings.scoring.model_validate(settings.scoring.model_dump()),  # with its defaults, to be recorded
        reading=settings.reading,
        questions=tuple(map(_describe_question, task.questions.questions)),
        question_set=QuestionSetVersion(id=task.questions.id, version=task.questions.version),
        videos=tuple(_describe_video(video, task) for video in task.prepared.videos),
        notes=(
            *task.prepared.notes,
            *([DEMO_ONLY] if card.demo_only else []),
            *([limit] if limit else []),
            *([card.note_on_engine] if card.note_on_engine else []),
            *note_on(differences),
        ),
        versions=versions(),
        git_revision=git_revision(),
        seeds=SEEDS,
    )
    if not describe_other_paces(task.prepared.paces, settings.sampling):
        return described
    return described.model_copy(update={"windows_by_rate": tuple(map(_describe_pace, task.prepared.paces))})


def differences_of(card: ModelCard, wrapper_args: Mapping[str, object], task: TaskPlan) -> tuple[SetOtherwise, ...]:
    """Return what of a run is not as its model's card and its task's file say, without secrets."""
    settings = task.spec.dataset_kwargs
    recorded = _describe_card(card)
    return (
        *differing_args(recorded, hidden_settings(wrapper_args)),
        *differing_ways(recorded, task.way, settings.scoring.method == "prim"),
        *differing_windows(task.usual, settings.sampling),
        *differing_generation(task.usual_generation, task.spec.generation_kwargs),
    )


_NOT_ASKED_ABOUT = {"view", "repetition", "date", "raters"}
"""What a run records of a video, and what no request depends on."""


def requests_hash(file: RunFile) -> str:
    """Return a hash of what a run puts to its model: where it is the same, so are the answers of the same weights."""
    questions = [as_recorded(one) for one in file.questions]
    videos = [video.model_dump(exclude_unset=True, exclude=_NOT_ASKED_ABOUT) for video in file.videos]
    parts: list[object] = [file.task, file.card, file.settings, file.generation, questions, videos]
    if file.variants:
        parts.append([as_recorded(one) for one in file.variants])
    if file.scheme:
        parts.append([(name, label.motion, label.grasp) for name, label in file.scheme.labels.items()])
    return digest(*parts)


def _describe_pace(pace: WindowPace) -> RateWindows:
    return RateWindows(
        video_fps=pace.video_fps,
        videos=pace.n_videos,
        stride=pace.stride,
        fps=round(pace.fps, 6),
        window_s=round(pace.window_s, 6),
    )


def _describe_question(question: Question) -> RunQuestion:
    values = question.model_dump(mode="json", exclude={"answer"}, exclude_none=True)
    return RunQuestion.model_validate({**values, **question.answer.model_dump(mode="json", exclude_none=True)})


def _describe_variants(question: Question) -> Iterator[RunVariant]:
    _, *wordings = question.wordings
    for variant, wording in zip(question.variants, wordings, strict=True):
        values = {"cropped": wording.cropped, "means": variant.means}
        known = {name: value for name, value in values.items() if value is not None}
        yield RunVariant.model_validate(
            {"id": wording.id, "variant_of": question.id, "text": wording.text, "answer": wording.answer, **known}
        )


def _describe_video(video: Video, task: TaskPlan) -> RunVideo:
    described = RunVideo(
        video_id=video.video_id,
        patient=video.patient,
        cohort=video.cohort or "",
        activity=video.activity or "",
        hand=video.hand or "",
        fps=video.fps,
        n_frames=video.n_frames,
        view=video.view,
        truth=task.spec.dataset_kwargs.assessment.write_truth(video.truth),
        windows=tuple((window.start_s, window.end_s) for window in video.windows),
    )
    further: dict[str, object] = {}
    if any(window.pose for window in video.windows):
        further["poses"] = tuple(window.pose for window in video.windows)
        further["shown"] = tuple(len(window.frames) for window in video.windows)
    if video.repetition is not None:
        further["repetition"] = video.repetition
    if video.date:
        further["date"] = video.date
    if video.raters:
        further["raters"] = {rater: timeline.to_text() for rater, timeline in video.raters.items()}
    if video.arm:
        further |= {"arm": video.arm, "asked": tuple(question.id for question in video.questions_of(task.questions))}
    return described.model_copy(update=further)


def _describe_card(card: ModelCard) -> dict[str, object]:
    described = card.recorded
    study = {**described["study"], "args": hidden_settings(described["study"]["args"])}
    return {**described, "args": hidden_settings(card.args), "study": study}


_PHASES = ("decode", "preprocess", "vision", "prefill", "choices", "generate")
_SHOWN_FROM_S = 0.05


def describe_speed(speeds: Sequence[Speed]) -> str:
    """Return one line about what some processes did side by side; empty where they put nothing to the model."""
    questions, windows = sum(speed.questions for speed in speeds), sum(speed.windows for speed in speeds)
    seconds = max((speed.seconds for speed in speeds), default=0.0)
    if not questions or not seconds:
        return ""
    parts = [
        f"{windows:,} windows, {questions:,} questions in {seconds:.1f} s:"
        f" {windows / seconds:.1f} windows/s, {questions / seconds:.1f} questions/s"
    ]
    if busy := [speed.device_busy for speed in speeds if speed.device_busy is not None]:
        parts.append(f"device busy {sum(busy) / len(busy):.0%}")
    phases = [(name, sum(speed.phase_seconds.get(name, 0.0) for speed in speeds)) for name in _PHASES]
    if by_phase := ", ".join(f"{name} {spent:.1f}" for name, spent in phases if spent >= _SHOWN_FROM_S):
        parts.append(f"seconds of {by_phase}")
    if answers := sum(speed.answers_reused for speed in speeds):
        parts.append(f"{answers:,} answers reused")
    if frames := sum(speed.frames_reused for speed in speeds):
        parts.append(f"{frames:,} frames reused")
    if peak := max(speed.peak_memory_mib for speed in speeds):
        parts.append(f"peak memory {peak / 1024:.1f} GiB")
    if peak := max(speed.peak_gpu_memory_mib for speed in speeds):
        parts.append(f"peak GPU memory {peak / 1024:.1f} GiB")
    return "; ".join(parts)
