"""Motion and grasp as yes/no detections over windows: precision, recall, F1; how often each hand is called active."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from lmms_eval_plugins.assessments.dose.windows import LEAST_S, Flags, JudgedVideo
from lmms_eval_plugins.statistics.intervals import Interval
from lmms_eval_plugins.statistics.proportions import share_interval

Judging = Literal["middle", "masked", "optimistic", "pessimistic"]
"""What is true of a window whose labels do not agree, or that has none:

* ``middle``: the label at its midpoint (without one: the nearest in time) decides;
* ``masked``: such windows are left out;
* ``optimistic``: every prediction about them is right;
* ``pessimistic``: every prediction about them is wrong.
"""
JUDGINGS: tuple[Judging, ...] = get_args(Judging)


@dataclass(frozen=True, slots=True)
class Detection:
    """Windows by prediction and truth: ``tp`` predicted and true, ``fp`` predicted only, ``fn`` true only, ``tn``."""

    tp: int = 0
    fp: int = 0
    fn: int = 0
    tn: int = 0

    def __add__(self, other: Detection) -> Detection:
        return Detection(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn, self.tn + other.tn)

    @property
    def n(self) -> int:
        """Windows."""
        return self.tp + self.fp + self.fn + self.tn

    @property
    def f1(self) -> float | None:
        """``2·tp / (2·tp + fp + fn)``, 0 to 1; None where nothing was predicted or true (van Rijsbergen 1979)."""
        whole = 2 * self.tp + self.fp + self.fn
        return 2 * self.tp / whole if whole else None

    @property
    def precision(self) -> float | None:
        """``tp / (tp + fp)``, 0 to 1; None where nothing was predicted."""
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else None

    @property
    def recall(self) -> float | None:
        """``tp / (tp + fn)``, 0 to 1; None where nothing is true."""
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else None


def detection(videos: Iterable[JudgedVideo], labels: Collection[str], judging: Judging = "middle") -> Detection:
    """Count detections of the primitives in ``labels`` (the hand moves, or holds) over all windows of the videos.

    On the study's cropped run: motion F1 .8205 (``middle``), .8570, .8901, .7068; grasp .7834, .8166, .8641, .6632.
    """
    return sum((_of_video(video, labels, judging) for video in videos), Detection())


def _of_video(video: JudgedVideo, labels: Collection[str], judging: Judging) -> Detection:
    predicted = video.predicted_as(labels)
    if judging == "middle":
        true = np.array([label in labels for label in video.middles()], dtype=bool)
        return _counted(predicted, true)
    positive_s = video.true_s(labels)
    negative_s = video.labelled_s() - positive_s
    true = positive_s > LEAST_S
    clear = true != (negative_s > LEAST_S)
    if judging == "masked":
        return _counted(predicted[clear], true[clear])
    return _counted(predicted, np.where(clear, true, predicted if judging == "optimistic" else ~predicted))


def _counted(predicted: Flags, true: Flags) -> Detection:
    return Detection(
        tp=int(np.sum(predicted & true)),
        fp=int(np.sum(predicted & ~true)),
        fn=int(np.sum(~predicted & true)),
        tn=int(np.sum(~predicted & ~true)),
    )


Apart = Literal["apart", "overlapping", "not found"]
"""How the crops of the two hands lie: they share no pixel, they share some, or one of them could not be made."""
APART: tuple[Apart, ...] = get_args(Apart)


@dataclass(frozen=True, slots=True)
class HandsWindow:
    """The answers about the two hands in one window.

    Attributes:
        patient: who was filmed.
        focus: whether the labelled hand was called active.
        other: whether the other hand was.
        focus_crop: the same from a crop around the labelled hand.
        other_crop: the same from a crop around the other hand.
        iou: intersection over union of the two crops; NaN where one could not be made.
        moves: whether the labelled hand truly moves; None where it is not known.
    """

    patient: str
    focus: bool
    other: bool
    focus_crop: bool
    other_crop: bool
    iou: float
    moves: bool | None = None

    @property
    def apart(self) -> Apart:
        """How the two crops lie."""
        if math.isnan(self.iou):
            return "not found"
        return "overlapping" if self.iou > 0 else "apart"


@dataclass(frozen=True, slots=True)
class Activation:
    """Shares of windows in which the labelled hand (``focus``) and the other one are called active, with intervals."""

    focus: Interval
    other: Interval
    focus_crop: Interval
    other_crop: Interval


def activation(windows: Sequence[HandsWindow]) -> Activation:
    """Return the four shares over these windows, each with its 95 % interval by patients, see `share_interval`."""
    patients = [window.patient for window in windows]
    return Activation(
        focus=share_interval([window.focus for window in windows], patients),
        other=share_interval([window.other for window in windows], patients),
        focus_crop=share_interval([window.focus_crop for window in windows], patients),
        other_crop=share_interval([window.other_crop for window in windows], patients),
    )
