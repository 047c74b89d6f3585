"""Instruments that were fitted on the labels of some runs and saved, to measure runs of other patients by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from lmms_eval_plugins.core.errors import UserError, error_line, listed
from lmms_eval_plugins.decoding.measuring.instrument import fit_instrument
from lmms_eval_plugins.decoding.measuring.instrument_file import SavedInstrument, load_instrument, save_instrument
from lmms_eval_plugins.decoding.measuring.readings import Readings
from lmms_eval_plugins.decoding.measuring.scope import Scope
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.columns import TableName
from lmms_eval_plugins.runs.data_frames.decoders import training_on, videos_of
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.runs.data_frames.sources import DoseRun
from lmms_eval_plugins.runs.measuring.frame import FUSED, MeasuredFrames, MeasuredPart, named_frames
from lmms_eval_plugins.runs.measuring.measure import with_replies
from lmms_eval_plugins.runs.measuring.rows import Row, about_videos, as_tables, dose_rows, lines_cell, sum_rows
from lmms_eval_plugins.runs.score_decoded import AnsweredActivity, activities_with_probabilities, answered_activities

_OF_DATA = ("videos", "selection", "source", "reading")
"""Settings that say what was measured, not by what; those of seeds do not either."""

_CHECKPOINT = "pretrained"


def fitted_on(
    sources: Sequence[DoseRun], *, seed: int = 0, activities: Mapping[str, str] | None = None
) -> SavedInstrument:
    """Fit an instrument on all labelled patients of runs of one model with the same questions.

    Raises:
        UserError: they are too few, or the runs do not fit each other.
    """
    sources, _ = with_replies(sources)
    videos = [video for source in sources for video in videos_of(source, activities)]
    readings = Readings(videos, training_on(sources), by_activity=True, seed=seed)
    first = sources[0]
    return SavedInstrument(
        instrument=fit_instrument([readings], tuple(first.scheme.names)),
        scope=Scope.of(readings.videos),
        task=first.task,
        model=first.model or "unknown model",
        settings=_settings_of(first),
    )


def save_fitted(
    paths: Sequence[str],
    file: Path,
    *,
    seed: int = 0,
    split_runs: bool = False,
    reading: Policy | None = None,
    activities: Sequence[str] = (),
) -> str:
    """Fit an instrument on all labelled patients of the one run of a dose task among the paths, and write it.

    Returns:
        A line on what was written.

    Raises:
        UserError: there is no such run, or several; the patients are too few; or the file cannot be written.
    """
    errors: list[str] = []
    found = dose_sources(paths, errors, split_runs, reading)
    if len(found) != 1:
        raise UserError(
            f"--save {file}: one run of a dose task is saved from; there are {listed(found) or 'none'} among the paths"
        )
    ((path, source),) = found.items()
    try:
        saved = fitted_on([source], seed=seed, activities=answered_activities(activities))
    except UserError as error:
        raise UserError(f"--save {file}: {path}: {error}") from error
    n_patients = saved.instrument.calibration.n_patients
    save_instrument(saved, file, f"{saved.task}, {saved.model}; calibrated on {n_patients} patients")
    return f"{file}: measures by the labels of {n_patients} patients: {listed(saved.instrument.decoders[0].patients)}"


def measured_by_file(
    paths: Sequence[str],
    file: Path,
    *,
    seed: int = 0,
    within_activity: bool = False,
    activities: Sequence[str] = (),
    split_runs: bool = False,
    reading: Policy | None = None,
) -> MeasuredFrames:
    """Measure the runs of dose tasks among the paths by a saved instrument; for the arguments see `measured_frames`.

    Patients on whose labels it was fitted are left out, each run that does not fit it too: both are problems.

    Raises:
        UserError: the file cannot be read, or cannot measure.
    """
    saved = load_instrument(file)
    problems: list[str] = []
    answered = activities_with_probabilities(activities)
    parts: list[MeasuredPart] = []
    for path, source in dose_sources(paths, problems, split_runs, reading).items():
        try:
            own, more = _known_apart(source, saved, file)
            problems += [f"{path}: {line}" for line in more]
            if own.videos:
                parts.append((path, _tables_of(own, saved, seed, within_activity, answered)))
        except UserError as error:
            problems.append(f"{path}: {error}")
        except Exception as error:
            problems.append(error_line(error, path))
    return named_frames(parts, problems)


def _known_apart(source: DoseRun, saved: SavedInstrument, file: Path) -> tuple[DoseRun, list[str]]:
    """Return a run without the patients whom an instrument knows and videos without replies; a line on each of them."""
    (run,), problems = with_replies([source])
    fitted = set(saved.instrument.decoders[0].patients)
    known = sorted({video.answered.patient for video in run.videos} & fitted)
    if known:
        problems.append(
            f"{file} was fitted on the labels of {listed(known)}, who would be measured by their own labels and are"
            " left out; leave --decoder away to measure each patient by the others"
        )
    return replace(run, videos=tuple(video for video in run.videos if video.answered.patient not in fitted)), problems


def _tables_of(
    source: DoseRun,
    saved: SavedInstrument,
    seed: int,
    within_activity: bool,
    answered: Mapping[str, AnsweredActivity] | None,
) -> dict[TableName, pd.DataFrame]:
    activities = None if answered is None else {video: activity.name for video, activity in answered.items()}
    videos, instrument = videos_of(source, activities), saved.instrument
    instrument.decoders[0].check(videos, source.scheme.names)
    measured = instrument.measure([videos], seed=seed, within_activity=within_activity)
    about = about_videos("", [source], answered)
    unlike = _unlike(source, videos, saved)
    doses: list[Row] = []
    for video, own in zip(videos, measured, strict=True):
        known = {"n_others": instrument.calibration.n_patients, "unlike": lines_cell(unlike[video.video_id])}
        row = {**about[video.video_id], "way": FUSED, "within_activity": within_activity, **known}
        doses += dose_rows(row, own, video, instrument.labels)
    of_sums = dict.fromkeys((video.patient for video in videos), instrument.calibration.of_sums)
    return as_tables(doses, sum_rows("", of_sums, instrument.labels), [])


def _unlike(
    source: DoseRun, videos: Sequence[AnsweredVideo[Timeline]], saved: SavedInstrument
) -> dict[str, tuple[str, ...]]:
    """Return video → in what it, or its run, is unlike what the instrument was calibrated on."""
    lines = []
    own = _settings_of(source)
    same_checkpoint = _CHECKPOINT in own and own.get(_CHECKPOINT) == saved.settings.get(_CHECKPOINT)
    for what, here, there in (
        ("task", source.task, saved.task),
        ("model", source.model or "unknown model", saved.model if not same_checkpoint else source.model),
        *((f"setting {name}", own[name], value) for name, value in saved.settings.items() if name in own),
    ):
        if here != there and there is not None:
            lines.append(f"{what}: {here}; calibrated on {there}")
    unlike = {video.video_id: tuple(lines) for video in videos}
    for patient in dict.fromkeys(video.patient for video in videos):
        of_patient = saved.scope.unlike([video for video in videos if video.patient == patient])
        unlike |= {video: (*lines, *more) for video, more in of_patient.items()}
    return unlike


def _settings_of(source: DoseRun) -> Mapping[str, str]:
    settings = source.recorded.settings if source.recorded else {}
    return {name: value for name, value in settings.items() if name not in _OF_DATA and not name.startswith("seed_")}
