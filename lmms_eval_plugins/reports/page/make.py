"""Make a report of runs: from their answers to a folder, or one file, that a browser opens."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, counted
from lmms_eval_plugins.domain.vocabulary import ACTIVITIES, HEALTHY
from lmms_eval_plugins.reports.page.codes import NewCodes, read_codes_key
from lmms_eval_plugins.reports.page.data.video import FrameStrips
from lmms_eval_plugins.reports.page.filmed import DatasetVideo, filmed_videos
from lmms_eval_plugins.reports.page.measured import ReportMeasurements
from lmms_eval_plugins.reports.page.overview import make_overview
from lmms_eval_plugins.reports.page.runs import ReportRuns, perturbation_of
from lmms_eval_plugins.reports.page.videos import ReportProgress, gather_videos, video_data
from lmms_eval_plugins.reports.page.write import (
    PAGE_NAME,
    ReportWriter,
    check_place,
    is_one_file,
    report_writer,
    size_of,
)
from lmms_eval_plugins.runs.data_frames.load import Paths
from lmms_eval_plugins.runs.run_file import read_run_file


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What a report shows beside answers.

    Attributes:
        title: of the page; None for one that counts its runs and videos.
        data: the dataset of all runs, folder or manifest; None for the one that each run recorded.
        footage: how videos are shown; None for links to painted ones only, which show no person.
        frames: whether the frames of windows are shown; painted ones are where runs perturbed them.
        blur: whether heads are blurred in what is written.
        key: a file with the key of new codes of patients; None leaves codes as they are.
        measure: whether doses are measured.
    """

    title: str | None = None
    data: Path | None = None
    footage: Literal["links", "proxies"] | None = None
    frames: bool = False
    blur: bool = False
    key: Path | None = None
    measure: bool = False


@dataclass(frozen=True, slots=True)
class WrittenReport:
    """A report that was written.

    Attributes:
        page: the file to open.
        n_bytes: of all of its files.
        n_runs, n_videos: how much it shows.
        problems: what could not be read, a line each.
    """

    page: Path
    n_bytes: int
    n_runs: int
    n_videos: int
    problems: tuple[str, ...]

    def __str__(self) -> str:
        """Return what was written in one line."""
        what = f"{counted(self.n_runs, 'run')}, {counted(self.n_videos, 'video')}, {self.n_bytes / 1e6:.1f} MB"
        return f"report: {self.page} ({what})"


def make_report(
    paths: Paths,
    out: Path,
    options: ReportOptions = ReportOptions(),
    progress: ReportProgress = lambda what, done, total: None,
) -> WrittenReport:
    """Write a report of runs and published logs.

    Args:
        paths: as for `load_tables`.
        out: a folder, or a file that ends with ``.html``; an older report there is replaced when this one is complete.
        options: what it shows beside answers.
        progress: called with what is being done, how many are done, and how many there are.

    Raises:
        UserError: nothing could be read, options exclude each other, or it cannot be written.
    """
    _check_options(out, options)
    key = read_codes_key(options.key) if options.key else None
    check_place(out)
    runs = ReportRuns(paths)
    filmed = filmed_videos([options.data] if options.data else _recorded_datasets(runs))
    if options.data and filmed.problems:
        raise UserError(filmed.problems[0])
    problems = [*runs.errors, *filmed.problems]
    options = replace(
        options, frames=options.frames or _draws_frames_unasked(runs, filmed.by_id.values(), out, options)
    )
    codes = NewCodes(key, runs.videos, _words(runs)) if key else None
    measurements = ReportMeasurements(runs.places, as_days=key is not None) if options.measure else None
    with report_writer(out) as writer:
        shown = _shown(runs, filmed.by_id, writer.folder, options, progress)
        problems += shown.problems
        _write_videos(writer, runs, filmed.by_id, shown.strips, codes, measurements, problems, progress)
        overview = make_overview(
            runs,
            options.title or _title(runs),
            [writer.address(place) for place in range(len(runs.videos))],
            shown.media,
            shown.picture,
            codes is not None,
            problems,
            measurements.measured if measurements else None,
        )
        writer.write_overview(codes.applied(overview) if codes else overview)
    problems += measurements.problems if measurements else ()
    page = out if is_one_file(out) else out / PAGE_NAME
    return WrittenReport(page, size_of(out), len(runs.rows), len(runs.videos), tuple(problems))


