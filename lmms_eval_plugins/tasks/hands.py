"""Hands located in the windows of a trial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, listed
from lmms_eval_plugins.dataset.keypoints import KeypointFiles, find_keypoints
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.tasks.videos import Video
from lmms_eval_plugins.video.pose.hand import (
    MOST_OUTSIDE,
    HandSettings,
    doubt_about_box,
    hand_track,
    locate,
    share_of_joints_outside,
    with_hand,
)
from lmms_eval_plugins.video.pose.joints import Keypoints
from lmms_eval_plugins.video.windows import Window


def with_keypoints(settings: TaskSettings, manifest: Path) -> TaskSettings:
    """Return a task's settings with the keypoints by their name, where they are needed and none are named.

    Raises:
        UserError: the dataset has none.
    """
    if not settings.locates_hands or settings.pose.keypoints:
        return settings
    found = find_keypoints(manifest.parent, None).relative_to(manifest.parent)
    return settings.model_copy(update={"pose": settings.pose.model_copy(update={"keypoints": found})})


def describe_boxes(videos: Sequence[Video], settings: HandSettings) -> list[str]:
    """Return how large the boxes around hands are in pictures of each size, and what is doubtful about them.

    Videos without boxes are passed over; where none has any, there is nothing to say.
    """
    sides: dict[tuple[int, int], list[int]] = {}
    for video in videos:
        box = next((window.boxes[0] for window in video.windows if window.boxes), None)
        if box is not None and video.picture is not None:
            sides.setdefault(video.picture, []).append(max(box.right - box.left, box.bottom - box.top))
    parts = []
    for (width, height), own in sides.items():
        size = f"{min(own)}" if min(own) == max(own) else f"{min(own)} to {max(own)}"
        parts.append(f"{size} pixels in {len(own)} video{'s' * (len(own) > 1)} of {width} × {height}")
    way = f", {settings.box_forearms:g} forearms" if settings.box_forearms is not None else ""
    doubts = [doubt for size in sides if (doubt := doubt_about_box(settings, *size))]
    return [*([f"boxes around hands{way}: {listed(parts)}"] if parts else []), *doubts]


class Hands:
    """Locates hands by the keypoints of a dataset.

    Args:
        manifest: the dataset's manifest; keypoints lie beside it.
        settings: how hands are located.

    Raises:
        UserError: the dataset has no keypoints.
    """

    def __init__(self, manifest: Path, settings: HandSettings) -> None:
        self._settings = settings
        self._keypoints = KeypointFiles(find_keypoints(manifest.parent, settings.keypoints))

    @property
    def source(self) -> str:
        """The keypoints' file or folder."""
        return self._keypoints.path.name

    def locate(self, trial: Trial, hand: str | None, windows: Sequence[Window], *, crop: bool) -> tuple[Window, ...]:
        """Locate the hand in windows: what it does, and boxes around it where it is to be cut out.

        Raises:
            UserError: the trial has no keypoints, not as many as frames, or those of a larger picture; or it is not
                known which hand is meant.
        """
        keypoints, side = self._keypoints_of(trial, hand)
        track = hand_track(keypoints, side, self._settings, trial.width, trial.height)
        return locate(windows, track, self._settings, trial.width, trial.height, crop=crop)

    def box_in(self, trial: Trial, hand: str | None, windows: Sequence[Window]) -> tuple[Window, ...]:
        """Locate the hand in every frame of windows, for what is to be done to it there. Raises as `locate`."""
        keypoints, side = self._keypoints_of(trial, hand)
        return with_hand(windows, keypoints, side, self._settings, trial.width, trial.height)

    def _keypoints_of(self, trial: Trial, hand: str | None) -> tuple[Keypoints, str]:
        if hand is None:
            raise UserError(
                f"{trial.path}: which hand is to be looked at? Neither labels nor the manifest (`hand`) say it"
            )
        keypoints = self._keypoints.read(trial.video_id, trial.n_frames, trial.fps)
        outside = share_of_joints_outside(keypoints, self._settings.confidence, trial.width, trial.height)
        if outside > MOST_OUTSIDE:
            raise UserError(
                f"{trial.path}: {100 * outside:.0f} % of its keypoints lie outside its {trial.width} × {trial.height}"
                " pixels; they belong to a version of another size, localize it again"
            )
        return keypoints, hand
