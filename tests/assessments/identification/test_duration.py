from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.assessments.dose.stopwatch import TimedVideo
from lmms_eval_plugins.assessments.identification.duration import (
    ActivityByDuration,
    activities_by_stopwatch,
)
from lmms_eval_plugins.study.log_formats import TUNING_SUBJECTS, identified_videos
from lmms_eval_plugins.study.logs import read_log

KNOWN = [
    TimedVideo(patient, seconds, activity)
    for patient in ("A", "B", "C")
    for activity, seconds in (("combing", 20.0), ("feeding", 60.0), ("feeding", 64.0))
]


def test_the_activity_that_takes_others_as_long() -> None:
    stopwatch = ActivityByDuration.fit(KNOWN)
    assert [stopwatch.name(seconds) for seconds in (5, 21, 58, 500)] == ["combing", "combing", "feeding", "feeding"]


def test_of_equal_durations_the_more_frequent_activity() -> None:
    videos = [TimedVideo("A", 30.0, name) for name in ("combing", "feeding", "feeding")]
    assert ActivityByDuration.fit(videos).name(30.0) == "feeding"
    assert ActivityByDuration.fit(videos).name(3.0) == "feeding"


def test_a_patient_is_judged_by_the_videos_of_others() -> None:
    odd = [*KNOWN, TimedVideo("D", 20.0, "glasses"), TimedVideo("D", 20.0, None)]
    assert activities_by_stopwatch(odd)[-2:] == ["combing", "combing"]


def test_nobody_else_names_nothing() -> None:
    assert activities_by_stopwatch([TimedVideo("A", 10.0, "feeding")]) == [None]
    with pytest.raises(ValueError, match="at least one"):
        ActivityByDuration.fit([TimedVideo("A", 10.0)])


def test_the_study(published: Path) -> None:
    """On the 640 test videos a stopwatch names .277 right; always the most frequent activity, .134; chance is .111."""
    folder = published / "logs/strokerehab_identification_2/qwen2_5_vl_7b"
    (log,) = read_log(next(folder.rglob("*_samples_*.jsonl")))
    length = {video.video_id: video.duration_s for video in log.videos}
    videos = [
        TimedVideo(video.patient, seconds, video.truth)
        for video in identified_videos(log)
        if video.patient not in TUNING_SUBJECTS and (seconds := length[video.video_id])
    ]
    right = [name == video.activity for name, video in zip(activities_by_stopwatch(videos), videos, strict=True)]
    assert len(right) == 640 and sum(right) / 640 == pytest.approx(0.277, abs=5e-4)
