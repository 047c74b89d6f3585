"""Windows by their sampling."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.video.windows import SAMPLING, Dense, Uniform, Window, windows

LOGS = Path(__file__).resolve().parents[3] / "shared/vlms4rehab"

TWO_RUNS = "20250923_000219_samples_strokerehab_primitives_1.jsonl"
"""A log that also holds the answers of another run, whose settings are in no results.json: left out."""

lengths = st.integers(1, 3000)
clocks = st.floats(1, 240) | st.sampled_from([20.2, 24.0, 29.97003, 60.0, 100.0])
rates = st.floats(0.5, 120) | st.sampled_from([1.0, 4.0, 15.0, 30.0])


@st.composite
def dense(draw: st.DrawFn, *, overlapping: bool) -> Dense:
    frames = draw(st.integers(1, 40))
    return Dense(fps=draw(rates), frames=frames, overlap=draw(st.integers(0, frames - 1)) if overlapping else 0)


@given(lengths, clocks, dense(overlapping=False))
def test_dense_every_strided_frame_is_in_exactly_one_window(n_frames: int, fps: float, sampling: Dense) -> None:
    stride = max(1, round(fps / sampling.fps))
    shown = [frame for window in windows(n_frames, fps, sampling) for frame in window.frames]
    assert shown == list(range(0, n_frames, stride))


@given(lengths, clocks, dense(overlapping=True))
def test_dense_windows_advance_by_frames_minus_overlap(n_frames: int, fps: float, sampling: Dense) -> None:
    cut = windows(n_frames, fps, sampling, "v")
    stride = max(1, round(fps / sampling.fps))
    step = (sampling.frames - sampling.overlap) * stride
    assert [window.index for window in cut] == list(range(len(cut)))
    assert {window.video_id for window in cut} == {"v"}
    assert [window.frames[0] for window in cut] == list(range(0, n_frames, step))
    assert set(range(0, n_frames, stride)) == {frame for window in cut for frame in window.frames}
    for window in cut:
        start, end = window.frames[0], min(window.frames[0] + sampling.frames * stride, n_frames)
        assert window.frames == tuple(range(start, end, stride))
        assert (window.start_s, window.end_s) == (round(start / fps, 3), round(end / fps, 3))
        assert window.boxes == ()
    assert all(one.start_s <= other.start_s and one.end_s <= other.end_s for one, other in pairwise(cut))
    assert cut[-1].end_s == round(n_frames / fps, 3)


@given(lengths, clocks, st.integers(1, 64))
def test_uniform_is_one_window_from_the_first_to_the_last_frame(n_frames: int, fps: float, count: int) -> None:
    (window,) = windows(n_frames, fps, Uniform(strategy="uniform", frames=count))
    assert len(window.frames) == count
    assert list(window.frames) == sorted(window.frames)
    assert window.frames[0] == 0
    assert window.frames[-1] == (n_frames - 1 if count > 1 else 0)
    assert (window.start_s, window.end_s) == (0.0, round(n_frames / fps, 3))


@pytest.mark.parametrize(
    ("fps", "stride", "end_s"), [(60.0, 4, 0.533), (100.0, 7, 0.56), (20.2, 1, 0.396), (15.0, 1, 0.533), (8.0, 1, 1.0)]
)
def test_fifteen_per_second_and_eight_frames(fps: float, stride: int, end_s: float) -> None:
    first, second, *_ = windows(1000, fps, Dense(fps=15, frames=8))
    assert first == Window("", 0, 0.0, end_s, tuple(range(0, 8 * stride, stride)))
    assert second.start_s == end_s


def test_the_last_window_may_be_short() -> None:
    *_, last = windows(100, 60.0, Dense(fps=15, frames=8))
    assert last == Window("", 3, 1.6, 1.667, (96,))


def test_uniform_rounds_down_as_linspace_to_integers_does() -> None:
    (window,) = windows(10, 1.0, Uniform(strategy="uniform", frames=4))
    assert window.frames == (0, 3, 6, 9)
    (window,) = windows(11, 1.0, Uniform(strategy="uniform", frames=4))
    assert window.frames == (0, 3, 6, 10)


@pytest.mark.parametrize(("n_frames", "fps"), [(0, 30.0), (-1, 30.0), (10, 0.0), (10, -1.0)])
def test_a_video_without_frames_or_clock(n_frames: int, fps: float) -> None:
    with pytest.raises(ValueError, match=f"{n_frames} frames at {fps}"):
        windows(n_frames, fps, Dense(fps=15, frames=8))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"strategy": "dense", "fps": 0, "frames": 8}, "greater than or equal to 0.000001"),
        ({"strategy": "dense", "fps": 1e-308, "frames": 8}, "greater than or equal to 0.000001"),
        ({"strategy": "dense", "fps": 15, "frames": 0}, "greater than or equal to 1"),
        ({"strategy": "dense", "fps": 15, "frames": 8, "overlap": 8}, "overlap .8. must be smaller than frames .8."),
        ({"strategy": "dense", "fps": 15, "frames": 8, "overlap": -1}, "greater than or equal to 0"),
        ({"strategy": "dense", "fps": 15, "frames": 8, "stride": 1}, "not permitted"),
        ({"strategy": "uniform", "frames": 0}, "greater than or equal to 1"),
        ({"strategy": "uniform", "frames": 8, "fps": 15}, "not permitted"),
        ({"strategy": "keyframes", "frames": 8}, "dense.*uniform"),
    ],
)
def test_settings_that_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        SAMPLING.validate_python(settings)


def _logs() -> list[Path]:
    return sorted(path for path in LOGS.rglob("*_samples_strokerehab_primitives_*.jsonl") if path.name != TWO_RUNS)


@pytest.mark.skipif(not LOGS.is_dir(), reason=f"no published logs at {LOGS}")
def test_the_published_windows() -> None:
    n_videos = 0
    for log in _logs():
        sampling = _published_sampling(log)
        with log.open(encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                fps = float(row["doc"]["fps"])
                segments = [(float(start), float(end)) for _, start, end in row["resps"][0][0]]
                cut = windows(round(segments[-1][1] * fps), fps, sampling)
                assert [(window.start_s, window.end_s) for window in cut] == segments, (log, row["doc"]["id"])
                n_videos += 1
    assert n_videos == 2440


def _published_sampling(log: Path) -> Dense:
    (results,) = log.parent.glob(f"{log.name.partition('_samples_')[0]}_*results.json")
    arguments = json.loads(results.read_text(encoding="utf-8"))["config"]["model_args"]
    found = dict(re.findall(r"(sampling_fps|max_frames_num|overlap_frames_num)=([\d.]+)", arguments))
    return Dense(
        fps=float(found["sampling_fps"]),
        frames=int(found["max_frames_num"]),
        overlap=int(found["overlap_frames_num"]),
    )


@pytest.mark.parametrize(
    ("n_frames", "fps"), [(10**9, 30.0), (100, 1e308), (100, float("inf")), (100, float("nan")), (10_000_001, 60.0)]
)
@pytest.mark.parametrize("sampling", [Dense(fps=15, frames=8), Uniform(strategy="uniform", frames=8)])
def test_counts_that_no_video_has_are_refused_at_once(n_frames: int, fps: float, sampling: Dense | Uniform) -> None:
    with pytest.raises(UserError, match=r"^v: [\d,]+ frames at .* per second are more than any video has"):
        windows(n_frames, fps, sampling, "v")


def test_more_than_a_million_windows_are_refused() -> None:
    with pytest.raises(UserError, match="its 9,000,000 frames make 2,250,000 windows, more than a million"):
        windows(9_000_000, 60.0, Dense(fps=15, frames=8, overlap=7), "v")


def test_a_day_of_video_is_cut() -> None:
    assert len(windows(24 * 3600 * 60, 60.0, Dense(fps=15, frames=8))) == 162_000


@pytest.mark.parametrize("strategy", ["dense", "uniform"])
def test_a_window_shows_no_absurd_number_of_frames(strategy: str) -> None:
    settings = {"strategy": strategy, "frames": 10**9} | ({"fps": 15} if strategy == "dense" else {})
    with pytest.raises(ValidationError, match="less than or equal to 100000"):
        SAMPLING.validate_python(settings)
