"""What is measured of the videos of a dataset: their headers, all packets where these are in doubt, or all frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path

from lmms_eval_plugins.dataset.check.camera import manifest_remarks
from lmms_eval_plugins.dataset.check.probing import Measured, Probes, Told
from lmms_eval_plugins.dataset.found_files import COMMON_SUFFIXES
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.video.container import VideoError, open_video, timed_frames
from lmms_eval_plugins.video.probe import VideoInfo, probe


def measure_listed(
    folder: Path, videos: Sequence[Trial | FmaClip], told: Told = lambda done, total, name: None
) -> dict[Path, Measured]:
    """Measure videos of manifests by their headers; where a header and a manifest differ, by all packets.

    Some kinds of files have no exact length or rate in their headers; index has read all packets.

    Args:
        folder: the dataset's.
        videos: rows of its manifests.
        told: see `Told`.
    """
    measured = _header_probes(folder).measure((video.path for video in videos), told)
    differ = [video.path for video in videos if (info := measured[video.path].info) and manifest_remarks(video, info)]
    return measured | _packet_probes(folder).measure(differ, told)


def measure_found(folder: Path, paths: Iterable[Path], told: Told) -> dict[Path, Measured]:
    """Measure videos that no manifest lists: by their headers where these are exact, else by all packets."""
    ordered = list(paths)
    exact = [path for path in ordered if path.suffix.lower() in COMMON_SUFFIXES]
    others = [path for path in ordered if path not in set(exact)]
    measured = _header_probes(folder).measure(exact, told) | _packet_probes(folder).measure(others, told)
    return {path: measured[path] for path in ordered}


def measure_frames(folder: Path, paths: Iterable[Path], told: Told) -> dict[Path, Measured]:
    """Measure videos by all of their frames."""
    return Probes(folder, "frames", _by_frames).measure(paths, told)


@cache
def _header_probes(folder: Path) -> Probes:
    """Return what is known of a dataset's headers, one object for all tasks that this process plans."""
    return Probes(folder, "headers", lambda path: _by_packets(path, packets=False))


@cache
def _packet_probes(folder: Path) -> Probes:
    return Probes(folder, "packets", _by_packets)


def _by_packets(path: Path, packets: bool = True) -> Measured:
    try:
        return Measured(probe(path, packets=packets))
    except VideoError as error:
        return Measured(None, error.reason, is_missing=not path.exists())


def _by_frames(path: Path) -> Measured:
    measured = _by_packets(path)
    return Measured(measured.info, damage=tuple(_damage(path, measured.info))) if measured.info else measured


def _damage(path: Path, info: VideoInfo) -> Iterator[str]:
    """Decode a video, and yield what is wrong with its frames; decoding ends at the first damage, as in a run."""
    n_decoded = 0
    sizes: dict[tuple[int, int], int] = {}
    try:
        with open_video(path) as (container, stream):
            for _, frame in timed_frames(path, container, stream):
                sizes.setdefault((frame.width, frame.height), n_decoded)
                n_decoded += 1
    except VideoError as error:
        lost = max(0.0, 1 - n_decoded / info.n_frames)
        yield f"{error.reason}, at {n_decoded / info.fps:.1f} s: {lost:.0%} of the video cannot be shown"
    if len(sizes) > 1:
        (_, _), (size, frame_index), *_ = sizes.items()
        lost = max(0.0, 1 - frame_index / info.n_frames)
        yield f"its frames change size to {size[0]}×{size[1]} at {frame_index / info.fps:.1f} s: {lost:.0%} is lost"
