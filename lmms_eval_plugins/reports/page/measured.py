"""The runs of a report as instruments: doses with intervals, of each video and of patients' sessions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

import pandas as pd

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import ALL, MeasuredDoses
from lmms_eval_plugins.domain.sessions import Session, session_of
from lmms_eval_plugins.reports.page.data.measured import (
    PageCoverage,
    PageDose,
    PageMeasured,
    PageSession,
    PageVideoDoses,
)
from lmms_eval_plugins.reports.page.data.shared import in_thousandths
from lmms_eval_plugins.reports.page.described import family_of
from lmms_eval_plugins.reports.page.runs import RunTables
from lmms_eval_plugins.runs.measuring.frame import MeasuredFrames, measured_frames
from lmms_eval_plugins.runs.measuring.groups import Recording, SessionDoses, recordings_in, sessions_of

Counts = Mapping[str, int]
"""How often each label, and all of them together, occurs."""

_NO_VIEW, _NO_DAY = "not known", "hidden"
"""What stands for a camera that is not known among others, and for a text that may be a date."""


class ReportMeasurements:
    """What is measured with the runs of a report, gathered while these are read.

    Args:
        videos: name of a video → its place.
        as_days: whether dates become numbers of days since a patient's first one.

    Attributes:
        measured: the runs of dose tasks so far.
        problems: what could not be measured with them, a line each.
    """

    def __init__(self, videos: Mapping[str, int], *, as_days: bool = False) -> None:
        self._videos, self._as_days = videos, as_days
        self.measured: list[PageMeasured] = []
        self.problems: list[str] = []

    def add(self, run: RunTables) -> Mapping[str, PageVideoDoses]:
        """Measure with a run; returns video → its doses, nothing where the run measures none."""
        if family_of(run.row) != "dose":
            return {}
        path = str(run.row["path"])
        frames = measured_frames(run.folder)
        own = frames.doses[frames.doses["path"] == path]
        problems = [*_said_of(frames.problems, (path, str(run.folder)))]
        if own.empty:
            why_not = listed(problems, by="; ") or "no video of it can be measured"
            self._add(run, PageMeasured(run.place, why_not, (), 0, (), (), ()))
            return {}
        recordings = recordings_in(own)
        if self._as_days:
            recordings = in_days(recordings)
        by_rule = _counts_by_rule(run.scores, run.scheme.names)
        sessions = [*_sessions(recordings, frames, problems)]
        self._add(
            run,
            PageMeasured(
                run=run.place,
                why_not=None,
                levels=LEVELS,
                n_others=min(one.n_others for one in recordings),
                coverage=tuple(coverage_of(own[own["primitive"] == ALL])),
                sessions=tuple(self._page_session(session, view, by_rule) for session, view in sessions),
                problems=tuple(problems),
            ),
        )
        return {
            one.video_id: PageVideoDoses(
                run=run.place,
                length_ms=in_thousandths(one.duration_s),
                doses=page_doses(one.measured, one.true, by_rule.get(one.video_id)),
                flags=one.unlike,
            )
            for one in recordings
        }

    def _add(self, run: RunTables, measured: PageMeasured) -> None:
        self.measured.append(measured)
        lines = [f"measures nothing: {measured.why_not}"] if measured.why_not else measured.problems
        self.problems += [f"{run.name}: {line}" for line in lines]

    def _page_session(self, session: SessionDoses, view: str | None, by_rule: Mapping[str, Counts]) -> PageSession:
        first, own = session.recordings[0], session.recordings
        known = [by_rule[one.video_id] for one in own if one.video_id in by_rule]
        rule = {label: sum(one[label] for one in known) for label in known[0]} if len(known) == len(own) else None
        return PageSession(
            patient=first.patient,
            cohort=first.cohort,
            date=session.date,
            view=view,
            videos=tuple(self._videos[one.video_id] for one in own),
            length_ms=in_thousandths(session.duration_s),
            doses=page_doses(session.measured, session.true, rule),
        )


def _said_of(problems: Iterable[str], paths: Sequence[str]) -> Iterator[str]:
    """Yield what problems say of a run, with whose path, or its file's, they begin."""
    for problem in problems:
        for path in dict.fromkeys(paths):
            if problem.startswith(f"{path}: "):
                yield problem.removeprefix(f"{path}: ")


