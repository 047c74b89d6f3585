"""Probes are scikit-learn's ridge regressions of the other patients, and see no label of the one they tell about."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.probing.measures import area_under_curve
from lmms_eval_plugins.decoding.probing.ridge import DIRECTIONS, PENALTIES, LeftOut, probe_leaving_out, score_columns
from lmms_eval_plugins.decoding.probing.targets import UNKNOWN, ProbeTarget

PATIENTS = [f"P{place % 4}" for place in range(120)]
CLASSES = ("a", "b", "c")


def cases(seed: int = 0, width: int = 6, strength: float = 1.0) -> tuple[np.ndarray, ProbeTarget, ProbeTarget]:
    """Return states of 120 windows that tell a three-way label, that label, and whether it is the last."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, len(PATIENTS))
    states = rng.normal(size=(len(PATIENTS), width)) * np.linspace(0.1, 50, width)
    states[:, :3] += strength * states[:, :3].std(axis=0) * np.eye(3)[labels]
    return states, ProbeTarget("three", CLASSES, labels), ProbeTarget("last", ("no", "yes"), (labels == 2).astype(int))


def by_scikit_learn(states: np.ndarray, target: ProbeTarget, left_out: set[str], penalty: float) -> np.ndarray:
    """Return what scikit-learn's regression without some patients gives to all windows, less its mean."""
    rows = [place for place, who in enumerate(PATIENTS) if who not in left_out and target.labels[place] != UNKNOWN]
    outcomes = target.indicators()[rows]
    model = make_pipeline(StandardScaler(), Ridge(alpha=penalty * len(rows)))
    model.fit(states[rows], outcomes)
    told: np.ndarray = model.predict(states).reshape(len(states), -1) - outcomes.mean(axis=0)
    return told


def test_scores_are_those_of_scikit_learn_with_the_penalty_that_tells_the_other_patients_best() -> None:
    states, three, _ = cases()
    found = probe_leaving_out(states, PATIENTS, [three])
    for number, patient in enumerate(dict.fromkeys(PATIENTS)):
        others = [one for one in dict.fromkeys(PATIENTS) if one != patient]
        rows = {one: [place for place, who in enumerate(PATIENTS) if who == one] for one in [*others, patient]}
        errors = []
        share = three.indicators()[[place for one in others for place in rows[one]]].mean(axis=0)
        for penalty in PENALTIES:
            told = {one: by_scikit_learn(states, three, {one}, penalty)[rows[one]] for one in others}
            errors.append(sum(np.square(three.indicators()[rows[one]] - share - told[one]).sum() for one in others))
        best = PENALTIES[int(np.argmin(errors))]
        own = by_scikit_learn(states, three, {patient}, best)[rows[patient]]
        np.testing.assert_allclose(found.scores[rows[patient]], own, atol=2e-3)
        assert np.isnan(found.inner[number][rows[patient]]).all()


def test_what_is_said_of_other_patients_comes_from_probes_that_saw_neither() -> None:
    states, three, _ = cases(strength=3)
    found = probe_leaving_out(states[:, :3], PATIENTS, [three])
    inner = found.inner[0]
    others = [place for place, who in enumerate(PATIENTS) if who == "P2"]
    distances = []
    for penalty in PENALTIES:
        scaled = states[:, :3]
        rows = [place for place, who in enumerate(PATIENTS) if who != "P0"]
        scaled = (scaled - scaled[rows].mean(axis=0)) / scaled[rows].std(axis=0)
        fitting = [place for place, who in enumerate(PATIENTS) if who not in ("P0", "P2")]
        model = Ridge(alpha=penalty * len(fitting)).fit(scaled[fitting], three.indicators()[fitting])
        told = model.predict(scaled[others]) - three.indicators()[fitting].mean(axis=0)
        distances.append(np.abs(told - inner[others]).max())
    assert min(distances) < 1e-4


@settings(max_examples=8)
@given(seed=st.integers(0, 1000), patient=st.sampled_from(sorted(set(PATIENTS))))
def test_poisoned_labels_of_a_patient_change_nothing_of_what_is_told_of_it(seed: int, patient: str) -> None:
    states, three, _ = cases(seed)
    own = np.array([who == patient for who in PATIENTS])
    poison = np.random.default_rng(seed + 1).integers(0, 3, len(PATIENTS))
    poisoned = ProbeTarget("three", CLASSES, np.where(own, poison, three.labels))
    one, other = (probe_leaving_out(states, PATIENTS, [target]) for target in (three, poisoned))
    number = list(dict.fromkeys(PATIENTS)).index(patient)
    np.testing.assert_array_equal(one.scores[own], other.scores[own])
    np.testing.assert_array_equal(one.inner[number], other.inner[number])
    assert not np.array_equal(one.scores[~own], other.scores[~own])  # of others it is a teacher


def told(found: LeftOut, targets: list[ProbeTarget]) -> list[float | None]:
    return [
        area_under_curve(found.scores[:, part], target.labels)
        for target, part in zip(targets, score_columns(targets), strict=True)
    ]


def test_targets_are_told_side_by_side_as_alone() -> None:
    states, three, last = cases()
    both = probe_leaving_out(states, PATIENTS, [three, last])
    alone = probe_leaving_out(states, PATIENTS, [last])
    np.testing.assert_array_equal(both.scores[:, 3:], alone.scores)
    assert both.scores.shape == (len(PATIENTS), 4)


@pytest.mark.parametrize("width", [6, DIRECTIONS + 40])
def test_what_states_tell_is_found_and_noise_is_not(width: int) -> None:
    states, three, last = cases(width=width, strength=4)
    found = told(probe_leaving_out(states.astype(np.float16), PATIENTS, [three, last]), [three, last])
    assert min(one for one in found if one is not None) > (0.9 if width == 6 else 0.6)
    states, three, last = cases(width=width, strength=0)
    found = told(probe_leaving_out(states, PATIENTS, [three, last]), [three, last])
    assert all(one is not None and 0.3 < one < 0.7 for one in found)


def test_windows_without_a_label_are_told_about_and_not_learned_from() -> None:
    states, three, _ = cases()
    unknown = np.arange(len(PATIENTS)) % 7 == 0
    target = ProbeTarget("three", CLASSES, np.where(unknown, UNKNOWN, three.labels))
    found = probe_leaving_out(states, PATIENTS, [target])
    far = states.copy()
    far[unknown & (np.array(PATIENTS) == "P1")] *= 5
    other = probe_leaving_out(far, PATIENTS, [target])
    same = ~(unknown & (np.array(PATIENTS) == "P1"))
    np.testing.assert_allclose(found.scores[same], other.scores[same], atol=1e-4)
    assert (found.scores[unknown] != 0).any()


def test_numbers_that_never_differ_tell_nothing() -> None:
    states, three, _ = cases()
    more = np.concatenate([states, np.full((len(states), 2), 1e4)], axis=1)
    one, other = (probe_leaving_out(own, PATIENTS, [three]) for own in (states, more))
    np.testing.assert_allclose(one.scores, other.scores, atol=1e-4)


def test_too_few_patients_are_refused() -> None:
    states, three, _ = cases()
    two = [f"P{place % 2}" for place in range(len(PATIENTS))]
    with pytest.raises(UserError, match="needs 3 patients with labels, there are 2"):
        probe_leaving_out(states, two, [three])
