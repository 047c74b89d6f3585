"""What 95 % intervals by patients cover, by simulation: `python -m tests.statistics.coverage` prints the docs' table.

Patients differ, videos of one patient are alike, and patients have 2 to 15 videos where nothing else is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.statistics.answers import balanced_accuracy
from lmms_eval_plugins.statistics.intervals import (
    Interval,
    jackknife_interval,
    mean_interval,
    patient_sums,
    ratio_interval,
)
from lmms_eval_plugins.statistics.measurement import (
    error_of_single,
    error_within_patients,
    limits_of_patients,
    repeats_of,
)
from lmms_eval_plugins.statistics.paired import Comparison, compare
from lmms_eval_plugins.statistics.probabilities import auc_interval
from lmms_eval_plugins.statistics.proportions import share_interval
from lmms_eval_plugins.statistics.reliability import (
    Correlation,
    icc_interval,
    kappa_interval,
    limits_of_agreement,
    pearson,
    spearman,
)
from lmms_eval_plugins.statistics.trend import ordered_concordance

PATIENTS = (5, 8, 10, 20)
"""Numbers of patients whose coverage is measured."""

Random = np.random.Generator
Floats = NDArray[np.float64]
Ends = tuple[float | None, float | None]


@dataclass(frozen=True, slots=True)
class Case:
    """An interval that is tried.

    Attributes:
        name: what it is about.
        true: the number that it should hold.
        draw: draws data of so many patients and returns the interval.
        least: what it covers at least, at each of `PATIENTS`; a test holds it to this.
    """

    name: str
    true: float
    draw: Callable[[Random, int], Interval | Comparison | Correlation | Ends]
    least: float = 0.91


def coverage(case: Case, n_patients: int, repetitions: int, seed: int = 18) -> float:
    """Return the share of intervals that hold the true number, of those that there are.

    Raises:
        ValueError: three tenths of the samples have none.
    """
    rng = np.random.default_rng((seed, n_patients))
    held = []
    for _ in range(repetitions):
        found = case.draw(rng, n_patients)
        low, high = found if isinstance(found, tuple) and len(found) == 2 else (found.low, found.high)
        if low is not None and high is not None:
            held.append(low <= case.true <= high)
    if len(held) < 0.7 * repetitions:
        raise ValueError(f"{case.name}: only {len(held)} of {repetitions} samples have an interval")
    return sum(held) / len(held)


def owners(rng: Random, m: int, spread: str = "unequal") -> list[int]:
    """Draw whose each video is."""
    if spread == "equal":
        counts = np.full(m, 8)
    elif spread == "very unequal":
        counts = np.maximum(1, np.round(np.exp(rng.normal(1.5, 1.0, m)))).astype(int)
    else:
        counts = rng.integers(2, 16, m)
    whose: list[int] = np.repeat(np.arange(m), counts).tolist()
    return whose


def clustered(rng: Random, whose: list[int], skewed: bool = False) -> Floats:
    """Draw a number per video, of mean 0: one of the patient, and as much again of the video."""
    m, n = 1 + max(whose), len(whose)
    of_patients, of_videos = (rng.exponential(1, k) - 1 if skewed else rng.normal(0, 1, k) for k in (m, n))
    values: Floats = of_patients[whose] + of_videos
    return values


def mean_of(spread: str, skewed: bool = False) -> Callable[[Random, int], Interval]:
    """Return what draws the interval of a mean, which is 0."""

    def draw(rng: Random, m: int) -> Interval:
        whose = owners(rng, m, spread)
        return mean_interval(clustered(rng, whose, skewed), whose)

    return draw


def bootstrap(rng: Random, m: int) -> Ends:
    """Draw what there was before, as a contrast: the percentile interval of patients drawn with replacement."""
    whose = owners(rng, m, "equal")
    sums = patient_sums(clustered(rng, whose), whose)
    drawn = sums[rng.integers(m, size=(500, m))].mean(axis=1)
    low, high = np.percentile(drawn, (2.5, 97.5))
    return float(low), float(high)


def ratio(rng: Random, m: int) -> Interval:
    """Draw the interval of a pooled counting error of .5, which differs between patients and videos."""
    whose = owners(rng, m)
    true = rng.poisson(12, len(whose)) + 1.0
    return ratio_interval(0.5 * true * np.exp(0.3 * clustered(rng, whose) - 0.09), true, whose)


def difference(rng: Random, m: int, true: float = 0.5) -> Comparison:
    """Draw the comparison of two runs that find the same videos hard, one of them better by ``true``."""
    whose = owners(rng, m)
    hard = 3 * clustered(rng, whose)
    return compare(hard + true + 0.5 * clustered(rng, whose), hard, whose)


def share_of(share: float) -> Callable[[Random, int], Interval]:
    """Return what draws the interval of a share, with a correlation of .2 within patients (beta-binomial)."""

    def draw(rng: Random, m: int) -> Interval:
        whose = owners(rng, m)
        own = rng.beta(4 * share, 4 * (1 - share), m)
        return share_interval(rng.random(len(whose)) < own[whose], whose)

    return draw


def items(rng: Random, m: int, n_items: int = 25) -> tuple[list[int], list[int], list[int]]:
    """Draw item scores by a therapist and by a model, and whose they are; a patient lacks up to ten of them."""
    whose = np.repeat(np.arange(m), n_items - rng.integers(0, 11, m))
    able, read = rng.normal(0, 1, m)[whose], rng.normal(0, 0.3, m)[whose]
    hidden = able + rng.normal(0, 0.8, len(whose))
    seen = 0.8 * hidden + read + rng.normal(0, 0.8, len(whose))
    return np.digitize(hidden, [-0.6, 0.6]).tolist(), np.digitize(seen, [-0.5, 0.7]).tolist(), whose.tolist()


def true_kappa() -> float:
    """Return kappa over very many patients, by its formula as a concordance."""
    truth, predicted, _ = (np.array(one, dtype=float) for one in items(np.random.default_rng(0), 20_000))
    apart = truth.var() + predicted.var() + (truth.mean() - predicted.mean()) ** 2
    return float(2 * np.cov(truth, predicted, ddof=0)[0, 1] / apart)


def totals(rng: Random, m: int) -> tuple[list[float], list[float]]:
    """Draw totals of a therapist and of a model that gives 4 more, off by 5 each; patients differ by 10."""
    able = rng.normal(40, 10, m)
    return (able + rng.normal(0, 5, m)).tolist(), (able + 4 + rng.normal(0, 5, m)).tolist()


def upper_limit(rng: Random, m: int) -> Ends:
    """Draw the interval of the upper limit of agreement."""
    found = limits_of_agreement(*totals(rng, m)).of_high
    return found or (None, None)


def area(rng: Random, m: int) -> Interval:
    """Draw the interval of an AUC: yes raises a probability's logit by 2.2, by patient more or less."""
    whose = np.repeat(np.arange(m), rng.integers(5, 60, m))
    yes = rng.random(len(whose)) < 0.4
    logits = (2.2 + rng.normal(0, 0.5, m)[whose]) * yes + rng.normal(0, 0.5, m)[whose] + rng.normal(0, 1, len(whose))
    return auc_interval(1 / (1 + np.exp(-logits)), yes, whose.tolist())


