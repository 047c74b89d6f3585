"""The check of a dataset as one self-contained page: sums, and for each video its remarks above a strip of its labels.

The page holds no picture of a patient, so that it can be passed on.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.dataset.check.findings import Checked, DatasetCheck
from lmms_eval_plugins.dataset.remarks import GRADES, Grade
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.static_page import (
    STRIP_HEIGHT,
    STRIP_WIDTH,
    colour_key,
    filled_page,
    label_paths,
    page_text,
    strip_box,
    strip_svg,
)

_TEMPLATE = Path(__file__).with_name("check_page.html")
_MARK = 2.5
"""Half the width of a mark, in units of a strip."""

_FEWEST_FRAMES = 2
_MEANINGS = {"wrong": "a run refuses it", "doubtful": "a run names it", "fine": "put right by itself"}


def write_check_page(path: Path, check: DatasetCheck) -> None:
    """Write the page of a check.

    Raises:
        UserError: the file cannot be written.
    """
    page = filled_page(_TEMPLATE, _parts(check))
    with writing(path, "choose another place with --html"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page, encoding="utf-8", errors="xmlcharrefreplace")


def _parts(check: DatasetCheck) -> dict[str, str]:
    name = check.source.name if check.source.is_dir() else f"{check.source.parent.name}/{check.source.name}"
    noted = [checked for checked in check.all if checked.remarks]
    shown = [checked for checked in check.all if checked.remarks or checked.timeline]
    unlabelled = len(check.videos) - check.n_labelled
    about = (
        f"{len(check.videos):,} videos, {check.hours:.2f} hours; {check.n_labelled:,} with labels,"
        f" {unlabelled:,} without;"
        f" {len(noted):,} videos and files with remarks"
    )
    return {
        "title": f"Check of {page_text(name)}",
        "about": about,
        "agreement": "".join(
            f"<p>{column} against labels: {page_text(agreement.describe())}</p>"
            for column, agreement in check.agreement.items()
        ),
        "rates": _table(
            ("frames per second", "videos", "window"),
            [
                (
                    f"{rate.fps:g}",
                    f"{rate.n_videos:,}",
                    "whole video" if rate.window_s is None else f"{rate.window_s:.3f} s",
                )
                for rate in check.rates
            ],
        ),
        "kinds": "\n".join(_found(check, grade) for grade in GRADES),
        "colours": _table(
            ("colours", "videos"), [(page_text(colour), f"{n:,}") for colour, n in check.colours.most_common()]
        ),
        "boxes": "\n".join(
            f'<label title="{_MEANINGS[grade]}"><input type="checkbox" value="{grade}" checked>'
            f' <b class="{grade}">{grade}</b></label>'
            for grade in GRADES
        ),
        "key": _key(check.scheme),
        "articles": "\n".join(_article(checked, check.scheme) for checked in sorted(shown, key=_place)),
    }


def _place(checked: Checked) -> int:
    return GRADES.index(checked.grade)


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    if not rows:
        return '<p class="soft">nothing</p>'
    head = "".join(f"<th{_kind_of(i, rows)}>{column}</th>" for i, column in enumerate(columns))
    body = "".join(
        "<tr>" + "".join(f"<td{_kind_of(i, rows)}>{c}</td>" for i, c in enumerate(row)) + "</tr>" for row in rows
    )
    return f"<table><tr>{head}</tr>{body}</table>"


def _kind_of(column: int, rows: Sequence[Sequence[str]]) -> str:
    return ' class="number"' if all(row[column][:1].isdigit() for row in rows) else ""


def _found(check: DatasetCheck, grade: Grade) -> str:
    kinds = "".join(
        f'<button type="button" value="{page_text(kind)}">{page_text(kind)}<b>{n:,}</b></button>'
        for (of_grade, kind), n in check.kinds.items()
        if of_grade == grade
    )
    return (
        f'<tr><td><b class="{grade}">{grade}</b></td><td class="number">{check.n_graded(grade):,} videos</td>'
        f'<td><div class="kinds">{kinds or "nothing"}</div></td></tr>'
    )


def _key(scheme: Scheme) -> str:
    return colour_key(scheme) + "<span>red marks: not labelled, shorter than two frames, or past the video's end</span>"


def _article(checked: Checked, scheme: Scheme) -> str:
    facts = [
        f"{checked.duration_s:.2f} s" if checked.duration_s else "",
        f"{checked.fps:g} frames per second" if checked.fps else "",
    ]
    items = "".join(
        f'<li><b class="{remark.grade}">{remark.grade}</b><span>{page_text(remark.text)}'
        f" <code>{page_text(remark.kind)}</code></span></li>"
        for remark in checked.remarks
    )
    strip = _strip(checked.timeline, checked, scheme) if checked.timeline and checked.timeline.segments else ""
    return (
        f'<article data-grade="{checked.grade}"><header><span class="name">{page_text(checked.name)}</span>'
        f'<span class="soft">{", ".join(filter(None, facts))}</span></header><ul>{items}</ul>{strip}</article>'
    )


def _strip(timeline: Timeline, video: Checked, scheme: Scheme) -> str:
    """Draw a timeline: one path for all segments of a label, and one for the faults."""
    scale = STRIP_WIDTH / max(timeline.end_s, video.duration_s or 0.0, 1e-9)
    paths = label_paths(timeline, scheme, scale)
    if faults := "".join(
        strip_box(start * scale, length * scale, STRIP_HEIGHT - 5) for start, length in _faults(timeline, video, scale)
    ):
        paths.append(f'<path class="mark" d="{faults}"/>')
    return strip_svg(paths, "labels over time")


def _faults(timeline: Timeline, video: Checked, scale: float) -> Iterator[tuple[float, float]]:
    """Yield start and length of what is to be marked, in seconds; a point becomes as wide as a mark."""
    segments = timeline.segments
    if segments[0].start_s > 0:
        yield 0.0, segments[0].start_s
    for before, after in pairwise(segments):
        if after.start_s - before.end_s > 1e-3:
            yield before.end_s, after.start_s - before.end_s
    for segment in segments:
        if video.fps and segment.duration_s * video.fps < _FEWEST_FRAMES:
            yield max(0.0, segment.start_s - _MARK / scale), 2 * _MARK / scale
    if video.duration_s and abs(video.duration_s - timeline.end_s) > 1e-3:
        yield min(video.duration_s, timeline.end_s), abs(video.duration_s - timeline.end_s)
