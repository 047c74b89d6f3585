from __future__ import annotations

import numpy as np

from lmms_eval_plugins.decoding.probing.chosen import ProbedPlace, chosen_on_others
from lmms_eval_plugins.decoding.probing.log_odds import classes_of, log_odds_for
from lmms_eval_plugins.decoding.probing.ridge import LeftOut
from lmms_eval_plugins.decoding.probing.targets import UNKNOWN, ProbeTarget

PATIENTS = [f"P{place % 3}" for place in range(60)]
OWNERS = np.array([int(who[1]) for who in PATIENTS])
LABELS = np.arange(60) // 3 % 2
TARGET = ProbeTarget("t", ("no", "yes"), LABELS)


def told(good_of: set[int]) -> LeftOut:
    """Return what is right about some patients' windows, and wrong about the others'."""
    right = np.where(np.isin(OWNERS, list(good_of)), LABELS, 1 - LABELS)[:, None].astype(np.float32)
    noise = np.random.default_rng(0).normal(size=right.shape).astype(np.float32) / 9
    inner = np.stack([np.where(OWNERS[:, None] == patient, np.nan, right + noise) for patient in range(3)])
    return LeftOut((right + noise).astype(np.float32), inner.astype(np.float32))


def test_a_layer_is_chosen_on_the_other_patients_though_it_is_wrong_about_this_one() -> None:
    places = [ProbedPlace(1, "", told({0})), ProbedPlace(2, "", told({1, 2}))]
    (chosen,) = chosen_on_others(places, [TARGET], PATIENTS)
    assert chosen.chosen == (1, 0, 0)  # 0 is told about by what tells 1 and 2; the others tie, and take the first
    np.testing.assert_array_equal(chosen.scores[OWNERS == 0], places[1].said.scores[OWNERS == 0])
    np.testing.assert_array_equal(chosen.inner[0], places[1].said.inner[0])


def test_log_odds_say_how_often_such_scores_were_true_in_others() -> None:
    rng = np.random.default_rng(1)
    scores = rng.normal(size=(3000, 1)).astype(np.float32)
    labels = (rng.random(3000) < 1 / (1 + np.exp(-2 * scores[:, 0] + 1))).astype(int)
    target = ProbeTarget("t", ("no", "yes"), labels)
    odds, shares = log_odds_for(target, np.array([[0.0], [1.0]], np.float32), scores)
    assert abs(odds[0, 0] + 1) < 0.2 and abs(odds[1, 0] - 1) < 0.3
    assert abs(shares[0] - np.log(labels.mean() / (1 - labels.mean()))) < 0.01
    assert classes_of(target, odds, shares).tolist() == [0 if odds[0, 0] <= shares[0] else 1, 1]


def test_where_others_teach_nothing_log_odds_are_those_of_the_share() -> None:
    target = ProbeTarget("t", ("a", "b", "c"), np.array([0, 1, 1, UNKNOWN]))
    flat = np.zeros((4, 3), np.float32)
    odds, shares = log_odds_for(target, flat, flat)
    assert (odds == shares).all() and shares[1] > shares[0] > shares[2]
    assert classes_of(target, odds, shares).tolist() == [0, 0, 0, 0]
