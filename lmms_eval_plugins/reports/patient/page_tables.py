"""The tables on the page of a patient, the same ones in every format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from lmms_eval_plugins.assessments.fugl_meyer.clips import ItemResult
from lmms_eval_plugins.assessments.fugl_meyer.totals import error_of
from lmms_eval_plugins.core.errors import counted
from lmms_eval_plugins.domain.fugl_meyer import INFERRED_ITEM, ITEMS
from lmms_eval_plugins.reports.patient.report import (
    CountedVideo,
    LabelCounts,
    NamedActivity,
    PatientReport,
    ReportedItems,
    ReportedRun,
)
from lmms_eval_plugins.reports.tables.table import Cell, Column, Table, TableRow, TableSection, plain_value

MOST_WRONG = 12
"""So many wrong answers of a run stand on the page."""

_NOT_KNOWN = "not known"


def who(report: PatientReport) -> list[str]:
    """Return who the page is about, a line each."""
    filmed = f"{counted(report.n_videos, 'video')}, {report.minutes:.1f} minutes filmed"
    named = (("cohort", (report.cohort or _NOT_KNOWN,)), ("activities", report.activities), ("views", report.views))
    return [filmed, *(f"{name}: {', '.join(words)}" for name, words in named if words)]


def remarks_on(row: ReportedRun | ReportedItems) -> list[str]:
    """Return what a reader of a run's numbers must know."""
    remarks = ["a baseline: its answers are no model's"] * row.baseline
    remarks += [f"on the whole run: {note}" for note in row.notes]
    if isinstance(row, ReportedRun) and row.videos:
        if unlabelled := [video for video in row.videos if video.counts.true is None]:
            remarks.append(
                f"{len(unlabelled)} of {len(row.videos)} videos have no labels: of these only what was predicted is"
                " shown, be it right or wrong"
            )
        if few := [video.video_id for video in row.videos if not video.enough]:
            remarks.append(f"too few replies came for the means of other tables: {', '.join(few)}")
    return remarks


def shorter(video_id: str, patient: str) -> str:
    """Return the name of a video without its patient's, which the page has above it."""
    return video_id.removeprefix(f"{patient}_") or video_id


def tables_of_run(run: ReportedRun, patient: str, *, short: bool) -> Iterator[Table]:
    """Yield the tables of a run; ``short`` cuts the names of labels in headings, for a narrow page."""
    if run.videos:
        yield _per_label(run)
        yield _counts(run, patient, short=short)
    if run.identified:
        rows = [
            TableRow((shorter(one.video_id, patient), one.truth, one.answer or one.state, _mark(one)))
            for one in run.identified
        ]
        columns = (Column("video"), Column("shown"), Column("answered"), Column(""))
        yield Table("patient_activities", "Activities", columns, (TableSection("", tuple(rows)),))
    if run.questions:
        yield _questions(run)
    if run.wrong:
        yield _wrong(run, patient)


def _mark(one: NamedActivity) -> str:
    if one.answer is None:
        return "no answer"
    return "" if one.answer == one.truth else "wrong"


def _sum(videos: Iterable[CountedVideo]) -> LabelCounts:
    """Return the counts of several videos; without a truth where one of them has none."""
    counts = [video.counts for video in videos]
    true = [one.true for one in counts if one.true is not None]
    added = tuple(map(sum, zip(*true, strict=True))) if len(true) == len(counts) else None
    return LabelCounts(tuple(map(sum, zip(*(one.predicted for one in counts), strict=True))), added)


def _minutes(videos: Sequence[CountedVideo]) -> float:
    return sum(video.duration_s for video in videos) / 60


def _per_label(run: ReportedRun) -> Table:
    """Return the counts of all videos together, label by label, and per minute."""
    counts, minutes = _sum(run.videos), _minutes(run.videos)
    known = counts.true is not None
    true = counts.true or (0,) * len(counts.predicted)

    def row(name: str, truly: int, found: int) -> TableRow:
        rates = [plain_value(n / minutes if minutes else None) for n in (truly, found)]
        cells: tuple[Cell, ...] = (name, truly, found, f"{found - truly:+d}" if found != truly else "0", *rates)
        return TableRow(cells if known else (name, found, rates[1]))

    rows = [row(*one) for one in zip(run.scheme.names, true, counts.predicted, strict=True)]
    rows.append(row("all", sum(true), sum(counts.predicted)))
    columns = (
        *(Column("label"), Column("true"), Column("predicted"), Column("difference")),
        *(Column("true per minute", 1), Column("predicted per minute", 1)),
    )
    few = (columns[0], columns[2], columns[5])
    n = len(run.videos)
    title = f"Counts, {counted(n, 'video')}, {minutes:.2f} minutes"
    return Table("patient_labels", title, columns if known else few, (TableSection("", tuple(rows)),))


_FEWEST_LETTERS = 6


