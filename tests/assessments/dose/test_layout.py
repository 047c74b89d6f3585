from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.assessments.dose.layout import Horizon, lay_out
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.rule import primitives_from
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES, PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers

RULE = DoseMethod(method="motion_grasp")
SINGLE = DoseMethod(method="one_primitive")
LISTS = DoseMethod(method="sequence")
CYCLE = {"idle": 2, "reach": 3, "transport": 3, "reposition": 3, "stabilize": 2}


def windows_of(n: int, step_s: float = 0.533) -> list[WindowAnswers]:
    return [WindowAnswers(round(i * step_s, 3), round((i + 1) * step_s, 3), {}) for i in range(n)]


def by_rule(labels: Sequence[str], windows: Sequence[WindowAnswers]) -> list[str | None]:
    """The labels that motion and grasp answers as of these labels make."""
    starts = [window.start_s for window in windows]
    moves, holds = ([label in which for label in labels] for which in (MOTION_PRIMITIVES, GRASP_PRIMITIVES))
    return primitives_from(starts, moves, holds)


def counts_of(labels: Sequence[str | None]) -> dict[str, int]:
    return dict(Counter(str(label) for label, _ in groupby(labels)))


def laid_out(counts: Mapping[str, int], windows: Sequence[WindowAnswers], method: DoseMethod = RULE) -> list[str]:
    return [label for of_window in lay_out(counts, windows, method, primitives_scheme()) for label in of_window]


@pytest.mark.parametrize(("n", "step_s"), [(6, 0.533), (5, 0.8), (5, 1.5), (5, 2.5)])
def test_all_counts_that_motion_and_grasp_can_make_are_made(n: int, step_s: float) -> None:
    """Every series of answers about so many windows: whatever counts come out of one of them are laid out exactly."""
    windows = windows_of(n, step_s)
    starts = [window.start_s for window in windows]
    possible = {
        tuple(counts_of(primitives_from(starts, moves, holds)).get(name, 0) for name in PRIMITIVES)
        for moves in product((False, True), repeat=n)
        for holds in product((False, True), repeat=n)
    }
    assert len(possible) > 80
    for counts in possible:
        labels = laid_out(dict(zip(PRIMITIVES, counts, strict=True)), windows)
        assert len(labels) == n and by_rule(labels, windows) == labels
        assert tuple(counts_of(labels).get(name, 0) for name in PRIMITIVES) == counts


@given(
    st.fixed_dictionaries({name: st.integers(0, 12) for name in PRIMITIVES}),
    st.integers(1, 60),
    st.sampled_from([0.133, 0.25, 0.2857142, 0.4, 0.533, 0.6667, 1.0, 2.0]),
)
def test_what_is_laid_out_is_what_the_rule_reads(counts: dict[str, int], n: int, step_s: float) -> None:
    """Also where times are rounded so that the horizon holds now more windows, now fewer."""
    windows = windows_of(n, step_s)
    labels = laid_out(counts, windows)
    assert len(labels) == n
    assert counts_of(by_rule(labels, windows)) == counts_of(labels)


@pytest.mark.parametrize("method", [RULE, SINGLE])
def test_a_patients_counts_fit(method: DoseMethod) -> None:
    labels = laid_out(CYCLE, windows_of(30), method)
    assert counts_of(labels) == CYCLE and len(labels) == 30


def test_repositions_keep_away_from_grasps_where_rests_are_too_few() -> None:
    """Each one between two grasps takes the windows of the horizon."""
    counts = {"idle": 0, "reach": 4, "transport": 4, "reposition": 4, "stabilize": 0}
    enough, too_few = windows_of(18), windows_of(17)
    assert counts_of(laid_out(counts, enough)) == {name: n for name, n in counts.items() if n}
    came = counts_of(laid_out(counts, too_few))
    assert sum(abs(came.get(name, 0) - n) for name, n in counts.items()) == 1


def test_lists_have_room_for_more_labels_than_windows() -> None:
    labels = lay_out(CYCLE, windows_of(4), LISTS, primitives_scheme())
    assert [len(of_window) for of_window in labels] == [3, 3, 4, 3]
    assert counts_of([label for of_window in labels for label in of_window]) == CYCLE


@pytest.mark.parametrize("method", [RULE, SINGLE])
def test_fewer_windows_than_labels_have_as_many_as_fit(method: DoseMethod) -> None:
    labels = laid_out(CYCLE, windows_of(5), method)
    assert len(labels) == 5 and sum(counts_of(labels).values()) == 5


@pytest.mark.parametrize("method", [RULE, SINGLE, LISTS, DoseMethod(method="prim")])
def test_nothing_to_lay_out(method: DoseMethod) -> None:
    assert laid_out({}, [], method) == []
    assert counts_of(laid_out({}, windows_of(3), method)) == {"idle": 1}, "every window has a label"


def test_a_label_that_would_follow_itself_is_laid_out_as_often_as_others_part_it() -> None:
    assert counts_of(laid_out({"reach": 9, "idle": 2}, windows_of(30), SINGLE)) == {"reach": 3, "idle": 2}


def test_windows_within_the_horizon() -> None:
    assert Horizon.of([0, 0.533, 1.067, 1.6, 2.133, 2.667], 2.0) == Horizon(3, 3)
    assert Horizon.of([0.0, 0.667, 1.333, 2.001, 2.667, 3.333, 4.0], 2.0) == Horizon(2, 3)
    assert Horizon.of([0.0, 0.5], 2.0) == Horizon(1, 1)
    assert Horizon.of([], 2.0) == Horizon(0, 0)
