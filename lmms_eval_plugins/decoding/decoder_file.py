"""A fitted decoder as a JSON file that people can read, for groups without labels of their own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation, listed
from lmms_eval_plugins.decoding.clock import Clock, Floats
from lmms_eval_plugins.decoding.decoder import Decoder
from lmms_eval_plugins.decoding.evidence import Evidence, Expert
from lmms_eval_plugins.decoding.features import AnswerCode, Form
from lmms_eval_plugins.decoding.habits import AGES, Habits
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

KIND: Literal["strokerehab decoder 1"] = "strokerehab decoder 1"
"""The kind that the file states; its number changes with the meaning of the contents."""

_DIGITS = 6
_PHASE = "place in window"

ByLabel = Mapping[str, float]


class StrictPart(BaseModel):
    """A part of a decoder's file: no other keys, only finite numbers."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class HabitsFile(StrictPart):
    """Counts of ticks: see `Habits`."""

    first: ByLabel
    ended_by_age: Mapping[str, tuple[float, ...]]
    lasted_by_age: Mapping[str, tuple[float, ...]]
    followed_by: Mapping[str, ByLabel]


class _ExpertFile(StrictPart):
    """See `Expert`; weights are for a column of answers, and for it times the tick's place in its window."""

    questions: Mapping[str, Form]
    trust: float
    shares: ByLabel
    bias: ByLabel
    answers: Mapping[str, ByLabel]
    answers_by_place: Mapping[str, ByLabel]


class _DecoderFile(StrictPart):
    """See `Decoder`; ``labels`` stand there where they are not the primitives, ``measuring`` where it can measure."""

    kind: Literal["strokerehab decoder 1"]
    about: str
    window_s: float
    stride_s: float
    patients: tuple[str, ...]
    weight: float
    experts: tuple[_ExpertFile, ...]
    habits: HabitsFile
    habits_by_activity: Mapping[str, HabitsFile]
    labels: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    measuring: Mapping[str, object] | None = None


def save_decoder(decoder: Decoder, path: Path, about: str, measuring: Mapping[str, object] | None = None) -> None:
    """Write a decoder with numbers to six decimals.

    Args:
        decoder: the decoder.
        path: the file.
        about: what it was fitted on, for readers.
        measuring: what else an instrument needs, see `instrument_file`.

    Raises:
        UserError: the file cannot be written.
    """
    content = _DecoderFile(
        kind=KIND,
        about=about,
        window_s=round(decoder.clock.window_s, _DIGITS),
        stride_s=round(decoder.clock.stride_s, _DIGITS),
        patients=decoder.patients,
        weight=decoder.weight,
        experts=tuple(_expert_file(expert, decoder.labels) for expert in decoder.experts),
        habits=habits_file(decoder.habits, decoder.labels),
        habits_by_activity={
            activity: habits_file(habits, decoder.labels) for activity, habits in decoder.habits_by_activity.items()
        },
        labels=None if decoder.labels == PRIMITIVES else decoder.labels,
        measuring=measuring,
    )
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            json.dumps(content.model_dump(exclude_none=True), indent=1, ensure_ascii=False) + "\n", encoding="utf-8"
        )
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error


def load_decoder(path: Path) -> Decoder:
    """Read a decoder from a file of `save_decoder`.

    Raises:
        UserError: the file cannot be read, or is not a decoder.
    """
    return load_decoder_and_more(path)[0]


def load_decoder_and_more(path: Path) -> tuple[Decoder, Mapping[str, object] | None]:
    """Read a decoder, and what an instrument needs besides, where the file has it; for errors see `load_decoder`."""
    try:
        content = _DecoderFile.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"{path}: cannot be read ({error})") from error
    except ValidationError as error:
        wrong = describe_validation(error, _DecoderFile, _ExpertFile, HabitsFile)
        raise UserError(f"{path}: not a decoder of this version: {wrong}") from error
    clock = Clock(content.window_s, content.stride_s)
    labels = content.labels or PRIMITIVES
    try:
        decoder = Decoder(
            clock=clock,
            experts=tuple(_expert(expert, clock, labels) for expert in content.experts),
            habits=habits_of_file(content.habits, labels),
            habits_by_activity={
                activity: habits_of_file(habits, labels) for activity, habits in content.habits_by_activity.items()
            },
            weight=content.weight,
            patients=content.patients,
            labels=labels,
        )
    except (KeyError, ValueError) as error:
        raise UserError(f"{path}: not a whole decoder: {error}") from error
    return decoder, content.measuring


def _expert_file(expert: Expert, labels: Sequence[str]) -> _ExpertFile:
    names, weights = expert.code.names, expert.evidence.weights
    return _ExpertFile(
        questions=dict(expert.code.forms),
        trust=round(expert.trust, _DIGITS),
        shares=_named(expert.evidence.shares, labels),
        bias=_named(expert.evidence.bias, labels),
        answers=_rows(names, weights, labels),
        answers_by_place=_rows((*names, _PHASE), weights[len(names) :], labels),
    )


def _expert(file: _ExpertFile, clock: Clock, labels: tuple[str, ...]) -> Expert:
    code = AnswerCode.from_clock(file.questions, clock, labels)
    by_place = _matrix((*code.names, _PHASE), file.answers_by_place, labels)
    weights = np.concatenate([_matrix(code.names, file.answers, labels), by_place])
    return Expert(code, Evidence(weights, _vector(file.bias, labels), _vector(file.shares, labels)), file.trust)


def habits_file(habits: Habits, labels: Sequence[str]) -> HabitsFile:
    """Return habits as a part of a file."""

    def by_age(counts: Floats) -> dict[str, tuple[float, ...]]:
        return {name: tuple(_rounded(row)) for name, row in zip(labels, counts, strict=True)}

    return HabitsFile(
        first=_named(habits.first, labels),
        ended_by_age=by_age(habits.ended),
        lasted_by_age=by_age(habits.lasted),
        followed_by={name: _named(row, labels) for name, row in zip(labels, habits.followed, strict=True)},
    )


def habits_of_file(file: HabitsFile, labels: Sequence[str]) -> Habits:
    """Return the habits in a part of a file; KeyError where a label lacks."""

    def by_age(counts: Mapping[str, tuple[float, ...]]) -> Floats:
        return np.array([counts[name] for name in labels]).reshape(len(labels), AGES)

    return Habits(
        first=_vector(file.first, labels),
        ended=by_age(file.ended_by_age),
        lasted=by_age(file.lasted_by_age),
        followed=np.array([_vector(file.followed_by[name], labels) for name in labels]),
    )


def _rows(names: tuple[str, ...], weights: Floats, labels: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return column → weight by label for the columns with a weight other than 0."""
    return {name: _named(row, labels) for name, row in zip(names, weights, strict=False) if row.any()}


def _matrix(names: tuple[str, ...], rows: Mapping[str, ByLabel], labels: Sequence[str]) -> Floats:
    if unknown := rows.keys() - set(names):
        raise ValueError(f"weights of {listed(sorted(unknown))}, which its questions do not have")
    return np.array([_vector(rows[name], labels) if name in rows else np.zeros(len(labels)) for name in names])


def _named(values: Floats, labels: Sequence[str]) -> dict[str, float]:
    return dict(zip(labels, _rounded(values), strict=True))


def _vector(values: ByLabel, labels: Sequence[str]) -> Floats:
    return np.array([values[name] for name in labels])


def _rounded(values: Floats) -> list[float]:
    return [round(float(value), _DIGITS) for value in values]
