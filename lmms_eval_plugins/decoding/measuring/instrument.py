"""An instrument: what measures the doses of a video from a model's answers, fitted and calibrated on other patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import numpy as np

from lmms_eval_plugins.decoding.clock import Floats
from lmms_eval_plugins.decoding.decoder import Decoder
from lmms_eval_plugins.decoding.measuring.calibration import DoseCalibration, intervals_of_sum
from lmms_eval_plugins.decoding.measuring.estimator import (
    PENALTIES,
    DoseEstimator,
    Known,
    Linear,
    Penalties,
    log_counts,
)
from lmms_eval_plugins.decoding.measuring.readings import Doses, Reading, Readings
from lmms_eval_plugins.domain.sequences import count_labels
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo

ALL = "all"
"""The name of all labels together."""

SEED_OF_SUMS = 20260706
"""Seed of the choice of videos whose sums are compared in calibration."""


@dataclass(frozen=True, slots=True)
class Dose:
    """The dose of a label, or of all, in a video or in several.

    Attributes:
        count: how often; from 0 up, no whole number.
        ends: level in per cent → the least and the greatest number that it may be; whole numbers.
        seconds: for how long, in seconds; None of all labels.
        seconds_ends: level → the ends of the interval of the seconds; None of all labels.
    """

    count: float
    ends: Mapping[int, tuple[int, int]]
    seconds: float | None = None
    seconds_ends: Mapping[int, tuple[float, float]] | None = None


@dataclass(frozen=True, slots=True)
class MeasuredDoses:
    """The doses of a video, or of several of a patient together.

    Attributes:
        doses: label → its dose, and `ALL` → that of all. Each is estimated by itself: the counts need not sum to all.
        expected_error: the relative counting error that videos like this one have; None of several videos.
        doubt: how much more is expected than of other videos, as a logarithm; it ranks videos that were measured by
            instruments fitted on different patients, whose errors are larger or smaller in all videos; None of several.
    """

    doses: Mapping[str, Dose]
    expected_error: float | None = None
    doubt: float | None = None


@dataclass(frozen=True, slots=True)
class EstimatedDoses:
    """Estimates of the doses of videos, before they are named.

    Attributes:
        doses: counts, total and seconds; (videos, 2 · labels + 1).
        expected_errors, doubts: see `MeasuredDoses`; (videos,).
    """

    doses: Floats
    expected_errors: Floats
    doubts: Floats


@dataclass(frozen=True, slots=True)
class Instrument:
    """A fitted instrument.

    Attributes:
        decoders: the decoder of each model whose answers it reads.
        models: the places of these models among those that it was offered.
        estimator: from readings to doses.
        calibration: how far they are off.
        errors: from signs (see `_signs`) to the logarithm of the relative counting error.
        labels: the labels.
    """

    decoders: tuple[Decoder, ...]
    models: tuple[int, ...]
    estimator: DoseEstimator
    calibration: DoseCalibration
    errors: Linear
    labels: tuple[str, ...]

    def read(self, models: Sequence[Sequence[AnsweredVideo[Timeline]]], seed: int) -> EstimatedDoses:
        """Estimate the doses of videos, those of a session together.

        Args:
            models: the same videos with the answers of each model that it was offered; their truth is not used.
            seed: seed of the decoders' samples.

        Raises:
            ValueError: a video has no windows.
        """
        reading = Reading.mean(
            [
                Reading.of(decoder, models[place], seed)
                for decoder, place in zip(self.decoders, self.models, strict=True)
            ]
        )
        known = known_of(models[0])
        doses = self.estimator.estimate(reading, known).columns()
        signs = _signs(reading, doses, known)
        return EstimatedDoses(doses, np.exp(self.errors(signs)[:, 0]), (signs @ self.errors.weights)[:, 0])

    def measure(
        self, models: Sequence[Sequence[AnsweredVideo[Timeline]]], *, seed: int, within_activity: bool = False
    ) -> list[MeasuredDoses]:
        """Measure the doses of videos with their intervals; for the arguments see `read` and `DoseCalibration`."""
        found = self.read(models, seed)
        activities = known_of(models[0]).activities
        ends = self.calibration.intervals(found.doses, activities, within_activity=within_activity)
        return [
            MeasuredDoses(
                name_doses(found.doses[place], {level: own[place] for level, own in ends.items()}, self.labels),
                float(found.expected_errors[place]),
                float(found.doubts[place]),
            )
            for place in range(len(found.doses))
        ]

    def sum_of(self, videos: Sequence[MeasuredDoses]) -> MeasuredDoses:
        """Return the doses of several videos of a patient together, at least one, with intervals of their sums."""
        return sum_doses(videos, self.labels, self.calibration.of_sums)

    def within_activity(self, measured: MeasuredDoses, activity: str | None) -> MeasuredDoses:
        """Return the doses of a video with intervals that are as wide as errors in its activity are."""
        doses = _columns(measured, self.labels)
        ends = self.calibration.intervals(doses[None, :], [activity], within_activity=True)
        return replace(measured, doses=name_doses(doses, {level: own[0] for level, own in ends.items()}, self.labels))


def sum_doses(
    videos: Sequence[MeasuredDoses], labels: Sequence[str], of_sums: Mapping[int, Mapping[int, Floats]]
) -> MeasuredDoses:
    """Return the doses of several videos of a patient together.

    Args:
        videos: the videos' doses, at least one.
        labels: the labels.
        of_sums: how far sums are off, see `DoseCalibration`.
    """
    doses = np.sum([_columns(one, labels) for one in videos], axis=0)
    return MeasuredDoses(name_doses(doses, intervals_of_sum(of_sums, doses, len(videos)), labels))


def _columns(measured: MeasuredDoses, labels: Sequence[str]) -> Floats:
    own = [measured.doses[label] for label in labels]
    counts = [dose.count for dose in (*own, measured.doses[ALL])]
    return np.array([*counts, *(dose.seconds or 0.0 for dose in own)])


def name_doses(doses: Floats, ends: Mapping[int, Floats], labels: Sequence[str]) -> dict[str, Dose]:
    """Return label → dose of counts, total and seconds; (2 · labels + 1,), their intervals by level (…, 2)."""
    n = len(labels)
    named: dict[str, Dose] = {}
    for place, label in enumerate((*labels, ALL)):
        column = n if label == ALL else place
        whole = _whole_ends(float(doses[column]), {level: own[column] for level, own in ends.items()})
        if label == ALL:
            named[label] = Dose(float(doses[column]), whole)
        else:
            seconds = {
                level: (float(own[n + 1 + place][0]), float(own[n + 1 + place][1])) for level, own in ends.items()
            }
            named[label] = Dose(float(doses[column]), whole, float(doses[n + 1 + place]), seconds)
    return named


def _whole_ends(count: float, ends: Mapping[int, Floats]) -> dict[int, tuple[int, int]]:
    """Return the least and the greatest whole number of each interval, since a count is one.

    Where there is none between the ends, it is the one of the next wider interval that is nearest to the count.
    """
    whole: dict[int, tuple[int, int]] = {}
    wider: tuple[int, int] | None = None
    for level in sorted(ends, reverse=True):
        low, high = int(np.ceil(ends[level][0] - _ROUNDING)), int(np.floor(ends[level][1] + _ROUNDING))
        if low > high:
            nearest = round(count)
            low = high = min(max(nearest, wider[0]), wider[1]) if wider else nearest
        whole[level] = wider = low, high
    return {level: whole[level] for level in ends}


_ROUNDING = 1e-9


def fit_instrument(models: Sequence[Readings], labels: tuple[str, ...], left_out: Sequence[str] = ()) -> Instrument:
    """Fit an instrument on all labelled patients but some.

    Of several models the one whose reading errs least about patients that are left out is read, together with the one
    that makes it better, if any does.

    Args:
        models: the training videos' readings, of each model.
        labels: the labels.
        left_out: the patients whose labels must not count.

    Raises:
        UserError: too few patients are left.
    """
    read = [model.of_training(left_out) for model in models]
    videos = read[0][0]
    known, true = known_of(videos), doses_of(videos, labels)
    patients = [video.patient for video in videos]
    groups = [models[0].group_of(patient) for patient in patients]
    best = _chosen([reading for _, reading in read], known, true, groups)
    reading, estimated = Reading.mean([read[place][1] for place in best.models]), best.estimated
    estimator = DoseEstimator.fit(reading, known, true) if best.fused else DoseEstimator.as_read(known)
    columns = true.columns()
    relative = _counting_errors(columns, estimated, len(labels))
    signs = _signs(reading, estimated, known)
    others = models[0].others(left_out)
    return Instrument(
        decoders=tuple(models[place].decoder(others) for place in best.models),
        models=best.models,
        estimator=estimator,
        calibration=DoseCalibration.fit(columns, estimated, patients, known.activities, SEED_OF_SUMS),
        errors=Linear.fit(signs, np.log(relative + _LEAST_ERROR)[:, None], np.full(3, _OF_SIGNS)),
        labels=labels,
    )


_LEAST_ERROR, _OF_SIGNS = 0.05, 3.0
"""Added to a relative counting error before its logarithm is taken; penalty on the weights of signs."""


def _signs(reading: Reading, doses: Floats, known: Known) -> Floats:
    """Return what tells how far off an estimate may be; (videos, 3).

    How sure the decoder is of the number, by how much what it read differs from what is estimated, and how much is done
    in a second.
    """
    n = doses.shape[1] // 2
    read = reading.logs[:, :, :n].mean(axis=0)
    differs = np.abs(read - log_counts(doses[:, :n])).mean(axis=1)
    return np.stack([np.log(reading.spread + 0.05), differs, np.log(doses[:, n] + 1) - known.log_seconds], axis=1)


def _counting_errors(true: Floats, estimated: Floats, n_labels: int) -> Floats:
    off = np.abs(np.round(estimated[:, :n_labels]) - true[:, :n_labels]).sum(axis=1)
    errors: Floats = off / np.maximum(1.0, true[:, :n_labels].sum(axis=1))
    return errors


MOST_MODELS = 2
"""So many models are read together at most: which third one helps could not be told from ten patients."""

_CLEARLY = 0.98
"""What is read is not fused with anything where its error is less than this share of the fused estimate's."""