def _counts(run: ReportedRun, patient: str, *, short: bool) -> Table:
    """Return counts by activity and by video, the true and the predicted one in a cell."""
    activities = dict.fromkeys(video.activity for video in run.videos)
    by_activity = [
        (activity or _NOT_KNOWN, [video for video in run.videos if video.activity == activity])
        for activity in activities
    ]
    by_video = [(shorter(video.video_id, patient), [video]) for video in run.videos]
    sections = [
        TableSection(title, tuple(TableRow((name, *_cells(videos))) for name, videos in groups))
        for title, groups in (("by activity", by_activity), ("by video", by_video))
    ]
    labels = [label[:_FEWEST_LETTERS] if short else label for label in run.scheme.names]
    columns = (
        *(Column("what"), Column("min", 2), *(Column(label) for label in labels)),
        *(Column("all"), Column("error", 2)),
    )
    known = any(video.counts.true is not None for video in run.videos)
    title = "Counts, true/predicted, and relative counting error" if known else "Predicted counts"
    return Table(
        "patient_counts", title, columns if known else columns[:-1], tuple(_cut(sections, len(columns), known))
    )


def _cut(sections: Sequence[TableSection], n: int, known: bool) -> Iterator[TableSection]:
    """Yield sections without their last column where nothing is known of errors."""
    for section in sections:
        rows = tuple(TableRow(row.cells[: n if known else n - 1]) for row in section.rows)
        yield TableSection(section.title, rows)


def _cells(videos: Sequence[CountedVideo]) -> list[Cell]:
    counts = _sum(videos)
    if counts.true is None:
        pairs = [str(n) for n in (*counts.predicted, sum(counts.predicted))]
    else:
        true, predicted = ((*of, sum(of)) for of in (counts.true, counts.predicted))
        pairs = [f"{one}/{other}" for one, other in zip(true, predicted, strict=True)]
    return [plain_value(_minutes(videos)), *pairs, plain_value(counts.error)]


def _questions(run: ReportedRun) -> Table:
    rows = [TableRow((one.question, one.n, one.n_right, one.n_wrong, one.n_without)) for one in run.questions]
    columns = (Column("question"), *(Column(name) for name in ("asked", "right", "wrong", "no answer")))
    return Table("patient_questions", "Answers", columns, (TableSection("", tuple(rows)),))


def _wrong(run: ReportedRun, patient: str) -> Table:
    recorded = any(wrong.probability is not None for wrong in run.wrong)
    last = Column("p", 2) if recorded else Column("differ")
    rows = [
        TableRow(
            (
                shorter(wrong.video_id, patient),
                f"{wrong.start_s:.2f}–{wrong.end_s:.2f}",
                wrong.question,
                wrong.truth,
                wrong.answer,
                plain_value(wrong.probability) if recorded else wrong.disagreeing,
            )
        )
        for wrong in run.wrong[:MOST_WRONG]
    ]
    more = len(run.wrong) - len(rows)
    order = "the most probable first" if recorded else "single slips first: of 4 neighbours, so many differ"
    columns = (*(Column(name) for name in ("video", "seconds", "question", "truth", "answer")), last)
    title = f"Wrong answers, {order}"
    notes = (f"{counted(more, 'more wrong answer')} not shown.",) if more else ()
    return Table("patient_wrong", title, columns, (TableSection("", tuple(rows)),), notes)


def table_of_items(row: ReportedItems) -> Table:
    """Return the items of a Fugl-Meyer run, with the totals and what is wrong."""
    rows = [TableRow(_item(result)) for result in row.items]
    known = [result for result in row.items if result.truth is not None and result.item != INFERRED_ITEM]
    wrong = sum(result.predicted != result.truth for result in known)
    notes = [f"{wrong} of {len(known)} items asked are not as the therapist scored them."] * bool(known)
    if row.total is not None:
        total = row.total
        notes.append(f"Total of {total.n_items} items by the therapist: {total.true} of {total.highest} points.")
        of_same = f"; the therapist gave these {total.true_of_scored}" * (total.n_scored < total.n_items)
        notes.append(f"Predicted: {total.predicted} points for the {total.n_scored} items with a score{of_same}.")
    columns = (*(Column(name) for name in ("item", "name", "section", "therapist", "predicted")), Column(""))
    return Table("patient_items", "Fugl-Meyer items", columns, (TableSection("", tuple(rows)),), tuple(notes))


def _item(result: ItemResult) -> tuple[Cell, ...]:
    item = ITEMS[result.item]
    predicted = result.state.replace("_", " ") if result.predicted is None else str(result.predicted)
    off = (
        "" if result.truth is None or not error_of(result) else "wrong" if result.predicted is not None else "no score"
    )
    truth = None if result.truth is None else str(result.truth)
    return str(item.number), item.name, item.section, truth, predicted, off