def _write_videos(
    writer: ReportWriter,
    runs: ReportRuns,
    filmed: Mapping[str, DatasetVideo],
    strips: Mapping[int, tuple[FrameStrips, ...]],
    codes: NewCodes | None,
    measurements: ReportMeasurements | None,
    problems: list[str],
    progress: ReportProgress,
) -> None:
    """Write what is known of each video; what cannot be read of one is added to the problems, a line each."""
    with writing(Path(tempfile.gettempdir())), tempfile.TemporaryFile() as file:
        spool = gather_videos(runs, file, problems, progress, measurements)
        for place, video in enumerate(runs.videos):
            known = filmed.get(video.video_id)
            data = video_data(place, spool.parts(place), known, runs.schemes, strips.get(place, ()), problems)
            writer.write_video(codes.applied(data) if codes else data)
            progress("writing videos", place + 1, len(runs.videos))


@dataclass(frozen=True, slots=True)
class _Shown:
    """Pictures and footage of a report: addresses by video, strips by video, and what is not shown, a line each."""

    media: tuple[str | None, ...]
    strips: Mapping[int, tuple[FrameStrips, ...]] = field(default_factory=dict)
    picture: Callable[[int, int, int], str | None] = lambda run, video, window: None
    problems: tuple[str, ...] = ()


def _shown(
    runs: ReportRuns,
    filmed: Mapping[str, DatasetVideo],
    folder: Path,
    options: ReportOptions,
    progress: ReportProgress,
) -> _Shown:
    """Write the pictures and footage that are asked for, or link what is painted where nothing is asked for."""
    painted = options.key is None and find_spec("cv2") is not None and any(one.painted for one in filmed.values())
    if not (options.frames or options.footage or painted):
        return _Shown((None,) * len(runs.videos))
    from lmms_eval_plugins.reports.page.pictures.blur import head_blur  # pictures need the extra `models`
    from lmms_eval_plugins.reports.page.pictures.footage import Footage, write_footage
    from lmms_eval_plugins.reports.page.pictures.strips import StripFiles, write_strips

    with head_blur() if options.blur else nullcontext() as blur:
        footage = Footage((None,) * len(runs.videos), ())
        strips = StripFiles()
        if options.footage or painted:
            footage = write_footage(runs, filmed, folder, options.footage, blur, partial(progress, "copying videos"))
        if options.frames:
            strips = write_strips(runs, filmed, folder, blur, partial(progress, "drawing frames"))
        remarks = blur.remarks if blur else ()
    return _Shown(footage.media, strips.by_video, strips.picture, (*footage.problems, *strips.problems, *remarks))


def _draws_frames_unasked(
    runs: ReportRuns, filmed: Collection[DatasetVideo], out: Path, options: ReportOptions
) -> bool:
    """Return whether windows are shown although nobody asked: where frames were perturbed, and show no person."""
    painted = bool(filmed) and all(one.painted for one in filmed) and find_spec("cv2") is not None
    perturbed = any(perturbation_of(row) for row in runs.rows)
    return painted and perturbed and options.key is None and not is_one_file(out)


def _check_options(out: Path, options: ReportOptions) -> None:
    if is_one_file(out) and (options.frames or options.footage == "proxies"):
        what = "--with-frames" if options.frames else "--with-video proxies"
        raise UserError(f"{what}: puts files beside the page; name a folder with -o, not {out.name}")
    if options.key and options.footage == "links":
        raise UserError("--with-video links: names videos by their files; with --deidentify choose proxies")
    if options.blur and not options.frames and options.footage != "proxies":
        raise UserError("--blur-faces: blurs in what --with-frames and --with-video proxies write; choose one of them")


def _recorded_datasets(runs: ReportRuns) -> Iterator[Path]:
    """Yield the datasets that the runs recorded, each once, where they are still there."""
    folders = (Path(str(row["path"])) for row in runs.rows if row["kind"] == "run")
    recorded = dict.fromkeys(str(read_run_file(folder).settings.get("data") or "") for folder in folders)
    return (Path(path) for path in recorded if path and Path(path).exists())


def _words(runs: ReportRuns) -> set[str]:
    """Return what answers, labels and activities are called in a report."""
    labels = {name for scheme in runs.schemes for name in scheme.names}
    known = {text for video in runs.videos for text in (video.cohort, video.activity) if text}
    return {"yes", "no", "left", "right", HEALTHY, *ACTIVITIES, *labels, *known}


def _title(runs: ReportRuns) -> str:
    return f"{counted(len(runs.rows), 'run')}, {counted(len(runs.videos), 'video')}"
