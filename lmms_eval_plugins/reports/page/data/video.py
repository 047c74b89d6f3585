"""What the page knows of one video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lmms_eval_plugins.reports.page.data.measured import PageVideoDoses
from lmms_eval_plugins.reports.page.data.shared import PageTimeline

STATES: Mapping[str, str] = {"read": "a", "unreadable": "u", "refused": "r", "contradictory": "c", "missing": "-"}
"""State of an answer → its letter in `AskedQuestion.states`."""


@dataclass(frozen=True, slots=True)
class WindowGrid:
    """The windows of a video as one or several runs asked about them: starts and exclusive ends."""

    starts: tuple[int, ...]
    ends: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class FrameStrips:
    """Pictures of the windows of a grid, as some runs' models got them: their frames side by side, one file a window.

    Attributes:
        grid: place of the grid.
        runs: places of the runs.
        pattern: relative address of a window's file, with ``{window}`` for its index.
        counts: frames per window.
        width, height: of one frame in the file, pixels.
    """

    grid: int
    runs: tuple[int, ...]
    pattern: str
    counts: tuple[int, ...]
    width: int
    height: int


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """The answers of a run to one question about the windows of a grid, an entry per window.

    Attributes:
        run: place of the run.
        question: place in the run's questions.
        grid: place of the grid.
        states: a letter per window, of `STATES`; a window that was not asked about has a blank.
        texts: places of the replies in `VideoData.texts`, −1 where there is none.
        values: places of the answers in `VideoData.texts`, −1 where there is none.
        truths: places of the correct answers in `VideoData.texts`, −1 where there is none; None where none is known.
        rights: ``1`` right, ``0`` wrong, blank where that is not known, a letter per window; None where none is known.
        choices: the answers whose probabilities were recorded.
        probabilities: per window one number per choice, thousandths; None of a window without; None where none has any.
    """

    run: int
    question: int
    grid: int
    states: str
    texts: tuple[int, ...]
    values: tuple[int, ...]
    truths: tuple[int, ...] | None
    rights: str | None
    choices: tuple[str, ...]
    probabilities: tuple[tuple[int, ...] | None, ...] | None


@dataclass(frozen=True, slots=True)
class VideoData:
    """What is known of one video: timelines, what was asked and answered, pictures, doses.

    Attributes:
        schema: version of these types.
        video: its place.
        fps: frames per second of the video; None where it is not known.
        timelines: truth first, then raters, then the runs' own.
        grids: windows.
        texts: replies, answers and correct answers, each different one once.
        asked: answers.
        strips: pictures.
        doses: as measured, of each run that measures.
    """

    schema: int
    video: int
    fps: float | None
    timelines: tuple[PageTimeline, ...]
    grids: tuple[WindowGrid, ...]
    texts: tuple[str, ...]
    asked: tuple[AskedQuestion, ...]
    strips: tuple[FrameStrips, ...]
    doses: tuple[PageVideoDoses, ...]
