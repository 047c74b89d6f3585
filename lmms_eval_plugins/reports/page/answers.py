"""What a run answered about each video, in columns."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lmms_eval_plugins.reports.page.data.shared import in_thousandths
from lmms_eval_plugins.reports.page.data.video import STATES, AskedQuestion, WindowGrid
from lmms_eval_plugins.reports.page.runs import RunTables
from lmms_eval_plugins.runs.data_frames.build import probabilities_in

_NOT_ASKED = " "


@dataclass(frozen=True, slots=True)
class AnsweredPart:
    """What a run answered about a video: its windows, its texts, and answers that hold places of both.

    Attributes:
        run: place of the run.
        grid: the windows.
        texts: replies, answers and correct answers, each different one once.
        asked: the answers, a question each.
    """

    run: int
    grid: WindowGrid
    texts: tuple[str, ...]
    asked: tuple[AskedQuestion, ...]


@dataclass(slots=True)
class _Columns:
    """The answers to one question while they are gathered, an entry per window."""

    states: list[str]
    texts: list[int]
    values: list[int]
    truths: list[int]
    rights: list[str]
    probabilities: list[tuple[int, ...] | None]
    choices: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, n: int) -> _Columns:
        return cls([_NOT_ASKED] * n, [-1] * n, [-1] * n, [-1] * n, [_NOT_ASKED] * n, [None] * n)


_READ = ("window", "start_s", "end_s", "question", "state", "text", "value", "truth", "right", "probabilities")


def answered_parts(run: RunTables) -> Mapping[str, AnsweredPart]:
    """Return video → what a run answered about it."""
    questions = {question: place for place, question in enumerate(run.asked)}
    missing: Any = None  # pandas takes it, and does not say so
    columns = [run.answers[name].to_numpy(dtype=object, na_value=missing) for name in _READ]
    rows: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for video_id, row in zip(run.answers["video_id"].to_list(), zip(*columns, strict=True), strict=True):
        rows[video_id].append(row)
    return {video_id: _part(run.place, questions, of_video) for video_id, of_video in rows.items()}


def _part(run: int, questions: Mapping[str, int], rows: Sequence[tuple[Any, ...]]) -> AnsweredPart:
    n = 1 + max(row[0] for row in rows)
    starts, ends = [-1] * n, [-1] * n
    texts: dict[str, int] = {}
    of_questions: dict[int, _Columns] = {}
    for window, start_s, end_s, question, state, text, value, truth, right, probabilities in rows:
        starts[window], ends[window] = in_thousandths(start_s), in_thousandths(end_s)
        place = questions[question]
        columns = of_questions.get(place) or of_questions.setdefault(place, _Columns.of(n))
        columns.states[window] = STATES[state]
        for column, words in ((columns.texts, text), (columns.values, value), (columns.truths, truth)):
            if words is not None:
                column[window] = texts.setdefault(words, len(texts))
        if right is not None:
            columns.rights[window] = "1" if right else "0"
        if probabilities is not None:
            known = probabilities_in(probabilities)
            for choice in known:
                columns.choices.setdefault(choice, len(columns.choices))
            columns.probabilities[window] = tuple(in_thousandths(known.get(one, 0.0)) for one in columns.choices)
    for window in range(n):  # one that nothing was asked about has no time of its own
        if starts[window] < 0:
            starts[window] = ends[window] = ends[window - 1] if window else 0
    grid = WindowGrid(tuple(starts), tuple(ends))
    asked = tuple(_asked(run, place, columns) for place, columns in sorted(of_questions.items()))
    return AnsweredPart(run, grid, tuple(texts), asked)


def _asked(run: int, question: int, columns: _Columns) -> AskedQuestion:
    n = len(columns.choices)
    filled = (None if row is None else (*row, *(0,) * (n - len(row))) for row in columns.probabilities)
    return AskedQuestion(
        run=run,
        question=question,
        grid=0,
        states="".join(columns.states),
        texts=tuple(columns.texts),
        values=tuple(columns.values),
        truths=tuple(columns.truths) if max(columns.truths) >= 0 else None,
        rights=rights if (rights := "".join(columns.rights)).strip() else None,
        choices=tuple(columns.choices),
        probabilities=tuple(filled) if n else None,
    )
