"""How often the labelled hand and the other one are called active."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from lmms_eval_plugins.assessments.identification.score import Proportion

Apart = Literal["apart", "overlapping", "not found"]
"""How the crops of the two hands lie: they share no pixel, they share some, or one of them could not be made."""
APART: tuple[Apart, ...] = get_args(Apart)


@dataclass(frozen=True, slots=True)
class HandsWindow:
    """The answers about the two hands in one window.

    Attributes:
        focus: whether the labelled hand was called active.
        other: whether the other hand was.
        focus_crop: the same from a crop around the labelled hand.
        other_crop: the same from a crop around the other hand.
        iou: intersection over union of the two crops; NaN where one could not be made.
        moves: whether the labelled hand truly moves; None where it is not known.
    """

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
    """Shares of windows in which the labelled hand (``focus``) and the other one are called active."""

    focus: Proportion
    other: Proportion
    focus_crop: Proportion
    other_crop: Proportion


def activation(windows: Sequence[HandsWindow]) -> Activation:
    """Return the four shares over these windows; each has its Wilson 95 % interval (Wilson 1927)."""
    n = len(windows)
    return Activation(
        focus=Proportion(sum(window.focus for window in windows), n),
        other=Proportion(sum(window.other for window in windows), n),
        focus_crop=Proportion(sum(window.focus_crop for window in windows), n),
        other_crop=Proportion(sum(window.other_crop for window in windows), n),
    )
