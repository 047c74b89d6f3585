"""Several models about the same windows: each one's evidence by itself, and how much each is to be trusted.

A product of experts with learned exponents (logarithmic opinion pool: Genest & Zidek, Statistical Science
1986;1:114–135).
One regression on the answers of all models was tried and is worse: see ``docs/decoding.md``.
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
    """One model's answers as evidence.

    Attributes:
        code: its questions, and how their answers become numbers.
        evidence: what the answers say.
        trust: the exponent of its evidence, from 0; 1 for a single expert.
    """

    code: AnswerCode
    evidence: Evidence
    trust: float = 1.0

    def ratios(self, ticks: Ticks) -> Floats:
        """``log p(primitive | answers) − log p(primitive)`` per tick, times the trust; (ticks, 5)."""
        rows = self.code.rows(ticks.answers)[ticks.window]
        return self.trust * self.evidence.ratios(rows, ticks.phase)


def learn_trust(ratios: Sequence[Sequence[Floats]], labels: Sequence[Ints]) -> Floats:
    """The exponents under which the true primitives of single ticks are most likely; (experts,), from 0.

    Args:
        ratios: of each video each expert's ratios (ticks, 5), by evidence that was not fitted on the video's patient.
        labels: of each video's ticks.
    """
    n = len(ratios[0])
    if n == 1:
        return np.ones(1)
    of_all = np.concatenate([np.stack(of_video, axis=1) for of_video in ratios])  # (ticks, experts, 5)
    truth = np.concatenate(labels)
    of_all, truth = of_all[truth != UNLABELLED], truth[truth != UNLABELLED]
    counts = np.bincount(truth, minlength=of_all.shape[2])
    with np.errstate(divide="ignore"):
        expected = np.log(counts / counts.sum())
    right = of_all[np.arange(len(truth)), :, truth]

    def loss(trust: Floats) -> tuple[float, Floats]:
        scores = expected + np.einsum("teq,e->tq", of_all, trust)
        scores -= scores.max(axis=1, keepdims=True)
        shares = np.exp(scores)
        total = shares.sum(axis=1, keepdims=True)
        likelihood = scores[np.arange(len(truth)), truth] - np.log(total[:, 0])
        gradient = np.einsum("tq,teq->e", shares / total, of_all) - right.sum(axis=0)
        return -float(likelihood.mean()), gradient / len(truth)

    best = minimize(loss, np.full(n, 1 / n), jac=True, method="L-BFGS-B", bounds=[(0, None)] * n)
    trust: Floats = best.x
    return trust
