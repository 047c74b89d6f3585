"""What the page knows of each video: gathered run by run, kept on disk until all runs are read, joined by video."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import IO

from pydantic import TypeAdapter

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.annotations import TRUTH
from lmms_eval_plugins.domain.scheme import Scheme
from lmms_eval_plugins.domain.timeline import Segment, Timeline
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.reports.page.answers import AnsweredPart, answered_parts
from lmms_eval_plugins.reports.page.data.measured import PageVideoDoses
from lmms_eval_plugins.reports.page.data.shared import SCHEMA, PageTimeline, SourceKind, in_thousandths
from lmms_eval_plugins.reports.page.data.video import AskedQuestion, FrameStrips, VideoData, WindowGrid
from lmms_eval_plugins.reports.page.filmed import DatasetVideo, readings_of
from lmms_eval_plugins.reports.page.measured import ReportMeasurements
from lmms_eval_plugins.reports.page.runs import ReportRuns, RunTables
from lmms_eval_plugins.runs.run import timelines_of_raters
from lmms_eval_plugins.runs.timelines import decoded_timelines

ReportProgress = Callable[[str, int, int], None]
"""Is told what is being done, how many are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class _Part:
    """What one run says of a video."""

    fps: float | None
    timelines: tuple[PageTimeline, ...]
    answered: AnsweredPart | None
    doses: PageVideoDoses | None


_PARTS = TypeAdapter(_Part)


class VideoSpool:
    """What runs say of videos, in a temporary file: only its places are in memory.

    Args:
        file: an empty file to write and read.
        n_videos: number of videos.
    """

    def __init__(self, file: IO[bytes], n_videos: int) -> None:
        self._file = file
        self._places: list[list[int]] = [[] for _ in range(n_videos)]

    def add(self, video: int, part: _Part) -> None:
        """Add what the next run says of the video at a place."""
        self._places[video].append(self._file.tell())
        self._file.write(_PARTS.dump_json(part) + b"\n")

    def parts(self, video: int) -> Iterator[_Part]:
        """Yield what runs say of the video at a place, in order of the runs."""
        for place in self._places[video]:
            self._file.seek(place)
            yield _PARTS.validate_json(self._file.readline())


def gather_videos(
    runs: ReportRuns,
    file: IO[bytes],
    problems: list[str],
    progress: ReportProgress = lambda what, done, total: None,
    measurements: ReportMeasurements | None = None,
) -> VideoSpool:
    """Read all runs, one after the other, and return what they say of each video.

    Args:
        runs: the runs.
        file: an empty file for what they say.
        problems: for a line about each decoded timeline that cannot be read.
        progress: see `ReportProgress`.
        measurements: measure with each run whose frames are as they are, where doses are wanted.
    """
    spool = VideoSpool(file, len(runs.videos))
    for run in runs.each():
        scheme = runs.schemes.index(run.scheme)
        timelines = _timelines_of(run, scheme, problems)
        rates = {video.video_id: video.fps for video in run.file.videos} if run.file else {}
        answered = answered_parts(run)
        doses: Mapping[str, PageVideoDoses] = {}
        if measurements and not run.is_perturbed:
            progress(f"measuring with {run.name}", run.place, len(runs.rows))
            doses = measurements.add(run)
        for video_id in dict.fromkeys((*answered, *timelines)):
            if (place := runs.places.get(video_id)) is not None:
                own = tuple(timelines.get(video_id, ()))
                spool.add(place, _Part(rates.get(video_id), own, answered.get(video_id), doses.get(video_id)))
        progress("reading runs", run.place + 1, len(runs.rows))
    return spool


def video_data(
    place: int,
    parts: Iterable[_Part],
    filmed: DatasetVideo | None,
    schemes: Sequence[Scheme],
    strips: Sequence[FrameStrips],
    problems: list[str],
) -> VideoData:
    """Return what is known of a video.

    Args:
        place: of the video.
        parts: what runs say of it, in order of the runs.
        filmed: what its dataset says of it; None where that is not known.
        schemes: of the runs.
        strips: pictures, each of the windows of its first run, whose grid it gets.
        problems: for a line about each label file that cannot be read.
    """
    grids: dict[WindowGrid, int] = {}
    texts: dict[str, int] = {}
    asked: list[AskedQuestion] = []
    timelines: list[PageTimeline] = []
    doses: list[PageVideoDoses] = []
    fps: float | None = None
    grid_of: dict[int, int] = {}
    for part in parts:
        fps = fps or part.fps
        timelines += part.timelines
        doses += [part.doses] if part.doses else []
        if part.answered:
            grid = grids.setdefault(part.answered.grid, len(grids))
            new = [texts.setdefault(text, len(texts)) for text in part.answered.texts]
            asked += [_moved(one, grid, new) for one in part.answered.asked]
            grid_of[part.answered.run] = grid
    truths = {line.hand: line for line in reversed(timelines) if line.kind == "truth"}
    rated = {(line.name, line.hand): line for line in reversed(timelines) if line.kind == "rater"}
    known = [*truths.values(), *reversed(rated.values())]
    if filmed and filmed.scheme in schemes:
        known += _of_raters(filmed, schemes.index(filmed.scheme), known, problems)
    return VideoData(
        schema=SCHEMA,
        video=place,
        fps=fps or (filmed.trial.fps if filmed and filmed.trial else None),
        timelines=(*known, *(line for line in timelines if line.kind not in ("truth", "rater"))),
        grids=tuple(grids),
        texts=tuple(texts),
        asked=tuple(asked),
        strips=tuple(replace(strip, grid=grid_of[strip.runs[0]]) for strip in strips if strip.runs[0] in grid_of),
        doses=tuple(doses),
    )


