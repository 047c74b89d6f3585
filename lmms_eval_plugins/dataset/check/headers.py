"""The part of the check that every run makes when it is planned: the files of its videos, by their headers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.check.measuring import measure_listed
from lmms_eval_plugins.dataset.check.videos import file_remarks
from lmms_eval_plugins.dataset.remarks import Remark, remark_lines
from lmms_eval_plugins.dataset.trial import FmaClip, Trial
from lmms_eval_plugins.video.windows import Dense, Uniform

_NOTED_BY_PACE = frozenset({"slow-rate"})
"""Kinds of remarks that a run makes itself: it lists the true lengths of its windows."""


class HeaderCheck:
    """The check of the files of some videos, all measured at once and kept for the next time.

    A file that is missing passes: a model that does not look at videos needs none, and one that looks names it.

    Args:
        folder: the dataset's.
        videos: those that will be checked.
        sampling: how they are cut into windows.
    """

    def __init__(self, folder: Path, videos: Sequence[Trial | FmaClip], sampling: Dense | Uniform) -> None:
        self._measured = measure_listed(folder.absolute(), videos)
        self._sampling = sampling
        self._doubts: list[tuple[str, Remark]] = []

    def check(self, video: Trial | FmaClip) -> None:
        """Check one of the videos.

        Raises:
            UserError: something about it is wrong.
        """
        measured = self._measured[video.path]
        if measured.is_missing:
            return
        for remark in file_remarks(video, measured, self._sampling):
            if remark.grade == "wrong":
                raise UserError(f"{video.path}: {remark.text}")
            if remark.grade == "doubtful" and remark.kind not in _NOTED_BY_PACE:
                self._doubts.append((video.video_id, remark))

    @property
    def doubts(self) -> list[str]:
        """What is doubtful about the videos checked so far, one line for each kind of which there is much."""
        return remark_lines(self._doubts, "video")
