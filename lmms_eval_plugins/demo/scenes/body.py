"""The body that follows the hands: trunk, head and arms over the frames of a video, and their keypoints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.activities.scene import Performance
from lmms_eval_plugins.demo.scenes.camera import Camera
from lmms_eval_plugins.demo.scenes.motion import FPS, Array, HandTrajectory, follow_script, item_axes, item_positions
from lmms_eval_plugins.demo.scenes.posture import BOW, HEAD_WITH_TRUNK, WORN_FROM_EYES, raised, side_sign
from lmms_eval_plugins.demo.scenes.subjects import MOVEMENT, Subject
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS

UPPER_ARM_M, FOREARM_M = 0.27, 0.25
_HANDS: tuple[Hand, Hand] = ("left", "right")
_WRIST_AT_REST = np.array([0.02, 0.045, -0.115])
_WRIST_IN_GRIP = np.array([0.06, 0.05, -0.095])
_ELBOW_OF_RAISED = np.array([0.10, -0.24, 0.12])
_GRIP_FROM_WRIST_M = 0.125


@dataclass(frozen=True, slots=True)
class Take:
    """A performance in space: all positions in metres over the frames.

    ``hands``: the track of each hand. ``joints``: name to (frames, 3), the visible COCO joints and ``head``, ``neck``,
    ``waist``. ``items``: (objects, frames, 3). ``axes``: where the objects' axes point, (objects, frames, 3).
    """

    hands: dict[Hand, HandTrajectory]
    joints: dict[str, Array]
    items: Array
    axes: Array


def play_performance(subject: Subject, performance: Performance, n_frames: int, rng: np.random.Generator) -> Take:
    """Play a performance: hands follow their scripts, objects the hands, the body the hands."""
    hands: dict[Hand, HandTrajectory] = {}
    for hand in _HANDS:
        movement = subject.movement if hand == performance.hand else MOVEMENT["healthy"]
        hands[hand] = follow_script(performance.scripts[hand], performance.starts[hand], n_frames, movement, rng)
    joints, busy = _joints(subject, hands, performance.hand), hands[performance.hand]
    items, worn = performance.scene.items, np.array(WORN_FROM_EYES) * [side_sign(performance.hand), 1, 1]
    between_eyes = joints["left_eye"] / 2 + joints["right_eye"] / 2
    return Take(
        hands=hands,
        joints=joints,
        items=item_positions(busy, [item.start for item in items], between_eyes + worn),
        axes=item_axes(busy, [item.axis for item in items]),
    )


def keypoints(taken: Take, camera: Camera) -> Array:
    """Return COCO keypoints (frames, 17, 3): x, y in pixels, confidence 1; joints under the table are (0, 0, 0)."""
    frames = len(taken.joints["nose"])
    points = np.zeros((frames, len(COCO_JOINTS), 3))
    for i, joint in enumerate(COCO_JOINTS):
        if joint in taken.joints:
            points[:, i, :2] = camera.project(taken.joints[joint])[:, :2]
            points[:, i, 2] = 1.0
    return points


def _joints(subject: Subject, hands: dict[Hand, HandTrajectory], busy: Hand) -> dict[str, Array]:
    frames = len(hands[busy].held)
    trunk = _trunk(subject, hands[busy].position)
    tall = subject.looks.height
    joints = {
        "neck": trunk + np.array([0.0, 0.355 * tall, -0.065]),
        "waist": np.zeros((frames, 3)) + np.array([0.0, -0.10, -0.08]),
    }
    joints["head"] = joints["neck"] + np.array([0.0, 0.145, 0.035]) + (HEAD_WITH_TRUNK - 1) * trunk
    turn = np.clip(hands[busy].position[:, 0:1], -0.3, 0.3) * 0.10
    for name, x, y, z in (("nose", 0.0, -0.012, 0.105), ("eye", 0.034, 0.022, 0.085), ("ear", 0.082, 0.0, 0.0)):
        for hand in _HANDS:
            offset = np.array([x * side_sign(hand), y, z])
            facing = turn * np.array([1.0, 0.0, 0.0]) * (z / 0.1)
            joints[name if name == "nose" else f"{hand}_{name}"] = joints["head"] + offset + facing
    for hand in _HANDS:
        side = side_sign(hand)
        shoulder = trunk + np.array([side * 0.185 * subject.looks.build, 0.30 * tall, -0.06])
        up = raised(hands[hand].position)
        wrist = _wrist(hands[hand], side, shoulder, up)
        joints[f"{hand}_shoulder"] = shoulder
        joints[f"{hand}_elbow"] = _elbow(shoulder, wrist, side, up)
        joints[f"{hand}_wrist"] = wrist
    return joints


def _trunk(subject: Subject, hand: Array) -> Array:
    """Return how far the upper trunk is from upright (frames, 3): it leans after the busy hand and breathes."""
    side = side_sign(subject.hand)
    beyond = (hand - np.array([side * 0.22, 0.1, 0.12])) * [1.0, 0.15, 1.0]
    beyond += raised(hand) * (BOW - beyond)
    width = 15
    kernel = np.hanning(width + 2)[1:-1] / np.hanning(width + 2).sum()
    padded = np.concatenate([np.repeat(beyond[:1], width // 2, 0), beyond, np.repeat(beyond[-1:], width // 2, 0)])
    late = np.column_stack([np.convolve(padded[:, i], kernel, "valid") for i in range(3)])
    breath = 0.003 * np.sin(2 * np.pi * 0.27 * np.arange(len(hand)) / FPS)
    return np.asarray(subject.movement.lean * late + breath[:, None] * [0.0, 1.0, 0.0])


def _wrist(track: HandTrajectory, side: int, shoulder: Array, up: Array) -> Array:
    """Return the wrist: behind the hand on the table; towards an elbow beside and before the trunk when raised."""
    grip = track.shape[:, 2:3]
    offset = ((1 - grip) * _WRIST_AT_REST + grip * _WRIST_IN_GRIP) * [side, 1.0, 1.0]
    below = shoulder + _ELBOW_OF_RAISED * [side, 1.0, 1.0] - track.position
    below *= _GRIP_FROM_WRIST_M / np.linalg.norm(below, axis=1, keepdims=True)
    return np.asarray(track.position + (1 - up) * offset + up * below)


def _elbow(shoulder: Array, wrist: Array, side: int, up: Array) -> Array:
    """Return the elbow of a two-bone arm: outwards, down and back; a hand too far away stretches the arm."""
    reach = wrist - shoulder
    far = np.linalg.norm(reach, axis=1, keepdims=True)
    along = reach / far
    whole = UPPER_ARM_M + FOREARM_M
    near = np.minimum(far, 0.995 * whole)
    on_line = (UPPER_ARM_M**2 - FOREARM_M**2 + near**2) / (2 * near)
    height = np.sqrt(np.maximum(UPPER_ARM_M**2 - on_line**2, 0.0))
    hint = (1 - up) * [0.34 * side, -0.60, -0.75] + up * [0.70 * side, -0.70, -0.10]
    out = hint - (along * hint).sum(axis=1, keepdims=True) * along
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    return np.asarray(shoulder + along * on_line * (far / near) + out * height)
