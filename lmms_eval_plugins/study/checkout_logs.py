"""Facts about videos in the evaluation logs of a vlms4rehab checkout: labels, hand, exact length."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from lmms_eval_plugins.core.json_files import JsonObject, json_value
from lmms_eval_plugins.core.safe_names import name_problem, shown
from lmms_eval_plugins.dataset.index import Progress
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES, Hand

_LABELLED = "*_samples_strokerehab_primitives*.jsonl"
_WHOLE_VIDEO = "*_samples_strokerehab_identification*.jsonl"
_LONGEST_S = 7 * 24 * 3600.0
"""No video of a log is a week long; a later time is damaged."""

_MOST_SHOWN = 200

_HAND = re.compile(r"\b(left|right) hand\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LogFacts:
    """Facts about one video in logs; None or an empty string where a fact is not there.

    Attributes:
        timeline: the true primitives.
        hand: the hand in the question.
        end_s: end of the video's last window in seconds, which is the end of the video.
    """

    timeline: Timeline | None = None
    hand: Hand | Literal[""] = ""
    end_s: float | None = None


def read_logs(checkout: Path, progress: Progress | None = None) -> tuple[dict[str, LogFacts], list[str]]:
    """Read the facts from every log below a folder: video id → facts, and one line for each problem.

    Where logs disagree, the first one (by path) with the fact counts and the others are reported.
    """
    logs = sorted([*checkout.rglob(_LABELLED), *checkout.rglob(_WHOLE_VIDEO)])
    facts: dict[str, LogFacts] = {}
    problems: list[str] = []
    for done, log in enumerate(logs):
        if progress:
            progress(done, len(logs), log)
        labelled = log.match(_LABELLED)
        for where, row in _rows(log, problems):
            doc = row.get("doc")
            video_id = doc.get("id") if isinstance(doc, dict) else None
            if not isinstance(video_id, str) or not video_id.strip():
                problems.append(f"{where}: no video id (doc.id)")
                continue
            if problem := name_problem(video_id):
                problems.append(f"{where}, doc.id: {shown(video_id)} {problem}")
                continue
            found = LogFacts(
                timeline=_timeline(row, where, problems) if labelled else None,
                hand=_hand(row) if labelled else "",
                end_s=_end(row, where, problems),
            )
            facts[video_id] = _join(facts.get(video_id, LogFacts()), found, f"{where}: {video_id}", problems)
    return facts, problems


def _rows(log: Path, problems: list[str]) -> Iterator[tuple[str, JsonObject]]:
    number = 0
    try:
        with log.open("rb") as file:  # as bytes: a line that is no UTF-8 leaves the others readable
            for number, line in enumerate(file, start=1):
                where = f"{log}, line {number}"
                try:
                    row = json.loads(line.decode("utf-8"), parse_constant=_refuse)
                except UnicodeDecodeError as error:
                    problems.append(f"{where}: not UTF-8 text ({error.reason} at byte {error.start} of the line)")
                    continue
                except (ValueError, RecursionError):
                    row = None
                if isinstance(row, dict):
                    yield where, row
                else:
                    problems.append(f"{where}: not a JSON object; the log may be cut short")
    except OSError as error:
        problems.append(f"{log}: cannot be read ({error.strerror})")
        return
    if not number:
        problems.append(f"{log}: the log is empty")


def _refuse(constant: str) -> object:
    raise ValueError(f"{constant} is no JSON")


def _timeline(row: JsonObject, where: str, problems: list[str]) -> Timeline | None:
    text = str(row.get("target") or "").strip()
    if not text:
        return None
    try:
        timeline = Timeline.from_text(text)
    except ValueError as error:
        problems.append(f"{where}, target: {_cut(str(error))}")
        return None
    if problem := _damaged(timeline):
        problems.append(f"{where}, target: {problem}")
        return None
    unknown = set(timeline.labels).difference(PRIMITIVES)
    if unknown:
        problems.append(f"{where}, target: {shown(min(unknown))} is no primitive")
        return None
    return timeline


def _hand(row: JsonObject) -> Hand | Literal[""]:
    named = {word.lower() for word in _HAND.findall(str(row.get("input") or ""))}
    if named == {"left"}:
        return "left"
    return "right" if named == {"right"} else ""


def _damaged(timeline: Timeline) -> str | None:
    """Return what is wrong with the times of a timeline, in words; None where they are those of a video."""
    if not timeline.segments:
        return "a timeline needs two times at least, the last of which is its end"
    last = 0.0
    for segment in timeline.segments:
        for time_s in (segment.start_s, segment.end_s):
            if not 0 <= time_s <= _LONGEST_S:
                return f"{time_s:g} s is no time in a video"
            if time_s < last:
                return f"{time_s:g} s comes after {last:g} s"
            last = time_s
    if not last > timeline.segments[0].start_s:
        return "all its times are equal"
    return None


def _end(row: JsonObject, where: str, problems: list[str]) -> float | None:
    """Return the end time of the last reply in ``[[[[text, start, end], …]]]``; None for other forms of a log."""
    try:
        end_s = float(str(json_value(row, "resps", 0, 0, -1, 2)))
    except (LookupError, TypeError, ValueError):
        return None
    if end_s == 0:
        return None
    if not 0 < end_s <= _LONGEST_S:
        problems.append(f"{where}, resps: {end_s:g} s is no end of a video")
        return None
    return end_s


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _MOST_SHOWN else f"{line[:_MOST_SHOWN]}…"


def _join(known: LogFacts, found: LogFacts, where: str, problems: list[str]) -> LogFacts:
    for field in ("timeline", "hand", "end_s"):
        old, new = getattr(known, field), getattr(found, field)
        if not old and new:
            known = replace(known, **{field: new})
        elif new and old != new:
            problems.append(f"{where}: its {field} differs from that in an earlier log, which is kept")
    return known
