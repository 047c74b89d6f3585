"""The page of a patient as plain text, for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence

from lmms_eval_plugins.core.console import one_line
from lmms_eval_plugins.core.redaction import redacted
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.patient.page_tables import remarks_on, shorter, table_of_items, tables_of_run, who
from lmms_eval_plugins.reports.patient.report import CountedVideo, PatientReport, ReportedItems, ReportedRun
from lmms_eval_plugins.reports.tables.formats.text import HOW_TO_SEE_WHOLE
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Table

WIDTH = 80
_HEAD = 11
"""Width of what stands before a strip."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
_NOTHING = "·"


def patient_text(report: PatientReport) -> str:
    """Return the page as text; strips of timelines are 80 columns wide, a letter per stretch of time."""
    title = f"Patient {_clean(report.patient)}"
    lines = [title, "=" * len(title), *_folded(who(report))]
    for run in report.runs:
        lines += ["", *_of_run(run, report.patient)]
    for row in report.assessments:
        lines += ["", *_heading(row), "", _table(table_of_items(row))]
    return "\n".join(lines) + "\n"


def _clean(text: str) -> str:
    return one_line(redacted(text))


def _table(table: Table) -> str:
    return rendered([table], "text", WIDTH).removesuffix(HOW_TO_SEE_WHOLE + "\n").rstrip()


def _folded(lines: Sequence[str]) -> list[str]:
    return [part for line in lines for part in textwrap.wrap(_clean(line), WIDTH, subsequent_indent="  ")]


def _heading(row: ReportedRun | ReportedItems) -> list[str]:
    title = _clean(f"{row.model or 'unknown model'}, {row.task}")
    return [title, "-" * len(title), *_folded([f"run: {row.run}", *remarks_on(row)])]


def _of_run(run: ReportedRun, patient: str) -> Iterator[str]:
    yield from _heading(run)
    tables = [_table(table) for table in tables_of_run(run, patient, short=True)]
    before = 2 if run.videos else 0
    for table in tables[:before]:
        yield from ("", table)
    if run.videos:
        yield from ("", *_timelines(run.videos, run.scheme, patient))
    for table in tables[before:]:
        yield from ("", table)


def _timelines(videos: Sequence[CountedVideo], scheme: Scheme, patient: str) -> Iterator[str]:
    letters = letters_of(scheme.names)
    key = ", ".join(f"{letter} {label}" for label, letter in letters.items())
    yield from _folded([f"Timelines: {key}, {_NOTHING} nothing"])
    for video in videos:
        about = ", ".join(filter(None, (video.activity, video.view and f"view {video.view}")))
        yield from (
            "",
            _clean(f"{shorter(video.video_id, patient)}, {video.duration_s:.1f} s" + f" ({about})" * bool(about)),
        )
        if video.truth is not None:
            yield "true".ljust(_HEAD) + strip_of(video.truth, video.duration_s, letters)
        yield "predicted".ljust(_HEAD) + strip_of(video.predicted, video.duration_s, letters)


def letters_of(labels: Sequence[str]) -> dict[str, str]:
    """Return label → the letter that stands for it: its first one that no other has taken, else any that is left."""
    letters: dict[str, str] = {}
    for label in labels:
        free = (letter for letter in (*label, *_LETTERS) if letter in _LETTERS and letter not in letters.values())
        letters[label] = next(free, "?")
    return letters


def strip_of(timeline: Timeline, duration_s: float, letters: Mapping[str, str], width: int = WIDTH - _HEAD) -> str:
    """Return a timeline as letters: that of the label in the middle of each stretch, ``·`` where there is none.

    Args:
        timeline: the timeline.
        duration_s: the time that the strip lasts, seconds.
        letters: label → its letter.
        width: how many stretches there are.
    """
    labels = (timeline.at((place + 0.5) * duration_s / width) for place in range(width))
    return "".join(letters.get(label, _NOTHING) if label is not None else _NOTHING for label in labels)
