"""How many patients show a difference: trials simulated from a pilot's own patients, by the tests of the tables.

A trial draws whole patients from the pilot with replacement (the bootstrap of clusters: Davison & Hinkley, Bootstrap
Methods and their Application, 1997, sec. 3.8; simulation in place of a formula: Walters, Health Qual Life Outcomes
2004;2:26). What they differ by is kept, their mean is set to the difference that is to be shown. The m patients of a
pilot vary about their own mean by a share of (m − 1)/m less than those whom they stand for: their deviations are
widened by √(m/(m − 1)).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from lmms_eval_plugins.statistics.intervals import FEWEST_PATIENTS, patient_sums
from lmms_eval_plugins.statistics.paired import EXACT_UP_TO, PERMUTATIONS, sign_changes
from lmms_eval_plugins.statistics.rounding import ROUNDING

SIMULATIONS = 1_000
"""Simulated trials for each number of patients: a power of 80 % is known to ± 1.3 points (one standard error)."""

DRAWN = 2_000
"""Of the permutations that a test draws above `EXACT_UP_TO` patients, so many in a simulated trial."""

MOST_PATIENTS = 640
"""More patients than these are not looked for."""

_UPPER = 0.2
"""The spread of few patients may be off: by the cautious plan it is the upper end of its one-sided 80 % interval."""

_AT_ONCE = 4_000_000
"""So many statistics of permuted trials are held in memory at a time."""

FloatArray = NDArray[np.float64]
Trials = Callable[[int, np.random.Generator], FloatArray]
"""Number of patients → the p values of `SIMULATIONS` simulated trials; (SIMULATIONS,)."""


@dataclass(frozen=True, slots=True)
class Variation:
    """What the patients of a pilot differ by from their mean.

    Attributes:
        deviations: of each patient, sums over the videos, less the mean over all; B equally likely ones; (m, B).
        sizes: number of videos of each patient; (m,).
    """

    deviations: FloatArray
    sizes: FloatArray

    def drawn(self, n_patients: int, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Return deviations and sizes of patients drawn with replacement; both (SIMULATIONS, n_patients)."""
        m, versions = self.deviations.shape
        who = rng.integers(m, size=(SIMULATIONS, n_patients))
        which = rng.integers(versions, size=who.shape) if versions > 1 else np.zeros_like(who)
        return self.deviations[who, which], self.sizes[who]

    def widened(self, factor: float) -> Variation:
        """Return the same with a standard deviation ``factor`` times as large."""
        return Variation(self.deviations * factor, self.sizes)

    @property
    def cautious(self) -> Variation:
        """The same with the standard deviation at the upper end of its one-sided 80 % interval.

        ``√((m − 1) / χ²)``, χ² its 20 % quantile of m − 1 degrees of freedom (Browne, Stat Med 1995;14:1933–1940).
        """
        from scipy.stats import chi2  # slow to import

        free = len(self.sizes) - 1
        return self.widened(math.sqrt(free / float(chi2.ppf(_UPPER, free))))


def variation_of(values: ArrayLike, patients: Sequence[Hashable]) -> Variation:
    """Return how patients vary about the mean over videos, widened for their number.

    Args:
        values: one finite value per video, such as a difference of two runs.
        patients: the patient of each video; two at least.

    Raises:
        ValueError: there are fewer patients, a value is not finite, or the lengths differ.
    """
    sums, sizes = patient_sums(values, patients), patient_sums(np.ones(len(patients)), patients)
    m = len(sums)
    if m < 2:
        raise ValueError("patients of whom there are not two do not show how they differ")
    deviations = (sums - sums.sum() / sizes.sum() * sizes) * math.sqrt(m / (m - 1))
    return Variation(deviations[:, None], sizes)


def paired_trials(variation: Variation, difference: float) -> Trials:
    """Return trials in which every patient has both of what is compared, tested by permutation of signs.

    Args:
        variation: of the differences of a pilot.
        difference: the mean difference over videos that there is.
    """
    return partial(_paired, variation, difference)


def group_trials(variation: Variation, difference: float) -> Trials:
    """Return trials of two groups, half of the patients in each, tested by permutation of who is in which.

    Args:
        variation: of the patients' values in a pilot, each of size 1.
        difference: the difference of the groups' means that there is.
    """
    return partial(_grouped, variation, difference)


def _paired(variation: Variation, difference: float, n_patients: int, rng: np.random.Generator) -> FloatArray:
    deviations, sizes = variation.drawn(n_patients, rng)
    return p_of_signs(deviations + difference * sizes)


def _grouped(variation: Variation, difference: float, n_patients: int, rng: np.random.Generator) -> FloatArray:
    values, _ = variation.drawn(n_patients, rng)
    first = n_patients // 2
    values[:, :first] += difference
    return p_of_groups(values, first)


