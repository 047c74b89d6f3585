"""Pictures of windows as the models got them: the frames of each side by side in one file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from lmms_eval_plugins.core.disk import writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.page.data.video import FrameStrips
from lmms_eval_plugins.reports.page.filmed import DatasetVideo, Failures, videos_on_disk
from lmms_eval_plugins.reports.page.pictures.blur import Blur, pictures
from lmms_eval_plugins.reports.page.pictures.views import ShownWindow, ShownWindows, View, views_of
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.decode import Frames, cut
from lmms_eval_plugins.video.perturb import perturbed
from lmms_eval_plugins.video.windows import Window

STRIPS_FOLDER = "frames"
"""The folder of the pictures, in that of the page."""

_MOST_HIGH, _MOST_WIDE = 224, 16_000
"""The most pixels of a frame down, and of a whole file across, which browsers still show."""

_QUALITY = 80
"""Of JPEG, 0 to 100."""


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
    """Write the pictures of all windows of all runs, as JPEG files; each video is decoded once, and once
    more for each video that it stood in for.

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
    views = views_of(runs, filmed, problems)
    files = videos_on_disk((video.video_id for video in runs.videos if video.video_id in views), filmed, problems)
    shown = ShownWindows(filmed)
    written: dict[int, tuple[FrameStrips, ...]] = {}
    for done, (name, video) in enumerate(files.items(), start=1):
        place = runs.places[name]
        strips: list[_Strips] = []
        for view, of_runs in views[name].items():
            try:
                made = shown(name, view)
            except UserError as error:
                failures.add(name, video, error)
            else:
                address = f"{STRIPS_FOLDER}/{place:05}/{len(strips)}"
                strips.append(_Strips(name, view, tuple(of_runs), made, folder, address))
        for of, wanted in _by_source(strips).items():
            try:
                _write(of, filmed[of].path, wanted, blur)
            except VideoError as error:
                failures.add(of, filmed[of], error)
        written[place] = tuple(filter(None, (one.done() for one in strips)))
        progress(done, len(files))
    return StripFiles(written, (*problems, *failures.lines))


@dataclass(slots=True)
class _Strips:
    """The pictures of a view of a video, while they are written.

    Attributes:
        name, view, runs: the video, what was shown of it, and to the models of which runs.
        windows: the windows that were shown.
        folder, address: of the page, and of the pictures in it.
        counts: frames of each window of which a picture is written, by the window's index.
        size: width and height of a frame in it; None before the first.
    """

    name: str
    view: View
    runs: tuple[int, ...]
    windows: tuple[ShownWindow, ...]
    folder: Path
    address: str
    counts: list[int] = field(init=False)
    size: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        self.counts = [0] * (1 + max((window.index for window in self.windows), default=-1))

    def write(self, index: int, window: Window, frames: Frames) -> None:
        """Write the picture of the window of an index, as which another one may be shown.

        Raises:
            UserError: the disk does not take it.
        """
        self.size = self.size or self._size_of(frames)
        if self.view.perturb:
            frames = perturbed(frames, self.view.perturb, seed=f"{self.name}/{index}", hand=window.hand)
        strip = np.concatenate([_fitted(frame, *self.size) for frame in frames], axis=1)
        _, jpeg = cv2.imencode(".jpg", strip[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
        path = self.folder / self.address / f"{index}.jpg"
        with writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg.tobytes())
        self.counts[index] = len(frames)

    def done(self) -> FrameStrips | None:
        """Return what was written; None where nothing was."""
        if self.size is None:
            return None
        return FrameStrips(0, self.runs, f"{self.address}/{{window}}.jpg", tuple(self.counts), *self.size)

    def _size_of(self, frames: Frames) -> tuple[int, int]:
        """Return the size of a frame in all pictures: what is cut out, where anything is, gives the shape."""
        box = next((shown.window.boxes[0] for shown in self.windows if shown.window.boxes), None)
        height, width = (box.bottom - box.top, box.right - box.left) if box else frames.shape[1:3]
        return frame_size(width, height, max(len(shown.window.frames) for shown in self.windows))


_Wanted = Mapping[float, Mapping[Window, list[tuple[_Strips, int]]]]
"""Clock of a video → its windows → in which pictures, and of windows of which indices, each is shown."""


def _by_source(strips: Iterable[_Strips]) -> Mapping[str, _Wanted]:
    """Return the videos from which pictures are made: each → what of it."""
    found: dict[str, dict[float, dict[Window, list[tuple[_Strips, int]]]]] = {}
    for one in strips:
        for shown in one.windows:
            of_clock = found.setdefault(shown.of, {}).setdefault(shown.fps, {})
            of_clock.setdefault(shown.window, []).append((one, shown.index))
    return found


def _write(name: str, path: Path, wanted: _Wanted, blur: Blur | None) -> None:
    """Write the pictures that are made from a video as its frames are decoded; VideoError where it breaks off."""
    with ThreadPoolExecutor() as pool:  # OpenCV leaves the interpreter to others while it works
        for fps, of_clock in wanted.items():
            indices = {index for window in of_clock for index in window.frames}
            for window, frames in cut(path, list(of_clock), pictures(name, path, indices, fps, blur)):
                written = [pool.submit(one.write, index, window, frames) for one, index in of_clock[window]]
                for one_file in written:
                    one_file.result()


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
