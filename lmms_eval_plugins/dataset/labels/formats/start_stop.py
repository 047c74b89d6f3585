"""Plain tables of starts and stops (CSV or TSV), by the common names of their columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo, Annotation
from lmms_eval_plugins.dataset.labels.formats.contents import MOST_ANNOTATIONS, LabelContent, media_name, number_of

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "start": (
        "start",
        "start time",
        "time start",
        "begin",
        "begin time",
        "onset",
        "from",
        "t start",
        "tstart",
        "start s",
    ),
    "stop": ("stop", "stop time", "time stop", "end", "end time", "offset", "to", "finish", "t end", "tend", "t stop"),
    "duration": ("duration", "length", "dur"),
    "label": (
        *("label", "labels", "behavior", "behaviour", "code", "primitive", "action", "annotation", "class", "category"),
        *("event", "value", "state", "movement", "marker", "name", "type", "text"),
    ),
    "side": ("side", "hand", "arm", "limb", "laterality"),
    "tier": ("tier", "subject", "track", "channel", "layer", "participant", "actor"),
    "video": (
        "video",
        "video id",
        "video name",
        "file",
        "filename",
        "file name",
        "media",
        "media file",
        "clip",
        "trial",
    ),
    "rater": ("rater", "annotator", "coder", "observer"),
    "fps": ("fps", "frame rate", "framerate"),
}
"""What a column may be called, in lower case and without its unit; the first of the names that a table has counts."""

_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds", "ss msec"), 1.0),
    **dict.fromkeys(("ms", "msec", "millisecond", "milliseconds"), 0.001),
    **dict.fromkeys(("min", "minute", "minutes"), 60.0),
}
_FRAMES = ("frame", "frames", "frame index", "idx")
_CLOCK = ("hh mm ss ms", "hh mm ss", "hh mm ss ff", "mm ss")
_CLOCK_TIME = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")


def is_start_stop(content: LabelContent) -> bool:
    """Return whether a file is a table with starts, stops or durations, and labels; or one of them without a header."""
    if not content.is_table:
        return False
    columns = _columns(content.rows[0][1])
    return _is_complete(columns) or _is_bare(content.rows)


def _is_complete(columns: Mapping[str, int]) -> bool:
    return {"start", "label"} <= columns.keys() and ("stop" in columns or "duration" in columns)


def _is_bare(rows: Sequence[tuple[int, tuple[str, ...]]]) -> bool:
    """Return whether every row is start, stop, label, as Audacity writes them."""
    return all(
        len(cells) == 3 and None not in (number_of(cells[0]), number_of(cells[1])) and number_of(cells[2]) is None
        for _, cells in rows
    )


def _split(name: str) -> tuple[str, str]:
    """Return a column's name and its unit: ``Start (ms)``, ``start_ms`` and ``Begin Time - msec`` have one."""
    words = " ".join(re.findall(r"[^\W_]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    for unit in sorted((*_UNITS, *_FRAMES, *_CLOCK), key=len, reverse=True):
        if words.endswith(" " + unit):
            return words.removesuffix(" " + unit), unit
        if unit in _FRAMES and words.startswith(unit + " "):
            return words.removeprefix(unit + " "), unit
    return words, ""


def _columns(header: Sequence[str]) -> dict[str, int]:
    """Return what is found in which column; of several units of one thing, one in numbers counts."""
    names = [_split(cell) for cell in header]
    found: dict[str, int] = {}
    for what, known in COLUMNS.items():
        places = [
            (unit in _CLOCK, known.index(name), place) for place, (name, unit) in enumerate(names) if name in known
        ]
        if places:
            found[what] = min(places)[2]
    return found


def read_start_stop(content: LabelContent) -> list[AnnotatedVideo]:
    """Read a table of starts and stops: one video per name in its video column and rater.

    Times are seconds unless the column's name has another unit (ms, min, frames, hh:mm:ss); a decimal comma and clock
    times are read.

    Raises:
        UserError: a time is not one, the starts and stops have different units, or there are too many rows.
    """
    header = content.rows[0][1]
    columns, rows = _columns(header), content.rows[1:]
    if not _is_complete(columns):
        columns, rows, header = {"start": 0, "stop": 1, "label": 2}, content.rows, ("start", "stop", "label")
    if len(rows) > MOST_ANNOTATIONS:
        raise UserError(f"{content.path}: more than {MOST_ANNOTATIONS:,} rows")
    units = {what: _split(header[columns[what]])[1] for what in ("start", "stop", "duration") if what in columns}
    in_frames = {unit in _FRAMES for unit in units.values()}
    if len(in_frames) > 1:
        raise UserError(f"{content.path}: {', '.join(header)}: some times are frames and some are not")
    videos: dict[tuple[str, str], list[Annotation]] = {}
    fps: dict[tuple[str, str], float | None] = {}
    for line, cells in rows:
        row = {what: cells[place] if place < len(cells) else "" for what, place in columns.items()}
        key = (media_name(row.get("video", "")), row.get("rater", ""))
        tier = " ".join(filter(None, (row.get("tier", ""), row.get("side", ""))))
        times = {
            what: _time(content, line, header[columns[what]], row[what], units[what])
            for what in units
            if row[what] or what == "start"
        }
        start = times["start"]
        end = times["stop"] if "stop" in times else start + times["duration"] if "duration" in times else None
        videos.setdefault(key, []).append(Annotation(start, end, row["label"], tier))
        fps[key] = fps.get(key) or number_of(row.get("fps", ""))
    raters = {rater for _, rater in videos}
    return [
        AnnotatedVideo(
            media,
            tuple(sorted(annotations, key=lambda annotation: annotation.start_s)),
            fps=fps[media, rater],
            rater=rater if len(raters) > 1 else "",
            in_frames=in_frames == {True},
        )
        for (media, rater), annotations in videos.items()
    ]


def _time(content: LabelContent, line: int, column: str, cell: str, unit: str) -> float:
    if (value := number_of(cell)) is not None:
        return value * _UNITS.get(unit, 1.0)
    if clock := _CLOCK_TIME.fullmatch(cell):
        hours, minutes, seconds = clock.groups()
        return int(hours or 0) * 3600 + int(minutes) * 60 + float(seconds.replace(",", "."))
    raise UserError(f"{content.path}, line {line}, {column}: {cell!r} is not a time in seconds")
