"""The pictures of an activity: the painting order, from the wall to the fingers around an object."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from lmms_eval_plugins.demo.scenes.activities.scene import Item, Scene
from lmms_eval_plugins.demo.scenes.body import Take
from lmms_eval_plugins.demo.scenes.camera import Camera, camera_of
from lmms_eval_plugins.demo.scenes.motion import Array
from lmms_eval_plugins.demo.scenes.painting.brush import Canvas, Picture, Reel
from lmms_eval_plugins.demo.scenes.painting.hand import paint_fingers, paint_palm, place_hand
from lmms_eval_plugins.demo.scenes.painting.items import paint_item
from lmms_eval_plugins.demo.scenes.painting.person import paint_arm, paint_head, paint_trunk
from lmms_eval_plugins.demo.scenes.painting.room import paint_room, table_plate
from lmms_eval_plugins.demo.scenes.posture import raised, side_sign
from lmms_eval_plugins.demo.scenes.subjects import Looks, Subject
from lmms_eval_plugins.domain.vocabulary import Hand

_FADES_PER_M = 12.0
"""Rate at which a shadow gets weaker with the height above the ground."""


@dataclass(frozen=True, slots=True)
class Shadows:
    """A shadow over the frames: rows of x, y, half axes across and down (pixels), and strength (0 to 1)."""

    rows: list[tuple[float, float, float, float, float]]

    def draw(self, canvas: Canvas, frame: int) -> None:
        """Darken what lies below."""
        x, y, across, down, strength = self.rows[frame]
        canvas.shadow((x, y), across, down, strength)


def item_shadows(camera: Camera, scene: Scene, item: Item, centres: Array, light_from: int) -> Shadows:
    """Return the shadows below an object with centres (frames, 3) in metres."""
    ground = _ground(scene, centres)
    gap = np.maximum(centres[:, 1] - item.height_m / 2 - ground, 0.0)
    size = max(item.radius_m, 0.03) * (1.55 + 2.0 * gap)
    return _shadows(camera, centres, ground, light_from, (size, 0.6 * size), 0.55 / (1 + _FADES_PER_M * gap))


def hand_shadows(camera: Camera, scene: Scene, positions: Array, light_from: int) -> Shadows:
    """Return the shadows below a hand at positions (frames, 3) in metres."""
    ground = _ground(scene, positions)
    gap = np.maximum(positions[:, 1] - ground, 0.0)
    size = np.full(len(positions), 0.085), np.full(len(positions), 0.062)
    return _shadows(camera, positions, ground, light_from, size, 0.42 / (1 + _FADES_PER_M * gap))


def _shadows(
    camera: Camera, above: Array, ground: Array, light_from: int, size: tuple[Array, Array], strength: Array
) -> Shadows:
    below = np.column_stack([above[:, 0] - 0.02 * light_from, ground, above[:, 2]])
    x, y, scale = camera.project(below).T
    columns = (x, y, size[0] * scale, size[1] * scale, strength)
    return Shadows(list(zip(*(column.tolist() for column in columns), strict=True)))


def _ground(scene: Scene, points: Array) -> Array:
    """Return the height of the surface below points (frames, 3): a board of the shelf, or the table."""
    ground, stand = np.zeros(len(points)), scene.shelf
    if stand is not None:
        away = np.abs(points - [stand.x, 0.0, stand.z])
        inside = (away[:, 0] <= stand.width_m / 2) & (away[:, 2] <= stand.depth_m / 2)
        for board in sorted(stand.boards_m):
            ground[inside & (board < points[:, 1])] = board
    return ground


_IN_HAND_M = 0.07
"""An object closer than this to the middle of a grip lies between palm and fingers."""

_RAISED_COMES_FORWARD_M = 0.4
"""Distance by which a raised hand is painted nearer than it is, so that its arm lies in front of the other arm."""


@dataclass(frozen=True, slots=True)
class _Reels:
    """All shapes of a video: the body behind the table, and the parts that are sorted by depth in front of it."""

    body: Reel
    arms: dict[Hand, Reel]
    fingers: dict[Hand, Reel]
    items: list[Reel]


def paint(subject: Subject, scene: Scene, taken: Take) -> Iterator[Picture]:
    """Paint the pictures of a take in order, HEIGHT × WIDTH × RGB."""
    camera, visit = camera_of(subject.visit), subject.visit
    canvas = Canvas.blank(visit)
    paint_room(canvas, camera, visit)
    room = canvas.pixels.copy()
    plate, mask = table_plate(room, camera, visit, scene)
    reels = _reels(subject, scene, taken, camera)
    shadows = [
        *(item_shadows(camera, scene, *each, canvas.light_from) for each in zip(scene.items, taken.items, strict=True)),
        *(hand_shadows(camera, scene, track.position, canvas.light_from) for track in taken.hands.values()),
    ]
    front = _order(taken)
    for frame in range(len(taken.joints["head"])):
        np.copyto(canvas.pixels, room)
        reels.body.draw(canvas.pixels, frame)
        cv2.copyTo(plate, mask, canvas.pixels)
        for shadow in shadows:
            shadow.draw(canvas, frame)
        for thing, inside in front(frame):
            if isinstance(thing, int):
                reels.items[thing].draw(canvas.pixels, frame)
                continue
            reels.arms[thing].draw(canvas.pixels, frame)
            for i in inside:
                reels.items[i].draw(canvas.pixels, frame)
            reels.fingers[thing].draw(canvas.pixels, frame)
        yield canvas.picture()


def _reels(subject: Subject, scene: Scene, taken: Take, camera: Camera) -> _Reels:
    visit, looks = subject.visit, _looks(subject, scene.items)
    joints = {name: camera.project(track) for name, track in taken.joints.items()}
    reels = _Reels(Reel(visit), {}, {}, [])
    paint_trunk(reels.body, joints, looks)
    paint_head(reels.body, joints, looks)
    for hand, track in taken.hands.items():
        grip = camera.project(track.position)
        wrist = joints[f"{hand}_wrist"][:, :2]
        placed = place_hand(wrist, grip[:, :2], grip[:, 2], track.shape, side_sign(hand))
        reels.arms[hand], reels.fingers[hand] = Reel(visit), Reel(visit)
        paint_arm(reels.arms[hand], joints, hand, looks)
        paint_palm(reels.arms[hand], placed, looks.skin)
        paint_fingers(reels.fingers[hand], placed, looks.skin)
    for item, place, axis in zip(scene.items, taken.items, taken.axes, strict=True):
        reel = Reel(visit)
        paint_item(reel, camera, item, place, axis)
        reels.items.append(reel)
    return reels


def _looks(subject: Subject, items: tuple[Item, ...]) -> Looks:
    """Return the subject's looks, without glasses where glasses lie on the table."""
    return replace(subject.looks, glasses=False) if any(i.look == "glasses" for i in items) else subject.looks


def _order(taken: Take) -> Callable[[int], list[tuple[Hand | int, list[int]]]]:
    """Return the order of arms, hands and objects in a frame, from far to near, each hand with the objects in it."""
    depths = {
        hand: track.position[:, 2] + _RAISED_COMES_FORWARD_M * raised(track.position)[:, 0]
        for hand, track in taken.hands.items()
    }
    close = {
        hand: np.linalg.norm(taken.items - track.position, axis=2) < _IN_HAND_M for hand, track in taken.hands.items()
    }

    def order(frame: int) -> list[tuple[Hand | int, list[int]]]:
        loose = set(range(len(taken.items)))
        things: list[tuple[float, Hand | int, list[int]]] = []
        for hand in taken.hands:
            inside = [i for i in sorted(loose) if close[hand][i, frame]]
            loose -= set(inside)
            things.append((float(depths[hand][frame]), hand, inside))
        things += [(float(taken.items[i, frame, 2]), i, []) for i in loose]
        return [(thing, inside) for _, thing, inside in sorted(things, key=lambda entry: entry[0])]

    return order
