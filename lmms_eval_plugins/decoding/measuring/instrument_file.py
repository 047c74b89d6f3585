"""An instrument as a JSON file that people can read: a decoder's file with what it measures by, and how far it is off.

How far is written as factors: where the 80 % interval of ``all`` has the factors 0.7 and 1.4, a true number and one are
between 0.7 and 1.4 times the estimate and one in four of five videos.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation, listed
from lmms_eval_plugins.decoding.clock import Floats
from lmms_eval_plugins.decoding.decoder import Decoder
from lmms_eval_plugins.decoding.decoder_file import (
    HabitsFile,
    StrictPart,
    habits_file,
    habits_of_file,
    load_decoder_and_more,
    save_decoder,
)
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS, DoseCalibration
from lmms_eval_plugins.decoding.measuring.estimator import DoseEstimator, Linear, WayOfReading
from lmms_eval_plugins.decoding.measuring.instrument import ALL, Instrument
from lmms_eval_plugins.decoding.measuring.scope import Range, Scope

OTHER_ACTIVITIES = "any other"
"""The name, among activities, of those that it was not calibrated on."""

_DIGITS = 6
_SIGNS = ("spread of the decoder's counts", "difference of what was read", "number in a second")
_SIZE = "relative counting error"

ByOutcome = Mapping[str, float]
ByLevel = Mapping[str, Mapping[str, Range]]


class _LinearFile(StrictPart):
    constant: ByOutcome
    weights: Mapping[str, ByOutcome]


class _WayFile(StrictPart):
    usual: _LinearFile
    doses: _LinearFile


class _MeasuringFile(StrictPart):
    """See `SavedInstrument`; factors are of (true + 1) / (estimate + 1).

    ``within_activity`` is in units of ``usual_errors``, which are factors: an end of −1.5 is the factor to the power
    −1.5. ``sums`` are by number of videos and level.
    """

    task: str
    model: str
    settings: Mapping[str, str]
    seconds: Range
    activities: tuple[str, ...]
    answer_shares: Mapping[str, Mapping[str, Range]]
    intervals: ByLevel
    within_activity: ByLevel
    usual_errors: Mapping[str, ByOutcome]
    sums: Mapping[str, Mapping[str, ByOutcome]]
    known_activities: tuple[str, ...]
    estimates: tuple[_WayFile, ...]
    expected_error: _LinearFile
    weight: float
    habits_by_activity: Mapping[str, HabitsFile]


@dataclass(frozen=True, slots=True)
class SavedInstrument:
    """An instrument with what it is for.

    Attributes:
        instrument: the instrument, of one model.
        scope: what it was calibrated on.
        task: the task whose answers it reads.
        model: the model that gave them.
        settings: what else can change answers: name → value, such as the checkpoint.
    """

    instrument: Instrument
    scope: Scope
    task: str
    model: str
    settings: Mapping[str, str]


def save_instrument(saved: SavedInstrument, path: Path, about: str) -> None:
    """Write an instrument with numbers to six decimals; `load_decoder` reads the decoder of it.

    Args:
        saved: the instrument, of one model.
        path: the file.
        about: what it was fitted on, for readers.

    Raises:
        UserError: the file cannot be written.
    """
    (decoder,) = saved.instrument.decoders
    save_decoder(replace(decoder, habits_by_activity={}), path, about, measuring_part(saved))


def measuring_part(saved: SavedInstrument) -> Mapping[str, object]:
    """Return what stands in a decoder's file beside the decoder, so that it can measure."""
    instrument = saved.instrument
    (decoder,) = instrument.decoders
    names, calibration = outcome_names(instrument.labels), instrument.calibration
    return _MeasuringFile(
        task=saved.task,
        model=saved.model,
        settings=saved.settings,
        seconds=_range(saved.scope.seconds),
        activities=saved.scope.activities,
        answer_shares={
            question: {answer: _range(ends) for answer, ends in own.items()}
            for question, own in saved.scope.shares.items()
        },
        intervals={str(level): _ranges(np.exp(ends), names) for level, ends in calibration.ends.items()},
        within_activity={str(level): _ranges(ends, names) for level, ends in calibration.within.items()},
        usual_errors={
            OTHER_ACTIVITIES if activity is None else activity: _named_values(np.exp(size), names)
            for activity, size in calibration.sizes.items()
        },
        sums={
            str(n_videos): {str(level): _named_values(np.exp(far), names) for level, far in by_level.items()}
            for n_videos, by_level in calibration.of_sums.items()
        },
        known_activities=instrument.estimator.activities,
        estimates=tuple(_way_file(way, instrument.labels, instrument.estimator) for way in instrument.estimator.ways),
        expected_error=_linear_file(instrument.errors, _SIGNS, (_SIZE,)),
        weight=round(decoder.weight, _DIGITS),
        habits_by_activity={
            activity: habits_file(habits, decoder.labels) for activity, habits in decoder.habits_by_activity.items()
        },
    ).model_dump()


