"""The movements of an arm in each task of the assessment, at each score: from a hint to the whole movement."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from lmms_eval_plugins.demo.scenes.exams.arm import (
    FLAT,
    HALF_OPEN,
    ArmTrack,
    Curls,
    Pose,
    interpolate_direction,
    interpolate_pose,
    reach_points,
)
from lmms_eval_plugins.demo.scenes.exams.items import EXAM_FPS, Exam
from lmms_eval_plugins.demo.scenes.motion import Array, Point, minimum_jerk, submovements

INDEX_FINGER_M = 0.20
"""From the wrist to the tip of a straight index finger, metres."""

REPETITIONS = 5
"""Number of movements of the index finger from the knee to the nose and back."""


@dataclass(frozen=True, slots=True)
class Sitting:
    """The places of the examined arm's shoulder and knee, and the nose: metres, x outwards to the examined side.

    ``pace_s`` is the duration of the knee-to-nose task with the arm that is not affected.
    """

    shoulder: Point
    knee: Point
    nose: Point
    pace_s: float


@dataclass(frozen=True, slots=True)
class Motion:
    """An arm over the frames, and the compensation of the trunk (frames,): 0 none, 1 as far as it can."""

    arm: ArmTrack
    effort: Array


RESTING = Pose((0.12, -0.95, 0.20), (-0.16, -0.42, 0.90), (-0.12, -0.12, 1.0), (0.0, -1.0, -0.12))
"""The hand on the thigh of its side."""

HANGING = Pose((0.10, -1.0, 0.02), (0.07, -1.0, 0.12), (0.03, -1.0, 0.10), (-1.0, 0.0, 0.0))
"""The arm beside the chair."""

_OPPOSITE_KNEE = Pose((-0.22, -0.82, 0.56), (-0.70, -0.38, 0.60), (-0.45, -0.30, 0.85), (-0.2, -0.9, -0.4))
_AT_EAR = Pose((0.95, 0.10, 0.26), (-0.82, 0.56, -0.10), (-0.62, 0.74, -0.25), (-0.3, -0.3, -0.9))
_ACROSS = Pose((-0.36, -0.62, 0.70), (-0.42, -0.68, 0.60), (-0.34, -0.70, 0.62), (-0.2, -0.6, -0.75))
_FORWARD = Pose((0.06, 0.02, 1.0), (0.02, 0.05, 1.0), (0.0, 0.06, 1.0), (-0.25, -0.97, 0.0))
_SIDEWAYS = Pose((1.0, 0.03, 0.06), (1.0, 0.05, 0.10), (1.0, 0.03, 0.12), (0.0, -0.85, -0.40))
_OVERHEAD = Pose((0.12, 0.99, 0.10), (-0.02, 1.0, 0.06), (-0.03, 1.0, 0.05), (-0.55, 0.0, 0.83))
_FLAPPING = Pose((0.30, -0.93, 0.10), (-0.50, -0.03, 0.86), (-0.50, -0.03, 0.86), (0.0, -1.0, -0.03))
_SHOWING = Pose((0.48, -0.80, 0.34), (0.28, 0.74, 0.60), (0.06, 0.97, 0.22), (-0.60, -0.16, 0.76))
_AT_KNEE = (-0.05, -0.28, 0.96)
_AT_NOSE = (-0.70, 0.42, -0.58)
_POINTING: Curls = (0.85, 0.0, 0.95, 1.0, 1.0)

Move = Callable[[Exam, Sitting, Mapping[int, int], np.random.Generator], Motion]


def motion_of(exam: Exam, sitting: Sitting, scores: Mapping[int, int], rng: np.random.Generator) -> Motion:
    """Return the motion of the examined arm in a clip at `EXAM_FPS`."""
    return _MOVES[exam.name](exam, sitting, scores, rng)


def _towards(start: Pose, end: Pose) -> Move:
    """Return a movement from one pose to another; the score decides how much of it is done."""

    def move(exam: Exam, sitting: Sitting, scores: Mapping[int, int], rng: np.random.Generator) -> Motion:
        score = scores[exam.items[0]]
        low, high = ((0.03, 0.10), (0.43, 0.55), (0.97, 1.0))[score]
        part = float(rng.uniform(low, high)) * _rising(exam, score, rng)
        return Motion(interpolate_pose(start, end, part), _effort(part, score))

    return move


def _overhead(exam: Exam, sitting: Sitting, scores: Mapping[int, int], rng: np.random.Generator) -> Motion:
    """Raise the arm overhead: every score reaches the height of the shoulder, what differs is beyond it."""
    score = scores[exam.items[0]]
    low, high = ((0.40, 0.46), (0.68, 0.76), (0.98, 1.0))[score]
    part = float(rng.uniform(low, high)) * _rising(exam, score, rng)
    track = interpolate_pose(HANGING, _OVERHEAD, part)
    angle = np.pi * part[:, None]
    swing = np.concatenate([0.1 * (1 - part[:, None]) + 0.05, -np.cos(angle), np.sin(angle)], axis=1)
    bent = (0.0, 0.20, 0.45)[2 - score] * part[:, None]
    upper = swing / np.linalg.norm(swing, axis=1, keepdims=True)
    fore = upper + bent * np.array([-0.5, 0.3, 0.5]) + np.array([-0.10, 0.0, 0.04])
    fore = fore / np.linalg.norm(fore, axis=1, keepdims=True)
    return Motion(ArmTrack(upper, fore, fore, track.palm, track.curls), _effort(part, score))


def _flapping(exam: Exam, sitting: Sitting, scores: Mapping[int, int], rng: np.random.Generator) -> Motion:
    """Move the hand up and down on a forearm that lies on a cushion."""
    score = scores[exam.items[0]]
    seconds = np.arange(round(exam.seconds * EXAM_FPS)) / EXAM_FPS
    low, high = ((2.0, 5.0), (16.0, 22.0), (50.0, 58.0))[score]
    middle = np.deg2rad((-38.0, -12.0, 2.0)[score])
    pace = float(rng.uniform(*((0.7, 0.9), (0.8, 1.0), (1.1, 1.3))[score]))
    swing = np.sin(2 * np.pi * (pace * seconds + rng.uniform(0, 1)))
    angle = middle + np.deg2rad(rng.uniform(low, high)) * swing
    along, up = np.array(_FLAPPING.fore), np.array([0.0, 1.0, 0.0])
    still = interpolate_pose(_FLAPPING, _FLAPPING, np.zeros(len(seconds)))
    hand = np.cos(angle)[:, None] * along + np.sin(angle)[:, None] * up
    palm = np.sin(angle)[:, None] * along - np.cos(angle)[:, None] * up
    curls = np.repeat(np.array([HALF_OPEN if score == 0 else FLAT]), len(seconds), axis=0)
    return Motion(ArmTrack(still.upper, still.fore, hand, palm, curls), _effort(np.ones(len(seconds)), score) * 0.4)


def _fist(exam: Exam, sitting: Sitting, scores: Mapping[int, int], rng: np.random.Generator) -> Motion:
    """Close the fingers (item 24), then open them (item 25), as far as the scores allow."""
    flexion, extension = (scores[item] for item in exam.items)
    n_frames = round(exam.seconds * EXAM_FPS)
    time = np.arange(n_frames) / n_frames
    spread = np.array([-0.02, -0.02, 0.0, 0.01, 0.02])
    rest = (0.40, 0.34, 0.26)[extension] + spread
    bent = (float(rng.uniform(0.0, 0.04)) + rest, float(rng.uniform(0.61, 0.66)) + spread, np.ones(5))[flexion]
    straight = (rest - float(rng.uniform(0.0, 0.04)), float(rng.uniform(0.18, 0.23)) + spread, np.zeros(5))[extension]
    closing = minimum_jerk((time - rng.uniform(0.04, 0.09)) / rng.uniform(0.22, 0.28))[:, None]
    opening = minimum_jerk((time - rng.uniform(0.46, 0.52)) / rng.uniform(0.22, 0.28))[:, None]
    curls = rest + closing * (bent - rest) + opening * (straight - bent)
    arm = interpolate_pose(_SHOWING, _SHOWING, np.zeros(n_frames))
    return Motion(ArmTrack(arm.upper, arm.fore, arm.hand, arm.palm, curls), np.zeros(n_frames))


def _knee_to_nose(exam: Exam, sitting: Sitting, scores: Mapping[int, int], rng: np.random.Generator) -> Motion:
    """Move five times to the nose and back: shaking (31), beside the nose (32), slower than the other arm (33)."""
    tremor, dysmetria, speed = (scores[item] for item in exam.items)
    longer = float(rng.uniform(*((6.5, 7.6), (2.8, 5.0), (0.0, 1.2))[speed]))
    there, miss, aside = [np.zeros(round(0.3 * EXAM_FPS))], [np.zeros((round(0.3 * EXAM_FPS), 2))], np.zeros(2)
    each = round((sitting.pace_s + longer) / REPETITIONS * EXAM_FPS)
    for _ in range(REPETITIONS):
        aside = _aside(dysmetria, rng)
        there.append(_back_and_forth(each, 3 - speed, rng))
        miss.append(np.repeat(aside[None], each, axis=0))
    still = round(0.3 * EXAM_FPS)
    part = np.concatenate([*there, np.zeros(still)])
    off = np.concatenate([*miss, np.repeat(aside[None], still, axis=0)])
    seconds = np.arange(len(part)) / EXAM_FPS
    shake = np.sin(2 * np.pi * (rng.uniform(3.3, 4.2, 2) * seconds[:, None] + rng.uniform(0, 1, 2)))
    shake *= (0.055, 0.024, 0.0)[tremor] * np.minimum(1.0, 4 * part)[:, None]
    nose, knee = np.array(sitting.nose), np.array(sitting.knee)
    tip = knee + part[:, None] * (nose - knee)
    tip[:, 2] += 0.10 * np.sin(np.pi * part)
    tip[:, :2] += shake + off * minimum_jerk(2 * part - 1)[:, None]
    hand = interpolate_direction(_AT_KNEE, _AT_NOSE, part)
    palm = interpolate_direction((0.0, -1.0, -0.2), (-0.3, -0.8, -0.2), part)
    curls = np.repeat(np.array([_POINTING]), len(part), axis=0)
    arm = reach_points(sitting.shoulder, tip - INDEX_FINGER_M * hand, hand, palm, curls)
    return Motion(arm, np.zeros(len(part)))


_MOVES: dict[str, Move] = {
    "5": _towards(_OPPOSITE_KNEE, _AT_EAR),
    "10": _towards(_AT_EAR, _ACROSS),
    "13": _towards(HANGING, _FORWARD),
    "15": _towards(HANGING, _SIDEWAYS),
    "16": _overhead,
    "20": _flapping,
    "24_25": _fist,
    "31_33": _knee_to_nose,
}


def _rising(exam: Exam, score: int, rng: np.random.Generator) -> Array:
    """Return progress 0 to 1 over a clip, in more pieces the lower the score."""
    seconds = np.arange(round(exam.seconds * EXAM_FPS)) / EXAM_FPS
    start, length = float(rng.uniform(0.2, 0.4)), float(rng.uniform(0.9, 1.1)) + 0.2 * (2 - score)
    return submovements((seconds - start) / length, list(rng.uniform(0.6, 1.4, 3 - score)))


def _effort(part: Array, score: int) -> Array:
    return np.asarray((1.0, 0.45, 0.0)[score] * part / max(float(part.max()), 1e-6))


def _aside(score: int, rng: np.random.Generator) -> Array:
    """Draw the place where the finger ends beside the nose: metres to the examined side and up."""
    far = float(rng.uniform(*((0.13, 0.17), (0.055, 0.075), (0.0, 0.008))[score]))
    angle = 2 * np.pi * float(rng.uniform(-0.10, 0.15))
    return far * np.array([np.cos(angle), np.sin(angle)])


def _back_and_forth(frames: int, pieces: int, rng: np.random.Generator) -> Array:
    """Return progress 0 to 1 and back to 0 in one repetition."""
    time = np.arange(frames) / frames
    up = submovements(time / 0.46, list(rng.uniform(0.6, 1.4, pieces)))
    down = submovements((time - 0.52) / 0.46, list(rng.uniform(0.6, 1.4, pieces)))
    return np.asarray(up - down)