@dataclass(frozen=True, slots=True)
class _Choice:
    """Models that are read together, and whether what is read is fused with length and activity.

    Attributes:
        models: their places.
        fused: whether it is.
        estimated: doses of each group of patients, estimated by what the others teach; (videos, 2 · labels + 1).
        error: mean size of the errors of the logarithms of the counts.
    """

    models: tuple[int, ...]
    fused: bool
    estimated: Floats
    error: float


def _chosen(readings: Sequence[Reading], known: Known, true: Doses, groups: Sequence[tuple[str, ...]]) -> _Choice:
    """Choose the models to read together by their errors about groups of patients that are left out.

    A model that sees nearly everything is better taken at its word than weighed against what a stopwatch says.
    """

    def together(models: tuple[int, ...]) -> Reading:
        return Reading.mean([readings[place] for place in models])

    def fused(models: tuple[int, ...]) -> _Choice:
        estimated = estimate_elsewhere(together(models), known, true, groups)
        return _Choice(models, True, estimated, _error(estimated, true))

    best = min((fused((place,)) for place in range(len(readings))), key=attrgetter("error"))
    for _ in range(1, min(MOST_MODELS, len(readings))):
        rest = (place for place in range(len(readings)) if place not in best.models)
        best = min(best, *(fused((*best.models, place)) for place in rest), key=attrgetter("error"))
    read = together(best.models).doses.columns()
    as_read = _Choice(best.models, False, read, _error(read, true))
    return as_read if as_read.error < _CLEARLY * best.error else best


