"""The page of a patient as one HTML file, which fetches nothing and prints well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from lmms_eval_plugins.core.redaction import redacted
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.patient.page_tables import remarks_on, shorter, table_of_items, tables_of_run, who
from lmms_eval_plugins.reports.patient.report import CountedVideo, PatientReport, ReportedItems, ReportedRun
from lmms_eval_plugins.reports.static_page import (
    STRIP_WIDTH,
    colour_key,
    filled_page,
    label_paths,
    page_text,
    strip_svg,
)
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Table

_TEMPLATE = Path(__file__).with_name("page.html")


def patient_html(report: PatientReport) -> str:
    """Return the page as HTML."""
    sections = [_of_run(run, report.patient) for run in report.runs]
    sections += [_section(row, _table(table_of_items(row))) for row in report.assessments]
    parts = {
        "title": f"Patient {_text(report.patient)}",
        "about": _paragraphs(who(report)),
        "sections": "\n".join(sections),
    }
    return filled_page(_TEMPLATE, parts)


def _text(text: str) -> str:
    return page_text(redacted(text))


def _paragraphs(lines: Sequence[str]) -> str:
    return "\n".join(f'<p class="soft">{_text(line)}</p>' for line in lines)


def _section(row: ReportedRun | ReportedItems, content: str) -> str:
    title = f"{row.model or 'unknown model'}, {row.task}"
    about = _paragraphs([row.run, *remarks_on(row)])
    return f"<section>\n<h2>{_text(title)}</h2>\n{about}\n{content}\n</section>"


def _of_run(run: ReportedRun, patient: str) -> str:
    tables = [_table(table) for table in tables_of_run(run, patient, short=False)]
    if not run.videos:
        return _section(run, "\n".join(tables))
    timelines = "\n".join(_video(video, run.scheme, patient) for video in run.videos)
    key = f'<div class="key soft">{colour_key(run.scheme)}</div>'
    return _section(run, "\n".join((*tables[:2], f"<h3>Timelines</h3>\n{key}\n{timelines}", *tables[2:])))


def _table(table: Table) -> str:
    return f'<div class="sheet">\n{rendered([table], "html")}</div>'


def _video(video: CountedVideo, scheme: Scheme, patient: str) -> str:
    about = (f"{video.duration_s:.1f} s", video.activity or "", f"view {video.view}" if video.view else "")
    rows = "".join(
        f'<div class="row"><span class="soft">{name}</span>{strip}</div>' for name, strip in _strips(video, scheme)
    )
    return (
        f'<article><header><span class="name">{_text(shorter(video.video_id, patient))}</span>'
        f'<span class="soft">{_text(", ".join(filter(None, about)))}</span></header>{rows}</article>'
    )


def _strips(video: CountedVideo, scheme: Scheme) -> Iterator[tuple[str, str]]:
    scale = STRIP_WIDTH / max(video.duration_s, 1e-9)

    def strip(timeline: Timeline, about: str) -> str:
        return strip_svg(label_paths(timeline.merged(), scheme, scale), f"{about} labels over time")

    if video.truth is not None:
        yield "true", strip(video.truth, "true")
    yield "predicted", strip(video.predicted, "predicted")
