"""Measurements of runs as data frames: every way of measuring, one row per video and label; kept beside the runs.

To measure takes half a minute for a run of 90 videos, since decoders are fitted for every pair of patients. So what was
measured is kept as the runs' other tables are, and made anew when the run's files or this code change.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError, error_line, listed
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL, Instrument, MeasuredDoses, name_doses
from lmms_eval_plugins.decoding.measuring.scope import Scope
from lmms_eval_plugins.decoding.posterior import draw_posteriors
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.cache import cached
from lmms_eval_plugins.runs.data_frames.columns import TEXT, TableName
from lmms_eval_plugins.runs.data_frames.controls import STOPWATCH, STOPWATCH_BY_ACTIVITY
from lmms_eval_plugins.runs.data_frames.decoders import videos_of
from lmms_eval_plugins.runs.data_frames.load import as_strings, files_of
from lmms_eval_plugins.runs.data_frames.read import sources_at
from lmms_eval_plugins.runs.data_frames.sources import DoseRun, of_family
from lmms_eval_plugins.runs.find import find_all, short_names
from lmms_eval_plugins.runs.measuring.measure import MeasuredRun, measure_leaving_out, with_replies
from lmms_eval_plugins.runs.measuring.rows import (
    MEASURED_TABLES,
    Row,
    about_videos,
    as_tables,
    dose_rows,
    joined_tables,
    lines_cell,
    sum_rows,
)
from lmms_eval_plugins.runs.measuring.stopwatch import measure_by_stopwatch
from lmms_eval_plugins.runs.score_decoded import AnsweredActivity, activities_with_probabilities
from lmms_eval_plugins.study.logs import refuse_several

FUSED = "fused"
"""The way of the estimate: counts, length and activity together, with the instrument's intervals."""

COUNTS = "counts"
"""The way of the decoder's counts alone: means of its posterior, and the posterior's own ranges as intervals."""

BETWEEN_RUNS = " + "
"""Between the names, or the paths, of runs that are measured together."""


@dataclass(frozen=True, slots=True)
class MeasuredFrames:
    """What was measured.

    Attributes:
        doses: one row per run, way, video and label; see `COLUMNS`.
        sums: how far sums over a patient's videos are off, of the estimate; see `COLUMNS`.
        problems: a line on each run or video that could not be measured, and on each path that could not be read.
    """

    doses: pd.DataFrame
    sums: pd.DataFrame
    problems: tuple[str, ...]


def measured_frames(
    paths: str | Path | Sequence[str | Path],
    *,
    seed: int = 0,
    within_activity: bool = False,
    activities: Sequence[str] = (),
    together: bool = False,
    split_runs: bool = True,
    reading: Policy | None = None,
) -> MeasuredFrames:
    """Measure the runs of dose tasks among the paths, each patient by an instrument fitted on all others.

    Runs of other tasks have no rows. What cannot be measured is a problem; the rest is there.

    Args:
        paths: logs, run folders, folders of them, or patterns.
        seed: seed of the decoders' samples.
        within_activity: whether intervals are as wide as errors in the activity are, of the ways that know it.
        activities: runs or logs of an identification task, whose answers stand for the true activities.
        together: measure by all runs together; their videos and windows must be the same.
        split_runs: take the runs of a file that holds several apart; else such a file is a problem.
        reading: how replies are read; None is the default reading.
    """
    problems: list[str] = []
    found = find_all(as_strings(paths), problems)
    how = _How(seed, tuple(activities), split_runs, reading or "default")
    parts: list[MeasuredPart] = []
    for files in [found] if together and found else [[path] for path in found]:
        shown = listed(files, most=2, by=BETWEEN_RUNS)
        try:
            parts.append((BETWEEN_RUNS.join(files), _kept(files, how, together)))
        except UserError as error:
            problems.append(f"{shown}: {str(error).removeprefix(f'{shown}: ')}")
        except Exception as error:
            problems.append(error_line(error, shown))
    frames = named_frames(parts, problems)
    has_both = frames.doses["way"].isin([FUSED, STOPWATCH_BY_ACTIVITY])
    kept = frames.doses[~has_both | (frames.doses["within_activity"] == within_activity)]
    return replace(frames, doses=kept.reset_index(drop=True))


MeasuredPart = tuple[str, Mapping[TableName, pd.DataFrame]]
"""A path, or several, and what was measured of the runs there; the runs are named by what their path adds to it."""


@dataclass(frozen=True, slots=True)
class _How:
    seed: int
    activities: tuple[str, ...]
    split_runs: bool
    reading: Policy


def _kept(paths: Sequence[str], how: _How, together: bool) -> dict[TableName, pd.DataFrame]:
    """Return the tables of the runs at one path, or of those at several together."""
    errors: list[str] = []
    also = find_all(how.activities, errors)
    if errors:
        raise UserError(errors[0])
    inputs = [file for path in (*paths, *also) for file in files_of(Path(path))]
    whose = f"-{digest([str(file) for file in inputs])[:8]}" if together or also else ""
    options = f"measured-{how.seed}-{how.reading}{whose}"
    tables = cached(inputs, options, MEASURED_TABLES, lambda: _build(paths, how, together))
    if not (how.split_runs or together):
        totals = tables["doses"][tables["doses"]["primitive"] == ALL]
        refuse_several(Path(paths[0]), list(totals.groupby("run", sort=False)["video_id"].nunique()))
    return tables


def _build(paths: Sequence[str], how: _How, together: bool) -> dict[TableName, pd.DataFrame]:
    sources: list[tuple[str, DoseRun]] = []
    for path in paths:
        at_path = sources_at(path, True, how.reading)
        sources += [(end, run) for end, source in at_path if (run := of_family(source, DOSE))]
    answered = activities_with_probabilities(how.activities)
    groups = [("", [run for _, run in sources])] if together else [(end, [run]) for end, run in sources]
    return joined_tables([_of_runs(end, runs, how.seed, answered) for end, runs in groups if runs])


