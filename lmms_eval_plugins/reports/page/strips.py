"""Pictures of windows as the models got them: the frames of each side by side in one file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
from pydantic import ValidationError

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError, describe_validation, listed
from lmms_eval_plugins.reports.page.blur import Blur, pictures
from lmms_eval_plugins.reports.page.data.video import FrameStrips
from lmms_eval_plugins.reports.page.filmed import DatasetVideo, Failures, videos_on_disk
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.runs.data_frames.load import file_of
from lmms_eval_plugins.runs.run import is_run
from lmms_eval_plugins.runs.run_file import RUN_NAME, RunFile, RunVideo, read_run_file
from lmms_eval_plugins.tasks.hands import Hands
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.decode import Frames, cut
from lmms_eval_plugins.video.pose.hand import HandSettings
from lmms_eval_plugins.video.windows import Dense, Uniform, Window, windows

STRIPS_FOLDER = "frames"
"""The folder of the pictures, in that of the page."""

_MOST_HIGH, _MOST_WIDE = 224, 16_000
"""The most pixels of a frame down, and of a whole file across, which browsers still show."""

_QUALITY = 80
"""Of JPEG, 0 to 100."""


@dataclass(frozen=True, slots=True)
class _View:
    """What a model was shown of a video; runs with the same view share pictures.

    Attributes:
        sampling, fps, n_frames: what makes the windows.
        hand: the hand that is cut out; None where whole frames are shown.
        settings: how it is located; None where whole frames are shown.
        not_shown: indices of windows that nothing was asked about.
    """

    sampling: Dense | Uniform
    fps: float
    n_frames: int
    hand: str | None
    settings: HandSettings | None
    not_shown: frozenset[int]


@dataclass(frozen=True, slots=True)
class StripFiles:
    """The pictures that were written.

    Attributes:
        by_video: place of a video → its strips. Their grid is left at 0; window ``i`` is the one at place ``i`` of
            what the run recorded.
        problems: what has no pictures and why, a line each.
    """

    by_video: Mapping[int, tuple[FrameStrips, ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def picture(self, run: int, video: int, window: int) -> str | None:
        """Return the address of the picture of a run's window of a video, by their places; None where there is none."""
        for strips in self.by_video.get(video, ()):
            if run in strips.runs and window < len(strips.counts) and strips.counts[window]:
                return strips.pattern.format(window=window)
        return None


