"""What the header of a video, and its row in the manifest, say about it: pure functions from facts to remarks."""

from __future__ import annotations

from collections.abc import Iterator

from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.video.container import MISSING_TAIL_S
from lmms_eval_plugins.video.pace import nominal_s, pace_of
from lmms_eval_plugins.video.probe import VideoInfo
from lmms_eval_plugins.video.windows import Dense, Uniform

_SAME_RATE = 0.01
"""Share by which a manifest's rate may differ from the file's: 29.97 is 30."""

_SAME_CLOCK_S = 0.02
"""Seconds by which a manifest's offset may differ from the file's: half a frame at 25 fps."""


def camera_remarks(info: VideoInfo, sampling: Dense | Uniform) -> list[Remark]:
    """Return what a video's header says that a person would want to know.

    Args:
        info: of the video.
        sampling: how it is cut into windows.
    """
    return [*_picture(info), *_clock(info, sampling)]


def _picture(info: VideoInfo) -> Iterator[Remark]:
    camera = info.camera
    if camera.quarter_turns:
        text = f"recorded turned by {90 * camera.quarter_turns} degrees, is shown upright ({info.width}×{info.height})"
        yield Remark("fine", "turned", text)
    if camera.mirrored:
        yield Remark(
            "doubtful",
            "mirrored",
            "the file says that it is shown mirrored, as players do: look whether left and right are the patient's",
        )
    if abs(camera.pixel_shape - 1) > 1e-3:
        text = f"pixels are {camera.pixel_shape:.3f} times as wide as high, is shown as {info.width}×{info.height}"
        yield Remark("fine", "pixel-shape", text)
    if camera.interlaced:
        yield Remark("fine", "interlaced", "interlaced, is deinterlaced")
    if camera.colour.startswith(("HLG", "PQ")):
        yield Remark("doubtful", "high-dynamic-range", f"{camera.colour}: pictures look flat; convert the video first")


def _clock(info: VideoInfo, sampling: Dense | Uniform) -> Iterator[Remark]:
    if info.camera.rate_varies:
        text = f"the rate varies, {info.fps:.2f} frames per second on average: windows are cut by time"
        yield Remark("fine", "rate-varies", text)
    if isinstance(sampling, Uniform):
        return
    pace = pace_of(info.fps, sampling)
    if info.fps < sampling.fps * (1 - _SAME_RATE):
        yield Remark(
            "doubtful",
            "slow-rate",
            f"{info.fps:g} frames per second are fewer than the {sampling.fps:g} of the windows, which last"
            f" {pace.window_s:.3f} s instead of {nominal_s(sampling):.3f} s",
        )
    if info.duration_s < pace.window_s:
        text = f"lasts {info.duration_s:.2f} s, less than one window of {pace.window_s:.3f} s"
        yield Remark("doubtful", "too-short", text)


def manifest_remarks(filmed: Trial | FmaClip, info: VideoInfo) -> list[Remark]:
    """Return where the manifest's row of a video differs from its file."""
    remarks = [*_length(filmed, info)]
    if filmed.fps is not None and abs(filmed.fps / info.fps - 1) > _SAME_RATE:
        text = f"{filmed.fps:g} frames per second in the manifest, {info.fps:g} in the file; index it again"
        remarks.append(Remark("doubtful", "manifest-rate", text))
    if isinstance(filmed, Trial):
        remarks += [*_of_trial(filmed, info)]
    return remarks


def _length(filmed: Trial | FmaClip, info: VideoInfo) -> Iterator[Remark]:
    if filmed.fps and filmed.n_frames:
        by_manifest = filmed.n_frames / filmed.fps
        if abs(filmed.duration_s - by_manifest) > MISSING_TAIL_S:
            yield Remark(
                "doubtful",
                "manifest-duration",
                f"the manifest contradicts itself: {filmed.n_frames} frames at {filmed.fps:g} per second are"
                f" {by_manifest:.1f} s, not {filmed.duration_s:g} s",
            )
    else:
        by_manifest = filmed.duration_s
    beyond = by_manifest - info.duration_s
    if abs(beyond) > MISSING_TAIL_S:
        lost = "windows after the end have no frames" if beyond > 0 else "the rest is not shown"
        text = f"{by_manifest:.1f} s in the manifest, {info.duration_s:.1f} s in the file: {lost}; index it again"
        yield Remark("doubtful", "manifest-longer" if beyond > 0 else "manifest-shorter", text)


def _of_trial(trial: Trial, info: VideoInfo) -> Iterator[Remark]:
    if (trial.width, trial.height) != (info.width, info.height):
        turned = " (turned)" * ((trial.height, trial.width) == (info.width, info.height))
        yield Remark(
            "doubtful",
            "manifest-size",
            f"{trial.width}×{trial.height} in the manifest, {info.width}×{info.height} in the file{turned}:"
            " boxes and keypoints may be off; index it again",
        )
    start_s = info.camera.start_s
    if abs(start_s - trial.offset_s) > _SAME_CLOCK_S:
        yield Remark(
            "doubtful",
            "manifest-offset",
            f"the first frame comes at {start_s:.3f} s of the file's clock, which labels count from;"
            f" the manifest says {trial.offset_s:.3f} s (offset_s); index it again",
        )
    elif abs(start_s) > _SAME_CLOCK_S:
        text = f"the first frame comes at {start_s:.3f} s of the file's clock; labels are moved by that"
        yield Remark("fine", "first-frame-late", text)
