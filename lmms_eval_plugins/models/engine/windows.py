"""The windows of requests: each video is decoded once, ahead of the network, in other threads."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Literal

from lmms_eval_plugins.core.digest import sampled_digest
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Failure, Request, Row
from lmms_eval_plugins.models.engine.ahead import Beat, Stalled, ahead
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.failures import failure_of
from lmms_eval_plugins.video.container import VideoError
from lmms_eval_plugins.video.decode import Frames, cut, decode_frames
from lmms_eval_plugins.video.file_state import ChangedVideo, FileState, check_unchanged, file_state
from lmms_eval_plugins.video.frame_cache import FrameCache
from lmms_eval_plugins.video.perturb import Perturbation, perturbed, seed_of
from lmms_eval_plugins.video.picture import conversion_of
from lmms_eval_plugins.video.windows import Box, Window


@dataclass(frozen=True, slots=True)
class WindowInputs:
    """A window's frames as a network takes them.

    Attributes:
        shape: windows of one shape may share a batch.
        inputs: what `Prepare` made of them.
        n_bytes: their size in memory.
    """

    shape: Hashable
    inputs: Any  # tensors, arrays or parts of a chat message: known to who prepared them
    n_bytes: int


Prepare = Callable[[Frames, float], WindowInputs]
"""Makes of frames what the network takes; called in background threads.

Takes RGB frames, (frames, height, width, 3), uint8, and the frames per second at which they follow each other.
"""


@dataclass(frozen=True, slots=True)
class Shown:
    """A window, ready for the network, with its requests; their generation settings agree."""

    requests: tuple[Request, ...]
    prepared: WindowInputs


@dataclass(frozen=True, slots=True)
class _Known:
    """A video file as it was when the keys of its answers were made: its identity, the samples in it, and its state."""

    identity: str
    samples: str
    state: FileState


@dataclass(frozen=True, slots=True)
class _Video:
    video_id: str
    path: str
    fps: float
    requests: tuple[Request, ...]


class WindowSource:
    """Decodes the windows of requests and prepares them for the network.

    Args:
        prepare: makes of a window's frames what the network takes.
        frame_cache: decoded frames are looked up and kept there; None decodes every time.

    Attributes:
        watch: takes the seconds of ``decode`` and ``preprocess``.
        patience_s: seconds after which a video whose decoder gives no frame is given up.
        ready_bytes: what may be decoded and prepared ahead of the network.
    """

    patience_s = 120.0
    ready_bytes = 1 << 30

    def __init__(self, prepare: Prepare, frame_cache: FrameCache | None) -> None:
        self._prepare, self._frame_cache = prepare, frame_cache
        self._known: dict[str, _Known] = {}
        self.watch, self._frames_before = Stopwatch(), 0

    def begin(self, watch: Stopwatch) -> None:
        """Start a call: each video file is looked at anew, once."""
        self._known.clear()
        self.watch, self._frames_before = watch, self._frames_reused()

    def identify(self, row: Row) -> str:
        """Return the video file's size, a hash of its beginning, middle and end, and how its pixels are converted.

        Raises:
            VideoError: the file cannot be read, or is being written.
        """
        return self._as_known(row["path"]).identity

    def _as_known(self, path: str) -> _Known:
        if path not in self._known:
            self._known[path] = _look_at(Path(path))
        return self._known[path]

    def speed(self) -> dict[str, object]:
        """Return where the time of the last call went, in seconds, and how many frames came from the cache."""
        return {
            "phase_seconds": {name: round(value, 3) for name, value in sorted(self.watch.seconds().items())},
            "frames_reused": self._frames_reused() - self._frames_before,
        }

    def _frames_reused(self) -> int:
        return self._frame_cache.n_reused if self._frame_cache else 0

    def shown(self, requests: Sequence[Request]) -> Iterator[Shown | Failure]:
        """Yield the windows of requests, video by video and in order; a video that fails does not stop the others."""
        by_video: dict[tuple[str, str, float], list[Request]] = {}
        for request in requests:
            source = request.row["video_id"], request.row["path"], request.row["fps"]
            by_video.setdefault(source, []).append(request)
        videos = [_Video(*source, tuple(of_video)) for source, of_video in by_video.items()]
        for place, made in ahead(
            [partial(self._shown, video) for video in videos],
            lambda made: made.prepared.n_bytes if isinstance(made, Shown) else 0,
            threads=_threads(),
            budget_bytes=self.ready_bytes,
            patience_s=self.patience_s,
        ):
            yield _given_up(made, videos[place]) if isinstance(made, Stalled) else made

    def _shown(self, video: _Video, beat: Beat) -> Iterator[Shown | Failure]:
        """Yield a video's windows, ready for the network; also what goes wrong with a window, or with all to come."""
        windows: dict[Window, dict[Perturbation | Literal[""], dict[str, list[Request]]]] = {}
        for request in video.requests:
            ways = windows.setdefault(_window(request.row), {}).setdefault(request.row.get("perturb", ""), {})
            ways.setdefault(settings_key(request), []).append(request)
        path, in_order = Path(video.path), sorted(windows, key=lambda window: (window.frames[0], window.frames[-1]))
        wanted = {index for window in in_order for index in window.frames}
        try:
            known = _still(path, self._as_known(video.path))
            decode = partial(_decode_unchanged, path, wanted, video.fps, beat, known)
            cache = self._frame_cache
            decoded = cache.frames(known.identity, video.fps, wanted, decode) if cache else decode()
            made = cut(path, in_order, decoded)
            while True:
                with self.watch.background("decode"):
                    window, stacked = next(made, (None, None))
                if window is None or stacked is None:
                    return
                beat()
                check_unchanged(path, known.state)
                for perturb, ways in windows[window].items():
                    try:
                        with self.watch.background("preprocess"):
                            frames = _perturbed(stacked, perturb, window)
                            prepared = self._prepare(frames, _shown_rate(window, video.fps))
                    except Exception as error:
                        n_requests = sum(map(len, ways.values()))
                        yield failure_of(_about(error, stacked), video.video_id, window.index, n_requests)
                        continue
                    for of_settings in ways.values():
                        yield Shown(tuple(of_settings), prepared)
        except Exception as error:
            yield failure_of(error, video.video_id)


