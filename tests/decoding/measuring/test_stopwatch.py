"""The stopwatch as an instrument knows lengths and activities, nothing of answers, nothing of the measured patient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.measuring.instrument import ALL, MeasuredDoses
from lmms_eval_plugins.decoding.measuring.readings import Readings
from lmms_eval_plugins.decoding.measuring.stopwatch import fit_stopwatch
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo
from tests.support.decoding import QUESTIONS, make_video, make_videos

Videos = list[AnsweredVideo[Timeline]]


def measure(
    videos: Videos, patient: str, *, by_activity: bool = False, within_activity: bool = False
) -> list[MeasuredDoses]:
    readings = Readings(videos, Training(videos, QUESTIONS), by_activity=True, seed=0)
    stopwatch = fit_stopwatch(readings, PRIMITIVES, [patient], by_activity=by_activity)
    own = [video for video in videos if video.patient == patient]
    return stopwatch.measure(own, within_activity=within_activity)


@pytest.mark.parametrize("by_activity", [False, True])
def test_answers_and_the_patients_own_labels_change_nothing(by_activity: bool) -> None:
    videos = make_videos(patients=5)
    clean = measure(videos, "P2", by_activity=by_activity)
    poison = Timeline.from_text("stabilize@0.000;reposition@0.300;stabilize@32.000")
    changed = [
        replace(
            video,
            windows=tuple(replace(window, answers={"motion": True, "grasp": True}) for window in video.windows),
            truth=poison if video.patient == "P2" else video.truth,
        )
        for video in videos
    ]
    assert measure(changed, "P2", by_activity=by_activity) == clean
    others = [video if video.patient == "P2" else replace(video, truth=poison) for video in videos]
    assert measure(others, "P2", by_activity=by_activity) != clean


def test_of_two_videos_the_longer_one_has_more_of_everything() -> None:
    videos = [
        make_video(f"P{patient}", number, n_windows=20 + 15 * number + 3 * patient)
        for patient in range(5)
        for number in range(3)
    ]
    totals = [one.doses[ALL].count for one in measure(videos, "P0")]
    assert totals == sorted(totals)
    assert totals[-1] > 1.5 * totals[0]


def test_intervals_are_nested_whole_and_around_the_estimate() -> None:
    for one in measure(make_videos(patients=6), "P1", by_activity=True, within_activity=True):
        for dose in one.doses.values():
            ends = [dose.ends[level] for level in (90, 80, 50)]
            assert all(low <= high and low >= 0 for low, high in ends)
            assert sorted(low for low, _ in ends) == [low for low, _ in ends]
            assert sorted((high for _, high in ends), reverse=True) == [high for _, high in ends]


def test_too_few_others_are_named() -> None:
    with pytest.raises(UserError, match="labels of 2 patients besides P0: measuring learns from at least 3 others"):
        measure(make_videos(patients=3), "P0")
