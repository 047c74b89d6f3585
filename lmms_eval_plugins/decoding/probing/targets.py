"""What a probe is to tell of windows: classes, which window is of which, and the same shuffled as a control."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from lmms_eval_plugins.decoding.clock import Floats, Ints

UNKNOWN = -1
"""In place of a class where it is not known which is true."""

DRAWS = 3
"""So many times labels are shuffled; the control is the mean over these."""


@dataclass(frozen=True, slots=True)
class ProbeTarget:
    """What is to be told of each window.

    Attributes:
        name: as ``motion``.
        classes: at least two; of yes and no the second is yes.
        labels: index of each window's class, or `UNKNOWN`; (windows,).
    """

    name: str
    classes: tuple[str, ...]
    labels: Ints

    @property
    def n_columns(self) -> int:
        """How many columns of numbers stand for it: one of two classes, else one for each."""
        return 1 if len(self.classes) == 2 else len(self.classes)

    def indicators(self) -> Floats:
        """Return 1 where a window is of a class (of two: of the second), else 0; (windows, columns)."""
        classes = np.arange(1, 2) if self.n_columns == 1 else np.arange(len(self.classes))
        indicators: Floats = (self.labels[:, None] == classes).astype(float)
        return indicators


def shuffled(target: ProbeTarget, videos: Sequence[str], draw: int) -> ProbeTarget:
    """Return a target whose labels are permuted within each video, so that only when they hold is lost.

    A target that says one thing about every video is permuted between the videos instead. Windows without a label keep
    none. The control task of Hewitt & Liang (EMNLP 2019, pp. 2733–2743) is what it is after: the same labels as often,
    which hidden states can tell only as far as the probe learns by heart, or a video has more of one label than others.

    Args:
        target: the target.
        videos: the video of each window.
        draw: the number of the permutation, which it is seeded by.
    """
    names, video_of = np.unique(np.asarray(videos, dtype=object).astype(str), return_inverse=True)
    labels = target.labels.copy()
    own = [np.flatnonzero((video_of == place) & (labels != UNKNOWN)) for place in range(len(names))]
    if all(len(set(labels[places])) <= 1 for places in own):
        full = [places for places in own if len(places)]
        firsts = np.array([labels[places[0]] for places in full])
        for places, label in zip(full, _generator(draw, target.name).permutation(firsts), strict=True):
            labels[places] = label
    else:
        for name, places in zip(names, own, strict=True):
            labels[places] = _generator(draw, name).permutation(labels[places])
    return replace(target, labels=labels)


def _generator(draw: int, name: str) -> np.random.Generator:
    return np.random.default_rng([draw, zlib.crc32(name.encode())])
