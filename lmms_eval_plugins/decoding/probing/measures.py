"""How well scores tell classes: areas under curves and balanced accuracy, with intervals, and differences in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from lmms_eval_plugins.decoding.clock import Ints
from lmms_eval_plugins.statistics.answers import balanced_accuracy
from lmms_eval_plugins.statistics.intervals import (
    FEWEST_PATIENTS,
    Interval,
    effective_number,
    jackknife_error,
    jackknife_interval,
    patient_places,
    patient_sums,
    t_quantile,
)
from lmms_eval_plugins.statistics.probabilities import area_interval, auc_without_each, roc_auc


@dataclass(frozen=True, slots=True)
class Areas:
    """The area under the ROC curve of some scores; the mean over classes, each against all others.

    Attributes:
        value: .5 is guessing, 1 perfect; None where there are no two classes.
        without: the same without each patient, in order of first appearance.
        patients: the patient of each window.
    """

    value: float | None
    without: tuple[float | None, ...]
    patients: tuple[str, ...]

    @property
    def interval(self) -> Interval:
        """The area with its 95 % interval by patients; none below five of them (see `auc_interval`)."""
        if self.value is None:
            return Interval(None, None, None, len(self.patients), len(set(self.patients)))
        return area_interval(self.value, self.without, self.patients)

    def minus(self, other: Areas) -> Interval:
        """Return the difference to another area of the same windows, with its 95 % interval: jackknife by patients."""
        n, m = len(self.patients), len(set(self.patients))
        if self.value is None or other.value is None:
            return Interval(None, None, None, n, m)
        value = self.value - other.value
        pairs = zip(self.without, other.without, strict=True)
        without = [None if one is None or two is None else one - two for one, two in pairs]
        error = jackknife_error(value, without) if m >= FEWEST_PATIENTS else None
        if error is None:
            return Interval(value, None, None, n, m)
        half = t_quantile(effective_number(patient_sums(np.ones(n), self.patients))) * error
        return Interval(value, value - half, value + half, n, m)


def area_under_curve(scores: npt.NDArray[np.floating], labels: Ints) -> float | None:
    """Return the area under the ROC curve, of several classes the mean of each against all others.

    Pairs across patients count. A class that no window or every window is of has no part in the mean.

    Args:
        scores: a column for each class, of two classes one for the second; (windows, columns).
        labels: index of each window's class; (windows,).
    """
    return _mean_area(scores, _against_others(scores, labels))


def areas_of(scores: npt.NDArray[np.floating], labels: Ints, patients: Sequence[str]) -> Areas:
    """Return the area under the curve and what it is without each patient; a class of one patient only has no part."""
    owners = np.array(patient_places(patients), int)
    n = 1 + int(owners.max(initial=-1))
    shown = [(place, true) for place, true in _against_others(scores, labels) if len(set(owners[true])) > 1 or n == 1]
    value = _mean_area(scores, shown)
    if value is None:
        return Areas(None, (None,) * n, tuple(patients))
    each = [auc_without_each(scores[:, place].astype(float), true, owners) for place, true in shown]
    without = tuple(
        None if None in own else float(np.mean([one for one in own if one is not None]))
        for own in zip(*each, strict=True)
    )
    return Areas(value, without, tuple(patients))


def balanced_interval(told: Ints, labels: Ints, patients: Sequence[str]) -> Interval:
    """Return the balanced accuracy of what is told of windows, with its 95 % interval: jackknife by patients.

    Args:
        told: index of the class that each window is told to be of; -1 where none is.
        labels: index of its class.
        patients: its patient.
    """

    def value_of(places: npt.NDArray[np.intp]) -> float | None:
        return balanced_accuracy(labels[places].tolist(), told[places].tolist())

    return jackknife_interval(value_of, patients, 0, 1)


def _against_others(scores: npt.NDArray[np.floating], labels: Ints) -> list[tuple[int, npt.NDArray[np.bool_]]]:
    """Return the columns, each with which windows are of its class, where some are and others are not."""
    first = 1 if scores.shape[1] == 1 else 0
    columns = [(place, labels == first + place) for place in range(scores.shape[1])]
    return [(place, true) for place, true in columns if true.any() and not true.all()]


def _mean_area(scores: npt.NDArray[np.floating], shown: Sequence[tuple[int, npt.NDArray[np.bool_]]]) -> float | None:
    areas = [area for place, true in shown if (area := roc_auc(scores[:, place], true)) is not None]
    return float(np.mean(areas)) if areas else None
