"""Perturbed windows: the frames of a window changed, so that what a model's answers live on shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np

if TYPE_CHECKING:  # the names are known where no video is read: these would load FFmpeg
    from lmms_eval_plugins.video.picture import Frames
    from lmms_eval_plugins.video.windows import Box

Perturbation = Literal[
    "blank", "freeze", "reverse", "shuffle", "swap", "mirror", "hand_out", "hand_only", "blur", "low_fps"
]
"""How the frames of a window are changed before a model sees them."""

PERTURBATIONS: tuple[Perturbation, ...] = get_args(Perturbation)

AS_IS = "none"
"""What is given for frames as they are, where another perturbation is compared with them."""

IN_WORDS: Mapping[Perturbation, str] = {
    "blank": "all frames are grey",
    "freeze": "the middle frame is shown in place of every other",
    "reverse": "the frames are shown backwards",
    "shuffle": "the frames are shown in an order drawn for each window",
    "swap": "the frames are those of a window of another patient, drawn for each window",
    "mirror": "left and right of the picture are exchanged",
    "hand_out": "a grey box covers the hand",
    "hand_only": "all but a box around the hand is grey",
    "blur": "the frames are blurred until fingers vanish",
    "low_fps": "of four frames the first is shown in place of the others",
}
"""What a person is told of a perturbation."""

OF_HAND: frozenset[str] = frozenset({"hand_out", "hand_only"})
"""The perturbations that must know where the hand is."""

GREY = 128
"""The value of every channel of what is covered."""

BLUR = 1 / 20
"""Standard deviation of the blur, as a share of the picture's shorter side.

A finger is about 2 % of it where a person fills the picture, and 7 % where the hand is cut out.
"""

_BLURRED_AT = 64
"""The shorter side at which pictures are blurred; what lies between the pixels of that size is less than the blur."""

_HELD = 4


def seed_of(video_id: str, window: int) -> str:
    """Return the seed of what is drawn for a window of a video."""
    return f"{video_id}/{window}"


def note_on_perturbation(how: Perturbation) -> str:
    """Return the note on a run whose frames are perturbed."""
    return f"perturb={how}: {IN_WORDS[how]}"


def perturbed(frames: Frames, how: Perturbation, *, seed: str = "", hand: Sequence[Box] = ()) -> Frames:
    """Return the frames of a window, perturbed.

    - ``blank``: grey of value 128 everywhere.
    - ``freeze``: the frame at the window's centre, where its truth is taken: number ``n // 2`` of ``n``, from 0.
    - ``reverse``: from the last to the first.
    - ``shuffle``: in another order than theirs, drawn by the seed; one frame has no other.
    - ``swap``: as they are: the row of another patient's window brings the other's frames.
    - ``mirror``: flipped, left for right.
    - ``hand_out``: grey inside the box of each frame. ``hand_only``: grey outside of it.
    - ``blur``: a Gaussian of a standard deviation of `BLUR` of the picture's shorter side, frame by frame, of the
      picture's means at a shorter side of 64 pixels.
    - ``low_fps``: frame ``4 · (i // 4)`` at place ``i``: a quarter of the frames, each held for four.

    Args:
        frames: RGB, (frames, height, width, 3), uint8; they are not changed.
        how: the perturbation.
        seed: of the order of ``shuffle``; see `seed_of`.
        hand: for ``hand_out`` and ``hand_only``, the hand's box in each frame; what of it lies outside is left alone.

    Returns:
        As many frames of the same size.

    Raises:
        ValueError: there is not one box for each frame, where boxes are needed.
    """
    n = len(frames)
    if how == "blank":
        return np.full_like(frames, GREY)
    if how == "freeze":
        return np.repeat(frames[n // 2 : n // 2 + 1], n, axis=0)
    if how == "reverse":
        return np.ascontiguousarray(frames[::-1])
    if how == "shuffle":
        return frames[list(_other_order(n, seed))]
    if how == "mirror":
        return np.ascontiguousarray(frames[:, :, ::-1])
    if how == "blur":
        return _blurred(frames)
    if how == "low_fps":
        return frames[np.arange(n) // _HELD * _HELD]
    return frames if how == "swap" else _covered(frames, how, hand)


def _other_order(n: int, seed: str) -> tuple[int, ...]:
    """Return an order of ``n`` places, drawn from all that are not the usual one; the usual one where it is alone."""
    usual = list(range(n))
    order, chance = usual[:], Random(f"shuffle/{seed}")
    while n > 1 and order == usual:
        chance.shuffle(order)
    return tuple(order)


def _covered(frames: Frames, how: Perturbation, hand: Sequence[Box]) -> Frames:
    covered: Frames = frames.copy() if how == "hand_out" else np.full_like(frames, GREY)
    for image, whole, box in zip(covered, frames, hand, strict=True):
        inside = slice(max(0, box.top), max(0, box.bottom)), slice(max(0, box.left), max(0, box.right))
        image[inside] = GREY if how == "hand_out" else whole[inside]
    return covered


def _blurred(frames: Frames) -> Frames:
    import cv2  # the names are known where there is no OpenCV

    height, width = frames.shape[1:3]
    scale = min(1.0, _BLURRED_AT / min(height, width))
    small = max(1, round(width * scale)), max(1, round(height * scale))
    sigma = BLUR * min(small)
    shrunk = (cv2.resize(image, small, interpolation=cv2.INTER_AREA) for image in frames)
    blurred = (cv2.GaussianBlur(image, (0, 0), sigma) for image in shrunk)
    return np.stack([cv2.resize(image, (width, height), interpolation=cv2.INTER_LINEAR) for image in blurred])