def write_strips(
    runs: ReportRuns,
    filmed: Mapping[str, DatasetVideo],
    folder: Path,
    blur: Blur | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> StripFiles:
    """Write the pictures of all windows of all runs, as JPEG files; each video is decoded once.

    A video of which that is not possible is a problem, and the rest goes on.

    Args:
        runs: the runs.
        filmed: the videos of their datasets, by name.
        folder: of the page, from which addresses count.
        blur: blurs heads; None leaves them as they are.
        progress: called with the number of finished videos and the number of all videos.

    Raises:
        UserError: the folder cannot be written.
    """
    problems: list[str] = []
    failures = Failures()
    views = _views(runs, filmed, problems)
    files = videos_on_disk((video.video_id for video in runs.videos if video.video_id in views), filmed, problems)
    hands = cache(Hands)
    written: dict[int, tuple[FrameStrips, ...]] = {}
    for done, (name, video) in enumerate(files.items(), start=1):
        place = runs.places[name]
        strips: list[_Strips] = []
        for view, of_runs in views[name].items():
            try:
                made = _windows(name, view, video, hands)
            except UserError as error:
                failures.add(name, video, error)
            else:
                address = f"{STRIPS_FOLDER}/{place:05}/{len(strips)}"
                strips.append(_Strips(view, tuple(of_runs), made, folder, address))
        try:
            _write(name, video.path, strips, blur)
        except VideoError as error:
            failures.add(name, video, error)
        written[place] = tuple(filter(None, (one.done() for one in strips)))
        progress(done, len(files))
    return StripFiles(written, (*problems, *failures.lines))


def _views(
    runs: ReportRuns, filmed: Mapping[str, DatasetVideo], problems: list[str]
) -> dict[str, dict[_View, list[int]]]:
    """Return video → what was shown of it → the runs of which that is true."""
    views: dict[str, dict[_View, list[int]]] = defaultdict(lambda: defaultdict(list))
    without: list[str] = []
    for run, row in enumerate(runs.rows):
        folder = Path(file_of(str(row["path"])))
        if not is_run(folder):
            without.append(str(row["run"]))
            continue
        file = read_run_file(folder)
        try:
            settings = TaskSettings.model_validate(file.settings)
        except ValidationError as error:
            problems.append(f"{folder / RUN_NAME}: settings.{describe_validation(error)}")
            continue
        other: list[str] = []
        for video in file.videos:
            view = _view(file, video, settings, filmed.get(video.video_id))
            if view is None:
                other.append(video.video_id)
            elif video.video_id in runs.places:
                views[video.video_id][view].append(run)
        if other:
            problems.append(f"{folder}: no frames of {listed(other)}: its windows are not those that its settings make")
    if without:
        problems.append(f"no frames of published logs, which do not record what was shown: {listed(without)}")
    return views


def _view(file: RunFile, video: RunVideo, settings: TaskSettings, filmed: DatasetVideo | None) -> _View | None:
    """Return what was shown of a video; None where the windows that follow from it are not those of the run."""
    trial = filmed.trial if filmed else None
    fps, n_frames = video.fps or (trial and trial.fps), video.n_frames or (trial and trial.n_frames)
    if not fps or not n_frames:
        return None
    times = tuple((window.start_s, window.end_s) for window in windows(n_frames, fps, settings.sampling))
    if times != video.windows:
        return None
    asks = file.scoring.asks if file.scoring else lambda pose: True
    not_shown = frozenset(index for index, pose in enumerate(video.poses) if not asks(pose))
    hand, pose = (video.hand, settings.pose) if settings.crop else (None, None)
    return _View(settings.sampling, fps, n_frames, hand, pose, not_shown)


def _windows(
    name: str, view: _View, filmed: DatasetVideo, hands: Callable[[Path, HandSettings], Hands]
) -> tuple[Window, ...]:
    """Return all windows of a view, with the boxes of what was cut out; UserError where the hand cannot be located."""
    made = windows(view.n_frames, view.fps, view.sampling, name)
    if view.settings is None or filmed.trial is None:
        return made
    located = hands(filmed.manifest, view.settings).locate(filmed.trial, view.hand, made, crop=True)
    return tuple(replace(window, pose=None) for window in located)


@dataclass(slots=True)
class _Strips:
    """The pictures of a view of a video, while they are written.

    Attributes:
        view, runs: what was shown, and to the models of which runs.
        windows: all windows of the view.
        folder, address: of the page, and of the pictures in it.
        counts: frames of each window of which a picture is written.
        size: width and height of a frame in it; None before the first.
    """

    view: _View
    runs: tuple[int, ...]
    windows: tuple[Window, ...]
    folder: Path
    address: str
    counts: list[int] = field(init=False)
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self.counts = [0] * len(self.windows)

    @property
    def shown(self) -> Iterator[Window]:
        """The windows that something was asked about."""
        return (window for window in self.windows if window.index not in self.view.not_shown)

    def write(self, window: Window, frames: Frames) -> None:
        """Write the picture of a window; UserError where the disk does not take it."""
        self.size = self.size or self._size_of(frames)
        strip = np.concatenate([_fitted(frame, *self.size) for frame in frames], axis=1)
        _, jpeg = cv2.imencode(".jpg", strip[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        path = self.folder / self.address / f"{window.index}.jpg"
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg.tobytes())
        self.counts[window.index] = len(frames)

    def done(self) -> FrameStrips | None:
        """Return what was written; None where nothing was."""
        if self.size is None:
            return None
        return FrameStrips(0, self.runs, f"{self.address}/{{window}}.jpg", tuple(self.counts), *self.size)

    def _size_of(self, frames: Frames) -> tuple[int, int]:
        """Return the size of a frame in all pictures: what is cut out, where anything is, gives the shape."""
        box = next((window.boxes[0] for window in self.shown if window.boxes), None)
        height, width = (box.bottom - box.top, box.right - box.left) if box else frames.shape[1:3]
        return frame_size(width, height, max(len(window.frames) for window in self.shown))


def _write(name: str, path: Path, strips: Sequence[_Strips], blur: Blur | None) -> None:
    """Write the pictures of a video as its frames are decoded; VideoError where it breaks off."""
    by_clock: dict[float, dict[Window, list[_Strips]]] = defaultdict(lambda: defaultdict(list))
    for one in strips:
        for window in one.shown:
            by_clock[one.view.fps][window].append(one)
    for fps, wanted in by_clock.items():
        indices = {index for window in wanted for index in window.frames}
        for window, frames in cut(path, list(wanted), pictures(name, path, indices, fps, blur)):
            for one in wanted[window]:
                one.write(window, frames)


def frame_size(width: int, height: int, longest: int) -> tuple[int, int]:
    """Return width and height of a frame in pictures of up to ``longest`` frames side by side, in pixels."""
    scale = min(1.0, _MOST_HIGH / height, _MOST_WIDE / (longest * width))
    return max(1, round(scale * width)), max(1, round(scale * height))


def _fitted(frame: Frames, width: int, height: int) -> Frames:
    """Return a frame in a size, in black where its shape is another, as that of a whole frame among cut-out ones."""
    scale = min(width / frame.shape[1], height / frame.shape[0])
    size = max(1, round(scale * frame.shape[1])), max(1, round(scale * frame.shape[0]))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    canvas = np.zeros((height, width, 3), np.uint8)
    top, left = (height - size[1]) // 2, (width - size[0]) // 2
    canvas[top : top + size[1], left : left + size[0]] = small
    return canvas
