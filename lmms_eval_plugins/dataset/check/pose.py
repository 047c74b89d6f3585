"""What the keypoints of a dataset say about its videos, where it has any."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.keypoints import KeypointFiles, about_keypoints, find_keypoints, keypoint_file
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.video.pose.hand import MOST_OUTSIDE, HandSettings, share_of_joints_outside, share_outside
from lmms_eval_plugins.video.pose.joints import Keypoints
from lmms_eval_plugins.video.pose.locate import NOBODY

_OFTEN = 0.25
"""Share of frames without the hand from which on it is doubtful."""


class PoseFiles:
    """The keypoints beside a dataset's manifest; without any there is nothing to say.

    Args:
        folder: the dataset's.
    """

    def __init__(self, folder: Path) -> None:
        try:
            self._files: KeypointFiles | None = KeypointFiles(find_keypoints(folder, None))
        except UserError:
            self._files = None

    def remarks(self, trial: Trial, hand: Hand | Literal[""]) -> list[Remark]:
        """Return what a trial's keypoints say.

        Args:
            trial: the video.
            hand: the labelled hand; empty where it is not known.
        """
        if self._files is None:
            return []
        remarks = [*self._people(trial)]
        try:
            keypoints = self._files.read(trial.video_id, trial.n_frames, trial.fps)
        except UserError as error:
            if not self._has_file(trial):
                text = "no keypoints, which other videos have; `strokerehab localize` makes them"
                return [*remarks, Remark("fine", "video-without-keypoints", text)]
            text = str(error).removeprefix(f"{keypoint_file(self._files.path, trial.video_id)}: ")
            return [*remarks, Remark("doubtful", "keypoints-unusable", text)]
        return [*remarks, *outside_remarks(keypoints, hand, trial.width, trial.height)]

    @property
    def files(self) -> list[Path]:
        """The files of a folder of keypoints, sorted."""
        if self._files is None or not self._files.path.is_dir():
            return []
        return sorted(path for path in self._files.path.iterdir() if path.suffix in (".parquet", ".csv", ".gz"))

    def _has_file(self, trial: Trial) -> bool:
        return self._files is not None and keypoint_file(self._files.path, trial.video_id).is_file()

    def _people(self, trial: Trial) -> Iterator[Remark]:
        """Yield what was noted about people while the trial was localized."""
        assert self._files
        for line in about_keypoints(keypoint_file(self._files.path, trial.video_id)).get("remarks", "").splitlines():
            yield Remark("doubtful", "nobody-found" if line == NOBODY else "several-people", f"{line} (localize)")


def outside_remarks(keypoints: Keypoints, hand: Hand | Literal[""], width: int, height: int) -> Sequence[Remark]:
    """Return a remark where the labelled hand is often out of the picture, or the keypoints are of another picture.

    Args:
        keypoints: of the patient.
        hand: the labelled hand; empty for both.
        width: of the frames, in pixels.
        height: of the frames, in pixels.
    """
    settings = HandSettings()
    joints = share_of_joints_outside(keypoints, settings.confidence, width, height)
    if joints > MOST_OUTSIDE:
        text = f"{joints:.0%} of the joints lie outside of {width}×{height} pixels; localize the video again"
        return (Remark("doubtful", "keypoints-unusable", text),)
    hands = (hand,) if hand else ("left", "right")
    shares = {side: share_outside(keypoints, side, settings, width, height) for side in hands}
    if min(shares.values()) < _OFTEN:
        return ()
    text = " and ".join(f"the {side} hand in {share:.0%}" for side, share in shares.items())
    return (Remark("doubtful", "hand-outside", f"out of the picture or not located: {text} of the frames"),)
