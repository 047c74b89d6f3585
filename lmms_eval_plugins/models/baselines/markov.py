"""A blind baseline: answers drawn from a Markov chain over other answers, never from the video."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from itertools import groupby

import numpy as np

from lmms_eval_plugins.assessments.dose.baselines import MarkovChain
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Answerer, Request, RequestReply, Row
from lmms_eval_plugins.models.baselines.settings import MarkovMode, MarkovSettings
from lmms_eval_plugins.runs.answers import Reply

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
    def fit(cls, rows: Iterable[Row], mode: MarkovMode) -> AnswerHabits:
        """Fit on rows of whole videos; rows without a correct answer are left out."""
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


class Markov(Answerer):
    """Answers like a patient of the same study, but not like this one.

    Args:
        settings: seed of the draws, what is drawn, and on whom the chains are fitted.
        training: labelled rows of subjects outside the evaluated ones.
    """

    def __init__(self, settings: MarkovSettings, training: Sequence[Row] = ()) -> None:
        self._settings, self._training = settings, training
        self._fingerprint = ""
        self._habits_of: Callable[[str], AnswerHabits] = cache(partial(self._fit, ()))

    @property
    def fingerprint(self) -> str:
        """Hash of the settings and of the rows that the chains are fitted on; empty before `begin`."""
        return self._fingerprint

    def begin(self, rows: Sequence[Row]) -> None:
        """Choose what to fit on: the evaluated rows, or those of other subjects where there are any."""
        settings = self._settings
        outside = settings.fit == "others" and any(row["target"] for row in self._training)
        fitted = self._training if outside else rows
        labels = sorted([row[name] for name in _FITTED] for row in fitted)
        self._fingerprint = digest("Markov", settings.seed, settings.mode, settings.fit, labels)
        self._habits_of = cache(partial(self._fit, fitted))

    def _fit(self, rows: Sequence[Row], patient: str) -> AnswerHabits:
        leave_out = patient if self._settings.fit == "others" else None
        return AnswerHabits.fit((row for row in rows if row["patient"] != leave_out), self._settings.mode)

    def answer(self, requests: Sequence[Request]) -> Iterator[list[RequestReply]]:
        """Draw the answers of one video after the other.

        Raises:
            UserError: there is nothing to fit on: no other labelled subject.
        """
        for (video_id, patient), of_video in groupby(
            requests, key=lambda request: (request.row["video_id"], request.row["patient"])
        ):
            pending = list(of_video)
            habits = self._habits_of(patient)
            if not habits.chains:
                raise UserError(
                    f"markov: no labelled video of another subject than {patient} to fit on;"
                    " add subjects, or fit on the test videos with --model_args fit=test"
                )
            length = 1 + max(request.row["window"] for request in pending)
            drawn = {
                stream: chain.sample(
                    length, np.random.default_rng([self._settings.seed, zlib.crc32(f"{video_id} {stream}".encode())])
                )
                for stream, chain in habits.chains.items()
            }
            words = ((request, self._word(request.row, drawn, habits)) for request in pending)
            if replies := [RequestReply(request, Reply(word)) for request, word in words if word is not None]:
                yield replies

    def _word(self, row: Row, drawn: Mapping[str, Sequence[str]], habits: AnswerHabits) -> str | None:
        """Return the answer to one question: a random one where no other subject's is known; None where it is open."""
        stream = _stream(row, self._settings.mode)
        state = drawn[stream][row["window"]] if stream in drawn else ""
        if (row["question_id"], state) in habits.words:
            return habits.words[row["question_id"], state]
        place = f"{self._settings.seed} {row['video_id']} {row['window']} {row['question_id']}"
        options = row["options"]
        return str(options[zlib.crc32(place.encode()) % len(options)]) if options else None


def _stream(row: Row, mode: MarkovMode) -> str:
    return _LABELS if mode == "direct" else str(row["question_id"])


def _state(row: Row, mode: MarkovMode) -> str:
    return str(row["label"] if mode == "direct" else row["target"])
