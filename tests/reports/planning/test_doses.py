"""What is planned of the dose, from counts that follow the truth by known shares."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from lmms_eval_plugins.reports.planning.doses import (
    LABELS,
    CountedVideos,
    by_labels,
    counted_videos,
    dose_comparisons,
    dose_measures,
)
from lmms_eval_plugins.reports.planning.plan import Aim

AIM = Aim(detect=0.5, power=0.8, level=0.05)
N_PATIENTS, N_ACTIVITIES = 8, 5


def scores(share: float, seed: int = 0) -> pd.DataFrame:
    """Videos whose logarithm of the predicted count follows that of the true one by a share."""
    rng = np.random.default_rng(seed)
    rows = []
    for patient in range(N_PATIENTS):
        for activity in range(N_ACTIVITIES):
            seconds = float(rng.integers(40, 80))
            log_true = 0.1 * activity + rng.normal(0, 0.3)
            true, predicted = (round(600 * math.exp(log) * seconds / 60) for log in (log_true, share * log_true))
            rows.append(
                {
                    "video_id": f"S{patient}_{activity}",
                    "patient": f"S{patient}",
                    "activity": f"activity {activity}",
                    "duration_s": seconds,
                    "n_answers": 10,
                    "n_missing": 0,
                    "true_reach": true,
                    "predicted_reach": predicted,
                    "true_idle": 0,
                    "predicted_idle": 0,
                }
            )
    made: pd.DataFrame = pd.DataFrame(rows)
    return made


def measure(share: float) -> CountedVideos:
    made = scores(share)
    return counted_videos(f"follows {share}", made, pd.Index(made["video_id"]))


def test_each_measure_shows_its_share_of_the_change() -> None:
    half = measure(0.5)
    labels, model, nothing = dose_measures([by_labels(half), half, measure(0.0)], seed=0)
    assert (labels.name, labels.groups.follows.value, labels.reference) == (LABELS, 1.0, True)
    assert labels.sessions and model.sessions and nothing.sessions
    for seen, perfect_count, unseen in (
        (model.sessions, labels.sessions, nothing.sessions),
        (model.groups, labels.groups, nothing.groups),
    ):
        assert seen.follows.value == pytest.approx(0.5, abs=0.01) and seen.is_shown
        assert seen.spread == pytest.approx(perfect_count.spread / 2, rel=0.02)
        assert unseen.follows.value == pytest.approx(0, abs=0.01)

    sessions, groups = dose_comparisons([by_labels(half), half, measure(0.0)], 3.0, AIM)
    assert (sessions.design, sessions.minutes_each, groups.design, groups.minutes_each) == ("sessions", 6, "groups", 3)
    for planned in (sessions, groups):
        perfect, shown, blind = planned.rows
        assert perfect.difference == pytest.approx(math.log(1.5)) and perfect.shown == "50.0 %"
        assert shown.difference == pytest.approx(math.log(1.5) / 2, rel=0.02)
        assert blind.difference < 0.01
        assert perfect.needed and shown.needed, "a measure without noise of its own needs as many as a perfect count"
        assert perfect.needed.n_patients == shown.needed.n_patients
        assert blind.needed is None or blind.needed.n_patients > shown.needed.n_patients


def test_a_measure_that_goes_against_the_truth_shows_nothing() -> None:
    against = measure(-0.5)
    (made,) = dose_measures([against], seed=0)
    assert made.groups.follows.value is not None and made.groups.follows.value < 0 and not made.groups.is_shown
    for planned in dose_comparisons([against], None, AIM):
        (row,) = planned.rows
        assert (row.difference, row.shown, row.needed, row.cautious) == (0, "0.0 %", None, None)
        assert planned.minutes_each is None and all(power.share < 0.15 for power in row.powers)


def test_what_cannot_be_told_is_left_out() -> None:
    flat = scores(1.0).assign(true_reach=10, duration_s=60.0)
    videos = counted_videos("model", flat, pd.Index(flat["video_id"]))
    assert videos.follows_in_sessions.value is None and videos.follows_in_groups.value is None
    names = [row.name for planned in dose_comparisons([by_labels(videos), videos], 1.0, AIM) for row in planned.rows]
    assert set(names) == {LABELS}

    single = scores(1.0).drop_duplicates("patient")
    once = counted_videos("model", single, pd.Index(single["video_id"]))
    assert [planned.design for planned in dose_comparisons([by_labels(once)], 1.0, AIM)] == ["groups"]
    assert dose_measures([by_labels(once)], 0)[0].sessions is None


def test_a_measure_that_evens_patients_out_follows_less_between_groups() -> None:
    """It shows all of what a patient does from video to video, and nothing of what patients differ by."""
    made = scores(1.0)
    sums = made.groupby("patient")[["true_reach", "duration_s"]].transform("sum")
    of_patient = sums["true_reach"] / sums["duration_s"]
    evened = made.assign(predicted_reach=(made["true_reach"] * 10 / of_patient).round().astype(int))
    (found,) = dose_measures([counted_videos("model", evened, pd.Index(made["video_id"]))], 0)
    assert found.sessions and found.sessions.follows.value == pytest.approx(1, abs=0.1)
    assert found.groups.follows.value is not None and 0 < found.groups.follows.value < 0.93


def test_only_videos_with_a_length_a_truth_and_replies_are_counted() -> None:
    made = scores(1.0)
    made.loc[0, "duration_s"] = 0.0
    made.loc[1, ["true_reach", "true_idle"]] = None
    made.loc[2, "n_missing"] = 90
    assert len(counted_videos("model", made, pd.Index(made["video_id"])).scores) == len(made) - 3
    assert counted_videos("model", made, pd.Index(["S7_4"])).patients == ["S7"]


def test_the_dose_per_minute_has_an_interval_that_becomes_narrower() -> None:
    found = measure(1.0).narrowing(seed=0)
    assert found.now.value and found.now.low and found.now.high and found.now.low < found.now.value < found.now.high
    halves = [width.half for width in found.widths if width]
    assert len(halves) == 5 and halves == sorted(halves, reverse=True)
