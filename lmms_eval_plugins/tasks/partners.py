"""Partners for ``perturb=swap``: for each video one of another patient, whose windows are shown in place of its own.

A video has one partner, so that showing a task in this way decodes no more videos than showing it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from random import Random

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import NotInDataset
from lmms_eval_plugins.tasks.videos import OtherWindow, Video


def with_partners(videos: Sequence[Video]) -> tuple[Video, ...]:
    """Return the videos of a task, each with what is shown in place of its windows.

    Raises:
        NotInDataset: all are of one patient.
    """
    patients = {video.video_id: video.patient for video in videos}
    by_id = {video.video_id: video for video in videos}
    if len({*patients.values()}) < 2:
        raise NotInDataset(
            f"--model_args: perturb=swap shows windows of another patient, and all {len(videos)} videos of the task"
            f" are of {videos[0].patient}"
        )
    return tuple(_with_partner(video, by_id[partner_of(video.video_id, patients)]) for video in videos)


def partner_of(video_id: str, patients: Mapping[str, str]) -> str:
    """Return the video that stands in for another: drawn from those of other patients, by the names of both alone.

    Args:
        video_id: the video.
        patients: video → patient, for all videos of the task; at least two patients.
    """
    others = [other for other, patient in patients.items() if patient != patients[video_id]]
    return min(others, key=lambda other: digest("swap", video_id, other))


def place_in_partner(video_id: str, window: int, n_frames: int, theirs: Sequence[int]) -> int:
    """Return the place of the window that stands in for another: drawn from those of as many frames, or from all.

    Args:
        video_id: the video.
        window: the index of its window.
        n_frames: the frames of that window.
        theirs: the frames of each window of the partner.
    """
    alike = [place for place, count in enumerate(theirs) if count == n_frames]
    return Random(f"swap/{video_id}/{window}").choice(alike or range(len(theirs)))


def _with_partner(video: Video, partner: Video) -> Video:
    theirs = [len(window.frames) for window in partner.windows]
    instead = {
        window.index: OtherWindow(
            partner.path,
            partner.fps,
            partner.windows[place_in_partner(video.video_id, window.index, len(window.frames), theirs)],
        )
        for window in video.windows
    }
    return replace(video, instead=instead)
