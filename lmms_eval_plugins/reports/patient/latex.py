"""The page of a patient as LaTeX, for a document to take in; timelines are coloured rules beside each other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lmms_eval_plugins.core.console import one_line
from lmms_eval_plugins.core.redaction import redacted
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.patient.page_tables import remarks_on, shorter, table_of_items, tables_of_run, who
from lmms_eval_plugins.reports.patient.report import CountedVideo, PatientReport, ReportedItems, ReportedRun
from lmms_eval_plugins.reports.tables.escapes import tex_text
from lmms_eval_plugins.reports.tables.formats.cells import cell_text
from lmms_eval_plugins.reports.tables.table import Table

_LENGTH_MM = 110.0
_HEIGHT_MM = 3.0


def patient_latex(report: PatientReport) -> str:
    """Return the page as LaTeX for pdflatex; the document needs booktabs and xcolor, as the first line says."""
    lines = [
        r"% needs \usepackage{booktabs,xcolor}",
        rf"\section*{{Patient {_text(report.patient)}}}",
        _text_lines(who(report)),
    ]
    for run in report.runs:
        tables = [_table(table) for table in tables_of_run(run, report.patient, short=False)]
        before = 2 if run.videos else 0
        lines += [*_heading(run), *tables[:before]]
        if run.videos:
            lines += [r"\subsubsection*{Timelines}", *_timelines(run.videos, run.scheme, report.patient)]
        lines += tables[before:]
    for row in report.assessments:
        lines += [*_heading(row), _table(table_of_items(row))]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return tex_text(one_line(redacted(text)))


def _text_lines(lines: Sequence[str]) -> str:
    return "\n".join(rf"\noindent {_text(line)}\par" for line in lines)


def _heading(row: ReportedRun | ReportedItems) -> list[str]:
    title = rf"\subsection*{{{_text(row.model or 'unknown model')}, {_text(row.task)}}}"
    return [title, _text_lines([row.run, *remarks_on(row)])]


def _table(table: Table) -> str:
    """Return a table that stays where it is: no float, which would leave its run."""

    def row(cells: Iterable[str]) -> str:
        return " & ".join(map(_text, cells)) + r" \\"

    lines = [
        rf"\par\medskip\noindent\textbf{{{_text(table.title)}}}\par\nopagebreak\smallskip",
        rf"\noindent\begin{{tabular}}{{@{{}}l{'r' * (len(table.columns) - 1)}@{{}}}}",
        r"\toprule",
        row(column.heading for column in table.columns),
    ]
    for section in table.sections:
        title = rf"\multicolumn{{{len(table.columns)}}}{{@{{}}l}}{{\emph{{{_text(section.title)}}}}} \\"
        lines += [r"\midrule", *(title,) * bool(section.title)]
        lines += [row(map(cell_text, cells.cells, table.columns)) for cells in section.rows]
    return "\n".join([*lines, r"\bottomrule", r"\end{tabular}\par", _text_lines(table.notes)]).rstrip()


def _timelines(videos: Sequence[CountedVideo], scheme: Scheme, patient: str) -> Iterator[str]:
    key = r" \quad ".join(
        rf"\textcolor[HTML]{{{colour[1:].upper()}}}{{\rule{{2mm}}{{2mm}}}}~{_text(label)}"
        for label, colour in scheme.colours.items()
    )
    yield rf"\noindent {key}\par"
    for video in videos:
        about = ", ".join(filter(None, (video.activity, video.view and f"view {video.view}")))
        title = f"{shorter(video.video_id, patient)}, {video.duration_s:.1f} s" + f" ({about})" * bool(about)
        yield rf"\medskip\noindent {_text(title)}\par"
        if video.truth is not None:
            yield _strip("true", video.truth, video.duration_s, scheme)
        yield _strip("predicted", video.predicted, video.duration_s, scheme)


def _strip(name: str, timeline: Timeline, duration_s: float, scheme: Scheme) -> str:
    """Return a timeline as rules beside each other, with room where nothing is labelled."""
    scale, at, parts = _LENGTH_MM / max(duration_s, 1e-9), 0.0, []
    for segment in timeline.merged().segments:
        if segment.start_s > at:
            parts.append(rf"\hspace*{{{(segment.start_s - at) * scale:.3f}mm}}%")
        colour = scheme.colours.get(segment.label, "#888888")[1:].upper()
        length = segment.duration_s * scale
        parts.append(rf"\textcolor[HTML]{{{colour}}}{{\rule{{{length:.3f}mm}}{{{_HEIGHT_MM:g}mm}}}}%")
        at = segment.end_s
    return "\n".join((rf"\noindent\makebox[18mm][l]{{{name}}}\mbox{{%", *parts, r"}\par"))
