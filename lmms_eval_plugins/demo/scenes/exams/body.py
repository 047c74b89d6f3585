"""The examined person in space: a chair, no table, one arm that does a task, the other arm on the lap."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.body import FOREARM_M, UPPER_ARM_M
from lmms_eval_plugins.demo.scenes.exams.arm import ArmTrack, hold_pose
from lmms_eval_plugins.demo.scenes.exams.items import EXAM_FPS, Exam
from lmms_eval_plugins.demo.scenes.exams.moves import RESTING, Motion, Sitting, motion_of
from lmms_eval_plugins.demo.scenes.motion import Array, Point
from lmms_eval_plugins.demo.scenes.posture import side_sign
from lmms_eval_plugins.demo.scenes.subjects import Subject
from lmms_eval_plugins.domain.vocabulary import Hand

HIP: Point = (0.085, -0.155, -0.03)
KNEE: Point = (0.125, -0.135, 0.37)
ANKLE: Point = (0.125, -0.58, 0.34)
"""Joints of a leg, metres, x outwards; the floor is at −0.62."""

_HANDS: tuple[Hand, Hand] = ("left", "right")


@dataclass(frozen=True, slots=True)
class ExamTake:
    """A task in space: positions in metres and unit vectors over the frames at `EXAM_FPS`.

    ``arm``: the examined one. ``joints``: name to (frames, 3), COCO names and ``head``, ``neck``, ``trunk`` (how far
    the upper trunk is from upright). ``arms``: bones, palms and fingers of each arm, on the patient's axes.
    """

    arm: Hand
    joints: dict[str, Array]
    arms: dict[Hand, ArmTrack]


def examine_arm(
    subject: Subject, exam: Exam, arm: Hand, scores: Mapping[int, int], rng: np.random.Generator
) -> ExamTake:
    """Let an arm do a task as well as ``scores`` (0 to 2 for each of the exam's items)."""
    side = side_sign(arm)
    motion = motion_of(exam, _sitting(subject), scores, rng)
    frames = len(motion.effort)
    other: Hand = "right" if arm == "left" else "left"
    arms = {arm: motion.arm.mirrored(side), other: hold_pose(RESTING, frames).mirrored(-side)}
    joints = _trunk(subject, motion, side)
    for hand in _HANDS:
        outwards = np.array([side_sign(hand), 1.0, 1.0])
        hike = motion.effort if hand == arm else np.zeros(frames)
        shoulder = joints["trunk"] + np.array(_shoulder(subject)) * outwards
        shoulder[:, 1] += 0.045 * hike + 0.035 * np.maximum(arms[hand].upper[:, 1], 0.0)
        joints[f"{hand}_shoulder"] = shoulder
        joints[f"{hand}_elbow"] = shoulder + UPPER_ARM_M * arms[hand].upper
        joints[f"{hand}_wrist"] = joints[f"{hand}_elbow"] + FOREARM_M * arms[hand].fore
        for name, place in (("hip", HIP), ("knee", KNEE), ("ankle", ANKLE)):
            joints[f"{hand}_{name}"] = np.repeat((np.array(place) * outwards)[None], frames, axis=0)
    return ExamTake(arm, joints, arms)


def _shoulder(subject: Subject) -> Point:
    return (0.178 * subject.looks.build, 0.30 * subject.looks.height, -0.06)


def _sitting(subject: Subject) -> Sitting:
    tall = subject.looks.height
    return Sitting(
        shoulder=_shoulder(subject),
        knee=(KNEE[0], KNEE[1] + 0.085, KNEE[2] + 0.02),
        nose=(0.0, 0.355 * tall + 0.128, 0.085),
        pace_s=5.6 * tall,
    )


def _trunk(subject: Subject, motion: Motion, side: int) -> dict[str, Array]:
    """Return trunk, neck and head: they breathe, and lean to the other side and back where an arm needs help."""
    frames = len(motion.effort)
    breath = 0.003 * np.sin(2 * np.pi * 0.27 * np.arange(frames) / EXAM_FPS)[:, None] * np.array([0.0, 1.0, 0.0])
    trunk = motion.effort[:, None] * np.array([-0.055 * side, -0.004, -0.02]) + breath
    neck = trunk + np.array([0.0, 0.355 * subject.looks.height, -0.065])
    head = neck + np.array([0.0, 0.145, 0.035]) + 0.25 * trunk
    joints = {"trunk": trunk, "neck": neck, "head": head}
    for name, x, y, z in (("nose", 0.0, -0.012, 0.105), ("eye", 0.034, 0.022, 0.085), ("ear", 0.082, 0.0, 0.0)):
        for hand in _HANDS:
            joints[name if name == "nose" else f"{hand}_{name}"] = head + np.array([x * side_sign(hand), y, z])
    return joints
