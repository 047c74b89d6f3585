"""What was measured, as it is to be shown: which videos, summed by what, with which notes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, counted, listed, nearest
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.decoders import NOT_ZERO_SHOT
from lmms_eval_plugins.runs.data_frames.video_filter import EVERY_VIDEO, VideoFilter
from lmms_eval_plugins.runs.measuring.assessed import MeasuredTotal, measured_totals
from lmms_eval_plugins.runs.measuring.frame import MeasuredFrames, measured_frames
from lmms_eval_plugins.runs.measuring.groups import Recording, SessionDoses, recordings_in, sessions_of
from lmms_eval_plugins.runs.measuring.saved import measured_by_file
from lmms_eval_plugins.statistics.conformal import highest_level

LOPO = "lopo"
"""Each patient is measured by the labels of the others of the run."""

_BY = ("patient", "date")


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """What is to be measured, and how.

    Attributes:
        paths: runs, logs, folders of them, patterns.
        decoder: `LOPO`, or the file of a saved instrument.
        by: what sums are by: nothing, ``patient``, or ``patient`` and ``date``.
        together: measure by all runs together.
        activities: runs or logs of an identification task, whose answers stand for the true activities.
        only: the videos to show.
        within_activity, seed, split_runs, reading: see `measured_frames`.
    """

    paths: tuple[str, ...]
    decoder: str = LOPO
    by: tuple[str, ...] = ()
    together: bool = False
    activities: tuple[str, ...] = ()
    only: VideoFilter = EVERY_VIDEO
    within_activity: bool = False
    seed: int = 0
    split_runs: bool = False
    reading: Policy | None = None


@dataclass(frozen=True, slots=True)
class MeasuredReport:
    """What was measured.

    Attributes:
        recordings: the videos.
        sessions: sums of them; None where none are asked for.
        totals: Fugl-Meyer totals of the patients shown.
        notes: what a reader of the numbers must know.
        problems: a line on each that could not be measured or summed.
    """

    recordings: tuple[Recording, ...]
    sessions: tuple[SessionDoses, ...] | None
    totals: tuple[MeasuredTotal, ...]
    notes: tuple[str, ...]
    problems: tuple[str, ...]


def sums_by(words: str) -> tuple[str, ...]:
    """Return what to sum by, from a text such as ``patient,date``; nothing of an empty one.

    >>> sums_by("patient,date"), sums_by("")
    (('patient', 'date'), ())

    Raises:
        UserError: it is something else.
    """
    parts = tuple(dict.fromkeys(word.strip() for word in words.split(",") if word.strip()))
    for part in parts:
        if part not in _BY:
            raise UserError(
                f"--by {words}: sums are by patient, or by patient,date; not by {part!r}{nearest(part, _BY)}"
            )
    if parts and "patient" not in parts:
        raise UserError(f"--by {words}: a sum is of one patient; write --by patient,date")
    return tuple(part for part in _BY if part in parts)


def measured_report(request: MeasureRequest) -> MeasuredReport:
    """Measure what is asked for.

    Raises:
        UserError: nothing could be measured or summed, the file of the instrument cannot measure, or a name of the
            filter is of no video.
    """
    frames = _frames(request)
    totals, lines = measured_totals(request.paths, request.reading)
    doses = frames.doses
    if doses.empty and not totals:
        raise UserError((*frames.problems, *lines, _nothing(request.paths))[0])
    if not doses.empty and request.only:
        doses = request.only.shown({"doses": doses})["doses"]
    recordings = recordings_in(doses)
    problems = [*frames.problems, *lines]
    sessions = None
    if request.by:
        sessions, unsummed = sessions_of(recordings, frames, by_date="date" in request.by)
        problems += unsummed
        if not (sessions or totals):
            raise UserError(problems[0])
    wanted = {patient.casefold() for patient in request.only.patients}
    return MeasuredReport(
        tuple(recordings),
        None if sessions is None else tuple(sessions),
        tuple(total for total in totals if not wanted or total.patient.casefold() in wanted),
        _notes(request, recordings, totals),
        tuple(problems),
    )


def _frames(request: MeasureRequest) -> MeasuredFrames:
    if request.decoder != LOPO:
        return measured_by_file(
            request.paths,
            Path(request.decoder),
            seed=request.seed,
            within_activity=request.within_activity,
            activities=request.activities,
            split_runs=request.split_runs,
            reading=request.reading,
        )
    return measured_frames(
        request.paths,
        seed=request.seed,
        within_activity=request.within_activity,
        activities=request.activities,
        together=request.together,
        split_runs=request.split_runs,
        reading=request.reading,
    )


def _nothing(paths: Sequence[str]) -> str:
    return f"{listed(paths)}: no run of a dose task to measure"


def _notes(
    request: MeasureRequest, recordings: Sequence[Recording], totals: Sequence[MeasuredTotal]
) -> tuple[str, ...]:
    n_others = min([*(one.n_others for one in recordings), *(one.n_others for one in totals)])
    percent = 100 * highest_level(n_others)
    promised = f"by {n_others} patients no level above {percent:.3g} % can be promised"
    if percent < max(LEVELS):
        promised += "; wider intervals go as far as any of them was off"
    notes = [
        f"Measured by the labels of {n_others} other patients, {NOT_ZERO_SHOT}; {promised}.",
        "Research software, not a medical device: a single number is no basis for a decision about a patient.",
    ]
    if recordings:
        notes.append("all: every primitive, estimated by itself; the others need not sum to it. per min: of video.")
    if any(one.unlike for one in recordings):
        notes.append("Where a note says in what a video is unlike those calibrated on, its interval promises nothing.")
    undated = sum(one.date is None for one in recordings)
    if "date" in request.by and undated:
        notes.append(f"{counted(undated, 'video')} without a date: each patient's are summed apart from those of days.")
    if request.within_activity:
        notes.append("Intervals are as wide as errors in the video's activity are.")
    if request.activities:
        notes.append("Activities are those that a model answered; in brackets stand the dataset's own.")
    return tuple(notes)


def numbered_remarks(recordings: Sequence[Recording]) -> Mapping[str, int]:
    """Return each line on what is unlike in videos → its number, from 1 on, as they come."""
    lines = dict.fromkeys(line for one in recordings for line in one.unlike)
    return {line: number for number, line in enumerate(lines, start=1)}
