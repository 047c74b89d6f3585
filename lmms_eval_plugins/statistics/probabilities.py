"""Yes/no answers with probabilities: ranking (ROC), calibration, and thresholds of yes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss, roc_auc_score

from lmms_eval_plugins.statistics.bootstrap import LEVELS, SEED, Interval, draws

BINS = 10
"""Number of bins of a calibration curve."""

_THRESHOLDS = np.linspace(0, 1, 101)


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well the probabilities of answers agree with the shares of true cases.

    Attributes:
        brier: mean squared difference of probability and truth, 0 (best) to 1 (Brier, Mon Weather Rev 1950;78:1–3).
        expected_error: mean difference of probability and share of true cases over ten bins of equal width, weighted by
            the number of answers, 0 (best) to 1 (Naeini et al., AAAI 2015).
        predicted: mean probability in each bin that is not empty.
        observed: share of true cases in each of these bins.
    """

    brier: float
    expected_error: float
    predicted: tuple[float, ...]
    observed: tuple[float, ...]


def roc_auc(probabilities: ArrayLike, truth: ArrayLike) -> float | None:
    """Return the area under the ROC curve: .5 is guessing, 1 is perfect.

    The chance that a true case has a higher probability than a false one (Hanley & McNeil, Radiology 1982;143:29–36).
    NaN probabilities are left out. None where one of both classes is empty.
    """
    p, true = _known(probabilities, truth)
    return float(roc_auc_score(true, p)) if true.any() and not true.all() else None


def auc_interval(
    probabilities: ArrayLike, truth: ArrayLike, patients: Sequence[Hashable], *, seed: int = SEED
) -> Interval:
    """Return the area under the ROC curve with its 95 % interval by bootstrap over patients.

    Pairs across patients count. NaN probabilities are left out. The value is None where one of both classes is empty;
    samples in which one is empty are left out of the interval.
    """
    p, true = _known(probabilities, truth)
    known = ~np.isnan(np.asarray(probabilities, dtype=float))
    owners = [patient for patient, is_known in zip(patients, known, strict=True) if is_known]
    places = {patient: place for place, patient in enumerate(dict.fromkeys(owners))}
    where = np.array([places[patient] for patient in owners], dtype=int)
    n = len(places)
    value = roc_auc(p, true)
    if value is None or n < 2:
        return Interval(value, None, None, len(p), n)
    yes = [p[true & (where == place)] for place in range(n)]
    no = [np.sort(p[~true & (where == place)]) for place in range(n)]
    won = np.array(
        [[sum(np.searchsorted(b, a, side).sum() for side in ("left", "right")) / 2 for b in no] for a in yes]
    )
    times = np.array([np.bincount(sample, minlength=n) for sample in draws(n, seed=seed)], dtype=float)
    pairs = (times @ [len(one) for one in yes]) * (times @ [len(one) for one in no])
    areas = (times @ won * times).sum(axis=1)[pairs > 0] / pairs[pairs > 0]
    low, high = (float(level) for level in np.percentile(areas, LEVELS))
    return Interval(value, low, high, len(p), n)


def calibration(probabilities: ArrayLike, truth: ArrayLike) -> Calibration | None:
    """Return the calibration of probabilities of yes; NaN ones are left out; None where none is left."""
    p, true = _known(probabilities, truth)
    if not len(p):
        return None
    observed, predicted = calibration_curve(true, p, n_bins=BINS)
    bins = np.minimum(np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], p), BINS - 1)
    distances = [abs(p[bins == one].sum() - true[bins == one].sum()) for one in range(BINS)]
    return Calibration(
        brier=float(brier_score_loss(true, p)),
        expected_error=float(sum(distances) / len(p)),
        predicted=tuple(map(float, predicted)),
        observed=tuple(map(float, observed)),
    )


def leave_one_out_thresholds(
    probabilities: ArrayLike, truth: ArrayLike, patients: Sequence[Hashable]
) -> Mapping[Hashable, float]:
    """Return for each patient the threshold of yes that is best on all *other* patients (leave one patient out).

    Best is the highest balanced accuracy (mean of sensitivity and specificity; the point of Youden, Cancer
    1950;3:32–35), in steps of .01; of several, the one nearest to .5. NaN probabilities are left out. The threshold
    is .5 where the other patients have no case of one of both classes.
    """
    p, true = np.asarray(probabilities, dtype=float), np.asarray(truth, dtype=bool)
    if not len(p) == len(true) == len(patients):
        raise ValueError(
            f"{len(p)} probabilities, {len(true)} truths and {len(patients)} patients; give one of each per answer"
        )
    places = {patient: place for place, patient in enumerate(dict.fromkeys(patients))}
    where = np.array([places[patient] for patient in patients], dtype=int)
    known = ~np.isnan(p)
    yes_of = np.zeros((2, len(places), len(_THRESHOLDS)))
    n_of = np.zeros((2, len(places)))
    for case in (0, 1):
        for place in range(len(places)):
            own = np.sort(p[known & (true == case) & (where == place)])
            n_of[case, place] = len(own)
            yes_of[case, place] = len(own) - np.searchsorted(own, _THRESHOLDS, side="left")
    others_yes = yes_of.sum(axis=1, keepdims=True) - yes_of
    others_n = n_of.sum(axis=1, keepdims=True) - n_of
    thresholds = {}
    for patient, place in places.items():
        if others_n[:, place].min() < 1:
            thresholds[patient] = 0.5
            continue
        sensitivity = others_yes[1, place] / others_n[1, place]
        specificity = 1 - others_yes[0, place] / others_n[0, place]
        quality = np.round(sensitivity + specificity, 12)
        best = _THRESHOLDS[quality == quality.max()]
        thresholds[patient] = float(best[np.argmin(np.abs(best - 0.5))])
    return thresholds


def _known(probabilities: ArrayLike, truth: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    p, true = np.asarray(probabilities, dtype=float), np.asarray(truth, dtype=bool)
    if p.shape != true.shape:
        raise ValueError(f"{p.shape} probabilities and {true.shape} truths; give one of each per answer")
    known = ~np.isnan(p)
    return p[known], true[known]
