"""A run's videos by the stopwatch: those that have windows, of patients besides whom enough are labelled."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.runs.data_frames.read import sources_at
from lmms_eval_plugins.runs.data_frames.sources import DoseRun, of_family
from lmms_eval_plugins.runs.measuring.stopwatch import measure_by_stopwatch
from tests.support.measured_runs import few_videos, write_dose_run


def source_of(path: Path) -> DoseRun:
    ((_, source),) = sources_at(str(path), True, "default")
    run = of_family(source, DOSE)
    assert run is not None
    return run


def test_every_video_is_measured_by_other_patients(tmp_path: Path) -> None:
    videos = few_videos(patients=4, n_windows=16)
    clean = measure_by_stopwatch(source_of(write_dose_run(tmp_path, videos)), by_activity=True)
    assert list(clean) == [video.video_id for video in videos]
    unlabelled = [replace(video, truth=None) if video.patient == "P1" else video for video in videos]
    without = measure_by_stopwatch(source_of(write_dose_run(tmp_path, unlabelled, "other")), by_activity=True)
    assert {video: without[video] for video in without} == {video: clean[video] for video in ("P1_0", "P1_1")}


def test_answered_activities_stand_for_the_true_ones(tmp_path: Path) -> None:
    source = source_of(write_dose_run(tmp_path, few_videos(n_windows=16)))
    by_length = measure_by_stopwatch(source, by_activity=False)
    assert measure_by_stopwatch(source, by_activity=False, activities={}) == by_length
    assert measure_by_stopwatch(source, by_activity=True, activities={}) == by_length
    assert measure_by_stopwatch(source, by_activity=True) != by_length
