"""Answers that are not the truth, the most telling ones first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from lmms_eval_plugins.runs.data_frames.build import probabilities_in, probability_of

_NEAR = 2
"""So many windows before and so many after one are its neighbours."""


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A wrong answer to a question about a window.

    Attributes:
        video_id: the video.
        start_s: start of the window, seconds.
        end_s: exclusive end of the window, seconds.
        question: id of the question.
        truth: the correct answer.
        answer: the answer given.
        probability: that of the answer given among those that a reply may begin with, 0 to 1; None if not recorded.
        disagreeing: how many of the answers to the question about the two windows before and the two after differ.
    """

    video_id: str
    start_s: float
    end_s: float
    question: str
    truth: str
    answer: str
    probability: float | None
    disagreeing: int


def wrong_answers(answers: pd.DataFrame) -> tuple[WrongAnswer, ...]:
    """Return the wrong answers of a run, from its rows of the answers table; replies that give none are not among them.

    The most probable ones come first, those without a probability behind them. Among equals, what stands against more
    of its neighbours comes first: a single slip rather than one of a long row.
    """
    found = [
        wrong
        for _, asked in answers.groupby(["video_id", "question"], sort=False)
        for wrong in _wrong_in(asked.sort_values("window"))
    ]
    return tuple(sorted(found, key=_place))


def _place(wrong: WrongAnswer) -> tuple[float, int]:
    return -1.0 if wrong.probability is None else -wrong.probability - 1, -wrong.disagreeing


def _wrong_in(asked: pd.DataFrame) -> Iterator[WrongAnswer]:
    """Yield the wrong answers to one question about the windows of one video, which are in order."""
    columns = ("video_id", "start_s", "end_s", "question", "truth", "value", "right", "probabilities")
    rows = list(zip(*(asked[column] for column in columns), strict=True))
    values = [value if isinstance(value, str) else None for *_, value, _, _ in rows]
    for place, (video, start_s, end_s, question, truth, value, right, probabilities) in enumerate(rows):
        if not isinstance(value, str) or pd.isna(right) or right:
            continue
        yield WrongAnswer(
            video_id=str(video),
            start_s=float(start_s),
            end_s=float(end_s),
            question=str(question),
            truth=str(truth),
            answer=value,
            probability=None if math.isnan(p := probability_of(probabilities_in(probabilities), value)) else p,
            disagreeing=_disagreeing(values, place),
        )


def _disagreeing(values: Sequence[str | None], place: int) -> int:
    near = [*values[max(0, place - _NEAR) : place], *values[place + 1 : place + 1 + _NEAR]]
    return sum(value is not None and value != values[place] for value in near)
