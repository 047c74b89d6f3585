"""Hands located in the windows of a trial."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.keypoints import KeypointFiles, find_keypoints
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.video.pose.hand import HandSettings, hand_track, locate
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
            UserError: the trial has no keypoints, or not as many as frames; or it is not known which hand is meant.
        """
        if hand is None:
            raise UserError(
                f"{trial.path}: which hand is to be looked at? Neither labels nor the manifest (`hand`) say it"
            )
        keypoints = self._keypoints.read(trial.video_id, trial.n_frames, trial.fps)
        track = hand_track(keypoints, hand, self._settings, trial.width, trial.height)
        return locate(windows, track, self._settings, trial.width, trial.height, crop=crop)
