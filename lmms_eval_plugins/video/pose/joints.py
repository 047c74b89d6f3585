"""The joints of a person in the COCO layout, and what the positions of an arm say of a window."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

COCO_JOINTS: tuple[str, ...] = (
    "nose",
    *(
        f"{side}_{part}"
        for part in ("eye", "ear", "shoulder", "elbow", "wrist", "hip", "knee", "ankle")
        for side in ("left", "right")
    ),
)
"""The 17 joints in their order; left and right are the person's."""

Floats = npt.NDArray[np.float32]

Keypoints = npt.NDArray[np.floating]
"""Joints of one person over a video: (frames, 17, 3), as x, y in pixels (the centre of the first pixel is 0, 0) and
confidence from 0 to 1; NaN, or a confidence of 0, where a joint is not known."""


PoseStatus = Literal["abstain", "still", "moving", "fast"]
"""A hand cannot be located, does not move, moves, or moves fast."""
