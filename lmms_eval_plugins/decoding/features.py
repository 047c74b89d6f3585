"""Answers as numbers: the row of a window, made of the answers about it and about its neighbours in time."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lmms_eval_plugins.decoding.clock import Clock, Floats
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.outcomes import NoAnswer

Form = Literal["yes_no", "log_odds", "primitives"]
"""The form of a question's answers: yes or no; yes or no with recorded log-odds of yes; one or several labels."""

REACH_S = 16 / 15
"""Time between starts of windows up to which answers count for each other: two windows of the study."""

UNSEEN, UNREAD, OUTSIDE = "missing", "unreadable", "outside the video"

_MOST_ODDS = 6.0
"""Limit of log-odds; larger ones are clipped to it."""


def answer_forms(videos: Iterable[Sequence[WindowAnswers]], questions: Sequence[str]) -> dict[str, Form]:
    """Return the form of each question from all its answers; ``yes_no`` where none can be read."""
    forms: dict[str, Form] = dict.fromkeys(questions, "yes_no")
    for windows in videos:
        for window in windows:
            for question in questions:
                answer = window.answers.get(question)
                if isinstance(answer, str | tuple):
                    forms[question] = "primitives"
                elif question in window.log_odds and forms[question] == "yes_no":
                    forms[question] = "log_odds"
    return forms


@dataclass(frozen=True, slots=True)
class AnswerCode:
    """The coding of answers as numbers.

    Attributes:
        forms: question → form of its answers.
        reach: number of windows before and after a window that count for it.
        labels: the labels that answers may name.
    """

    forms: Mapping[str, Form]
    reach: int
    labels: tuple[str, ...] = PRIMITIVES

    @classmethod
    def from_clock(cls, forms: Mapping[str, Form], clock: Clock, labels: tuple[str, ...] = PRIMITIVES) -> AnswerCode:
        """Make the coding for the windows of a clock; at least the neighbouring windows count for a window."""
        return cls(forms, max(1, round(REACH_S / clock.stride_s)), labels)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns, as ``motion yes @-1`` for the answer about the window before; (columns,)."""
        columns: dict[Form, tuple[str, ...]] = {
            "yes_no": ("yes", UNREAD, UNSEEN),
            "log_odds": ("yes", UNREAD, UNSEEN, "log-odds"),
            "primitives": (*self.labels, UNREAD, UNSEEN),
        }
        own = [f"{question} {column}" for question, form in self.forms.items() for column in columns[form]]
        return tuple(f"{name} @{shift:+d}" for shift in self._shifts for name in (*own, OUTSIDE))

    def rows(self, windows: Sequence[WindowAnswers | None]) -> Floats:
        """Return one row of numbers per window, each −1 to 1; (windows, columns)."""
        own = np.array([self._row(window) for window in windows])
        places = np.arange(len(windows))
        parts = []
        for shift in self._shifts:
            inside = (places + shift >= 0) & (places + shift < len(windows))
            shifted = np.zeros_like(own)
            shifted[inside] = own[(places + shift)[inside]]
            parts += [shifted, (~inside).astype(float)[:, None]]
        return np.concatenate(parts, axis=1)

    @property
    def _shifts(self) -> range:
        return range(-self.reach, self.reach + 1)

    def _row(self, window: WindowAnswers | None) -> list[float]:
        row: list[float] = []
        for question, form in self.forms.items():
            answer = None if window is None else window.answers.get(question)
            if form == "primitives":
                named = {answer} if isinstance(answer, str) else set(answer) if isinstance(answer, tuple) else set()
                row += [float(label in named) for label in self.labels]
            else:
                row.append((0.5 if answer else -0.5) if isinstance(answer, bool) else 0.0)
            row += [float(isinstance(answer, NoAnswer)), float(answer is None)]
            if form == "log_odds":
                odds = 0.0 if window is None else window.log_odds.get(question, 0.0)
                row.append(0.0 if math.isnan(odds) else min(max(odds, -_MOST_ODDS), _MOST_ODDS) / _MOST_ODDS)
        return row
