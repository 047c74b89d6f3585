"""Answers that are not the truth, the most telling ones first."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from lmms_eval_plugins.runs.data_frames.build import probabilities_in, probability_of

_NEAR = 2
"""So many windows before and so many after one are its neighbours."""


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """A wrong answer to a question about a window.

    Attributes:
        video_id: the video.
        window: index of the window.
        start_s: start of the window, seconds.
        end_s: exclusive end of the window, seconds.
        question: id of the question.
        truth: the correct answer.
        answer: the answer given.
        probability: that of the answer given among those that a reply may begin with, 0 to 1; None if not recorded.
        disagreeing: how many of the answers to the question about the two windows before and the two after differ.
    """

    video_id: str
    window: int
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
    group = answers.groupby(["video_id", "question"], sort=False).ngroup()
    rows = answers.iloc[np.lexsort((answers["window"], group))]
    wrong = rows["value"].notna() & ~rows["right"].astype("boolean").fillna(True).astype(bool)
    columns = ("video_id", "window", "start_s", "end_s", "question", "truth", "value", "probabilities")
    found = [
        WrongAnswer(
            video_id=str(video),
            window=int(window),
            start_s=float(start_s),
            end_s=float(end_s),
            question=str(question),
            truth=str(truth),
            answer=str(value),
            probability=None if math.isnan(p := probability_of(probabilities_in(probabilities), value)) else p,
            disagreeing=int(n),
        )
        for video, window, start_s, end_s, question, truth, value, probabilities, n in zip(
            *(rows[wrong][column] for column in columns), _disagreeing(rows)[wrong.to_numpy()], strict=True
        )
    ]
    return tuple(sorted(found, key=_place))


def _place(wrong: WrongAnswer) -> tuple[float, int]:
    return -1.0 if wrong.probability is None else -wrong.probability - 1, -wrong.disagreeing


def _disagreeing(rows: pd.DataFrame) -> npt.NDArray[np.int64]:
    """Return how many neighbours of each answer are other ones; rows are in order of video, question, window."""
    values, _ = pd.factorize(rows["value"])  # none is −1
    group = rows.groupby(["video_id", "question"], sort=False).ngroup().to_numpy()
    n = np.zeros(len(rows), dtype=np.int64)
    for step in range(1, _NEAR + 1):
        first, second = slice(None, -step), slice(step, None)
        differ = (group[first] == group[second]) & (values[first] != values[second])
        n[first] += differ & (values[second] >= 0)
        n[second] += differ & (values[first] >= 0)
    return n
