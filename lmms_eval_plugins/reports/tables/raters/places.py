"""Where models stand between the strongest blind control (0) and a second rater (1)."""

from __future__ import annotations

from functools import partial

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.raters import is_rater
from lmms_eval_plugins.reports.tables.chosen import labels
from lmms_eval_plugins.reports.tables.deeper.standing import Standing, notes_on_strongest
from lmms_eval_plugins.reports.tables.dose import Given, part_of
from lmms_eval_plugins.reports.tables.part import METRICS, PRIMARY_FIRST, metric_cell, ranked_cell, same_videos
from lmms_eval_plugins.reports.tables.table import INTERVALS, SEM, Cell, Column, Table, TableRow, TableSection

_MEANING = (
    "Place: 0 is the strongest blind control in that score, 1 the rater, both scored against the truth on the videos"
    " that this rater labelled. Above 1 is nearer to the truth than the rater is. There is none where the rater is no"
    " better than that control. The truth is what one person labelled, too."
)
_OF_PLACES = "Brackets of places: 95 % interval by patients (jackknife with t), between these two controls."


def places_table(given: Given) -> list[Table]:
    """Make the table of the places of runs, a section for each further rater of each set of videos."""
    names = labels(given.runs)
    sections: list[TableSection] = []
    notes: list[tuple[str, str]] = []
    for title, members in same_videos(given.scores, list(given.runs["run"]), given.schemes):
        part = part_of(given, title, members, names, True)
        standing = Standing(part)
        of_runs = (pair for own in part.own.values() for pair in own.items())
        for rater, human in dict.fromkeys((name, row) for name, row in of_runs if is_rater(name)):
            if human not in standing.values:
                continue  # this rater labelled none of the videos that are shown
            section, about = _section(standing, rater, human, given.ci)
            sections.append(section)
            notes += [(section.title, note) for note in about]
    columns = (
        *(Column("model"), Column("videos")),
        *(Column(head, 2, "high" if metric in DOSE.higher_is_better else "low") for metric, head in METRICS.items()),
        *(Column(f"place {head}", 2, "high") for head in PRIMARY_FIRST.values()),
    )
    strongest = (f"{title}: {note}" if len(sections) > 1 else note for title, note in notes)
    told = (_MEANING, *strongest, SEM, *(INTERVALS, _OF_PLACES) * given.ci)
    return [Table("raters_places", "Models between blind control and human", columns, tuple(sections), told)]


def _section(standing: Standing, rater: str, human: str, ci: bool) -> tuple[TableSection, list[str]]:
    """Return the section of a rater, and notes on the strongest blind controls on this rater's videos.

    Args:
        standing: of the runs of one set of videos.
        rater: name of the rater among controls.
        human: which one of that name: runs may have recorded different labels of one person.
        ci: with intervals.
    """
    part = standing.part
    runs = [run for run in part.runs if part.own.get(run, {}).get(rater) == human]
    videos = standing.values[human].index
    rows = []
    for row in (*runs, human):
        scores = part.scores_of(row)
        own = scores[scores["video_id"].isin(videos)]
        cells: list[Cell] = [part.labels[row], len(own)]
        cells += [ranked_cell(own, part.scheme, partial(metric_cell, metric, ci)) for metric in METRICS]
        cells += [standing.place(row, metric, rater, ci=ci) if row != human else None for metric in PRIMARY_FIRST]
        rows.append(TableRow(tuple(cells), part.is_reference(row)))
    title = ", ".join(filter(None, (part.title, part.labels[human])))
    known = [(standing, run, standing.values[run].index.intersection(videos)) for run in runs if run in standing.values]
    return TableSection(title, tuple(rows)), notes_on_strongest(known)
