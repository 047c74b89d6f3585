from __future__ import annotations

from collections.abc import Hashable

import pandas as pd
import pytest

from lmms_eval_plugins.reports.tables.against import against, note_on_p


def test_differences_are_of_shared_videos_and_corrected_together() -> None:
    best = pd.Series({f"v{n}": 10.0 for n in range(8)})
    values = {
        "best": best,
        "worse": best - pd.Series({f"v{n}": float(n + 1) for n in range(8)}),
        "equal": best[["v0", "v1"]],
    }
    found = against(values, "best", {f"v{n}": f"p{n}" for n in range(8)})
    assert list(found) == ["worse", "equal"]
    assert found["worse"].value is not None and found["worse"].value.value == pytest.approx(-4.5)
    assert found["worse"].value.low is not None and found["worse"].value.low > -8
    assert found["worse"].p is not None and found["worse"].p.value == pytest.approx(2 * 2 / 2**8)
    assert found["equal"].p is not None and found["equal"].p.value == 1


def test_nothing_shared_is_nothing_to_compare() -> None:
    found = against({"a": pd.Series({"v": 1.0}), "b": pd.Series({"w": 1.0})}, "a", {"v": "p", "w": "q"})
    assert found["b"].value is None and found["b"].p is None


@pytest.mark.parametrize(
    ("n_patients", "n_tests", "says"),
    [
        (10, 8, "exact permutation of signs over 10 patients, corrected by Holm for 8 comparisons; it can be no less"),
        (10, 8, "than .002, corrected .016."),
        (29, 1, "20,000 permutations of signs over 29 patients; it can be no less than .00005."),
        (10, 30, "than .002, corrected .059, so that none can be below .05."),
        (4, 1, "than .125, so that none can be below .05."),
        (1, 3, "there is none"),
    ],
)
def test_the_note_on_p_says_the_smallest_that_there_can_be(n_patients: int, n_tests: int, says: str) -> None:
    assert says in note_on_p(n_patients, n_tests)


def test_the_note_on_p_is_what_comes_of_the_largest_differences() -> None:
    """Eight models, each worse than the reference on every video of ten patients: none has a smaller p."""
    patients: dict[Hashable, str] = {f"v{n}": f"p{n}" for n in range(10)}
    values = {
        f"m{n}": pd.Series({about: float(n * place) for place, about in enumerate(patients, 1)}) for n in range(9)
    }
    found = against(values, "m0", patients)
    assert [one.p.value for one in found.values() if one.p] == pytest.approx([8 * 2 / 2**10] * 8)
    assert all(one.value is not None and one.value.low is not None for one in found.values())


def test_below_five_patients_a_difference_has_a_p_and_no_interval() -> None:
    best = pd.Series({f"v{n}": 10.0 for n in range(4)})
    found = against({"best": best, "worse": best - 1}, "best", {f"v{n}": f"p{n}" for n in range(4)})["worse"]
    assert found.value is not None and (found.value.low, found.value.high) == (None, None)
    assert found.p is not None and found.p.value == 2 / 2**4
