"""What a run was answered to each wording of its questions, all of it in the terms of the questions."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.answers import AnsweredVideo, state_of
from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import Answer
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.questions.variants import BASE, WordingReader
from lmms_eval_plugins.runs.data_frames.sources import correct_answers_to
from lmms_eval_plugins.runs.run import Run
from lmms_eval_plugins.runs.run_file import RUN_NAME, RunVideo

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AskedWording:
    """A wording of a question.

    Attributes:
        name: ``base``, or the variant's id.
        id: the id under which it was asked.
        reader: what reads its replies in the question's terms.
    """

    name: str
    id: str
    reader: WordingReader

    @property
    def polarity(self) -> int | None:
        """1 where yes and no mean what they mean in the question, -1 where the opposite; None of other answers."""
        if self.reader.own.kind != "yes_no":
            return None
        return 1 if self.reader.means is None else -1


@dataclass(frozen=True)
class WordedQuestion:
    """The answers to a question about W windows in each of K wordings, in the question's terms.

    Attributes:
        id: the question's id.
        kind: the form of its answers.
        wordings: the wordings, the base first.
        windows: video and index of each window.
        patients: the patient of each window.
        truth: the correct answer about each window; None where it is not known.
        answers: the answers to each wording about each window, as :func:`lmms_eval_plugins.questions.reading.read`
            returns them; (W, K).
        log_p: log-probability of each of the question's words (yes and no, or its options), which sum to 1; NaN where
            one of them was not recorded; (W, K, words).
    """

    id: str
    kind: AnswerKind
    wordings: tuple[AskedWording, ...]
    windows: tuple[tuple[str, int], ...]
    patients: tuple[str, ...]
    truth: tuple[Answer | None, ...]
    answers: tuple[tuple[object, ...], ...]
    log_p: Floats

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the wordings."""
        return tuple(wording.name for wording in self.wordings)

    @cached_property
    def read(self) -> NDArray[np.bool_]:
        """Whether a reply gave an answer; (W, K)."""
        return np.array([[state_of(one) == "read" for one in row] for row in self.answers], dtype=bool).reshape(
            len(self.windows), len(self.wordings)
        )

    def of_videos(self, kept: Collection[str]) -> WordedQuestion:
        """Return what is about some videos."""
        places = [place for place, (video, _) in enumerate(self.windows) if video in kept]
        return replace(
            self,
            windows=tuple(self.windows[place] for place in places),
            patients=tuple(self.patients[place] for place in places),
            truth=tuple(self.truth[place] for place in places),
            answers=tuple(self.answers[place] for place in places),
            log_p=self.log_p[places],
        )

    def column(self, place: int) -> list[object]:
        """Return the answers to one wording."""
        return [row[place] for row in self.answers]

    def p_yes(self, place: int) -> Floats:
        """Return the probability of yes by one wording, 0 to 1; NaN where it was not recorded."""
        return np.exp(self.log_p[:, place, 0])

    def majority(self) -> list[object]:
        """Return the answer that most wordings give about each window.

        Of several, the one of the base wording, else of the first wording in order; without any, what the base gives.
        """
        return [_most_frequent(row) for row in self.answers]

    def averaged(self) -> Floats:
        """Return the log-probability of each word, averaged over wordings and made to sum to 1; (W, words).

        Of yes and no this is the average of the log-odds. NaN where no wording has probabilities.
        """
        known = ~np.isnan(self.log_p[:, :, :1])
        sums = np.where(known, self.log_p, 0.0).sum(axis=1)
        means = sums / np.where(known.any(axis=1), known.sum(axis=1), np.nan)
        with np.errstate(invalid="ignore"):  # NaN stays NaN
            averaged: Floats = means - np.logaddexp.reduce(means, axis=1, keepdims=True)
        return averaged

    def said_by(self, log_p: Floats) -> list[object]:
        """Return the most probable answer about each window; that of the base wording where none has probabilities."""
        words = answer_words(self.kind)
        return [
            row[0] if np.isnan(own).any() else self.kind.parse_target(words[int(own.argmax())])
            for row, own in zip(self.answers, log_p, strict=True)
        ]