def _still(path: Path, known: _Known) -> _Known:
    """Return a file as it is now, if it still has the identity that the keys of its answers were made with.

    Raises:
        ChangedVideo: it is another file by now.
    """
    if file_state(path) == known.state:
        return known
    now = _look_at(path)
    if now.identity != known.identity:
        raise ChangedVideo(path)
    return now


def _decode_unchanged(
    path: Path, wanted: Collection[int], fps: float, beat: Beat, known: _Known
) -> Iterator[tuple[int, Frames]]:
    """Decode frames, then look at the file again: only if it is the same have all of them come from it.

    Raises:
        ChangedVideo: it is not.
        VideoError: see `decode_frames`.
    """
    try:
        yield from decode_frames(path, wanted, fps, beat)
    except VideoError:
        check_unchanged(path, known.state)  # that a file is damaged may come of its being written
        raise
    check_unchanged(path, known.state)
    if sampled_digest(path) != known.samples:  # where the file system's clock is too coarse to tell
        raise ChangedVideo(path)


def settings_key(request: Request) -> str:
    """Return a text that is the same for requests with the same generation settings."""
    return str(sorted(request.generation.items(), key=str))


def _threads() -> int:
    """Return how many videos are decoded at once: the network needs a processor too."""
    return max(1, min(8, (os.cpu_count() or 1) - 1))


def _given_up(stalled: Stalled, video: _Video) -> Failure:
    reason = f"its decoder hangs: no frame for {stalled.seconds:.0f} s; convert the file"
    return Failure(video.video_id, f"{video.path}: {reason}")


def _about(error: Exception, frames: Frames) -> Exception:
    """Return an error of the preparation, with the size of the frames where that explains it."""
    size = f"{frames.shape[2]}x{frames.shape[1]}"
    if isinstance(error, MemoryError) or "memory" in str(error).lower():
        return UserError(
            f"there is not enough memory to prepare its frames of {size}; convert the video to smaller ones"
        )
    if isinstance(error, ValueError | ArithmeticError):  # as processors refuse a picture that they cannot take
        reason = " ".join(str(error).split())
        return UserError(f"its frames of {size} are not of a size that this model takes ({reason}); convert the video")
    return error


def _window(row: Row) -> Window:
    boxes, hand = _boxes(row["box"]), _boxes(row.get("hand_box", ()))
    times = row["start_s"], row["end_s"]
    return Window(row["video_id"], row["window"], *times, tuple(row["frames"]), boxes, hand=hand)


def _boxes(edges: Sequence[int]) -> tuple[Box, ...]:
    return tuple(Box(*edges[i : i + 4]) for i in range(0, len(edges), 4))


def _perturbed(frames: Frames, how: Perturbation | Literal[""], window: Window) -> Frames:
    """Return the frames of a window as they are to be shown."""
    return perturbed(frames, how, seed=seed_of(window.video_id, window.index), hand=window.hand) if how else frames


def _shown_rate(window: Window, fps: float) -> float:
    steps = len(window.frames) - 1
    span = window.frames[-1] - window.frames[0]
    return fps * steps / span if span else fps


def _look_at(path: Path) -> _Known:
    """Identify a video, with the version of its pixels' conversion where that is not FFmpeg's plain one.

    Raises:
        VideoError: the file cannot be read, or changes meanwhile.
    """
    state = file_state(path)
    samples, conversion = file_identity(path), _conversion(path, state)
    check_unchanged(path, state)
    return _Known(f"{samples}-{conversion}" if conversion else samples, samples, state)


@lru_cache(maxsize=65536)
def _conversion(path: Path, state: FileState) -> str:
    return conversion_of(path)


def file_identity(path: Path, samples: int = 3) -> str:
    """Return size and hash of ``samples`` evenly spaced pieces of 64 KiB of a file; the same wherever the file lies.

    Raises:
        VideoError: the file cannot be read.
    """
    try:
        return _sampled(path, samples, file_state(path))
    except OSError as error:
        raise VideoError(path, f"cannot be read ({error.strerror})") from error


@lru_cache(maxsize=65536)
def _sampled(path: Path, samples: int, state: FileState) -> str:
    return sampled_digest(path, samples)
