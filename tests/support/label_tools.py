"""Label files of other tools, made by hand from their documentation."""

from __future__ import annotations

import json
from pathlib import Path

from lmms_eval_plugins.dataset.labels.annotations import AnnotatedVideo
from lmms_eval_plugins.dataset.labels.formats.known import read_tool_file
from lmms_eval_plugins.dataset.labels.label_file import LabelContext
from lmms_eval_plugins.dataset.labels.mapping import LabelMapping
from lmms_eval_plugins.dataset.labels.tool_hands import HandTimelines, hand_timelines

TEN_SECONDS = LabelContext(duration_s=10.0, fps=30.0)

Times = list[tuple[str, float, float]]


def read_text(folder: Path, name: str, text: str | dict[str, object] | list[object]) -> list[AnnotatedVideo]:
    """Write a label file and read it."""
    path = folder / name
    path.write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
    return read_tool_file(path)[1]


def times(video: AnnotatedVideo, tier: str | None = None) -> list[tuple[str, float, float | None]]:
    """Return code, start and end of a video's annotations, of all tiers or one."""
    return [(one.code, one.start_s, one.end_s) for one in video.annotations if tier in (None, one.tier)]


def hands(
    video: AnnotatedVideo, mapping: LabelMapping | None = None, context: LabelContext = TEN_SECONDS
) -> HandTimelines:
    """Return the timelines of a video's hands."""
    return hand_timelines(video, mapping or LabelMapping(), context)


def of_hand(found: HandTimelines, hand: str = "right") -> Times:
    """Return label, start and end of a hand's segments, to the millisecond."""
    timeline = next(timeline for name, timeline in found.hands.items() if name == hand)
    return [(one.label, round(one.start_s, 3), round(one.end_s, 3)) for one in timeline.segments]


def kinds(found: HandTimelines) -> set[tuple[str, str]]:
    """Return grades and kinds of what was said."""
    return {(remark.grade, remark.kind) for remark in found.remarks}


def eaf(tiers: str, slots: str, header: str = "", end: str = "", unit: str = "milliseconds") -> str:
    """Return an ELAN document."""
    media = header or '<MEDIA_DESCRIPTOR MEDIA_URL="file:///C:/v/P1%20shelf.mp4" MIME_TYPE="video/mp4"/>'
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<ANNOTATION_DOCUMENT AUTHOR="" DATE="2024-01-01T00:00:00+01:00"'
        ' FORMAT="3.0" VERSION="3.0" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
        ' xsi:noNamespaceSchemaLocation="http://www.mpi.nl/tools/elan/EAFv3.0.xsd">'
        f'<HEADER MEDIA_FILE="" TIME_UNITS="{unit}">{media}</HEADER><TIME_ORDER>{slots}</TIME_ORDER>{tiers}'
        f'<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="l" TIME_ALIGNABLE="true"/>{end}</ANNOTATION_DOCUMENT>'
    )


def slots(*values: int | None) -> str:
    """Return time slots ``ts1``, ``ts2``, …; None for one without a value."""
    return "".join(
        f'<TIME_SLOT TIME_SLOT_ID="ts{number}"' + ("/>" if value is None else f' TIME_VALUE="{value}"/>')
        for number, value in enumerate(values, start=1)
    )


def tier(name: str, *values: tuple[str, int, int], first: int = 1, **attributes: str) -> str:
    """Return a tier of annotations: value and the numbers of its two slots."""
    extra = "".join(f' {key}="{value}"' for key, value in attributes.items())
    annotations = "".join(
        f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a{first + place}" TIME_SLOT_REF1="ts{start}"'
        f' TIME_SLOT_REF2="ts{end}"><ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>'
        for place, (value, start, end) in enumerate(values)
    )
    return f'<TIER LINGUISTIC_TYPE_REF="l" TIER_ID="{name}"{extra}>{annotations}</TIER>'
