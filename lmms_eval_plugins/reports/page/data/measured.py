"""Doses as they are measured: numbers with intervals, of videos and of patients' sessions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PageDose:
    """The dose of a label, or of all, in a video or in several.

    Attributes:
        true: how often it truly occurs; None where that is not known.
        rule: how often it does by the task's own rule; None where that is not known.
        count: the estimate.
        ends: per level of `PageMeasured` the least and the greatest number that it may be.
        seconds: the estimate of for how long; None of all labels.
        seconds_ends: per level the ends of the interval of the seconds; None of all labels.
    """

    true: int | None
    rule: int | None
    count: float
    ends: tuple[tuple[int, int], ...]
    seconds: float | None
    seconds_ends: tuple[tuple[float, float], ...] | None


@dataclass(frozen=True, slots=True)
class PageVideoDoses:
    """The doses of a video as measured with a run's answers.

    Attributes:
        run: place of the run.
        length_ms: of the video.
        doses: of each label of the run's scheme, then of all.
        flags: what a reader should know of them, a line each.
    """

    run: int
    length_ms: int
    doses: tuple[PageDose, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PageSession:
    """The doses of the videos of a patient's session together.

    Attributes:
        patient, cohort: whose.
        date: the day; None where none is known.
        view: the camera, where others filmed the same; else None.
        videos: places of the videos.
        length_ms: of all of them.
        doses: as in `PageVideoDoses`.
    """

    patient: str
    cohort: str | None
    date: str | None
    view: str | None
    videos: tuple[int, ...]
    length_ms: int
    doses: tuple[PageDose, ...]


@dataclass(frozen=True, slots=True)
class PageCoverage:
    """How often the intervals of a level, by one way to measure, hold the true total of a video, and how wide they are.

    Attributes:
        way: as in `lmms_eval_plugins.runs.measuring.frame`.
        level: in per cent.
        n_held: so many of the intervals hold it.
        n_known: of so many videos the true total is known.
        width: median width of an interval, as a share of the true total; None where no total is above 0.
    """

    way: str
    level: int
    n_held: int
    n_known: int
    width: float | None


@dataclass(frozen=True, slots=True)
class PageMeasured:
    """A run as an instrument: every patient measured by what the labels of the others teach.

    Attributes:
        run: place of the run.
        why_not: why nothing is measured, in a line; None where it is.
        levels: of the intervals, per cent.
        n_others: number of labelled patients that the least taught instrument learned from.
        coverage: of the intervals, a level each.
        sessions: by patient and day.
        problems: what could not be measured, a line each.
    """

    run: int
    why_not: str | None
    levels: tuple[int, ...]
    n_others: int
    coverage: tuple[PageCoverage, ...]
    sessions: tuple[PageSession, ...]
    problems: tuple[str, ...]
