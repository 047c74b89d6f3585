"""Yes/no answers with probabilities: ranking (ROC), calibration, and thresholds of yes."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from lmms_eval_plugins.statistics.bootstrap.measures import won_pairs
from lmms_eval_plugins.statistics.intervals import (
    FEWEST_PATIENTS,
    Interval,
    effective_number,
    jackknife_error,
    patient_places,
    patient_sums,
    t_quantile,
)

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
        sizes: number of answers in each of these bins.
    """

    brier: float
    expected_error: float
    predicted: tuple[float, ...]
    observed: tuple[float, ...]
    sizes: tuple[int, ...]


def roc_auc(probabilities: ArrayLike, truth: ArrayLike) -> float | None:
    """Return the area under the ROC curve: .5 is guessing, 1 is perfect.

    The chance that a true case has a higher probability than a false one (Hanley & McNeil, Radiology 1982;143:29–36).
    NaN probabilities are left out. None where one of both classes is empty.
    """
    p, true = _known(probabilities, truth)
    n_yes, n_no = int(true.sum()), int((~true).sum())
    if not n_yes or not n_no:
        return None
    return float((rankdata(p)[true].sum() - n_yes * (n_yes + 1) / 2) / (n_yes * n_no))


def auc_interval(probabilities: ArrayLike, truth: ArrayLike, patients: Sequence[Hashable]) -> Interval:
    """Return the area under the ROC curve with its 95 % interval by patients.

    By t on the scale of the logit, with the jackknife over patients and their effective number by answers (see
    `intervals`). Pairs across patients count. NaN probabilities are left out.

    Returns:
        The area as `roc_auc`. There is no interval below five patients, where the area is 0 or 1, and where one class
        is of one patient only.

    Raises:
        ValueError: the lengths differ.
    """
    p, true = _known(probabilities, truth)
    known = ~np.isnan(np.asarray(probabilities, dtype=float))
    owners = [patient for patient, is_known in zip(patients, known, strict=True) if is_known]
    value = roc_auc(p, true)
    if value is None or len(set(owners)) < FEWEST_PATIENTS:
        return Interval(value, None, None, len(p), len(set(owners)))
    return area_interval(value, auc_without_each(p, true, np.array(patient_places(owners))), owners)


def area_interval(value: float, without: Sequence[float | None], patients: Sequence[Hashable]) -> Interval:
    """Return an area, or a mean of areas, with its 95 % interval by patients, as `auc_interval`.

    Args:
        value: of all answers, 0 to 1.
        without: the value without each patient, in order of first appearance; None where it is not defined.
        patients: the patient of each answer.
    """
    n, m = len(patients), len(set(patients))
    error = jackknife_error(value, without) if m >= FEWEST_PATIENTS and 0 < value < 1 else None
    if error is None:
        return Interval(value, None, None, n, m)
    half = t_quantile(effective_number(patient_sums(np.ones(n), patients))) * error / (value * (1 - value))
    low, high = (float(expit(logit(value) + sign * half)) for sign in (-1, 1))
    return Interval(value, low, high, n, m)


def auc_without_each(p: NDArray[np.float64], true: NDArray[np.bool_], places: NDArray[np.int64]) -> list[float | None]:
    """Return the area without each patient, from the pairs that each two of them make; None where a class is empty.

    Args:
        p: finite probabilities, or other numbers to rank by.
        true: whether each is of a true case.
        places: the number of each one's patient, from 0; see `patient_places`.
    """
    n = 1 + int(places.max())
    won = won_pairs(p, true, places, n)
    of_others = won.sum() - won.sum(axis=0) - won.sum(axis=1) + won.diagonal()
    n_yes, n_no = np.bincount(places[true], minlength=n), np.bincount(places[~true], minlength=n)
    pairs = (n_yes.sum() - n_yes) * (n_no.sum() - n_no)
    return [float(part / whole) if whole else None for part, whole in zip(of_others, pairs, strict=True)]


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
        sizes=tuple(int(n) for n in np.bincount(bins, minlength=BINS) if n),
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
