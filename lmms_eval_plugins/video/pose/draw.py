"""Annotated frames: a skeleton, a box, lines of text and timelines as bars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Floats
from lmms_eval_plugins.video.windows import Box

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

_OF_A_SIDE = (("shoulder", "elbow"), ("elbow", "wrist"), ("shoulder", "hip"))
_BONES = tuple(
    (COCO_JOINTS.index(a), COCO_JOINTS.index(b))
    for a, b in (
        ("left_shoulder", "right_shoulder"),
        *((f"{side}_{a}", f"{side}_{b}") for side in ("left", "right") for a, b in _OF_A_SIDE),
        ("left_hip", "right_hip"),
        ("nose", "left_eye"),
        ("nose", "right_eye"),
    )
)
_SMALLEST = 800
"""Width in pixels below which a picture is enlarged, so that the text fits."""

_LINE, _BAR, _MARGIN = 24, 16, 8
_FONT, _SIZE = cv2.FONT_HERSHEY_SIMPLEX, 0.55
WHITE, GREY, YELLOW, RED = (255, 255, 255), (150, 150, 150), (255, 215, 0), (230, 60, 50)


@dataclass(frozen=True, slots=True)
class Bar:
    """A timeline of the whole video as a strip of colours, with its name before it."""

    name: str
    timeline: Timeline


@dataclass(frozen=True, slots=True)
class Notes:
    """The annotations of one frame.

    Attributes:
        joints: of the patient, (17, 3); those below ``confidence`` are grey.
        confidence: the lowest confidence of a reliable joint, 0 to 1.
        hand: the place of the labelled hand in pixels, (2,), NaN where it is not known.
        box: the part of the frame that is cut out.
        lines: of text, each with its colour.
    """

    joints: Floats
    confidence: float
    hand: Floats
    box: Box | None
    lines: tuple[tuple[str, Colour], ...]


def annotate(
    frame: Frames, notes: Notes, bars: Sequence[Bar], colours: dict[str, Colour], at: float, end_s: float
) -> Frames:
    """Return the frame with its notes painted on, and text and bars below it.

    Args:
        frame: (height, width, 3), RGB.
        notes: annotations of the frame.
        bars: timelines of the whole video.
        colours: label → its colour in the bars.
        at: the frame's time, in seconds.
        end_s: the video's end, in seconds.
    """
    zoom = max(1, -(-_SMALLEST // frame.shape[1]))
    picture = cv2.resize(frame, None, fx=zoom, fy=zoom, interpolation=cv2.INTER_LINEAR)
    _paint_skeleton(picture, notes, zoom)
    if notes.box:
        first, last = (notes.box.left, notes.box.top), (notes.box.right - 1, notes.box.bottom - 1)
        cv2.rectangle(picture, _place(np.array(first), zoom), _place(np.array(last), zoom), YELLOW, 2)
    if np.isfinite(notes.hand).all():
        cv2.drawMarker(picture, _place(notes.hand, zoom), RED, cv2.MARKER_CROSS, 18, 2)
    height = _MARGIN + _LINE * len(notes.lines) + (_BAR + _MARGIN) * len(bars) + _MARGIN
    below = np.zeros((height, picture.shape[1], 3), np.uint8)
    for place, (line, colour) in enumerate(notes.lines, start=1):
        cv2.putText(below, line, (_MARGIN, _LINE * place - 2), _FONT, _SIZE, colour, 1, cv2.LINE_AA)
    top = _MARGIN + _LINE * len(notes.lines)
    for bar in bars:
        _paint_bar(below, bar, top, colours, at, end_s)
        top += _BAR + _MARGIN
    return np.concatenate([picture, below])


def _paint_skeleton(picture: Frames, notes: Notes, zoom: int) -> None:
    sure = notes.joints[:, 2] >= notes.confidence
    known = np.isfinite(notes.joints).all(axis=1) & (notes.joints[:, 2] > 0)
    for a, b in _BONES:
        if known[a] and known[b]:
            start, end = _place(notes.joints[a], zoom), _place(notes.joints[b], zoom)
            cv2.line(picture, start, end, WHITE if sure[a] and sure[b] else GREY, 2, cv2.LINE_AA)
    for joint in np.flatnonzero(known):
        cv2.circle(picture, _place(notes.joints[joint], zoom), 4, WHITE if sure[joint] else GREY, -1, cv2.LINE_AA)


def _paint_bar(below: Frames, bar: Bar, top: int, colours: dict[str, Colour], at: float, end_s: float) -> None:
    cv2.putText(below, bar.name, (_MARGIN, top + _BAR - 3), _FONT, _SIZE, WHITE, 1, cv2.LINE_AA)
    left, right = 110, below.shape[1] - _MARGIN
    per_s = (right - left) / max(end_s, 1e-9)
    for segment in bar.timeline.segments:
        start, stop = (left + round(min(time, end_s) * per_s) for time in (segment.start_s, segment.end_s))
        cv2.rectangle(below, (start, top), (max(start, stop - 1), top + _BAR), colours.get(segment.label, GREY), -1)
    now = left + round(min(at, end_s) * per_s)
    cv2.line(below, (now, top - 3), (now, top + _BAR + 3), WHITE, 2)


def _place(point: Floats, zoom: int) -> tuple[int, int]:
    return round(float(point[0] + 0.5) * zoom), round(float(point[1] + 0.5) * zoom)
