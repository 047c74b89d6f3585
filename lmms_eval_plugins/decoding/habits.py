"""Habits of labels, known without answers: which comes first, how long each lasts, and which follows it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.decoding.clock import UNLABELLED, Floats, Ints

AGES = 4
"""Number of ticks over which the chance that a label ends depends on its age; later it is constant.

The chain over (label, age) is a hidden semi-Markov model whose durations have a free start and a geometric tail
(Yu, Artificial Intelligence 2010;174:215–243, sec. 2.2)."""

SMOOTHING = 0.5
"""Added to each count, so that what never occurred among the training patients stays possible (Jeffreys)."""


@dataclass(frozen=True, slots=True)
class Habits:
    """Counts of N labels in labelled videos.

    State ``p * AGES + a`` of the chain is label ``p`` in its tick ``a``, or later for the last age.

    Attributes:
        first: videos that begin with each label; (N,).
        ended: by label and age, ticks after which it ended; (N, AGES).
        lasted: by label and age, ticks after which it went on; (N, AGES).
        followed: how often each label (row) was followed by each other (column); (N, N), diagonal 0.
    """

    first: Floats
    ended: Floats
    lasted: Floats
    followed: Floats

    @classmethod
    def empty(cls, n: int) -> Habits:
        """Return the habits of no videos, of so many labels: all counts 0."""
        return cls(np.zeros(n), np.zeros((n, AGES)), np.zeros((n, AGES)), np.zeros((n, n)))

    @classmethod
    def from_labels(cls, labels: Ints, n: int) -> Habits:
        """Count the habits in one video from its ticks' ``n`` labels; transitions at unlabelled ticks do not count."""
        habits = cls.empty(n)
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
    def sum(cls, habits: Iterable[Habits], n: int) -> Habits:
        """Sum the habits of several videos, of so many labels."""
        total = cls.empty(n)
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
        """Probability of each state at the first tick; (N · AGES,)."""
        start = np.zeros((len(self.first), AGES))
        start[:, 0] = (self.first + SMOOTHING) / (self.first + SMOOTHING).sum()
        return start.ravel()

    @property
    def transition(self) -> Floats:
        """Probability of each state (column) after each state (row); (N · AGES, N · AGES), rows sum to 1."""
        n = len(self.first)
        if n == 1:  # nothing else can follow
            return np.eye(AGES, k=1) + np.diag([0.0] * (AGES - 1) + [1.0])
        stay = (self.lasted + SMOOTHING) / (self.lasted + self.ended + 2 * SMOOTHING)
        following = (self.followed + SMOOTHING) * (1 - np.eye(n))
        following /= following.sum(axis=1, keepdims=True)
        matrix = np.zeros((n, AGES, n, AGES))
        labels, ages = np.arange(n)[:, None], np.arange(AGES)[None, :]
        matrix[labels, ages, labels, np.minimum(ages + 1, AGES - 1)] = stay
        matrix[:, :, :, 0] += (1 - stay)[:, :, None] * following[:, None, :]
        return matrix.reshape(n * AGES, n * AGES)

    @property
    def states(self) -> Ints:
        """The label of each state; (N · AGES,)."""
        return np.repeat(np.arange(len(self.first)), AGES)