def balanced(rng: Random, m: int) -> Interval:
    """Draw the interval of a balanced accuracy: .85 of one answer are right and .55 of the other, more or less."""
    whose = np.array(owners(rng, m))
    truth = rng.random(len(whose)) < 0.7
    of_patients = np.where(truth, rng.beta(8.5, 1.5, m)[whose], rng.beta(5.5, 4.5, m)[whose])
    said = truth == (rng.random(len(whose)) < of_patients)
    return jackknife_interval(lambda at: balanced_accuracy(truth[at].tolist(), said[at].tolist()), whose.tolist(), 0, 1)


def errors(rng: Random, m: int) -> tuple[Floats, list[int]]:
    """Draw errors of videos, whose patients differ in how far off and how scattered theirs are."""
    whose = owners(rng, m)
    scatter = np.exp(rng.normal(-0.16, 0.4, m))[whose]
    return rng.normal(0, 1, m)[whose] + scatter * rng.normal(0, 1, len(whose)), whose


def limit_of_several(rng: Random, m: int) -> Ends:
    """Draw the interval of the upper limit of agreement of patients with several videos."""
    return limits_of_patients(*errors(rng, m)).of_high or (None, None)


def repeated(rng: Random, m: int) -> Interval:
    """Draw the interval of ICC(1,1) of .5, of four activities of each patient, each filmed twice."""
    subjects = np.repeat(np.arange(4 * m), 2)
    of_patients, of_subjects = rng.normal(0, 0.6, m)[subjects // 4], rng.normal(0, 0.8, 4 * m)[subjects]
    values = of_patients + of_subjects + rng.normal(0, 1, len(subjects))
    return repeats_of(values, subjects.tolist(), (subjects // 4).tolist()).icc


def concordance(rng: Random, m: int) -> Interval:
    """Draw the interval of a concordance of two groups half a standard deviation apart."""
    groups = np.arange(m) % 2
    return ordered_concordance(rng.normal(0, 1, m) - 0.5 * groups, groups.tolist())


TRUE_AREA = 0.5 * (1 + math.erf(2.2 / math.sqrt(2 * 0.25 + 0.25 + 2) / math.sqrt(2)))
"""The chance that 2.2 outweighs what the patients and answers of a pair add, all normal."""

CASES = (
    Case("mean over videos, as many each", 0.0, mean_of("equal")),
    Case("mean over videos, 2 to 15 each", 0.0, mean_of("unequal")),
    Case("mean over videos, very unequal", 0.0, mean_of("very unequal")),
    Case("mean of skewed scores, 2 to 15 each", 0.0, mean_of("unequal", skewed=True), least=0.88),
    Case("ratio of sums", 0.5, ratio),
    Case("difference of two runs", 0.5, difference),
    Case("share of .95", 0.95, share_of(0.95)),
    Case("share of .05", 0.05, share_of(0.05)),
    Case("kappa", true_kappa(), lambda rng, m: kappa_interval(*items(rng, m))),
    Case("balanced accuracy", 0.7, balanced),
    Case("ICC(2,1)", 100 / (100 + 4**2 / 2 + 25), lambda rng, m: icc_interval(*totals(rng, m))),
    Case("bias", 4.0, lambda rng, m: limits_of_agreement(*totals(rng, m)).of_bias or (None, None)),
    Case("upper limit of agreement", 4 + 1.96 * math.sqrt(50), upper_limit),
    Case("upper limit, 2 to 15 videos each", 1.96 * math.sqrt(2), limit_of_several),
    Case("error of a single video", math.sqrt(2), lambda rng, m: error_of_single(*errors(rng, m))),
    Case("error within patients", 1.0, lambda rng, m: error_within_patients(*errors(rng, m)), least=0.85),
    Case("ICC(1,1)", 0.5, repeated),
    Case("concordance of two groups", 0.5 * (1 + math.erf(0.25)), concordance, least=0.85),
    Case("Pearson", 0.8, lambda rng, m: pearson(*totals(rng, m))),
    Case("Spearman", 6 / math.pi * math.asin(0.4), lambda rng, m: spearman(*totals(rng, m))),
    Case("AUC", TRUE_AREA, area),
)


def main(repetitions: int = 4000) -> None:
    """Print the coverage of each interval as a table in Markdown."""
    print(f"| 95 % interval of | {' | '.join(f'{m} patients' for m in PATIENTS)} |")
    print(f"|---|{'---|' * len(PATIENTS)}")
    for case in (*CASES, Case("mean, percentile bootstrap (gone)", 0.0, bootstrap)):
        shares = (f"{coverage(case, m, repetitions):.3f}".removeprefix("0") for m in PATIENTS)
        print(f"| {case.name} | {' | '.join(shares)} |", flush=True)


if __name__ == "__main__":
    main()
