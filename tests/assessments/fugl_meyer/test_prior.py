from __future__ import annotations

from lmms_eval_plugins.assessments.fugl_meyer.prior import item_priors


def test_a_patient_gets_the_median_of_the_others_the_lower_of_two() -> None:
    truth = {"A": {3: 0, 4: 2}, "B": {3: 1, 4: 2}, "C": {3: 2, 4: 0}}
    assert item_priors(truth) == {"A": {3: 1, 4: 0}, "B": {3: 0, 4: 0}, "C": {3: 0, 4: 2}}


def test_an_item_of_one_patient_has_no_prior_for_that_patient() -> None:
    assert item_priors({"A": {3: 1}, "B": {4: 2}}) == {"A": {4: 2}, "B": {3: 1}}
    assert item_priors({"A": {3: 1}}) == {"A": {}}
