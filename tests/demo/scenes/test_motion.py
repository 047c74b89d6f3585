"""Movements of a hand by a script."""

from __future__ import annotations

from itertools import cycle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.demo.scenes.motion import (
    Phase,
    cut_script,
    follow_script,
    item_positions,
    minimum_jerk,
    submovements,
    timeline_of,
    tremor,
)
from lmms_eval_plugins.demo.scenes.subjects import MOVEMENT, generator

GRID = np.linspace(0, 1, 501)
shares = st.lists(st.floats(0.6, 1.4), min_size=1, max_size=5)


def test_minimum_jerk_goes_from_0_to_1_through_the_middle() -> None:
    assert minimum_jerk([0, 0.5, 1]) == pytest.approx([0, 0.5, 1])
    assert minimum_jerk([-3, 7]) == pytest.approx([0, 1])


def test_minimum_jerk_is_still_at_both_ends() -> None:
    step = 1e-4
    assert (minimum_jerk(step) - minimum_jerk(0)) / step == pytest.approx(0, abs=1e-6)
    assert (minimum_jerk(1) - minimum_jerk(1 - step)) / step == pytest.approx(0, abs=1e-6)


@given(shares)
def test_a_movement_of_pieces_starts_ends_and_never_turns_back(parts: list[float]) -> None:
    done = submovements(GRID, parts)
    assert done[0] == pytest.approx(0)
    assert done[-1] == pytest.approx(1)
    assert (np.diff(done) >= -1e-12).all()
    assert max(done[1], 1 - done[-2]) < 1e-3


def test_more_pieces_make_a_movement_less_smooth() -> None:
    def accelerations_change_sign(parts: list[float]) -> int:
        acceleration = np.diff(submovements(GRID, parts), 2)
        return int((np.diff(np.sign(acceleration[np.abs(acceleration) > 1e-9])) != 0).sum())

    assert accelerations_change_sign([1.0]) == 1
    assert accelerations_change_sign([1.0, 1.0, 1.0]) > 3


@given(st.integers(0, 99), st.floats(0, 0.01))
def test_tremor_shakes_sideways_only_and_stays_small(seed: int, amplitude_m: float) -> None:
    shaking = tremor(300, amplitude_m, generator(seed))
    assert (shaking[:, 1] == 0).all()
    assert np.abs(shaking).max() <= amplitude_m + 0.0013


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(1, 400))
def test_cut_fills_the_frames_and_ends_on_no_stub(lengths: list[int], n_frames: int) -> None:
    script = (Phase("idle" if i % 2 else "reposition", frames) for i, frames in enumerate(cycle(lengths)))
    kept = cut_script(script, n_frames)
    starts = np.cumsum([0, *(phase.frames for phase in kept)])
    assert starts[-1] >= n_frames
    assert len(kept) == 1 or n_frames - starts[-2] >= 6
    assert timeline_of(kept, n_frames).end_s == pytest.approx(n_frames / 30, abs=1e-3)


def test_an_object_goes_with_the_hand_that_holds_it_and_stays_where_it_is_left() -> None:
    here, there, away = (0.1, 0.05, 0.2), (0.3, 0.05, 0.3), (0.0, 0.05, 0.1)
    script = [Phase("reach", 30, here, 0), Phase("transport", 30, there, 0), Phase("reposition", 30, away)]
    track = follow_script(script, away, 90, MOVEMENT["healthy"], generator(0))
    (item,) = item_positions(track, [here])
    assert (item[:30] == here).all()
    assert (item[30:60] == track.position[30:60]).all()
    assert (item[60:] == item[59]).all()
    assert item[-1] == pytest.approx(there, abs=0.005)
    assert track.shape.sum(axis=1) == pytest.approx(1.0)
    assert track.shape[45].argmax() == 2
    assert track.shape[15].argmax() == 1


def test_strokes_go_to_and_fro() -> None:
    stroke = Phase("transport", 60, (0.1, 0.4, 0.1), 0, sway=(0.04, 0.0, 0.0), beats=4)
    track = follow_script([stroke], (0.1, 0.4, 0.1), 60, MOVEMENT["healthy"], generator(0))
    across = track.position[:, 0] - 0.1
    assert across.max() == pytest.approx(0.04, abs=0.006)
    assert across.min() == pytest.approx(-0.04, abs=0.006)
    assert (np.diff(np.sign(np.diff(across))) != 0).sum() >= 7
