"""Intervals by patients hold what they promise at few patients, and the percentile bootstrap did not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.statistics.coverage import CASES, PATIENTS, Case, bootstrap, coverage, difference

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_interval_covers_what_it_promises(case: Case) -> None:
    """With 300 samples, a share is known to .013 (standard error); docs/statistics.md has those of 4,000."""
    for n_patients in PATIENTS:
        assert coverage(case, n_patients, 300) >= case.least, f"{n_patients} patients"


def test_the_percentile_bootstrap_is_too_narrow() -> None:
    """Why it went: with two patients it holds the truth half of the time, with eight to ten .85 to .90."""
    gone = Case("bootstrap", 0.0, bootstrap)
    assert coverage(gone, 2, 1000) == pytest.approx(0.5, abs=0.05)
    assert 0.84 < coverage(gone, 8, 1000) < 0.9 and 0.85 < coverage(gone, 10, 1000) < 0.91


def test_runs_that_are_equally_good_differ_by_the_test_as_often_as_p_says() -> None:
    rng = np.random.default_rng(18)
    found = [difference(rng, 8, true=0.0).p for _ in range(1000)]
    shares = [np.mean([p is not None and p <= level for p in found]) for level in (0.05, 0.2)]
    assert shares == pytest.approx([0.05, 0.2], abs=0.03)
