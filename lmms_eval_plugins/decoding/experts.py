"""Several models about the same windows: the evidence of each one, weighted by a learned trust.

This is a product of experts with learned exponents (logarithmic opinion pool: Genest & Zidek, Statistical Science
1986;1:114–135). One regression on the answers of all models is worse: see ``docs/decoding.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from lmms_eval_plugins.decoding.clock import UNLABELLED, Floats, Ints, Ticks
from lmms_eval_plugins.decoding.evidence import Evidence
from lmms_eval_plugins.decoding.features import AnswerCode


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
        """Return ``log p(primitive | answers) − log p(primitive)`` per tick, times the trust; (ticks, 5)."""
        rows = self.code.rows(ticks.answers)[ticks.window]
        return self.trust * self.evidence.ratios(rows, ticks.phase)


def learn_trust(ratios: Sequence[Sequence[Floats]], labels: Sequence[Ints]) -> Floats:
    """Learn the exponents under which the true primitives of single ticks are most likely; (experts,), 0 or more.

    Args:
        ratios: for each video each expert's log ratios (ticks, 5), by evidence not fitted on the video's patient.
        labels: the labels of each video's ticks.
    """
    n = len(ratios[0])
    if n == 1:
        return np.ones(1)
    stacked = np.concatenate([np.stack(own, axis=1) for own in ratios])  # (ticks, experts, 5)
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
