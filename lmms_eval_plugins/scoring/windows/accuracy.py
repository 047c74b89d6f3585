"""How much of the time motion or grasp is said right, and how much could be, with one answer per window."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.scoring.windows.judged import LEAST_S, JudgedVideo


@dataclass(frozen=True, slots=True)
class FrameAccuracy:
    """Accuracy over time.

    Attributes:
        value: mean over windows, weighted by their length, of the share of a window's labelled time in which what was
            said of the window is true; 0 to 1, None where no window has labels.
        bound: the same for answers that are true at the midpoints of the windows (the study's omniscient bound).
        n_windows: windows with any labelled time; the others do not count.
    """

    value: float | None
    bound: float | None
    n_windows: int


def frame_accuracy(videos: Iterable[JudgedVideo], labels: Collection[str]) -> FrameAccuracy:
    """Accuracy of the primitives in ``labels`` (the hand moves, or holds) over the time of all windows.

    The study's cropped run: motion .730 of at most .934, grasp .741 of at most .948, over 8,914 windows.
    """
    said, best, weight, n_windows = 0.0, 0.0, 0.0, 0
    for video in videos:
        labelled_s = video.labelled_s()
        known = labelled_s > LEAST_S
        if not np.any(known):
            continue
        share = video.true_s(labels)[known] / labelled_s[known]
        lengths = (video.ends_s - video.starts_s)[known]
        middle = np.array([label in labels for label in video.middles()], dtype=bool)[known]
        said += float(np.sum(lengths * np.where(video.said(labels)[known], share, 1 - share)))
        best += float(np.sum(lengths * np.where(middle, share, 1 - share)))
        weight += float(np.sum(lengths))
        n_windows += int(np.sum(known))
    if not n_windows:
        return FrameAccuracy(None, None, 0)
    return FrameAccuracy(said / weight, best / weight, n_windows)
