"""What instruments measure of made-up patients: nothing from their own labels, and doses near the true ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL, Instrument, MeasuredDoses, doses_of, fit_instrument
from lmms_eval_plugins.decoding.measuring.readings import MOST_GROUPS, Readings
from lmms_eval_plugins.decoding.training import Training
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import AnsweredVideo
from tests.support.decoding import QUESTIONS, make_video, make_videos

Videos = list[AnsweredVideo[Timeline]]
POISON = Timeline.from_text("stabilize@0.000;reposition@0.300;stabilize@0.600;reposition@0.900;stabilize@32.000")


def readings_of(videos: Videos) -> Readings:
    return Readings(videos, Training(videos, QUESTIONS), by_activity=True, seed=0)


def measured(videos: Videos, patient: str) -> tuple[Instrument, list[MeasuredDoses]]:
    readings = readings_of(videos)
    instrument = fit_instrument([readings], PRIMITIVES, readings.group_of(patient))
    own = [video for video in videos if video.patient == patient]
    return instrument, instrument.measure([own], seed=0)


@pytest.fixture(scope="module")
def videos() -> Videos:
    """Six patients with videos of several lengths."""
    return [
        make_video(f"P{patient}", number, right=0.9, n_windows=30 + 15 * number + 4 * patient)
        for patient in range(6)
        for number in range(3)
    ]


@pytest.fixture(scope="module")
def clean(videos: Videos) -> tuple[Instrument, list[MeasuredDoses]]:
    return measured(videos, "P2")


def test_a_patients_own_labels_change_nothing_about_that_patient(
    videos: Videos, clean: tuple[Instrument, list[MeasuredDoses]]
) -> None:
    poisoned = [replace(video, truth=POISON) if video.patient == "P2" else video for video in videos]
    assert measured(poisoned, "P2")[1] == clean[1]
    unlabelled = [replace(video, truth=None) if video.patient == "P2" else video for video in videos]
    assert measured(unlabelled, "P2")[1] == clean[1]
    other = [replace(video, truth=POISON) if video.patient == "P3" else video for video in videos]
    assert measured(other, "P2")[1] != clean[1]  # what others' labels teach is taken in


def test_doses_are_near_the_true_ones(videos: Videos, clean: tuple[Instrument, list[MeasuredDoses]]) -> None:
    own = [video for video in videos if video.patient == "P2"]
    true = doses_of(own, PRIMITIVES)
    for place, found in enumerate(clean[1]):
        assert found.doses[ALL].count == pytest.approx(true.total[place], rel=0.3)
        assert found.expected_error is not None and 0 < found.expected_error < 1
        for label, seconds in zip(PRIMITIVES, true.seconds[place], strict=True):
            assert found.doses[label].seconds == pytest.approx(seconds, abs=6)


def test_intervals_hold_the_estimate_widen_with_the_level_and_have_whole_ends(
    clean: tuple[Instrument, list[MeasuredDoses]],
) -> None:
    for found in clean[1]:
        assert [*found.doses] == [*PRIMITIVES, ALL]
        for dose in found.doses.values():
            ends = [dose.ends[level] for level in LEVELS]
            assert all(isinstance(end, int) and end >= 0 for of_level in ends for end in of_level)
            assert ends[2][0] <= ends[1][0] <= ends[0][0] <= ends[0][1] <= ends[1][1] <= ends[2][1]


def test_a_sum_is_that_of_its_videos_and_better_known_than_they_are(
    clean: tuple[Instrument, list[MeasuredDoses]],
) -> None:
    instrument, found = clean
    whole = instrument.sum_of(found)
    for label in (*PRIMITIVES, ALL):
        assert whole.doses[label].count == pytest.approx(sum(one.doses[label].count for one in found))
    low, high = whole.doses[ALL].ends[80]
    assert low <= whole.doses[ALL].count <= high
    assert whole.doses[ALL].seconds is None and whole.expected_error is None


def test_intervals_within_an_activity_are_as_wide_as_errors_are_there(videos: Videos) -> None:
    readings = readings_of(videos)
    instrument = fit_instrument([readings], PRIMITIVES, readings.group_of("P2"))
    own = [[video for video in videos if video.patient == "P2"]]
    pooled = instrument.measure(own, seed=0)
    within = instrument.measure(own, seed=0, within_activity=True)
    assert [one.doses[ALL].count for one in pooled] == [one.doses[ALL].count for one in within]
    assert [one.doses["idle"].seconds_ends for one in pooled] != [one.doses["idle"].seconds_ends for one in within]


def test_an_unknown_activity_is_measured_by_what_all_have_in_common(
    videos: Videos, clean: tuple[Instrument, list[MeasuredDoses]]
) -> None:
    own = [replace(video, activity="pouring") for video in videos if video.patient == "P2"]
    for found in clean[0].measure([own], seed=0):
        assert 0 < found.doses[ALL].count < 200


def test_the_same_seed_measures_the_same(videos: Videos, clean: tuple[Instrument, list[MeasuredDoses]]) -> None:
    assert measured(videos, "P2")[1] == clean[1]


def test_of_several_models_a_useless_one_is_not_read(videos: Videos) -> None:
    blind = [
        replace(
            video, windows=tuple(replace(window, answers={"motion": True, "grasp": True}) for window in video.windows)
        )
        for video in videos
    ]
    instrument = fit_instrument([readings_of(blind), readings_of(videos)], PRIMITIVES, ("P2",))
    assert instrument.models[0] == 1
    own = [[video for video in of_model if video.patient == "P2"] for of_model in (blind, videos)]
    assert len(instrument.measure(own, seed=0)) == 3


@pytest.mark.parametrize("patients", [1, 2, 3])
def test_too_few_other_patients_are_refused_by_their_number(patients: int) -> None:
    videos = make_videos(patients=patients, n_windows=20)
    with pytest.raises(UserError, match=f"labels of {patients - 1} patient.* besides P0"):
        fit_instrument([readings_of(videos)], PRIMITIVES, ("P0",))


def test_many_patients_are_left_out_in_groups_that_hold_everybody_once() -> None:
    videos = make_videos(patients=2 * MOST_GROUPS + 1, each=1, n_windows=4)
    readings = readings_of(videos)
    assert len(readings.groups) == MOST_GROUPS
    assert sorted(patient for group in readings.groups for patient in group) == sorted({v.patient for v in videos})
    assert "P0" in readings.group_of("P0") and readings.group_of("nobody") == ("nobody",)


def test_doses_of_a_truth_are_its_counts_and_seconds() -> None:
    video = replace(make_video("P0"), truth=Timeline.from_text("idle@0.000;reach@1.000;idle@1.500;idle@4.000"))
    true = doses_of([video], PRIMITIVES)
    by_label = dict(zip(PRIMITIVES, zip(true.counts[0], true.seconds[0], strict=True), strict=True))
    assert by_label["idle"] == (2, pytest.approx(3.5)) and by_label["reach"] == (1, pytest.approx(0.5))
    assert true.total[0] == 3 and np.all(true.columns()[0, :5] == true.counts[0])
