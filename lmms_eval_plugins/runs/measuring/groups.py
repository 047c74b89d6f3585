"""Measured videos as objects, and their sums by patient or by patient and day of session."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.decoding.clock import Floats
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL, Dose, MeasuredDoses, sum_doses
from lmms_eval_plugins.domain.sessions import Session as DayOfSession
from lmms_eval_plugins.domain.sessions import session_of
from lmms_eval_plugins.runs.data_frames.build import text_in
from lmms_eval_plugins.runs.measuring.frame import FUSED, MeasuredFrames
from lmms_eval_plugins.runs.measuring.rows import lines_in


@dataclass(frozen=True, slots=True)
class Recording:
    """A measured video.

    Attributes:
        run: the short name of the run.
        model: the name of the model, or of several that were read together.
        video_id, patient, cohort, view, date: as the manifest has them; None where it has nothing.
        activity: what is done, by the manifest; None where that is not known.
        label: the recording's own label, with its side.
        repetition: which time the patient did it; None where not known.
        duration_s: its length in seconds.
        answered_activity: the activity that a model answered, by which it was measured; None where the true one counts.
        p_activity: its probability, 0 to 1; None where not recorded.
        measured: the doses.
        true: label → how often it truly occurs, `ALL` too; None where that is not known.
        n_others: by so many patients' labels it was measured.
        unlike: in what it is unlike the videos that were calibrated on, a line each.
    """

    run: str
    model: str
    video_id: str
    patient: str
    cohort: str | None
    activity: str | None
    label: str | None
    view: str | None
    repetition: int | None
    date: str | None
    duration_s: float
    answered_activity: str | None
    p_activity: float | None
    measured: MeasuredDoses
    true: Mapping[str, int] | None
    n_others: int
    unlike: tuple[str, ...]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels that are counted, without `ALL`."""
        return tuple(label for label in self.measured.doses if label != ALL)


@dataclass(frozen=True, slots=True)
class SessionDoses:
    """Videos of a patient together: all of them, or those of a day.

    Attributes:
        recordings: the videos, at least one.
        date: the day, where it is of a day and that is known.
        measured: the sums of their doses.
    """

    recordings: tuple[Recording, ...]
    date: str | None
    measured: MeasuredDoses

    @property
    def duration_s(self) -> float:
        """The length of all videos, in seconds."""
        return sum(one.duration_s for one in self.recordings)

    @property
    def true(self) -> Mapping[str, int] | None:
        """Label → how often it truly occurs in all; None where that is not known of each."""
        known = [one.true for one in self.recordings if one.true is not None]
        if len(known) < len(self.recordings):
            return None
        return {label: sum(own[label] for own in known) for label in known[0]}


def recordings_in(doses: pd.DataFrame) -> list[Recording]:
    """Return the estimates in a table of doses, in its order."""
    fused = doses[doses["way"] == FUSED]
    return [_recording(rows) for _, rows in fused.groupby(["path", "video_id"], sort=False)]


def _recording(rows: pd.DataFrame) -> Recording:
    first = rows.iloc[0]
    true = rows["true"]
    return Recording(
        run=str(first["run"]),
        model=str(first["model"]),
        video_id=str(first["video_id"]),
        patient=str(first["patient"]),
        cohort=text_in(first["cohort"]),
        activity=text_in(first["activity"]),
        label=text_in(first["label"]),
        view=text_in(first["view"]),
        repetition=None if pd.isna(first["repetition"]) else int(first["repetition"]),
        date=text_in(first["date"]),
        duration_s=float(first["duration_s"]),
        answered_activity=text_in(first["answered_activity"]),
        p_activity=_known(first["p_activity"]),
        measured=MeasuredDoses(
            {str(row["primitive"]): _dose(row) for _, row in rows.iterrows()},
            _known(first["expected_error"]),
            _known(first["doubt"]),
        ),
        true=None if true.isna().any() else dict(zip(rows["primitive"], map(int, true), strict=True)),
        n_others=int(first["n_others"]),
        unlike=lines_in(first["unlike"]),
    )


