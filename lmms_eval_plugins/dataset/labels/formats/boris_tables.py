"""BORIS tables (CSV or TSV): aggregated events, tabular events old and new, and the events that its import reads."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, RatedVideo
from lmms_eval_plugins.dataset.labels.formats.boris import BorisEvent, BorisObservation, videos_of_observations
from lmms_eval_plugins.dataset.labels.formats.boris_project import state_events
from lmms_eval_plugins.dataset.labels.formats.contents import MOST_ANNOTATIONS, LabelContent, media_name, number_of

_HEADERS = (
    {"behavior", "start (s)", "stop (s)"},
    {"behavior", "time", "status"},
    {"behavior", "time", "behavior type"},
    {"time", "subject", "code", "modifier"},
)
"""Columns that a header of each form has, in lower case."""

_FILE_COLUMNS = ("media file name", "media file path", "media file")
_LENGTH_COLUMNS = ("media duration (s)", "total length")
_FPS_COLUMNS = ("fps (frame/s)", "fps")
_EVENT_COLUMNS = ("time", "subject", "code", "modifier", "comment")

Row = Mapping[str, str]


def is_boris_table(content: LabelContent) -> bool:
    """Return whether a file is a table that BORIS exports or imports."""
    return content.is_table and _header(content) is not None


def _header(content: LabelContent) -> int | None:
    """Return the place of the header among the rows; older exports have the observation's facts before it."""
    for place, (_, cells) in enumerate(content.rows[:200]):
        columns = {cell.lower() for cell in cells}
        if any(header <= columns for header in _HEADERS):
            return place
    return None


def read_boris_table(content: LabelContent) -> list[AnnotatedVideo]:
    """Read a table of BORIS: state events by their starts and stops, point events, per observation.

    Raises:
        UserError: a time is not a number of seconds, or there are too many events.
    """
    place = _header(content)
    assert place is not None
    if len(content.rows) > MOST_ANNOTATIONS:
        raise UserError(f"{content.path}: more than {MOST_ANNOTATIONS:,} events")
    columns = [cell.lower() for cell in content.rows[place][1]]
    facts = {cells[0].lower(): cells[1] for _, cells in content.rows[:place] if len(cells) > 1}
    observations: dict[str, BorisObservation] = {}
    for line, cells in content.rows[place + 1 :]:
        row = dict(zip(columns, cells, strict=False))
        name = row.get("observation id") or facts.get("observation id") or content.path.stem
        if name not in observations:
            observations[name] = _observation(name, row, facts)
        observation = observations[name]
        observation.events += _events(content, line, row)
        file = next(
            (row[column] for column in _FILE_COLUMNS if row.get(column, "NA") not in ("NA", "", "Not found")), ""
        )
        if file and media_name(file) not in map(media_name, observation.files):
            observation.files = [*observation.files, file]
    return videos_of_observations(observations.values())


def _observation(name: str, row: Row, facts: Mapping[str, str]) -> BorisObservation:
    files = _first_player(row.get("source", ""))
    if not files and (only := next((facts[key] for key in facts if key.startswith("player #1")), "")):
        files = [only]
    length = next((row[column] for column in _LENGTH_COLUMNS if row.get(column)), "")
    lengths = [number_of(part) or None for part in length.split("|")[0].split(";")]
    fps = next((row[column] for column in _FPS_COLUMNS if row.get(column)), "")
    offset = row.get("time offset (s)") or facts.get("time offset (s)") or "0"
    return BorisObservation(name, files, lengths, number_of(re.split("[|;]", fps)[0]) or None, number_of(offset) or 0.0)


def _first_player(source: str) -> list[str]:
    """Return the first player's files in ``player #1:a.mp4;b.mp4|player #2:…``; none where it has another form."""
    first = re.match(r"player #1:\s*([^|]*)", source)
    return [part.strip() for part in first[1].split(";") if part.strip()] if first else []


def _events(content: LabelContent, line: int, row: Row) -> Iterator[BorisEvent]:
    def seconds(column: str) -> float:
        value = number_of(row.get(column, ""))
        if value is None:
            found = row.get(column, "")
            raise UserError(f"{content.path}, line {line}, {column}: {found!r} is not a number of seconds")
        return value

    code, subject = row.get("behavior") or row.get("code", ""), row.get("subject", "")
    if not code:
        raise UserError(f"{content.path}, line {line}: a row without a behavior")
    columns = [column for column in row if re.fullmatch(r"modifiers?( #\d+)?", column)]
    modifiers = tuple(word for column in columns for word in row[column].split("|") if word)
    if "start (s)" in row:
        start_s = seconds("start (s)")
        if row.get("behavior type", "").upper() == "POINT":
            yield BorisEvent(start_s, code, subject, modifiers, "POINT")
        else:
            yield BorisEvent(start_s, code, subject, modifiers, "START")
            yield BorisEvent(seconds("stop (s)"), code, subject, modifiers, "STOP")
        return
    kind = (row.get("status") or row.get("behavior type") or "STATE").upper()
    if kind not in ("START", "STOP", "POINT", "STATE"):
        raise UserError(f"{content.path}, line {line}: {kind!r} is none of START, STOP, POINT")
    yield BorisEvent(seconds("time"), code, subject, modifiers, kind)


def boris_events(video: RatedVideo) -> str:
    """Return the events of a video as CSV in the columns that BORIS imports from spreadsheets; hands are subjects."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_EVENT_COLUMNS)
    writer.writerows([f"{time_s:.3f}", subject, code, "", ""] for time_s, subject, code in state_events(video))
    return text.getvalue()
