"""Linear probes fitted on all patients but one, and on all but two: ridge regression in closed form.

A probe sees a window's hidden state, standardised by its training patients' windows, in the directions in which these
differ most; it is the ridge regression of each class's indicator (Hoerl & Kennard, Technometrics 1970;12:55–67) with
the penalty of least squared error over training patients that are left out in turn. What it gives is the regression
without its intercept: a patient's windows are ranked by what is seen in them, not by how often a class is met in the
others, which differs from patient to patient and would rank against the truth.

Why not logistic regression: nine thousand windows of 3,584 numbers at four layers and three places ask for a thousand
fits and more, and all those of a patient share one covariance here, which is downdated instead of fitted again.
docs/probing.md says what was measured.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.clock import Floats, Ints
from lmms_eval_plugins.decoding.probing.targets import UNKNOWN, ProbeTarget
from lmms_eval_plugins.statistics.intervals import patient_places

PENALTIES = (0.01, 0.1, 1.0, 10.0, 100.0)
"""Penalties that are tried, in units of the variance of a standardised number."""

DIRECTIONS = 256
"""So many directions of a hidden state a probe sees, where it has more numbers."""

FEWEST = 3
"""So few patients are enough: one that is told about, and two to choose the penalty by."""

_SAMPLE = 2048
"""Directions are those of so many windows at most, evenly spaced among those of the training patients."""

_CONSTANT = 1e-4
"""A number that differs by so little of its spread over all windows differs by rounding."""

Singles = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class LeftOut:
    """What probes say of windows, in the columns of all targets one after another.

    Attributes:
        scores: of each window, by probes that saw nothing of its patient; (windows, columns).
        inner: patient, in order of first appearance → the same of each window by probes that saw nothing of its own
            patient either; NaN about the patient's own windows; (patients, windows, columns).
    """

    scores: Singles
    inner: Singles


def probe_leaving_out(
    values: npt.NDArray[np.floating], patients: Sequence[str], targets: Sequence[ProbeTarget]
) -> LeftOut:
    """Fit probes on the windows of every choice of patients but one, and but two.

    Args:
        values: the hidden state of each window, finite; (windows, width).
        patients: the patient of each window.
        targets: what is to be told; they are known of the same windows. The others are not learned from.

    Raises:
        UserError: fewer than `FEWEST` patients have windows with labels.
    """
    owners = np.array(patient_places(patients))
    known = targets[0].labels != UNKNOWN
    n_patients = 1 + int(owners.max(initial=-1))
    if len(set(owners[known])) < FEWEST:
        raise UserError(
            f"a probe learns from other patients: it needs {FEWEST} patients with labels, there are"
            f" {len(set(owners[known]))}"
        )
    outcomes = np.concatenate([target.indicators() for target in targets], axis=1)
    states = _conditioned(values)
    of_patients = [np.flatnonzero(known & (owners == patient)) for patient in range(n_patients)]
    sums = np.stack([_sums(states[rows]) for rows in of_patients])
    scores = np.zeros(outcomes.shape, np.float32)
    inner = np.full((n_patients, *outcomes.shape), np.nan, np.float32)
    for patient in range(n_patients):
        own = owners == patient
        training = np.flatnonzero(known & ~own)
        seen = _in_directions(states, training, (sums.sum(axis=0) - sums[patient]) / len(training))
        parts = [_Moments.of(seen[rows], outcomes[rows]) for rows in of_patients]
        others = sum(parts[:patient] + parts[patient + 1 :], _Moments.of(seen[:0], outcomes[:0]))
        tried = np.full((len(PENALTIES), *outcomes.shape), np.nan, np.float32)
        for other in np.flatnonzero(np.arange(n_patients) != patient):
            rows = owners == other
            rest = others - parts[other]
            tried[:, rows] = rest.scores(seen[rows])
        errors = np.square(outcomes[training] - others.share - tried[:, training]).mean(axis=1)
        told = others.scores(seen[own])
        for part in score_columns(targets):
            best = int(errors[:, part].sum(axis=1).argmin())
            scores[own, part] = told[best][:, part]
            inner[patient][~own, part] = tried[best][~own, part]
    return LeftOut(scores, inner)


def score_columns(targets: Sequence[ProbeTarget]) -> list[slice]:
    """Return which columns of scores are whose."""
    ends = np.cumsum([0, *(target.n_columns for target in targets)])
    return [slice(int(start), int(end)) for start, end in pairwise(ends)]


def _conditioned(values: npt.NDArray[np.floating]) -> Singles:
    """Return states in numbers of order 1, so that sums lose nothing: what training patients teach is told later."""
    states = values.astype(np.float32)
    states -= states.mean(axis=0, dtype=np.float64).astype(np.float32)
    spread = np.sqrt(_sums(states)[1] / len(states)).astype(np.float32)
    states /= np.where(spread > 0, spread, 1)
    return states


def _sums(rows: Singles) -> Floats:
    """Return the sums of numbers, and of their squares, over rows; (2, width)."""
    return np.stack([rows.sum(axis=0, dtype=np.float64), np.einsum("ij,ij->j", rows, rows).astype(np.float64)])


def _in_directions(states: Singles, training: Ints, means: Floats) -> Floats:
    """Return states standardised by training windows, in the directions in which these differ most; (windows, k).

    Args:
        states: of all windows; (windows, width).
        training: the places of the training windows.
        means: of their numbers, and of the squares of these; (2, width).
    """
    mean = means[0].astype(np.float32)
    scale = np.sqrt(np.maximum(means[1] - means[0] ** 2, 0))
    inverse = np.where(scale > _CONSTANT, 1 / np.maximum(scale, _CONSTANT), 0).astype(np.float32)
    if states.shape[1] <= DIRECTIONS:
        standard: Floats = ((states - mean) * inverse).astype(np.float64)
        return standard
    from sklearn.utils.extmath import randomized_range_finder

    places = np.linspace(0, len(training) - 1, min(len(training), _SAMPLE)).round().astype(int)
    sample = (states[training[places]] - mean) * inverse
    directions = randomized_range_finder(
        sample.T, size=min(DIRECTIONS, len(sample)), n_iter=1, power_iteration_normalizer="none", random_state=0
    )
    folded = directions * inverse[:, None]
    seen: Floats = (states @ folded - mean @ folded).astype(np.float64)
    return seen


@dataclass(frozen=True, slots=True)
class _Moments:
    """What a regression needs of some windows: sums, which are added and taken away.

    Attributes:
        n: number of windows.
        seen: sum of their rows; (k,).
        squares: sum of the products of these; (k, k).
        outcomes: sum of the outcomes; (columns,).
        products: sum of the products of both; (k, columns).
    """

    n: int
    seen: Floats
    squares: Floats
    outcomes: Floats
    products: Floats

    @classmethod
    def of(cls, seen: Floats, outcomes: Floats) -> _Moments:
        return cls(len(seen), seen.sum(axis=0), seen.T @ seen, outcomes.sum(axis=0), seen.T @ outcomes)

    def __add__(self, other: _Moments) -> _Moments:
        return _Moments(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    def __sub__(self, other: _Moments) -> _Moments:
        return _Moments(*(one - two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def share(self) -> Floats:
        """The mean outcome of each column."""
        share: Floats = self.outcomes / max(self.n, 1)
        return share

    def scores(self, rows: Floats) -> Floats:
        """Return what the regression by each penalty gives rows, without its intercept; (penalties, rows, columns)."""
        from scipy.linalg import cho_factor, cho_solve

        mean = self.seen / self.n
        spread = self.squares / self.n - np.outer(mean, mean)
        shared = self.products / self.n - np.outer(mean, self.share)
        unit = np.eye(len(mean))
        weights = [
            cho_solve(cho_factor(spread + penalty * unit, lower=True, check_finite=False), shared, check_finite=False)
            for penalty in PENALTIES
        ]
        scores: Floats = np.matmul(rows - mean, np.stack(weights))
        return scores
