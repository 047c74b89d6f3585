"""What is measured of the videos of a dataset: their headers, all packets where these are in doubt, or all frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.dataset.check.camera import manifest_remarks
from lmms_eval_plugins.dataset.check.probing import Measured, ProbeProgress, Probes
from lmms_eval_plugins.dataset.found_files import COMMON_SUFFIXES
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.video.container import TruncatedVideo, VideoError
from lmms_eval_plugins.video.damage import FrameReport, look_at_frames
from lmms_eval_plugins.video.probe import probe


def measure_listed(
    folder: Path, videos: Sequence[Trial | FmaClip], progress: ProbeProgress = lambda done, total, name: None
) -> dict[Path, Measured]:
    """Measure videos of manifests by their headers; where a header and a manifest differ, by all packets.

    Some kinds of files have no exact length or rate in their headers; index has read all packets.

    Args:
        folder: the dataset's.
        videos: rows of its manifests.
        progress: see `ProbeProgress`.
    """
    measured = _header_probes(folder).measure((video.path for video in videos), progress)
    differ = [video.path for video in videos if (info := measured[video.path].info) and manifest_remarks(video, info)]
    return measured | _packet_probes(folder).measure(differ, progress)


def measure_found(folder: Path, paths: Iterable[Path], progress: ProbeProgress) -> dict[Path, Measured]:
    """Measure videos that no manifest lists: by their headers where these are exact, else by all packets."""
    ordered = list(paths)
    exact = [path for path in ordered if path.suffix.lower() in COMMON_SUFFIXES]
    others = [path for path in ordered if path not in set(exact)]
    measured = _header_probes(folder).measure(exact, progress) | _packet_probes(folder).measure(others, progress)
    return {path: measured[path] for path in ordered}


def measure_frames(folder: Path, paths: Iterable[Path], progress: ProbeProgress) -> dict[Path, Measured]:
    """Measure videos by all of their frames."""
    return Probes(folder, "frames", _by_frames).measure(paths, progress)


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
        is_cut = isinstance(error, TruncatedVideo)
        return Measured(None, error.reason, is_missing=not path.exists(), breaks_off=is_cut)


def _by_frames(path: Path) -> Measured:
    measured = _by_packets(path)
    if measured.info is None:
        return measured
    try:
        report = look_at_frames(path)
    except VideoError as error:
        return Measured(None, error.reason)
    camera = replace(measured.info.camera, interlaced=report.n_interlaced > 0)
    return Measured(replace(measured.info, camera=camera), damage=tuple(_damage(report)))


def _damage(report: FrameReport) -> Iterator[str]:
    """Yield what is wrong with a video's frames, and what of it a run cannot show: all from there on."""
    if report.damaged:
        stretches = listed([f"from {stretch.start_s:.1f} to {stretch.end_s:.1f} s" for stretch in report.damaged])
        lost = _lost(report, report.damaged[0].start_s)
        yield f"its frames are damaged {stretches}: a run shows nothing from there on, {lost:.0%} of it"
    if report.resized:
        first = report.resized[0]
        at = f"{first.width}×{first.height} at {first.at_s:.1f} s"
        yield f"its frames change size to {at}: {_lost(report, first.at_s):.0%} is lost"


def _lost(report: FrameReport, from_s: float) -> float:
    return max(0.0, 1 - from_s / report.duration_s) if report.duration_s else 1.0
