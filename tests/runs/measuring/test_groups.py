"""Sums of measured videos by patient and day: what is summed, in which order, and what must not be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from lmms_eval_plugins.decoding.measuring.instrument import ALL
from lmms_eval_plugins.runs.measuring.frame import MeasuredFrames, measured_frames
from lmms_eval_plugins.runs.measuring.groups import Recording, SessionDoses, recordings_in, sessions_of
from tests.support.measured_runs import few_videos, write_dose_run


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> MeasuredFrames:
    return measured_frames(write_dose_run(tmp_path_factory.mktemp("run"), few_videos(4, 3)))


@pytest.fixture(scope="module")
def recordings(frames: MeasuredFrames) -> list[Recording]:
    return recordings_in(frames.doses)


def on(recordings: Sequence[Recording], *dates: str | None) -> list[Recording]:
    """Return the three videos of the first patient, on these days."""
    own = [one for one in recordings if one.patient == "P0"]
    return [replace(one, date=date) for one, date in zip(own, dates, strict=True)]


def days(sessions: Sequence[SessionDoses]) -> list[tuple[str | None, int]]:
    return [(one.date, len(one.recordings)) for one in sessions]


def test_recordings_are_what_the_table_says(frames: MeasuredFrames, recordings: list[Recording]) -> None:
    assert len(recordings) == 12
    rows = frames.doses[(frames.doses["video_id"] == "P1_2") & (frames.doses["way"] == "fused")].set_index("primitive")
    (one,) = (one for one in recordings if one.video_id == "P1_2")
    assert one.measured.doses[ALL].count == rows["count"]["all"]
    assert one.measured.doses["reach"].ends[80] == (rows["low_80"]["reach"], rows["high_80"]["reach"])
    assert one.true is not None and one.true["all"] == rows["true"]["all"]
    assert one.labels == ("reach", "reposition", "transport", "stabilize", "idle")


def test_a_patients_videos_are_summed(frames: MeasuredFrames, recordings: list[Recording]) -> None:
    sessions, problems = sessions_of(recordings, frames, by_date=False)
    assert not problems
    assert [one.recordings[0].patient for one in sessions] == ["P0", "P1", "P2", "P3"]
    first = sessions[0]
    own = [one.measured.doses[ALL].count for one in first.recordings]
    total = first.measured.doses[ALL]
    assert total.count == pytest.approx(sum(own))
    assert total.ends[80][0] <= total.count <= total.ends[80][1] + 1
    assert first.true is not None
    assert first.true["all"] == sum((one.true or {})["all"] for one in first.recordings)
    wide = sum(one.measured.doses[ALL].ends[90][1] for one in first.recordings)
    assert total.ends[90][1] <= wide


def test_days_are_apart_and_in_order_the_unknown_one_last(frames: MeasuredFrames, recordings: list[Recording]) -> None:
    own = on(recordings, "day 10", None, "9")
    sessions, problems = sessions_of(own, frames, by_date=True)
    assert not problems and days(sessions) == [("9", 1), ("day 10", 1), (None, 1)]
    same, _ = sessions_of(on(recordings, "day 9", "9", "2026-01-01"), frames, by_date=True)
    assert sorted(number for _, number in days(same)) == [1, 2]
    every, _ = sessions_of(own, frames, by_date=False)
    assert days(every) == [(None, 3)]


@pytest.mark.parametrize(("date", "what"), [("-3", "is negative"), ("soon", "is no day"), ("2026-13-01", "is no day")])
def test_a_date_that_is_none_is_named_and_its_video_in_no_sum(
    frames: MeasuredFrames, recordings: list[Recording], date: str, what: str
) -> None:
    sessions, (problem,) = sessions_of(on(recordings, "1", date, "1"), frames, by_date=True)
    assert days(sessions) == [("1", 2)]
    assert f"P0_1: its date {what} (found '{date}')" in problem


def test_what_is_filmed_by_two_cameras_does_not_count_twice(
    frames: MeasuredFrames, recordings: list[Recording]
) -> None:
    own = [replace(one, label="feeding", repetition=1) for one in on(recordings, "1", "1", "2")]
    views = [replace(one, view=view) for one, view in zip(own, ("front", "side", "front"), strict=True)]
    sessions, (problem,) = sessions_of(views, frames, by_date=True)
    assert days(sessions) == [("2", 1)]
    assert "patient P0, 1: not summed: several cameras filmed the same (P0_0, P0_1: views front, side)" in problem
    assert "--view" in problem


def test_the_same_recording_twice_on_a_day_is_named(frames: MeasuredFrames, recordings: list[Recording]) -> None:
    own = [replace(one, label="feeding", repetition=1, view="front") for one in on(recordings, "1", "1", "2")]
    sessions, (problem,) = sessions_of(own, frames, by_date=False)
    assert not sessions and "the same recording is there twice: P0_0, P0_1" in problem
    unknown = [replace(one, repetition=None) for one in own]
    assert len(sessions_of(unknown, frames, by_date=False)[0]) == 1
