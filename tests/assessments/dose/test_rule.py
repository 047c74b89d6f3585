from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.dose.rule import primitives_from

answers = st.sampled_from([True, False, None])
windows = st.lists(st.tuples(st.integers(0, 900), answers, answers), max_size=25).map(
    lambda some: [(ms, motion, grasp) for ms, (_, motion, grasp) in zip(_times(some), some, strict=True)]
)


def _times(some: list[tuple[int, bool | None, bool | None]]) -> list[int]:
    total, times = 0, []
    for step, _, _ in some:
        times.append(total)
        total += step
    return times


def naive(windows: list[tuple[int, bool | None, bool | None]], horizon_ms: int) -> list[str | None]:
    primitives: list[str | None] = []
    for i, (start, motion, grasp) in enumerate(windows):
        if motion is None or grasp is None:
            primitives.append(None)
        elif grasp:
            primitives.append("transport" if motion else "stabilize")
        elif not motion:
            primitives.append("idle")
        else:
            ahead = [later[2] for later in windows[i + 1 :] if later[0] - start <= horizon_ms]
            primitives.append("reach" if True in ahead else None if None in ahead else "reposition")
    return primitives


@given(windows, st.integers(0, 5000))
def test_equals_a_naive_implementation(windows: list[tuple[int, bool | None, bool | None]], horizon_ms: int) -> None:
    starts = [ms / 1000 for ms, _, _ in windows]
    motion, grasp = [m for _, m, _ in windows], [g for _, _, g in windows]
    assert primitives_from(starts, motion, grasp, horizon_ms / 1000) == naive(windows, horizon_ms)


@pytest.mark.parametrize(
    ("motion", "grasp", "primitive"),
    [
        (True, True, "transport"),
        (False, True, "stabilize"),
        (False, False, "idle"),
        (True, False, "reposition"),
        (None, False, None),
        (True, None, None),
    ],
)
def test_one_window(motion: bool | None, grasp: bool | None, primitive: str | None) -> None:
    assert primitives_from([0.0], [motion], [grasp]) == [primitive]


@pytest.mark.parametrize(("gap_s", "primitive"), [(1.6, "reach"), (2.0, "reach"), (2.001, "reposition")])
@pytest.mark.parametrize("start_s", [0.0, 0.267, 1.067, 4.267, 16.4, 63.733, 101.1])
def test_the_horizon_includes_its_end_to_the_millisecond(start_s: float, gap_s: float, primitive: str) -> None:
    later = round(start_s + gap_s, 3)
    assert primitives_from([start_s, later], [True, False], [False, True])[0] == primitive


def test_an_unknown_answer_within_the_horizon_leaves_a_movement_open() -> None:
    assert primitives_from([0, 1, 2], [True, None, False], [False, None, False])[0] is None
    assert primitives_from([0, 1, 2], [True, None, False], [False, None, True])[0] == "reach"
    assert primitives_from([0, 2.5, 3], [True, None, False], [False, None, True])[0] == "reposition"


def test_no_windows() -> None:
    assert primitives_from([], [], []) == []


def test_wrong_input_is_an_error() -> None:
    with pytest.raises(ValueError, match="one each per window"):
        primitives_from([0.0, 1.0], [True], [True])
    with pytest.raises(ValueError, match="order"):
        primitives_from([1.0, 0.0], [True, True], [True, True])
