from __future__ import annotations

from statistics import median_low

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.statistics.elsewhere import fitted_elsewhere, median_elsewhere, most_frequent_elsewhere

OWNED = st.lists(st.tuples(st.sampled_from("ABC"), st.none() | st.integers(0, 5)), max_size=12)


def test_what_others_have_most_often() -> None:
    activities, patients = ["RTT", "RTT", "RTT", "feeding", "shelf"], list("AAABB")
    assert most_frequent_elsewhere(activities, patients) == ["feeding"] * 3 + ["RTT"] * 2, "never one's own"
    in_order = most_frequent_elsewhere(activities, patients, ["shelf", "feeding"])
    assert in_order == ["shelf"] * 3 + ["RTT"] * 2
    assert most_frequent_elsewhere(activities, patients, ["shelf"])[0] == "shelf", "what is in the order goes first"
    assert most_frequent_elsewhere(["b", "a", None], ["A", "A", "B"]) == [None, None, "a"]


def test_nobody_else_teaches_nothing() -> None:
    assert median_elsewhere([1, 2], ["A", "A"]) == [None, None]
    assert most_frequent_elsewhere([], []) == []
    with pytest.raises(ValueError, match="zip"):
        median_elsewhere([1], [])


@given(OWNED)
def test_the_median_of_others(owned: list[tuple[str, int | None]]) -> None:
    patients, values = [patient for patient, _ in owned], [value for _, value in owned]
    for patient, found in zip(patients, median_elsewhere(values, patients), strict=True):
        others = [value for whose, value in owned if whose != patient and value is not None]
        assert found == (median_low(others) if others else None)


@given(OWNED)
def test_values_of_a_patient_do_not_change_what_is_fitted_for_him(owned: list[tuple[str, int | None]]) -> None:
    patients = [patient for patient, _ in owned]
    changed = [7 if patient == "A" else value for patient, value in owned]
    before, after = (fitted_elsewhere(values, patients, sum) for values in ([value for _, value in owned], changed))
    at = [place for place, patient in enumerate(patients) if patient == "A"]
    assert [before[place] for place in at] == [after[place] for place in at]