def p_of_signs(sums: FloatArray, drawn: int = DRAWN) -> FloatArray:
    """Return the p of many trials at once, each as `paired.compare` tests it.

    Args:
        sums: sums of each patient's differences; (trials, n_patients).
        drawn: number of sign changes that are drawn above `EXACT_UP_TO` patients.
    """
    n = sums.shape[1]
    changes = sign_changes(n, drawn)
    if n <= EXACT_UP_TO:
        changes = changes[: max(1, len(changes) // 2)]  # the others are their opposites, as far from 0
    own = np.abs(sums.sum(axis=1))
    return _share_as_far(sums, changes.T, own)


def p_of_groups(values: FloatArray, first: int, drawn: int = DRAWN) -> FloatArray:
    """Return the p of many trials of two groups at once, each as `proportions.two_groups` tests it.

    Args:
        values: one value of each patient; (trials, n_patients).
        first: so many patients, the first ones, are the first group; 1 to n_patients − 1.
        drawn: number of ways that are drawn where there are more than `PERMUTATIONS`.
    """
    n = values.shape[1]
    if exact := math.comb(n, first) <= PERMUTATIONS:
        chosen = np.array(list(combinations(range(n), first)))
    else:
        chosen = np.argsort(np.random.default_rng(0).random((drawn, n)), axis=1)[:, :first]
    weights = np.full((n, len(chosen)), -1 / (n - first))
    weights[chosen.T, np.arange(len(chosen))] = 1 / first
    own = np.abs(values[:, :first].mean(axis=1) - values[:, first:].mean(axis=1))
    share = _share_as_far(values, weights, own)
    return share if exact else (1 + share * len(chosen)) / (1 + len(chosen))


def _share_as_far(values: FloatArray, weights: FloatArray, own: FloatArray) -> FloatArray:
    """Return of each row of values the share of weightings whose sum is at least as far from 0 as its own."""
    near = own - ROUNDING * np.abs(values).sum(axis=1)
    rows = max(1, _AT_ONCE // weights.shape[1])
    parts = []
    for start in range(0, len(values), rows):
        part = slice(start, start + rows)
        parts.append((np.abs(values[part] @ weights) >= near[part, None]).mean(axis=1))
    return np.concatenate(parts)


@dataclass(frozen=True, slots=True)
class Power:
    """The share of simulated trials that show the difference.

    Attributes:
        n_patients: number of patients of a trial.
        share: 0 to 1.
        error: its Monte Carlo standard error.
    """

    n_patients: int
    share: float
    error: float


def power_at(trials: Trials, n_patients: int, *, level: float, seed: int) -> Power:
    """Return the power of a trial with so many patients, two at least: how often p is below ``level``.

    The same seed has the same trials; for several differences and designs they draw the same patients.
    """
    shown = trials(n_patients, np.random.default_rng([seed, n_patients])) < level
    share = float(shown.mean())
    return Power(n_patients, share, math.sqrt(share * (1 - share) / len(shown)))


def patients_needed(trials: Trials, *, power: float, level: float, seed: int) -> Power | None:
    """Return the fewest patients by whom the difference is shown with some power, and the power that was found there.

    Numbers are doubled until one is enough, then halved in. None where `MOST_PATIENTS` are not.
    """
    found: Power | None = None
    too_few, n = 1, FEWEST_PATIENTS
    while found is None:
        now = power_at(trials, n, level=level, seed=seed)
        if now.share >= power:
            found = now
        elif n >= MOST_PATIENTS:
            return None
        else:
            too_few, n = n, min(2 * n, MOST_PATIENTS)
    while found.n_patients - too_few > 1:
        now = power_at(trials, (found.n_patients + too_few) // 2, level=level, seed=seed)
        if now.share >= power:
            found = now
        else:
            too_few = now.n_patients
    return found


@dataclass(frozen=True, slots=True)
class HalfWidth:
    """Half of the width of a 95 % interval, the median of simulated studies.

    Attributes:
        n_patients: number of patients of a study.
        half: half of the width, in the unit of the value.
        error: its Monte Carlo standard error.
    """

    n_patients: int
    half: float
    error: float


def half_width_at(
    parts: ArrayLike, wholes: ArrayLike, patients: Sequence[Hashable], n_patients: int, seed: int
) -> HalfWidth | None:
    """Return how wide the interval of ``Σ parts / Σ wholes`` is with so many patients.

    Args:
        parts: one finite numerator per video of a pilot.
        wholes: one finite denominator per video, at least 0.
        patients: the patient of each video; two at least.
        n_patients: number of patients of a study.
        seed: the same seed has the same studies.

    Returns:
        None below `FEWEST_PATIENTS`, who have no interval, and where most studies have none.
    """
    of_part, of_whole = patient_sums(parts, patients), patient_sums(wholes, patients)
    m, whole = len(of_part), float(of_whole.sum())
    if n_patients < FEWEST_PATIENTS or m < 2 or not whole:
        return None
    expected = of_part.sum() / whole * of_whole
    widened = expected + math.sqrt(m / (m - 1)) * (of_part - expected)
    who = np.random.default_rng([seed, n_patients]).integers(m, size=(SIMULATIONS, n_patients))
    halves = half_widths(widened[who], of_whole[who])
    halves = np.sort(halves[np.isfinite(halves)])
    middle, spread = len(halves) // 2, math.sqrt(len(halves)) / 2
    if len(halves) <= SIMULATIONS // 2:
        return None
    ends = halves[[int(middle - spread), int(middle + spread)]]  # order statistics one standard error off the middle
    return HalfWidth(n_patients, float(np.median(halves)), float(ends[1] - ends[0]) / 2)


def half_widths(parts: FloatArray, wholes: FloatArray) -> FloatArray:
    """Return half of the width of the interval of many studies at once, each as by `intervals.ratio_interval`.

    Args:
        parts: numerators of each study's patients; (studies, n_patients).
        wholes: denominators; (studies, n_patients).

    Returns:
        NaN where there is no interval; (studies,).
    """
    from scipy.stats import t  # slow to import

    telling = ((parts != 0) | (wholes != 0)).sum(axis=1)
    whole = wholes.sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = parts.sum(axis=1) / whole
        changes = (parts - ratio[:, None] * wholes) / (whole[:, None] - wholes)
        error = np.sqrt((telling - 1) / telling * (changes**2).sum(axis=1))
        effective = whole**2 / (wholes**2).sum(axis=1)
        halves: FloatArray = t.ppf(0.975, np.maximum(effective - 1, 1)) * error
        known = (telling >= FEWEST_PATIENTS) & np.isfinite(halves) & (error > ROUNDING * np.abs(ratio))
    return np.where(known, halves, np.nan)
