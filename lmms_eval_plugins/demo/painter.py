"""From a take to pictures: what is drawn in which order, from the wall to the fingers around an object."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from lmms_eval_plugins.demo.body import Take
from lmms_eval_plugins.demo.brush import Canvas, Picture
from lmms_eval_plugins.demo.camera import Camera, camera_of
from lmms_eval_plugins.demo.exercises import Scene, side_sign
from lmms_eval_plugins.demo.motion import Array
from lmms_eval_plugins.demo.paint_hand import PlacedHand, paint_fingers, paint_palm, place_hand
from lmms_eval_plugins.demo.paint_person import paint_arm, paint_head, paint_trunk
from lmms_eval_plugins.demo.paint_scene import paint_item, paint_item_shadow, paint_room, table_plate
from lmms_eval_plugins.demo.subjects import Subject
from lmms_eval_plugins.vocabulary import Hand

_IN_HAND_M = 0.07
"""An object closer than this to the middle of a grip lies between palm and fingers."""


def paint(subject: Subject, scene: Scene, taken: Take) -> Iterator[Picture]:
    """The pictures of a take in order, HEIGHT × WIDTH × RGB."""
    camera, visit = camera_of(subject.visit), subject.visit
    canvas = Canvas.blank(visit)
    paint_room(canvas, camera, visit)
    room = canvas.pixels.copy()
    plate, mask = table_plate(room, camera, visit, scene)
    seen = {name: camera.project(track) for name, track in taken.joints.items()}
    for frame in range(len(taken.joints["head"])):
        joints = {name: track[frame] for name, track in seen.items()}
        np.copyto(canvas.pixels, room)
        paint_trunk(canvas, joints, subject.looks)
        paint_head(canvas, joints, subject.looks)
        cv2.copyTo(plate, mask, canvas.pixels)
        for item, centre in zip(scene.items, taken.items[:, frame], strict=True):
            paint_item_shadow(canvas, camera, item, centre, _ground(scene, centre))
        for hand in taken.hands:
            position = taken.hands[hand].position[frame]
            _hand_shadow(canvas, camera, position, _ground(scene, position))
        _front(canvas, camera, subject, scene, taken, joints, frame)
        yield canvas.picture()


def _front(
    canvas: Canvas, camera: Camera, subject: Subject, scene: Scene, taken: Take, joints: dict[str, Array], frame: int
) -> None:
    """Arms, hands and objects from far to near; an object in a hand is painted with that hand."""
    loose = set(range(len(scene.items)))
    things: list[tuple[float, Hand | int, list[int]]] = []
    for hand, track in taken.hands.items():
        grip = track.position[frame]
        inside = [i for i in sorted(loose) if np.linalg.norm(taken.items[i, frame] - grip) < _IN_HAND_M]
        loose -= set(inside)
        things.append((float(grip[2]), hand, inside))
    things += [(float(taken.items[i, frame, 2]), i, []) for i in sorted(loose)]
    for _, thing, inside in sorted(things, key=lambda entry: entry[0]):
        if isinstance(thing, int):
            paint_item(canvas, camera, scene.items[thing], taken.items[thing, frame])
            continue
        paint_arm(canvas, joints, thing, subject.looks)
        placed = _placed(camera, taken, joints, thing, frame)
        paint_palm(canvas, placed, subject.looks.skin)
        for i in inside:
            paint_item(canvas, camera, scene.items[i], taken.items[i, frame])
        paint_fingers(canvas, placed, subject.looks.skin)


def _placed(camera: Camera, taken: Take, joints: dict[str, Array], hand: Hand, frame: int) -> PlacedHand:
    track = taken.hands[hand]
    grip = camera.project(track.position[frame])
    wrist = joints[f"{hand}_wrist"][:2]
    return place_hand(wrist, grip[:2], float(grip[2]), track.shape[frame], side_sign(hand))


def _hand_shadow(canvas: Canvas, camera: Camera, position: Array, ground_m: float) -> None:
    x, y, scale = camera.project(np.array([position[0] - 0.02 * canvas.light_from, ground_m, position[2]]))
    canvas.shadow((x, y), 0.085 * scale, 0.062 * scale, 0.42 / (1 + 5 * max(float(position[1]) - ground_m, 0.0)))


def _ground(scene: Scene, centre: Array) -> float:
    """The height of the surface below a point: a board of the shelf, or the table."""
    stand = scene.shelf
    if stand is None or abs(centre[0] - stand.x) > stand.width_m / 2 or abs(centre[2] - stand.z) > stand.depth_m / 2:
        return 0.0
    return max((board for board in (0.0, *stand.boards_m) if board < centre[1]), default=0.0)