def _of_runs(
    name: str, sources: Sequence[DoseRun], seed: int, answered: Mapping[str, AnsweredActivity] | None
) -> dict[TableName, pd.DataFrame]:
    """Return the tables of a run, or of several that are measured together."""
    activities = None if answered is None else {video: activity.name for video, activity in answered.items()}
    try:
        run = measure_leaving_out(sources, seed=seed, activities=activities)
    except UserError as error:
        return as_tables([], [], [(name, str(error))])
    about = about_videos(name, sources, answered)
    answers = [{one.video_id: one for one in videos_of(source, activities)} for source in sources]
    unlike = _unlike_others(run, answers)
    timed = _by_stopwatches(sources[0], activities)
    doses: list[Row] = []
    for video in run.videos:
        instrument, id = run.instruments[video.video.patient], video.video.video_id
        ways = [
            (FUSED, False, video.measured),
            (FUSED, True, instrument.within_activity(video.measured, video.video.activity)),
            (COUNTS, False, _by_counts(instrument, [of_model[id] for of_model in answers], seed)),
            *((way, within, found[id]) for (way, within), found in timed.items() if id in found),
        ]
        for way, within, measured in ways:
            known = {"n_others": instrument.calibration.n_patients, "unlike": lines_cell(unlike.get(id, ()))}
            own = {**about[id], "way": way, "within_activity": within, **known}
            doses += dose_rows(own, measured, video.video, run.labels)
    of_sums = {patient: instrument.calibration.of_sums for patient, instrument in run.instruments.items()}
    return as_tables(doses, sum_rows(name, of_sums, run.labels), [(name, line) for line in run.problems])


def _unlike_others(
    run: MeasuredRun, models: Sequence[Mapping[str, AnsweredVideo[Timeline]]]
) -> dict[str, tuple[str, ...]]:
    """Return video → in what it is unlike those that its instrument was calibrated on, by the answers of any model."""
    unlike: dict[str, tuple[str, ...]] = {}
    for patient, instrument in run.instruments.items():
        others = set(instrument.decoders[0].patients)
        for answers in (models[place] for place in instrument.models):
            own = [answers[one.video.video_id] for one in run.videos if one.video.patient == patient]
            teaching = [video for video in answers.values() if video.patient in others and video.truth is not None]
            for video, lines in Scope.of(teaching).unlike(own).items():
                unlike[video] = tuple(dict.fromkeys((*unlike.get(video, ()), *lines)))
    return unlike


def _by_stopwatches(
    source: DoseRun, activities: Mapping[str, str] | None
) -> dict[tuple[str, bool], dict[str, MeasuredDoses]]:
    """Return way and whether its intervals are within activities → video → its doses."""
    (run,), _ = with_replies([source])
    ways = [(STOPWATCH, False, False)]
    if any(video.answered.activity for video in run.videos):
        ways += [(STOPWATCH_BY_ACTIVITY, True, within) for within in (False, True)]
    return {
        (way, within): measure_by_stopwatch(run, by_activity=by_activity, within_activity=within, activities=activities)
        for way, by_activity, within in ways
    }


def _by_counts(instrument: Instrument, answers: Sequence[AnsweredVideo[Timeline]], seed: int) -> MeasuredDoses:
    """Return the mean doses of a video in the posteriors of an instrument's decoders, and their ranges."""
    drawn = [
        draw_posteriors(replace(decoder, habits_by_activity={}), [answers[place]], seed=seed)[0]
        for decoder, place in zip(instrument.decoders, instrument.models, strict=True)
    ]
    counts = np.concatenate([own.counts for own in drawn])
    columns = np.concatenate(
        [counts, counts.sum(axis=1, keepdims=True), np.concatenate([own.seconds for own in drawn])], axis=1
    )
    ends = {level: np.percentile(columns, (50 - level / 2, 50 + level / 2), axis=0).T for level in LEVELS}
    return MeasuredDoses(name_doses(columns.mean(axis=0), ends, instrument.labels))


def named_frames(parts: Sequence[MeasuredPart], problems: Sequence[str] = ()) -> MeasuredFrames:
    """Return the tables of all parts with the runs' paths as given this time, and their short names."""
    paths = [path + end for path, tables in parts for end in dict.fromkeys(tables["doses"]["run"])]
    names = dict(zip(paths, map(_short, paths, short_names(paths)), strict=True))
    named: list[dict[TableName, pd.DataFrame]] = []
    for path, tables in parts:
        whole = {name: path + table["run"].astype(TEXT) for name, table in tables.items()}
        named.append(
            {
                "doses": tables["doses"].assign(run=whole["doses"].map(names).astype(TEXT), path=whole["doses"]),
                "sums": tables["sums"].assign(run=whole["sums"].map(names).astype(TEXT)),
                "unmeasured": tables["unmeasured"].assign(run=whole["unmeasured"]),
            }
        )
    tables = joined_tables(named)
    unmeasured = (
        f"{listed(run.split(BETWEEN_RUNS), most=2, by=BETWEEN_RUNS)}: {line}"
        for run, line in tables["unmeasured"].itertuples(index=False)
    )
    return MeasuredFrames(tables["doses"], tables["sums"], (*problems, *unmeasured))


def _short(path: str, short: str) -> str:
    """Return the short name of a run; of several together, those of each."""
    several = path.split(BETWEEN_RUNS)
    return BETWEEN_RUNS.join(short_names(several)) if len(several) > 1 else short
