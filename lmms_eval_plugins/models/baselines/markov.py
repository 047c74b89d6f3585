"""A blind baseline: answers drawn from a Markov chain over other answers, never from the video."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np

from lmms_eval_plugins.assessments.dose.blind import MarkovChain
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.recording import RecordingModel, Request, RequestReply
from lmms_eval_plugins.runs.answers import Reply

Mode = Literal["decomposed", "direct"]
Fit = Literal["others", "test"]
Row = Mapping[str, Any]

_FITTED = ("video_id", "window", "question_id", "patient", "label", "target")
"""What of the rows the chains depend on."""

_LABELS = "label"
"""Name of the one stream of states that ``direct`` draws from."""


@dataclass(frozen=True)
class AnswerHabits:
    """Chains fitted on labelled rows.

    Attributes:
        chains: stream → its chain: one per question (states are answers), or one over labels.
        words: (question, state) → the answer that the state gives.
    """

    chains: Mapping[str, MarkovChain[str]]
    words: Mapping[tuple[str, str], str]

    @classmethod
    def fit(cls, rows: Iterable[Row], mode: Mode) -> AnswerHabits:
        """Fit on rows of whole videos; rows without a correct answer are passed over."""
        known = sorted((row for row in rows if row["target"]), key=lambda row: (row["video_id"], row["window"]))
        words = {(row["question_id"], _state(row, mode)): row["target"] for row in known}
        chains = {}
        for stream in {_stream(row, mode) for row in known}:
            states: dict[str, dict[int, str]] = {}
            for row in known:
                if _stream(row, mode) == stream:
                    states.setdefault(row["video_id"], {})[row["window"]] = _state(row, mode)
            chains[stream] = MarkovChain.fit([list(of_video.values()) for of_video in states.values()])
        return cls(chains, words)


class Markov(RecordingModel):
    """Answers like a patient of the same study, but not like this one.

    Args:
        seed: of the draws; every video has its own streams, so the order of asking does not matter.
        mode: ``decomposed`` draws each question's answers from a chain of their own; ``direct`` draws labels from one
            chain and answers every question as that label does.
        fit: ``others`` fits on subjects outside the evaluated ones, or, where there are none, on all evaluated subjects
            but the one at hand; ``test`` fits on the evaluated videos themselves: the published, leaky baseline.
        training: labelled rows of subjects outside the evaluated ones.
        answers: see `RecordingModel`.

    Raises:
        UserError: an argument has no such value.
    """

    def __init__(
        self,
        seed: int = 0,
        mode: Mode = "decomposed",
        fit: Fit = "others",
        training: Sequence[Row] = (),
        answers: str | Path | None = None,
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        device: str | None = None,
    ) -> None:
        super().__init__(answers)
        for name, value, known in (("mode", mode, get_args(Mode)), ("fit", fit, get_args(Fit))):
            if value not in known:
                raise UserError(f"{name}: {value!r} is none of {', '.join(known)}")
        if isinstance(seed, bool) or not str(seed).isdecimal():
            raise UserError(f"seed: {seed!r} is not a whole number from 0 up")
        self._seed = int(seed)
        self._mode: Mode = mode
        self._fit: Fit = fit
        self._training = list(training)
        self._fingerprint = ""

    @property
    def fingerprint(self) -> str:
        """Hash of the settings and of the rows that the chains are fitted on; known once questions have come."""
        return self._fingerprint

    def generate_until(self, requests: Sequence[Any]) -> list[str]:
        """Fit, then answer all requests."""
        evaluated = [self.row(*request.args[3:6]) for request in requests]
        outside = self._fit == "others" and any(row["target"] for row in self._training)
        rows = self._training if outside else evaluated
        labels = sorted([row[name] for name in _FITTED] for row in rows)
        self._fingerprint = digest("Markov", self._seed, self._mode, self._fit, labels)

        @cache
        def habits_for(patient: str) -> AnswerHabits:
            leave_out = patient if self._fit == "others" else None
            return AnswerHabits.fit((row for row in rows if row["patient"] != leave_out), self._mode)

        self._habits_for = habits_for
        return super().generate_until(requests)

    def reply(self, asks: Sequence[Request]) -> Iterator[list[RequestReply]]:
        """Draw the answers of one video after the other.

        Raises:
            UserError: there is nothing to fit on: no other labelled subject.
        """
        for (video_id, patient), of_video in groupby(asks, key=lambda ask: (ask.row["video_id"], ask.row["patient"])):
            pending = list(of_video)
            habits = self._habits_for(patient)
            if not habits.chains:
                raise UserError(
                    f"markov: no labelled video of another subject than {patient} to fit on;"
                    " add subjects, or fit on the test videos with --model_args fit=test"
                )
            length = 1 + max(ask.row["window"] for ask in pending)
            drawn = {
                stream: chain.sample(
                    length, np.random.default_rng([self._seed, zlib.crc32(f"{video_id} {stream}".encode())])
                )
                for stream, chain in habits.chains.items()
            }
            words = ((ask, self._word(ask.row, drawn, habits)) for ask in pending)
            if replies := [RequestReply(ask, Reply(word)) for ask, word in words if word is not None]:
                yield replies

    def _word(self, row: Row, drawn: Mapping[str, Sequence[str]], habits: AnswerHabits) -> str | None:
        """The answer to one question: a random one where no other subject's is known; None where it is open."""
        stream = _stream(row, self._mode)
        state = drawn[stream][row["window"]] if stream in drawn else ""
        if (row["question_id"], state) in habits.words:
            return habits.words[row["question_id"], state]
        place = f"{self._seed} {row['video_id']} {row['window']} {row['question_id']}"
        options = row["options"]
        return str(options[zlib.crc32(place.encode()) % len(options)]) if options else None


def _stream(row: Row, mode: Mode) -> str:
    return _LABELS if mode == "direct" else str(row["question_id"])


def _state(row: Row, mode: Mode) -> str:
    return str(row["label"] if mode == "direct" else row["target"])
