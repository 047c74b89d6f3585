"""Everything on the page but what is known of single videos."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from lmms_eval_plugins import __version__
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.reports.page.data.families import NamedActivities, PageAssessment
from lmms_eval_plugins.reports.page.data.measured import PageMeasured
from lmms_eval_plugins.reports.page.data.overview import (
    Overview,
    PageFigure,
    PageRun,
    PageTable,
    PageVideo,
    VideoScores,
    WrongWindow,
)
from lmms_eval_plugins.reports.page.data.shared import SCHEMA, PageScheme, in_thousandths
from lmms_eval_plugins.reports.page.described import page_run
from lmms_eval_plugins.reports.page.drawings import page_figures
from lmms_eval_plugins.reports.page.families import named_activities, page_assessment
from lmms_eval_plugins.reports.page.perturbed import in_words, page_perturbed, seen_tables
from lmms_eval_plugins.reports.page.runs import ReportedVideo, ReportRuns, perturbation_of
from lmms_eval_plugins.reports.page.surest import Pictures, in_order_of_sureness, shown_of_each, surest_wrong
from lmms_eval_plugins.reports.page.tasks import TaskFrames, page_tasks, video_scores
from lmms_eval_plugins.reports.tables.chosen import Record
from lmms_eval_plugins.runs.data_frames.load import file_of

_MOST_DRAWN = 3_000_000
"""Of runs with more windows than this, all together, no figures are drawn: they are drawn from all of them at once."""


_OF_PERTURBED = ("sees",)
"""The figures that show runs whose frames were changed; the others are about frames as they are."""


def make_overview(
    runs: ReportRuns,
    title: str,
    files: Sequence[str],
    media: Sequence[str | None],
    pictures: Pictures,
    deidentified: bool,
    problems: Sequence[str],
    measured: Sequence[PageMeasured] | None = None,
) -> Overview:
    """Return the overview of a report.

    Args:
        runs: the runs; they are read one at a time.
        title: of the page.
        files: where the data of each video lie, by its place.
        media: a video to play, by its place.
        pictures: finds the picture of a window.
        deidentified: whether codes of patients and videos are to be replaced; that is done afterwards.
        problems: what else could not be read, a line each.
        measured: what the runs measure; None where that is not asked for.

    Raises:
        UserError: a run cannot be read any more.
    """
    found = _Gathered(runs, pictures)
    tables, figures, not_drawn = _drawn(runs, measured is not None)
    lines = (*runs.errors, *problems, *found.problems, *not_drawn)
    return Overview(
        schema=SCHEMA,
        title=title,
        program=f"strokerehab-eval {__version__}",
        runs=tuple(found.runs),
        tasks=page_tasks(found.frames()),
        schemes=tuple(map(PageScheme.of, runs.schemes)),
        videos=tuple(map(_page_video, runs.videos, files, media)),
        scores=tuple(found.scores),
        wrong=in_order_of_sureness(found.wrong, [run.baseline for run in found.runs]),
        named=tuple(found.named),
        assessments=tuple(found.assessments),
        measured=tuple(measured or ()),
        perturbations=in_words(runs.rows),
        perturbed=page_perturbed(runs.rows, runs.names),
        tables=tables,
        figures=figures,
        problems=tuple(dict.fromkeys(lines)),
        deidentified=deidentified,
    )


class _Gathered:
    """What is kept of each run, once it was read."""

    def __init__(self, runs: ReportRuns, pictures: Pictures) -> None:
        self._runs = runs
        self.runs: list[PageRun] = []
        self.scores: list[VideoScores] = []
        self.wrong: list[tuple[WrongWindow, ...]] = []
        self.named: list[NamedActivities] = []
        self.assessments: list[PageAssessment] = []
        self.problems: list[str] = []
        self._frames: list[pd.DataFrame] = []
        self._segments: list[pd.DataFrame] = []
        self._answers: list[pd.DataFrame] = []
        self._schemes: dict[str, Scheme] = {}
        places = runs.places
        lengths = [in_thousandths(video.duration_s) for video in runs.videos]
        n_shown = shown_of_each(sum(perturbation_of(row) is None for row in runs.rows))
        for run in runs.each():
            own = str(run.row["run"])
            shown = page_run(run, runs.schemes.index(run.scheme))
            self.runs.append(shown)
            self._schemes[own] = run.scheme
            if not run.is_perturbed:
                self.wrong.append(surest_wrong(run, n_shown, shown.scheme, places, lengths, pictures))
            if (of_videos := video_scores(run, places)) is not None:
                self.scores.append(of_videos)
                self._frames.append(run.scores.assign(run=own))
            self._segments.append(run.timelines.drop_duplicates("source").assign(run=own))
            if shown.family == "labelled":
                self._answers.append(run.answers.assign(run=own))
            elif shown.family == "identification":
                self.named.append(named_activities(run, places))
            elif shown.family == "fugl_meyer":
                try:
                    self.assessments.append(page_assessment(run, places))
                except UserError as error:
                    self.problems.append(str(error))

    def frames(self) -> TaskFrames:
        """Return what the tables of tasks are made from."""
        return TaskFrames(
            self._runs.table,
            self._frames,
            pd.concat(self._segments, ignore_index=True),
            pd.concat(self._answers, ignore_index=True) if self._answers else pd.DataFrame(),
            self._schemes,
        )


def _drawn(runs: ReportRuns, measured: bool) -> tuple[tuple[PageTable, ...], tuple[PageFigure, ...], tuple[str, ...]]:
    """Return what is made of all runs at once: tables of perturbed ones, figures, and what of it is not shown."""
    if runs.n_windows > _MOST_DRAWN:
        line = f"figures: none are drawn of {runs.n_windows:,} windows; `strokerehab figure all` writes them"
        return (), (), (line,)
    as_is = _paths(row for row in runs.rows if perturbation_of(row) is None)
    figures, problems = page_figures(as_is, runs.few_as_is, measured=measured)
    if len(as_is) == len(every := _paths(runs.rows)):
        return (), figures, problems
    tables, lines = seen_tables(every, runs.few)
    of_perturbed, also = page_figures(every, runs.few, names=_OF_PERTURBED)
    return tables, (*of_perturbed, *figures), (*lines, *also, *problems)


def _paths(rows: Iterable[Record]) -> list[str]:
    return list(dict.fromkeys(file_of(str(row["path"])) for row in rows))


def _page_video(video: ReportedVideo, file: str, media: str | None) -> PageVideo:
    return PageVideo(
        id=video.video_id,
        patient=video.patient,
        cohort=video.cohort,
        activity=video.activity,
        view=video.view,
        duration_ms=in_thousandths(video.duration_s),
        file=file,
        media=media,
    )
