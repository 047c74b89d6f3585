"""How long windows truly are, and how fast their frames follow, at the rates that cameras have."""

from __future__ import annotations

from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.video.pace import WindowPace, describe_other_paces, nominal_s, pace_of, paces_of
from lmms_eval_plugins.video.windows import Dense, Uniform, windows

USUAL = Dense(fps=15, frames=8)


@pytest.mark.parametrize(
    ("video_fps", "stride", "fps", "window_s", "keeps"),
    [
        (60.0, 4, 15.0, 0.533, True),
        (30.0, 2, 15.0, 0.533, True),
        (15.0, 1, 15.0, 0.533, True),
        (120.0, 8, 15.0, 0.533, True),
        (240.0, 16, 15.0, 0.533, True),
        (59.94, 4, 14.985, 0.534, True),
        (29.97, 2, 14.985, 0.534, True),
        (25.0, 2, 12.5, 0.640, False),
        (24.0, 2, 12.0, 0.667, False),
        (23.976, 2, 11.988, 0.667, False),
        (50.0, 3, 16.667, 0.480, False),
        (48.0, 3, 16.0, 0.5, False),
        (100.0, 7, 14.286, 0.560, False),
        (20.2, 1, 20.2, 0.396, False),
        (12.0, 1, 12.0, 0.667, False),
        (10.0, 1, 10.0, 0.8, False),
        (1.0, 1, 1.0, 8.0, False),
    ],
)
def test_fifteen_per_second_and_eight_frames(
    video_fps: float, stride: int, fps: float, window_s: float, keeps: bool
) -> None:
    pace = pace_of(video_fps, USUAL)
    assert (pace.stride, round(pace.fps, 3), round(pace.window_s, 3)) == (stride, fps, window_s)
    assert pace.keeps(USUAL) is keeps


@given(st.floats(1, 240), st.floats(0.5, 60), st.integers(1, 32))
def test_the_pace_is_that_of_the_windows(video_fps: float, fps: float, frames: int) -> None:
    sampling = Dense(fps=fps, frames=frames)
    pace = pace_of(video_fps, sampling)
    cut = windows(frames * pace.stride * 3, video_fps, sampling)
    assert [len(window.frames) for window in cut] == [frames] * 3
    assert median(window.end_s - window.start_s for window in cut) == pytest.approx(pace.window_s, abs=0.0011)
    if frames > 1:
        steps = cut[0].frames[-1] - cut[0].frames[0]
        assert video_fps * (frames - 1) / steps == pytest.approx(pace.fps)


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan")])
def test_a_video_without_a_clock(fps: float) -> None:
    with pytest.raises(ValueError, match="a video needs a clock"):
        pace_of(fps, USUAL)


def test_rates_are_counted_the_most_frequent_first() -> None:
    paces = paces_of([60.0, 25.0, 60.0, 29.97003, 29.97, 60.0, 25.0004], USUAL)
    assert [(pace.video_fps, pace.n_videos) for pace in paces] == [(60.0, 3), (29.97, 2), (25.0, 2)]
    assert paces_of([60.0], Uniform(strategy="uniform", frames=8)) == []


def test_the_study_has_windows_of_three_lengths() -> None:
    paces = paces_of([*[60.0] * 83, *[20.2] * 6, 100.0], USUAL)
    (note,) = describe_other_paces(paces, USUAL)
    assert note == (
        "windows last 0.396 s in 6 of 90 videos (20.2 fps), 0.560 s in 1 of 90 videos (100 fps),"
        " whereas 8 frames at 15/s are 0.533 s"
    )
    assert "; " not in note, "the runs table joins notes by it"


def test_windows_as_long_as_set_need_no_note() -> None:
    assert nominal_s(USUAL) == pytest.approx(8 / 15)
    assert describe_other_paces(paces_of([60.0, 30.0, 29.97], USUAL), USUAL) == ()
    assert describe_other_paces([], USUAL) == ()
    assert describe_other_paces([WindowPace(25.0, 1, 2, 12.5, 0.64)], Uniform(strategy="uniform", frames=8)) == ()
