"""From measured videos to the rows of data frames: doses by video and label, and how far sums of them are off."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence

import pandas as pd

from lmms_eval_plugins.decoding.clock import Floats
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL, MeasuredDoses, doses_of
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.runs.data_frames.build import about_video
from lmms_eval_plugins.runs.data_frames.columns import TableName, column_names, typed
from lmms_eval_plugins.runs.data_frames.sources import DoseRun
from lmms_eval_plugins.runs.score_decoded import AnsweredActivity

Row = dict[str, object]
"""Column → value."""

MEASURED_TABLES: tuple[TableName, ...] = ("doses", "sums", "unmeasured")


def about_videos(
    name: str, sources: Sequence[DoseRun], answered: Mapping[str, AnsweredActivity] | None
) -> dict[str, Row]:
    """Return video → what its rows say besides what was measured.

    Args:
        name: the run's name in the tables.
        sources: the run, or several that are measured together.
        answered: video → its activity as answered in an identification task; None where the true one counts.
    """
    model = " + ".join(source.model or "unknown model" for source in sources)
    about: dict[str, Row] = {}
    for video in sources[0].videos:
        own = video.answered
        activity = answered.get(own.video_id) if answered else None
        about[own.video_id] = {
            **about_video(name, video),
            "path": name,
            "model": model,
            "answered_activity": activity.name if activity else None,
            "p_activity": activity.probability if activity else None,
            "repetition": own.repetition,
            "date": own.date,
            "duration_s": own.length_s,
        }
    return about


def dose_rows(
    about: Mapping[str, object], measured: MeasuredDoses, video: AnsweredVideo[Timeline], labels: Sequence[str]
) -> list[Row]:
    """Return the rows of a video's doses, one per label and one of all; ``about`` is what else they say."""
    truth = None if video.truth is None else doses_of([video], labels)
    rows = []
    for place, label in enumerate((*labels, ALL)):
        dose = measured.doses[label]
        row = {**about, "primitive": label, "count": dose.count, "seconds": dose.seconds}
        for level in LEVELS:
            row[f"low_{level}"], row[f"high_{level}"] = dose.ends[level]
            if dose.seconds_ends:
                row[f"seconds_low_{level}"], row[f"seconds_high_{level}"] = dose.seconds_ends[level]
        if truth:
            row["true"] = int(truth.total[0] if label == ALL else truth.counts[0, place])
            row["true_seconds"] = None if label == ALL else truth.seconds[0, place]
        row["expected_error"], row["doubt"] = measured.expected_error, measured.doubt
        rows.append(row)
    return rows


def sum_rows(
    name: str, of_patients: Mapping[str, Mapping[int, Mapping[int, Floats]]], labels: Sequence[str]
) -> list[Row]:
    """Return the rows that say how far sums over videos are off: of each patient, see `DoseCalibration.of_sums`."""
    return [
        {
            "run": name,
            "patient": patient,
            "primitive": label,
            "n_videos": n_videos,
            "level": level,
            "factor": math.exp(far[place]),
            "seconds_factor": None if label == ALL else math.exp(far[len(labels) + 1 + place]),
        }
        for patient, of_sums in of_patients.items()
        for n_videos, by_level in of_sums.items()
        for level, far in by_level.items()
        for place, label in enumerate((*labels, ALL))
    ]


def as_tables(
    doses: Sequence[Row], sums: Sequence[Row], problems: Sequence[tuple[str, str]]
) -> dict[TableName, pd.DataFrame]:
    """Return rows as tables; problems are pairs of a run and a line."""
    unmeasured: list[Row] = [{"run": run, "problem": problem} for run, problem in problems]
    of_name: dict[TableName, Sequence[Row]] = {"doses": doses, "sums": sums, "unmeasured": unmeasured}
    return {
        name: typed(name, {column: [row.get(column) for row in rows] for column in column_names(name)})
        for name, rows in of_name.items()
    }


def joined_tables(parts: Sequence[Mapping[TableName, pd.DataFrame]]) -> dict[TableName, pd.DataFrame]:
    """Return the rows of several parts; empty tables of the right columns where there are none."""
    return {
        name: pd.concat(full, ignore_index=True)
        if (full := [part[name] for part in parts if len(part[name])])
        else typed(name, {})
        for name in MEASURED_TABLES
    }


def lines_in(cell: object) -> tuple[str, ...]:
    """Return the lines in a cell of the column ``unlike``."""
    return tuple(json.loads(cell)) if isinstance(cell, str) else ()


def lines_cell(lines: Sequence[str]) -> str | None:
    """Return lines as a cell of the column ``unlike``."""
    return json.dumps(list(lines), ensure_ascii=False) if lines else None