def _sessions(
    recordings: Sequence[Recording], frames: MeasuredFrames, problems: list[str]
) -> Iterator[tuple[SessionDoses, str | None]]:
    """Yield each patient's sessions; where several cameras filmed the same, a camera's by itself, with its name.

    Args:
        recordings: the videos.
        frames: what they are from.
        problems: for a line about what cannot be summed.
    """
    for patient in dict.fromkeys(one.patient for one in recordings):
        own = [one for one in recordings if one.patient == patient]
        sessions, refused = sessions_of(own, frames, by_date=True)
        views = sorted({one.view or _NO_VIEW for one in own})
        if refused and len(views) > 1:
            refused = []
            for view in views:
                of_view = [one for one in own if (one.view or _NO_VIEW) == view]
                by_itself, also = sessions_of(of_view, frames, by_date=True)
                yield from ((session, view) for session in by_itself)
                refused += also
        else:
            yield from ((session, None) for session in sessions)
        problems += [line.removeprefix(f"{own[0].run}: ") for line in refused]


def _counts_by_rule(scores: pd.DataFrame, labels: Sequence[str]) -> dict[str, Counts]:
    """Return video → how often each label, and all, occurs by the task's own rule, where that is known."""
    if scores.empty:
        return {}
    columns = [f"predicted_{label}" for label in labels]
    known = scores.dropna(subset=columns)
    counts = {
        str(video_id): dict(zip(labels, map(int, own), strict=True))
        for video_id, *own in known[["video_id", *columns]].itertuples(index=False)
    }
    return {video_id: own | {ALL: sum(own.values())} for video_id, own in counts.items()}


def page_doses(measured: MeasuredDoses, true: Counts | None, rule: Counts | None) -> tuple[PageDose, ...]:
    """Return the doses of each label and of all, beside what is true and what the task's own rule says."""
    return tuple(
        PageDose(
            true=None if true is None else true[label],
            rule=None if rule is None else rule[label],
            count=round(dose.count, 2),
            ends=tuple(dose.ends[level] for level in LEVELS),
            seconds=None if dose.seconds is None else round(dose.seconds, 2),
            seconds_ends=_rounded(dose.seconds_ends),
        )
        for label, dose in measured.doses.items()
    )


def _rounded(ends: Mapping[int, tuple[float, float]] | None) -> tuple[tuple[float, float], ...] | None:
    if ends is None:
        return None
    return tuple((round(low, 2), round(high, 2)) for low, high in (ends[level] for level in LEVELS))


def coverage_of(totals: pd.DataFrame) -> Iterator[PageCoverage]:
    """Yield how often the intervals of the total hold what is true, by way and level, from a run's rows of totals."""
    known = totals[totals["true"].notna()]
    for way, own in known.groupby("way", sort=False):
        true = own["true"].astype(float)
        for level in LEVELS:
            low, high = own[f"low_{level}"], own[f"high_{level}"]
            widths = ((high - low) / true)[true > 0]
            yield PageCoverage(
                way=str(way),
                level=level,
                n_held=int(((low <= true) & (true <= high)).sum()),
                n_known=len(own),
                width=round(float(widths.median()), 3) if len(widths) else None,
            )


def in_days(recordings: Sequence[Recording]) -> list[Recording]:
    """Return videos with days since the patient's first date in the place of dates; numbers of days stay."""
    known: dict[str, dict[str, Session]] = defaultdict(dict)
    for one in recordings:
        if one.date:
            with suppress(ValueError):
                known[one.patient][one.date] = session_of(one.date)
    return [replace(one, date=one.date and _day_of(one.date, known[one.patient])) for one in recordings]


def _day_of(date: str, known: Mapping[str, Session]) -> str:
    if date not in known:
        return _NO_DAY
    kind, number = known[date]
    return date if kind == "day" else f"day {number - min(other for one, other in known.values() if one == kind)}"
