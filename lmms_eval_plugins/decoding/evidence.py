"""What answers say about primitives: multinomial logistic regression on the answers in and around a window.

As evidence in a chain counts not p(primitive | answers) but its ratio to p(primitive), since the chain has its own
expectation of primitives (scaled likelihoods: Bourlard & Morgan, Connectionist Speech Recognition, 1994, ch. 7).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.decoding.clock import UNLABELLED, Floats, Ints, Ticks
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

INVERSE_PENALTY = 0.1
"""Inverse strength of the quadratic penalty on the weights; a tenth and ten times of it scored alike."""

N = len(PRIMITIVES)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fitted regression.

    Attributes:
        weights: of each column, and of it times the tick's phase, for each primitive; (2 · columns + 1, 5), the last
            row for the phase itself.
        bias: of each primitive; (5,).
        shares: of each primitive among the training ticks; (5,). One that was never seen has no evidence for or
            against it.
    """

    weights: Floats
    bias: Floats
    shares: Floats

    def ratios(self, rows: Floats, phases: Floats) -> Floats:
        """``log p(primitive | answers) − log p(primitive)`` per tick; (ticks, 5).

        Args:
            rows: the row of each tick's window; (ticks, columns).
            phases: of each tick; (ticks,).
        """
        seen = self.shares > 0
        scores = _design(rows, phases) @ self.weights[:, seen] + self.bias[seen]
        scores -= scores.max(axis=1, keepdims=True)
        ratios = np.zeros((len(rows), N))
        ratios[:, seen] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)) - np.log(self.shares[seen])
        return ratios


class EvidenceFitter:
    """Fits on any part of some ticks; ticks with the same answers around them are one case with their number."""

    def __init__(self, rows: Sequence[Floats], ticks: Sequence[Ticks]) -> None:
        """The rows of each video's windows (windows, columns), and its ticks."""
        distinct, which = np.unique(np.concatenate(rows), axis=0, return_inverse=True)
        phases, phase_of = np.unique(np.concatenate([own.phase for own in ticks]), return_inverse=True)
        starts = np.cumsum([0, *(len(own) for own in rows[:-1])])
        window = np.concatenate([start + own.window for start, own in zip(starts, ticks, strict=True)])
        cases = which.ravel()[window] * len(phases) + phase_of
        self._cases = np.split(cases, np.cumsum([len(own.window) for own in ticks])[:-1])
        self._rows = np.repeat(distinct, len(phases), axis=0)
        self._phases = np.tile(phases, len(distinct))

    def fit(self, labels: Sequence[Ints], chosen: Sequence[int]) -> Evidence:
        """The regression of highest penalised likelihood on the labelled ticks of the videos at these places.

        Args:
            labels: of all videos' ticks; those of other videos than the chosen ones are not looked at.
            chosen: the places of the videos.

        Raises:
            ValueError: no tick of theirs is labelled.
        """
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        of_chosen = np.concatenate([labels[place] for place in chosen])
        cases = np.concatenate([self._cases[place] for place in chosen])
        known = of_chosen != UNLABELLED
        if not known.any():
            raise ValueError("no labelled time to fit on")
        numbers = np.bincount(cases[known] * N + of_chosen[known], minlength=len(self._rows) * N)
        case, label = np.divmod(np.flatnonzero(numbers), N)
        counted = numbers[numbers > 0].astype(float)
        shares = np.bincount(of_chosen[known], minlength=N) / known.sum()
        design = _design(self._rows[case], self._phases[case])
        weights, bias = np.zeros((design.shape[1], N)), np.zeros(N)
        if len(set(label)) > 1:
            regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=200, tol=1e-3)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # good enough is enough: it is penalised anyway
                regression.fit(design, label, sample_weight=counted)
            if len(regression.classes_) == 2:  # one row for the second of two classes
                weights[:, regression.classes_[1]], bias[regression.classes_[1]] = (
                    regression.coef_[0],
                    regression.intercept_[0],
                )
            else:
                weights[:, regression.classes_], bias[regression.classes_] = regression.coef_.T, regression.intercept_
        return Evidence(weights, bias, shares)

    def ratios(self, evidence: Evidence, place: int) -> Floats:
        """The ratios of the video at a place by evidence that was fitted on others; (ticks, 5)."""
        cases = self._cases[place]
        return evidence.ratios(self._rows[cases], self._phases[cases])


def _design(rows: Floats, phases: Floats) -> Floats:
    return np.concatenate([rows, rows * phases[:, None], phases[:, None]], axis=1)