def _moved(asked: AskedQuestion, grid: int, new: Sequence[int]) -> AskedQuestion:
    """Return answers with the places of their windows and texts among those of all runs."""
    texts, values, truths = (
        None if places is None else tuple(place if place < 0 else new[place] for place in places)
        for places in (asked.texts, asked.values, asked.truths)
    )
    return replace(asked, grid=grid, texts=texts or (), values=values or (), truths=truths)


def _timelines_of(run: RunTables, scheme: int, problems: list[str]) -> Mapping[str, Sequence[PageTimeline]]:
    """Return video → its truth, the run's own timeline, what raters drew, and what was decoded beside its answers."""
    hands = run.hands
    found: dict[str, list[PageTimeline]] = defaultdict(list)
    segments: dict[tuple[str, str], list[Segment]] = defaultdict(list)
    columns = (run.timelines[column].to_list() for column in ("video_id", "source", "start_s", "end_s", "primitive"))
    for video_id, source, start_s, end_s, label in zip(*columns, strict=True):
        segments[video_id, source].append(Segment(start_s, end_s, label))
    for (video_id, source), of_video in segments.items():
        found[video_id].append(timeline_of_run(run, source, Timeline(tuple(of_video)), scheme, hands.get(video_id)))
    for video in run.file.videos if run.file else ():
        for rater, timeline in timelines_of_raters(video).items():
            found[video.video_id].append(_of_rater(rater, timeline, video.labelled_hand, run.scheme, scheme))
    try:
        decoded = dict(decoded_timelines(run.folder)) if run.file else {}
    except UserError as error:
        problems.append(str(error))
        decoded = {}
    for title, timelines in decoded.items():
        for video_id, timeline in timelines.items():
            line = page_timeline(timeline, run.scheme, "decoded", f"{run.name}, {title}", scheme)
            found[video_id].append(replace(line, run=run.place, hand=hands.get(video_id)))
    return found


def _of_raters(
    filmed: DatasetVideo, scheme: int, known: Sequence[PageTimeline], problems: list[str]
) -> Iterator[PageTimeline]:
    """Yield what raters labelled, and the truth of the hand that no run was asked about, where no run recorded it."""
    there = {("" if line.kind == "truth" else line.name, line.hand) for line in known}
    for rater, reading in readings_of(filmed, problems):
        for labelled in (reading.labelled, reading.other):
            if labelled is None:
                continue
            line = _of_rater(rater, labelled.timeline, labelled.hand, filmed.scheme, scheme)
            name = line.name
            if rater == TRUTH:
                name, line = "", replace(line, kind="truth")
            if not {(name, labelled.hand), (name, None)} & there:
                yield line


def _of_rater(rater: str, timeline: Timeline, hand: Hand | None, of: Scheme, scheme: int) -> PageTimeline:
    """Return what a rater labelled, in columns; the kind says that it is a rater's, so that the name need not."""
    return replace(page_timeline(timeline, of, "rater", rater.removeprefix("rater "), scheme), hand=hand)


def timeline_of_run(run: RunTables, source: str, timeline: Timeline, scheme: int, hand: Hand | None) -> PageTimeline:
    """Return the truth that a run recorded of a video, or the run's own timeline, in columns.

    Args:
        run: the run.
        source: ``truth`` or ``predicted``, as in the timelines table.
        timeline: seconds from the video's first frame.
        scheme: place of the scheme of its labels.
        hand: the hand that the video is about.
    """
    is_truth = source == TRUTH
    line = page_timeline(timeline, run.scheme, "truth" if is_truth else "rule", TRUTH if is_truth else run.name, scheme)
    return replace(line, run=None if is_truth else run.place, hand=hand)


def page_timeline(timeline: Timeline, scheme: Scheme, kind: SourceKind, name: str, place: int) -> PageTimeline:
    """Return a timeline in columns; what bears no label of the scheme is a gap.

    Args:
        timeline: seconds from the video's first frame.
        scheme: of its labels.
        kind: where it is from.
        name: what a reader calls it.
        place: of the scheme.
    """
    labels = _places_of(scheme)
    known = [one for one in timeline.segments if one.label.lower() in labels]
    return PageTimeline(
        kind=kind,
        name=name,
        run=None,
        scheme=place,
        hand=None,
        starts=tuple(in_thousandths(one.start_s) for one in known),
        ends=tuple(in_thousandths(one.end_s) for one in known),
        labels=tuple(labels[one.label.lower()] for one in known),
    )


@cache
def _places_of(scheme: Scheme) -> Mapping[str, int]:
    return {name.lower(): place for place, name in enumerate(scheme.names)}