def load_instrument(path: Path) -> SavedInstrument:
    """Read an instrument from a file of `save_instrument`.

    Raises:
        UserError: the file cannot be read, is not a decoder, or one without calibration.
    """
    decoder, measuring = load_decoder_and_more(path)
    if measuring is None:
        raise UserError(
            f"{path}: a decoder without calibration, which cannot measure; make one with"
            " `strokerehab measure --run RUN --save FILE`, from a run with labels of at least three patients"
        )
    try:
        content = _MeasuringFile.model_validate(measuring)
    except ValidationError as error:
        wrong = describe_validation(error, _MeasuringFile, _WayFile, _LinearFile, HabitsFile)
        raise UserError(f"{path}: its calibration is not of this version: measuring.{wrong}") from error
    try:
        return _saved(content, decoder)
    except (KeyError, ValueError) as error:
        raise UserError(f"{path}: not a whole calibration: {error}") from error


def _saved(content: _MeasuringFile, decoder: Decoder) -> SavedInstrument:
    labels = decoder.labels
    names, known = outcome_names(labels), content.known_activities
    habits = {activity: habits_of_file(own, labels) for activity, own in content.habits_by_activity.items()}
    calibration = DoseCalibration(
        n_patients=len(decoder.patients),
        ends={level: np.log(_by_name(content.intervals[str(level)], names)) for level in LEVELS},
        within={level: _by_name(content.within_activity[str(level)], names) for level in LEVELS},
        sizes={
            None if activity == OTHER_ACTIVITIES else activity: np.log(_by_name(size, names))
            for activity, size in content.usual_errors.items()
        },
        of_sums={
            int(n_videos): {int(level): np.log(_by_name(far, names)) for level, far in by_level.items()}
            for n_videos, by_level in content.sums.items()
        },
    )
    if None not in calibration.sizes or 1 not in calibration.of_sums:
        raise ValueError(f"usual_errors of {OTHER_ACTIVITIES!r}, or sums of 1 video, are missing")
    read, about, rows = _reading_names(labels), _about_names(known), _row_names(labels, known)
    instrument = Instrument(
        decoders=(replace(decoder, weight=content.weight, habits_by_activity=habits),),
        models=(0,),
        estimator=DoseEstimator(
            known,
            tuple(
                WayOfReading(_linear(way.usual, about, read), _linear(way.doses, rows, names))
                for way in content.estimates
            ),
        ),
        calibration=calibration,
        errors=_linear(content.expected_error, _SIGNS, (_SIZE,)),
        labels=labels,
    )
    if content.estimates and len(content.estimates) != 1 + bool(habits):
        raise ValueError(f"{len(content.estimates)} estimates of {1 + bool(habits)} ways of reading")
    scope = Scope(content.seconds, content.activities, content.answer_shares)
    return SavedInstrument(instrument, scope, content.task, content.model, content.settings)


def outcome_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the names of what is estimated, as ``reach``, ``all``, ``seconds of reach``; (2 · labels + 1,)."""
    return (*labels, ALL, *(f"seconds of {label}" for label in labels))


def _reading_names(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{what} of {label}" for what in ("count", "seconds") for label in labels)


def _about_names(activities: Sequence[str]) -> tuple[str, ...]:
    return ("length", *(f"activity {activity}" for activity in activities))


def _row_names(labels: Sequence[str], activities: Sequence[str]) -> tuple[str, ...]:
    read = _reading_names(labels)
    return (*read, *(f"session's unusual {name}" for name in read), *_about_names(activities))


def _way_file(way: WayOfReading, labels: Sequence[str], estimator: DoseEstimator) -> _WayFile:
    usual = _linear_file(way.usual, _about_names(estimator.activities), _reading_names(labels))
    return _WayFile(
        usual=usual, doses=_linear_file(way.doses, _row_names(labels, estimator.activities), outcome_names(labels))
    )


def _linear_file(linear: Linear, columns: Sequence[str], outcomes: Sequence[str]) -> _LinearFile:
    weights = {name: _named_values(row, outcomes) for name, row in zip(columns, linear.weights, strict=True)}
    return _LinearFile(constant=_named_values(linear.constant, outcomes), weights=weights)


def _linear(file: _LinearFile, columns: Sequence[str], outcomes: Sequence[str]) -> Linear:
    if unknown := file.weights.keys() - set(columns):
        raise ValueError(f"weights of {listed(sorted(unknown))}, which it does not know")
    weights = np.array([_by_name(file.weights[name], outcomes) for name in columns])
    return Linear(weights.reshape(len(columns), len(outcomes)), _by_name(file.constant, outcomes))


def _named_values(values: Floats, names: Sequence[str]) -> dict[str, float]:
    return {name: round(float(value), _DIGITS) for name, value in zip(names, values, strict=True)}


def _ranges(ends: Floats, names: Sequence[str]) -> dict[str, Range]:
    return {name: _range((low, high)) for name, (low, high) in zip(names, ends, strict=True)}


def _range(ends: Range) -> Range:
    return round(float(ends[0]), _DIGITS), round(float(ends[1]), _DIGITS)


def _by_name(values: Mapping[str, float] | Mapping[str, Range], names: Sequence[str]) -> Floats:
    """Return the values of names in their order; KeyError where one lacks."""
    return np.array([values[name] for name in names], dtype=float)
