"""The pictures of a task of the assessment, from the front or from the side, and two of them side by side."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.camera import WIDTH, Camera, exam_camera
from lmms_eval_plugins.demo.scenes.exams.body import ExamTake
from lmms_eval_plugins.demo.scenes.exams.items import Exam, View
from lmms_eval_plugins.demo.scenes.motion import Point
from lmms_eval_plugins.demo.scenes.painting.bare_hand import hand_axes, paint_bare_hand
from lmms_eval_plugins.demo.scenes.painting.brush import Canvas, Picture, Reel
from lmms_eval_plugins.demo.scenes.painting.person import Joints, paint_arm, paint_hair_behind, paint_head
from lmms_eval_plugins.demo.scenes.painting.seated import paint_cushion, paint_lap, paint_place, paint_torso
from lmms_eval_plugins.demo.scenes.posture import side_sign
from lmms_eval_plugins.demo.scenes.subjects import Subject
from lmms_eval_plugins.domain.vocabulary import Hand


@dataclass(frozen=True, slots=True)
class _Framing:
    """The middle of the picture (metres, x outwards to the examined side) and how long a metre is there (pixels)."""

    target: Point
    pixels_per_m: float


_FRAMINGS: dict[tuple[str, View], _Framing] = {
    ("5", "F"): _Framing((0.12, 0.25, 0.1), 325),
    ("5", "S"): _Framing((0.10, 0.25, 0.1), 325),
    ("10", "F"): _Framing((0.10, 0.25, 0.1), 325),
    ("13", "S"): _Framing((0.10, 0.20, 0.25), 310),
    ("15", "F"): _Framing((0.26, 0.19, 0.0), 275),
    ("16", "S"): _Framing((0.10, 0.39, 0.15), 240),
    ("20", "F"): _Framing((0.14, 0.09, 0.2), 540),
    ("20", "S"): _Framing((0.12, 0.09, 0.2), 540),
    ("24_25", "F"): _Framing((0.25, 0.33, 0.15), 680),
    ("31_33", "F"): _Framing((0.06, 0.24, 0.15), 360),
}


def paint_exam(subject: Subject, exam: Exam, taken: ExamTake, view: View) -> Iterator[Picture]:
    """Paint the pictures of a task in order, HEIGHT × WIDTH × RGB."""
    camera, looks = _camera(subject, exam, taken.arm, view), subject.looks
    seen = {name: camera.project(track) for name, track in taken.joints.items()}
    canvas = Canvas.blank(subject.visit)
    paint_place(canvas, camera, subject.visit)
    paint_lap(canvas, camera, {name: track[0] for name, track in seen.items()}, looks)
    if exam.name == "20":
        paint_cushion(canvas, camera, side_sign(taken.arm))
    place = canvas.pixels.copy()
    reel = Reel(subject.visit)
    far: Hand = "right" if taken.arm == "left" else "left"
    if view == "S":
        _arm(reel, camera, subject, taken, seen, far)
    paint_hair_behind(reel, seen["head"][:, :2], seen["head"][:, 2], looks)
    paint_torso(reel, camera, seen, looks, taken.joints["trunk"])
    paint_head(reel, seen, looks)
    if view == "F":
        _arm(reel, camera, subject, taken, seen, far)
    _arm(reel, camera, subject, taken, seen, taken.arm)
    for frame in range(len(taken.joints["head"])):
        np.copyto(canvas.pixels, place)
        reel.draw(canvas.pixels, frame)
        yield canvas.picture()


def half_of(subject: Subject, exam: Exam, taken: ExamTake, view: View) -> slice:
    """Return the columns of a clip that hold the examined arm, half a picture wide, the same in all frames."""
    camera, track = _camera(subject, exam, taken.arm, view), taken.arms[taken.arm]
    elbow, wrist = taken.joints[f"{taken.arm}_elbow"], taken.joints[f"{taken.arm}_wrist"]
    axes = hand_axes(track.hand, track.palm, side_sign(taken.arm))
    tips = [wrist + 0.2 * axes[:, 0] + aside * axes[:, 1] for aside in (-0.09, 0.09)]
    across = camera.project(np.concatenate([elbow, wrist, *tips]))[:, 0]
    middle = (float(across.min()) + float(across.max())) / 2
    left = int(np.clip(round(middle - WIDTH / 4), 0, WIDTH - WIDTH // 2))
    return slice(left, left + WIDTH // 2)


def paint_side_by_side(left: Picture, right: Picture) -> Picture:
    """Join two halves into one picture with a white line between them."""
    both = np.concatenate([left, right], axis=1)
    both[:, left.shape[1] - 2 : left.shape[1] + 2] = 255
    return both


def _camera(subject: Subject, exam: Exam, arm: Hand, view: View) -> Camera:
    framing = _FRAMINGS[exam.name, view]
    return exam_camera(subject.visit, side_sign(arm), view == "S", framing.target, framing.pixels_per_m)


def _arm(reel: Reel, camera: Camera, subject: Subject, taken: ExamTake, seen: Joints, hand: Hand) -> None:
    """Paint an arm and its hand, which is behind the forearm where it points away from the camera."""
    track, wrist = taken.arms[hand], taken.joints[f"{hand}_wrist"]
    axes = hand_axes(track.hand, track.palm, side_sign(hand))
    towards = np.einsum("fi,fi->f", axes[:, 0], camera.position - wrist) > 0
    paint_bare_hand(reel, camera, wrist, axes, track.curls, subject.looks.skin, ~towards)
    paint_arm(reel, seen, hand, subject.looks)
    paint_bare_hand(reel, camera, wrist, axes, track.curls, subject.looks.skin, towards)
