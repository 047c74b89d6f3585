"""Habits of primitives, known without answers: which comes first, how long each lasts, and which follows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.decoding.clock import UNLABELLED, Floats, Ints
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

N = len(PRIMITIVES)

AGES = 4
"""Number of ticks over which the chance that a primitive ends depends on its age; later it is constant.

The chain over (primitive, age) is a hidden semi-Markov model whose durations have a free start and a geometric tail
(Yu, Artificial Intelligence 2010;174:215–243, sec. 2.2)."""

STATES = N * AGES
"""States of the chain; state ``p * AGES + a`` is primitive ``p`` in its tick ``a``, or later for the last age."""

STATE_PRIMITIVE = np.repeat(np.arange(N), AGES)
"""The primitive of each state; (STATES,)."""

SMOOTHING = 0.5
"""Added to each count, so that what never occurred among the training patients stays possible (Jeffreys)."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Counts of primitives in labelled videos.

    Attributes:
        first: videos that begin with each primitive; (5,).
        ended: by primitive and age, ticks after which it ended; (5, AGES).
        lasted: by primitive and age, ticks after which it went on; (5, AGES).
        followed: how often each primitive (row) was followed by each other (column); (5, 5), diagonal 0.
    """

    first: Floats
    ended: Floats
    lasted: Floats
    followed: Floats

    @classmethod
    def empty(cls) -> Habits:
        """Return the habits of no videos: all counts 0."""
        return cls(np.zeros(N), np.zeros((N, AGES)), np.zeros((N, AGES)), np.zeros((N, N)))

    @classmethod
    def from_labels(cls, labels: Ints) -> Habits:
        """Count the habits in one video from its ticks' labels; transitions at unlabelled ticks do not count."""
        habits = cls.empty()
        known = labels != UNLABELLED
        if not known.any():
            return habits
        habits.first[labels[np.argmax(known)]] += 1
        ticks = np.arange(len(labels))
        begins = np.append(True, labels[1:] != labels[:-1])
        age = np.minimum(ticks - np.maximum.accumulate(np.where(begins, ticks, 0)), AGES - 1)[:-1]
        now, then = labels[:-1], labels[1:]
        both = known[:-1] & known[1:]
        stays, goes = both & (now == then), both & (now != then)
        np.add.at(habits.lasted, (now[stays], age[stays]), 1)
        np.add.at(habits.ended, (now[goes], age[goes]), 1)
        np.add.at(habits.followed, (now[goes], then[goes]), 1)
        return habits

    @classmethod
    def sum(cls, habits: Iterable[Habits]) -> Habits:
        """Sum the habits of several videos."""
        total = cls.empty()
        for one in habits:
            total += one
        return total

    def __add__(self, other: Habits) -> Habits:
        return Habits(
            self.first + other.first,
            self.ended + other.ended,
            self.lasted + other.lasted,
            self.followed + other.followed,
        )

    def __mul__(self, share: float) -> Habits:
        return Habits(self.first * share, self.ended * share, self.lasted * share, self.followed * share)

    @property
    def initial(self) -> Floats:
        """Probability of each state at the first tick; (STATES,)."""
        start = np.zeros((N, AGES))
        start[:, 0] = (self.first + SMOOTHING) / (self.first + SMOOTHING).sum()
        return start.ravel()

    @property
    def transition(self) -> Floats:
        """Probability of each state (column) after each state (row); (STATES, STATES), rows sum to 1."""
        stay = (self.lasted + SMOOTHING) / (self.lasted + self.ended + 2 * SMOOTHING)
        following = (self.followed + SMOOTHING) * (1 - np.eye(N))
        following /= following.sum(axis=1, keepdims=True)
        matrix = np.zeros((N, AGES, N, AGES))
        primitives, ages = np.arange(N)[:, None], np.arange(AGES)[None, :]
        matrix[primitives, ages, primitives, np.minimum(ages + 1, AGES - 1)] = stay
        matrix[:, :, :, 0] += (1 - stay)[:, :, None] * following[:, None, :]
        return matrix.reshape(STATES, STATES)