def _error(estimated: Floats, true: Doses) -> float:
    n = true.counts.shape[1]
    return float(np.abs(log_counts(estimated[:, :n]) - log_counts(true.counts)).mean())


def estimate_elsewhere(
    reading: Reading, known: Known, true: Doses, groups: Sequence[tuple[str, ...]], penalties: Penalties = PENALTIES
) -> Floats:
    """Return the doses of each group of patients, estimated by what the others teach; (videos, 2 · labels + 1).

    Args:
        reading: what was read of the videos.
        known: what is known of them.
        true: their true doses.
        groups: the patients of each video who are left out together.
        penalties: see `DoseEstimator.fit`.
    """
    estimated = np.zeros((len(groups), true.columns().shape[1]))
    for group in dict.fromkeys(groups):
        own = np.array([one == group for one in groups])
        teaching = DoseEstimator.fit(reading.part(~own), known.part(~own), true.part(~own), penalties)
        estimated[own] = teaching.estimate(reading.part(own), known.part(own)).columns()
    return estimated


def known_of(videos: Sequence[AnsweredVideo[Timeline]]) -> Known:
    """Return what is known of videos without looking at them."""
    return Known(
        np.log([max(video.length_s, _SHORTEST_S) for video in videos]),
        tuple(video.activity for video in videos),
        tuple((video.patient, video.date) for video in videos),
    )


_SHORTEST_S = 0.1


def doses_of(videos: Sequence[AnsweredVideo[Timeline]], labels: Sequence[str]) -> Doses:
    """Return the true doses of videos whose truth is known."""
    truths = [video.truth for video in videos if video.truth is not None]
    found = [count_labels(truth.labels) for truth in truths]
    counts = np.array([[float(own[label]) for label in labels] for own in found]).reshape(len(truths), len(labels))
    seconds = [[_seconds_of(truth, label) for label in labels] for truth in truths]
    return Doses(counts, counts.sum(axis=1), np.array(seconds).reshape(counts.shape))


def _seconds_of(truth: Timeline, label: str) -> float:
    return sum(segment.duration_s for segment in truth.segments if segment.label.lower() == label)
