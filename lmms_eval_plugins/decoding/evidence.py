"""Evidence of answers for labels: multinomial logistic regression on the answers in and around a window.

The evidence in a chain is not p(label | answers) but its ratio to p(label), since the chain has its own
expectation of labels (scaled likelihoods: Bourlard & Morgan, Connectionist Speech Recognition, 1994, ch. 7).
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from lmms_eval_plugins.decoding.clock import UNLABELLED, Floats, Ints, Ticks
from lmms_eval_plugins.decoding.features import AnswerCode

INVERSE_PENALTY = 0.1
"""Inverse strength of the quadratic penalty on the weights; a tenth and ten times of it gave the same scores."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A fitted regression for N labels.

    Attributes:
        weights: weights of each column, of each column times the tick's phase, and of the phase, for each label;
            (2 · columns + 1, N).
        bias: bias of each label; (N,).
        shares: share of each label among the training ticks; (N,). A label with share 0 has no evidence for or
            against it.
    """

    weights: Floats
    bias: Floats
    shares: Floats

    def ratios(self, rows: Floats, phases: Floats) -> Floats:
        """Return ``log p(label | answers) − log p(label)`` per tick; (ticks, N).

        Args:
            rows: the row of each tick's window; (ticks, columns).
            phases: the phase of each tick; (ticks,).
        """
        seen = self.shares > 0
        scores = _design(rows, phases) @ self.weights[:, seen] + self.bias[seen]
        scores -= scores.max(axis=1, keepdims=True)
        ratios = np.zeros((len(rows), len(self.bias)))
        ratios[:, seen] = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True)) - np.log(self.shares[seen])
        return ratios


class EvidenceFitter:
    """Fitter on any part of some ticks; ticks with the same answers around them are one case with a count."""

    def __init__(self, rows: Sequence[Floats], ticks: Sequence[Ticks], n_labels: int) -> None:
        """Prepare the rows of each video's windows, each (windows, columns), and its ticks, for so many labels."""
        self._n = n_labels
        distinct, which = np.unique(np.concatenate(rows), axis=0, return_inverse=True)
        phases, phase_of = np.unique(np.concatenate([own.phase for own in ticks]), return_inverse=True)
        starts = np.cumsum([0, *(len(own) for own in rows[:-1])])
        window = np.concatenate([start + own.window for start, own in zip(starts, ticks, strict=True)])
        cases = which.ravel()[window] * len(phases) + phase_of
        self._cases = np.split(cases, np.cumsum([len(own.window) for own in ticks])[:-1])
        self._rows = np.repeat(distinct, len(phases), axis=0)
        self._phases = np.tile(phases, len(distinct))

    def fit(self, labels: Sequence[Ints], chosen: Sequence[int]) -> Evidence:
        """Fit the regression of highest penalised likelihood on the labelled ticks of the chosen videos.

        Args:
            labels: the labels of all videos' ticks; only those of the chosen videos are used.
            chosen: indices of the chosen videos.

        Raises:
            ValueError: no tick of the chosen videos is labelled.
        """
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        n = self._n
        own = np.concatenate([labels[place] for place in chosen])
        cases = np.concatenate([self._cases[place] for place in chosen])
        known = own != UNLABELLED
        if not known.any():
            raise ValueError("no labelled time to fit on")
        numbers = np.bincount(cases[known] * n + own[known], minlength=len(self._rows) * n)
        case, label = np.divmod(np.flatnonzero(numbers), n)
        counted = numbers[numbers > 0].astype(float)
        shares = np.bincount(own[known], minlength=n) / known.sum()
        design = _design(self._rows[case], self._phases[case])
        weights, bias = np.zeros((design.shape[1], n)), np.zeros(n)
        if len(set(label)) > 1:
            regression = LogisticRegression(C=INVERSE_PENALTY, max_iter=200, tol=1e-3)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ConvergenceWarning)  # the penalty makes a rough optimum good enough
                regression.fit(design, label, sample_weight=counted)
            if len(regression.classes_) == 2:  # scikit-learn has one row, for the second class
                weights[:, regression.classes_[1]], bias[regression.classes_[1]] = (
                    regression.coef_[0],
                    regression.intercept_[0],
                )
            else:
                weights[:, regression.classes_], bias[regression.classes_] = regression.coef_.T, regression.intercept_
        return Evidence(weights, bias, shares)

    def ratios(self, evidence: Evidence, place: int) -> Floats:
        """Return the log ratios of the video at an index by evidence fitted on other videos; (ticks, N)."""
        cases = self._cases[place]
        return evidence.ratios(self._rows[cases], self._phases[cases])


def _design(rows: Floats, phases: Floats) -> Floats:
    return np.concatenate([rows, rows * phases[:, None], phases[:, None]], axis=1)


@dataclass(frozen=True, slots=True)
class Expert:
    """The answers of one model as evidence.

    Attributes:
        code: its questions and the coding of their answers as numbers.
        evidence: the evidence of the answers.
        trust: exponent of the evidence, 0 or more; 1 for a single expert.
    """

    code: AnswerCode
    evidence: Evidence
    trust: float = 1.0

    def ratios(self, ticks: Ticks) -> Floats:
        """Return ``log p(label | answers) − log p(label)`` per tick, times the trust; (ticks, N)."""
        rows = self.code.rows(ticks.answers)[ticks.window]
        return self.trust * self.evidence.ratios(rows, ticks.phase)


def learn_trust(ratios: Sequence[Sequence[Floats]], labels: Sequence[Ints]) -> Floats:
    """Learn the exponents under which the true labels of single ticks are most likely; (experts,), 0 or more.

    Args:
        ratios: for each video each expert's log ratios (ticks, N), by evidence not fitted on the video's patient.
        labels: the labels of each video's ticks.
    """
    n = len(ratios[0])
    if n == 1:
        return np.ones(1)
    stacked = np.concatenate([np.stack(own, axis=1) for own in ratios])  # (ticks, experts, N)
    truth = np.concatenate(labels)
    stacked, truth = stacked[truth != UNLABELLED], truth[truth != UNLABELLED]
    counts = np.bincount(truth, minlength=stacked.shape[2])
    with np.errstate(divide="ignore"):
        expected = np.log(counts / counts.sum())
    right = stacked[np.arange(len(truth)), :, truth]

    def loss(trust: Floats) -> tuple[float, Floats]:
        scores = expected + np.einsum("teq,e->tq", stacked, trust)
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        total = shares.sum(axis=1, keepdims=True)
        likelihood = scores[np.arange(len(truth)), truth] - np.log(total[:, 0])
        gradient = np.einsum("tq,teq->e", shares / total, stacked) - right.sum(axis=0)
        return -float(likelihood.mean()), gradient / len(truth)

    best = minimize(loss, np.full(n, 1 / n), jac=True, method="L-BFGS-B", bounds=[(0, None)] * n)
    trust: Floats = best.x
    return trust