def _dose(row: pd.Series[Any]) -> Dose:
    ends = {level: (int(row[f"low_{level}"]), int(row[f"high_{level}"])) for level in LEVELS}
    if pd.isna(row["seconds"]):
        return Dose(float(row["count"]), ends)
    of_seconds = {level: (float(row[f"seconds_low_{level}"]), float(row[f"seconds_high_{level}"])) for level in LEVELS}
    return Dose(float(row["count"]), ends, float(row["seconds"]), of_seconds)


def _known(cell: float) -> float | None:
    return None if pd.isna(cell) else float(cell)


_Group = tuple[str, str, DayOfSession | None]
"""A run, a patient, and the day; None where the day does not matter, or is not known."""


def sessions_of(
    recordings: Sequence[Recording], frames: MeasuredFrames, *, by_date: bool
) -> tuple[list[SessionDoses], list[str]]:
    """Return the sums over each patient's videos in each run, and a line on each that cannot be summed.

    Videos of which the same is filmed twice must not count twice, nor can videos of no day be of a day.

    Args:
        recordings: the videos.
        frames: what they are from: it says how far sums are off.
        by_date: sum by patient and day; else by patient.
    """
    problems: list[str] = []
    groups: dict[_Group, list[Recording]] = {}
    for recording in recordings:
        day: DayOfSession | None = None
        if by_date and recording.date is not None:
            try:
                day = session_of(recording.date)
            except ValueError as error:
                problems.append(f"{recording.run}: {recording.video_id}: its date {error}; it is in no sum")
                continue
        groups.setdefault((recording.run, recording.patient, day), []).append(recording)
    of_sums = _how_far_off(frames.sums)
    sessions = []
    for (run, patient, _), own in sorted(groups.items(), key=_in_order(recordings)):
        date = own[0].date if by_date else None
        if twice := _filmed_twice(own):
            where = f"{run}: patient {patient}{f', {date}' if date else ''}"
            problems.append(f"{where}: not summed: {twice}")
            continue
        measured = sum_doses([one.measured for one in own], own[0].labels, of_sums[run, patient])
        sessions.append(SessionDoses(tuple(own), date, measured))
    return sessions, problems


def _in_order(recordings: Iterable[Recording]) -> Callable[[tuple[_Group, list[Recording]]], tuple[object, ...]]:
    """Return the key that sorts groups: as runs and patients come, a patient's by day, the unknown day last."""
    place = {pair: number for number, pair in enumerate(dict.fromkeys((one.run, one.patient) for one in recordings))}

    def key(group: tuple[_Group, list[Recording]]) -> tuple[object, ...]:
        (run, patient, day), _ = group
        return place[run, patient], day is None, day or ()

    return key


def _filmed_twice(recordings: Sequence[Recording]) -> str | None:
    """Return why videos must not be summed: the same is in two of them; None where nothing is."""
    same: dict[tuple[object, ...], list[Recording]] = {}
    for one in recordings:
        same.setdefault((one.date, one.label, one.repetition), []).append(one)
    for own in same.values():
        views = list(dict.fromkeys(one.view or "not known" for one in own))
        names = listed([one.video_id for one in own])
        if len(own) > 1 and len(views) == len(own):
            return f"several cameras filmed the same ({names}: views {listed(views)}); choose one with --view"
        if len(own) > 1 and own[0].repetition is not None:
            return f"the same recording is there twice: {names}; leave one out, or correct date or repetition"
    return None


def _how_far_off(sums: pd.DataFrame) -> dict[tuple[str, str], dict[int, dict[int, Floats]]]:
    """Return run and patient → number of videos → level → how far sums are off, see `DoseCalibration.of_sums`."""
    found: dict[tuple[str, str], dict[int, dict[int, Floats]]] = {}
    for _, rows in sums.groupby(["run", "patient", "n_videos", "level"], sort=False):
        first = rows.iloc[0]
        of_seconds = rows["seconds_factor"][rows["primitive"] != ALL]
        far = np.log(np.concatenate([rows["factor"].to_numpy(), of_seconds.to_numpy()]))
        whose = str(first["run"]), str(first["patient"])
        found.setdefault(whose, {}).setdefault(int(first["n_videos"]), {})[int(first["level"])] = far
    return found
