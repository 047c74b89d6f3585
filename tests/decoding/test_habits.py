from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.decoding.clock import UNLABELLED
from lmms_eval_plugins.decoding.habits import AGES, SMOOTHING, Habits
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

REACH, REPOSITION, TRANSPORT, STABILIZE, IDLE = range(len(PRIMITIVES))


def test_counts_of_a_sequence() -> None:
    habits = Habits.from_labels(
        np.array([UNLABELLED, IDLE, IDLE, IDLE, REACH, TRANSPORT, UNLABELLED, IDLE]), len(PRIMITIVES)
    )
    assert habits.first[IDLE] == 1 and habits.first.sum() == 1
    assert list(habits.lasted[IDLE]) == [1, 1, 0, 0]
    assert list(habits.ended[IDLE]) == [0, 0, 1, 0]
    assert list(habits.ended[REACH]) == [1, 0, 0, 0]
    assert habits.followed[IDLE, REACH] == habits.followed[REACH, TRANSPORT] == 1
    assert habits.followed.sum() == 2  # what follows an unlabelled tick follows nothing


def test_ages_beyond_the_last_are_the_last() -> None:
    habits = Habits.from_labels(np.array([IDLE] * 10 + [REACH]), len(PRIMITIVES))
    assert list(habits.lasted[IDLE]) == [1, 1, 1, 6]
    assert list(habits.ended[IDLE]) == [0, 0, 0, 1]


@given(st.lists(st.lists(st.integers(UNLABELLED, 4), max_size=30), max_size=4))
def test_probabilities_sum_to_one_whatever_was_seen(sequences: list[list[int]]) -> None:
    n = len(PRIMITIVES)
    habits = Habits.sum((Habits.from_labels(np.array(sequence, dtype=int), n) for sequence in sequences), n)
    assert habits.initial.sum() == pytest.approx(1)
    assert habits.transition.sum(axis=1) == pytest.approx(np.ones(len(PRIMITIVES) * AGES))
    assert (habits.transition >= 0).all()
    of_primitives = habits.transition.reshape(5, AGES, 5, AGES).sum(axis=3)
    assert (of_primitives > 0).all()  # every primitive can follow every other, however rare


def test_the_chance_to_end_is_that_of_the_age() -> None:
    habits = Habits.from_labels(np.array([IDLE, REACH] * 5), len(PRIMITIVES))
    stay = habits.transition[IDLE * AGES, IDLE * AGES + 1]
    assert stay == pytest.approx(SMOOTHING / (5 + 2 * SMOOTHING))
    unseen = habits.transition[IDLE * AGES + 1, IDLE * AGES + 2]
    assert unseen == pytest.approx(0.5)


def test_shares_of_counts() -> None:
    habits = Habits.from_labels(np.array([IDLE, REACH, IDLE]), len(PRIMITIVES))
    assert ((habits * 0.25 + habits * 0.75).followed == habits.followed).all()