def answer_words(kind: AnswerKind) -> tuple[str, ...]:
    """Return the words whose probabilities tell an answer: yes and no, or the options; none of open questions."""
    return ("yes", "no") if kind.kind == "yes_no" else kind.options if kind.kind in ("one_of", "score") else ()


def worded_questions(run: Run, policy: Policy | None = None) -> tuple[WordedQuestion, ...]:
    """Return the questions of a run that it asked in several wordings; none of a run without variants.

    Args:
        run: the run.
        policy: how replies are read; None reads as its task asks.

    Raises:
        UserError: a variant is of no question of the run, or a truth cannot be read.
    """
    chosen = policy or run.file.reading
    videos = [(video, run.answered(video, chosen)) for video in run.file.videos]
    return tuple(
        _worded(run, question, wordings, videos, chosen) for question, wordings in _wordings(run.path, run).items()
    )


def _wordings(path: Path, run: Run) -> dict[str, tuple[AskedWording, ...]]:
    found: dict[str, tuple[AskedWording, ...]] = {}
    for variant in run.file.variants:
        kind = run.kinds.get(variant.variant_of)
        if kind is None:
            raise UserError(
                f"{path / RUN_NAME}: {variant.id} is a variant of {variant.variant_of!r}, which is no question"
            )
        base = AskedWording(BASE, variant.variant_of, WordingReader(kind, kind))
        wording = AskedWording(variant.name, variant.id, variant.reader(kind))
        found[variant.variant_of] = (*found.get(variant.variant_of, (base,)), wording)
    return found


def _worded(
    run: Run,
    id: str,
    wordings: tuple[AskedWording, ...],
    videos: Sequence[tuple[RunVideo, AnsweredVideo[object]]],
    policy: Policy,
) -> WordedQuestion:
    kind = run.kinds[id]
    question = next(one for one in run.file.questions if one.id == id)
    words = answer_words(kind)
    windows, patients, truth, answers = [], [], [], []
    log_p: list[list[list[float]]] = []
    for video, answered in videos:
        for place, window in enumerate(answered.windows):
            if id not in window.answers:
                continue
            (correct,) = correct_answers_to([question], run.file.assessment, answered.truth, answered.activity, window)
            keys = [(video.video_id, place, wording.id) for wording in wordings]
            windows.append((video.video_id, place))
            patients.append(video.patient)
            truth.append(correct)
            answers.append(
                tuple(
                    None if (text := run.answers.get(key)) is None else wording.reader.read(text, policy)
                    for key, wording in zip(keys, wordings, strict=True)
                )
            )
            log_p.append(
                [
                    _normalised(wording.reader.probabilities(run.logprobs.get(key, {})), words)
                    for key, wording in zip(keys, wordings, strict=True)
                ]
            )
    shape = (len(windows), len(wordings), len(words))
    of_words = np.array(log_p, dtype=float).reshape(shape) if words else np.full((*shape[:2], 1), np.nan)
    return WordedQuestion(id, kind, wordings, tuple(windows), tuple(patients), tuple(truth), tuple(answers), of_words)


def _normalised(recorded: Mapping[str, float], words: Sequence[str]) -> list[float]:
    """Return the log-probability of each word among these, which sum to 1; NaN of all where one is not known."""
    by_name = {name.strip().lower(): value for name, value in recorded.items()}
    values = [by_name.get(word.strip().lower(), math.nan) for word in words]
    if not all(map(math.isfinite, values)):
        return [math.nan] * len(words)
    highest = max(values)
    whole = highest + math.log(sum(math.exp(value - highest) for value in values))
    return [value - whole for value in values]


def _most_frequent(answers: Sequence[object]) -> object:
    given = [one for one in answers if state_of(one) == "read"]
    if not given:
        return answers[0]
    return max(given, key=given.count)


def with_answers_of(
    videos: Sequence[AnsweredVideo[object]], question: WordedQuestion, answers: Sequence[object]
) -> list[AnsweredVideo[object]]:
    """Return videos with other answers to a question, one for each of its windows; log-odds are left as they are."""
    of_window = dict(zip(question.windows, answers, strict=True))
    return [
        replace(
            video,
            windows=tuple(
                replace(window, answers={**window.answers, question.id: of_window[video.video_id, place]})
                if (video.video_id, place) in of_window
                else window
                for place, window in enumerate(video.windows)
            ),
        )
        for video in videos
    ]
