"""Measure the doses in the videos of runs: each patient by an instrument fitted on the labels of all others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.measuring.instrument import Instrument, MeasuredDoses, fit_instrument
from lmms_eval_plugins.decoding.measuring.readings import Readings
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.runs.data_frames.decoders import training_on, videos_of
from lmms_eval_plugins.runs.data_frames.sources import DoseRun


@dataclass(frozen=True, slots=True)
class MeasuredVideo:
    """A video of a run with its doses.

    Attributes:
        video: the video, as the first of the runs has it.
        measured: its doses.
    """

    video: AnsweredVideo[Timeline]
    measured: MeasuredDoses


@dataclass(frozen=True, slots=True)
class MeasuredRun:
    """The doses in the videos of a run, or of several runs together.

    Attributes:
        labels: the labels that are counted.
        videos: the videos, in the order of the run; without those that could not be measured.
        instruments: patient → the instrument that measured the patient's videos.
        problems: a line on each video or patient that could not be measured.
    """

    labels: tuple[str, ...]
    videos: tuple[MeasuredVideo, ...]
    instruments: Mapping[str, Instrument]
    problems: tuple[str, ...] = ()


def measure_leaving_out(
    sources: Sequence[DoseRun],
    *,
    seed: int = 0,
    within_activity: bool = False,
    activities: Mapping[str, str] | None = None,
) -> MeasuredRun:
    """Measure every video of runs by an instrument that was fitted on the labels of all patients except its own.

    Args:
        sources: one run, or the runs of several models about the same windows, which are read together.
        seed: seed of the decoders' samples.
        within_activity: whether intervals are as wide as errors in the activity are.
        activities: video → its activity as answered in an identification task, in place of the true one.

    Raises:
        UserError: the runs are not about the same videos, or nothing can be measured.
    """
    labels = tuple(sources[0].scheme.names)
    sources, problems = with_replies(sources)
    models = [videos_of(source, activities) for source in sources]
    ids = [[video.video_id for video in videos] for videos in models]
    if any(own != ids[0] for own in ids):
        raise UserError("the runs to measure together are not about the same videos")
    readings = [
        Readings(videos, training_on([source]), by_activity=True, seed=seed)
        for videos, source in zip(models, sources, strict=True)
    ]
    instruments: dict[tuple[str, ...], Instrument] = {}
    of_patient: dict[str, Instrument] = {}
    measured: dict[str, MeasuredDoses] = {}
    for patient in dict.fromkeys(video.patient for video in models[0]):
        left_out = readings[0].group_of(patient)
        key = tuple(sorted({*left_out} & {video.patient for video in readings[0].videos}))
        if key not in instruments:
            try:
                instruments[key] = fit_instrument(readings, labels, left_out)
            except UserError as error:
                problems.append(str(error))
                continue
        of_patient[patient] = instruments[key]
        own = [[video for video in videos if video.patient == patient] for videos in models]
        found = instruments[key].measure(own, seed=seed, within_activity=within_activity)
        measured |= {video.video_id: one for video, one in zip(own[0], found, strict=True)}
    if not measured:
        raise UserError(problems[0] if problems else "there are no videos to measure")
    return MeasuredRun(
        labels,
        tuple(MeasuredVideo(video, measured[video.video_id]) for video in models[0] if video.video_id in measured),
        of_patient,
        tuple(problems),
    )


def with_replies(sources: Sequence[DoseRun]) -> tuple[list[DoseRun], list[str]]:
    """Return runs about the same videos without those of which one has no reply, and a line on each of these."""
    silent = dict.fromkeys(
        video.answered.video_id
        for source in sources
        for video in source.videos
        if all(answer is None for window in video.answered.windows for answer in window.answers.values())
    )
    kept = [
        replace(source, videos=tuple(video for video in source.videos if video.answered.video_id not in silent))
        for source in sources
    ]
    return kept, [f"{video}: no window of it was answered, so there is nothing to measure" for video in silent]
