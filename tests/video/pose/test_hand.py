"""Where a hand is, how fast it moves, and the boxes around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.video.pose.hand import HandSettings, HandTrack, boxes_around, hand_track, locate, pose_status
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Keypoints
from lmms_eval_plugins.video.windows import Box, Dense, Window, windows

WIDTH, HEIGHT = 640, 480
DEFAULTS = HandSettings()


def arm(
    wrists: Sequence[tuple[float, float]], elbow_below: float = 40.0, confidence: float = 1.0, side: str = "right"
) -> Keypoints:
    """Return keypoints of an arm whose wrist goes through places, the elbow below it."""
    keypoints = np.full((len(wrists), 17, 3), np.nan, np.float32)
    keypoints[..., 2] = 0
    for part, offset in (("wrist", 0.0), ("elbow", elbow_below)):
        joint = COCO_JOINTS.index(f"{side}_{part}")
        keypoints[:, joint, :2] = np.add(np.array(wrists, float), (0, offset))
        keypoints[:, joint, 2] = confidence
    return keypoints


def track(keypoints: Keypoints, side: str = "right", settings: HandSettings = DEFAULTS) -> HandTrack:
    return hand_track(keypoints, side, settings, WIDTH, HEIGHT)


def moving_by(step: float, frames: int = 4) -> HandTrack:
    return track(arm([(100 + i * step, 200) for i in range(frames)]))


def test_the_hand_lies_beyond_the_wrist() -> None:
    found = track(arm([(100, 200)]))
    assert found.places.tolist() == [[100, 200 - 0.75 * 40]] and found.confidence.tolist() == [1]
    assert track(arm([(100, 200)]), settings=HandSettings(reach=0.0)).places.tolist() == [[100, 200]]


def test_the_hand_is_held_inside_the_frame() -> None:
    assert track(arm([(100, 10)])).places.tolist() == [[100, 0]]
    assert track(arm([(900, 470)], elbow_below=-400)).places.tolist() == [[WIDTH - 1, HEIGHT - 1]]


@pytest.mark.parametrize(
    ("step", "status"), [(0, "still"), (2.9, "still"), (3, "moving"), (14.9, "moving"), (15, "fast"), (-15, "fast")]
)
def test_the_speed_decides(step: float, status: str) -> None:
    assert pose_status(moving_by(step), range(4), DEFAULTS) == status


def test_limits_are_scaled_on_request() -> None:
    assert pose_status(moving_by(6), range(4), DEFAULTS, scale=0.4) == "fast"
    assert pose_status(moving_by(2), range(4), DEFAULTS, scale=0.4) == "moving"


def test_a_window_of_one_frame_counts_as_moving() -> None:
    assert pose_status(moving_by(0), [2], DEFAULTS) == "moving"


@pytest.mark.parametrize("place", [0, 3])
@pytest.mark.parametrize("joint", ["right_wrist", "right_elbow"])
@pytest.mark.parametrize("value", [(100, 200, 0.89), (np.nan, 200, 1.0), (0, 0, 0.0), (100, 200, np.nan)])
def test_an_unsure_joint_at_either_end_leaves_the_hand_unlocated(
    place: int, joint: str, value: tuple[float, float, float]
) -> None:
    keypoints = arm([(100, 200)] * 4)
    keypoints[place, COCO_JOINTS.index(joint)] = value
    assert pose_status(track(keypoints), range(4), DEFAULTS) == "abstain"


def test_an_unsure_joint_in_between_does_not() -> None:
    keypoints = arm([(100, 200)] * 4)
    keypoints[1] = np.nan
    assert pose_status(track(keypoints), range(4), DEFAULTS) == "still"


def test_unknown_places_are_not_located_even_where_no_confidence_is_required() -> None:
    keypoints = np.zeros((4, 17, 3), np.float32)
    assert pose_status(track(keypoints), range(4), HandSettings(confidence=0.0)) == "abstain"


points = st.tuples(st.floats(0, WIDTH - 1), st.floats(0, HEIGHT - 1))


@given(points, st.integers(1, 900))
def test_boxes_are_squares_in_the_frame_around_the_point(point: tuple[float, float], size: int) -> None:
    (box,) = boxes_around(np.array([point]), size, WIDTH, HEIGHT)
    assert 0 <= box.left < box.right <= WIDTH and 0 <= box.top < box.bottom <= HEIGHT
    assert (box.right - box.left, box.bottom - box.top) == (min(size, WIDTH), min(size, HEIGHT))
    assert box.left <= point[0] + 1 and point[0] <= box.right, "to within half a pixel"
    assert box.top <= point[1] + 1 and point[1] <= box.bottom


def located(step: float, n_frames: int = 8, settings: HandSettings = DEFAULTS, crop: bool = True) -> tuple[Window, ...]:
    cut = windows(n_frames, 15, Dense(fps=15, frames=4))
    found = track(arm([(200 + i * step, 240) for i in range(n_frames)]), settings=settings)
    return locate(cut, found, settings, WIDTH, HEIGHT, crop=crop)


def test_one_box_at_the_middle_of_the_path() -> None:
    first, second = located(4)
    assert (first.pose, first.boxes) == ("moving", (Box(94, 98, 318, 322),))  # the hand goes from 200 to 212
    assert second.boxes == (Box(110, 98, 334, 322),)


def test_boxes_follow_a_fast_hand() -> None:
    first, _ = located(20)
    assert (first.pose, [box.left for box in first.boxes]) == ("fast", [88, 108, 128, 148])


def test_a_short_window_has_one_box_however_fast() -> None:
    *_, last = located(20, n_frames=7)
    assert len(last.frames) == 3 and last.pose == "fast" and len(last.boxes) == 1


def test_without_cropping_there_are_poses_and_no_boxes() -> None:
    cropped, whole = located(20), located(20, crop=False)
    assert [window.pose for window in cropped] == [window.pose for window in whole]
    assert all(window.boxes == () for window in whole)


def test_boxes_are_scaled_with_the_limits() -> None:
    first, _ = located(4, settings=HandSettings(reference_px=960))
    assert first.boxes[0].right - first.boxes[0].left == 112 and first.pose == "moving"
    assert located(8, settings=HandSettings(reference_px=960))[0].pose == "fast"


def test_an_unlocated_hand_shows_the_whole_frame() -> None:
    keypoints = arm([(100, 200)] * 4, confidence=0.5)
    cut = windows(4, 15, Dense(fps=15, frames=4))
    (window,) = locate(cut, track(keypoints), DEFAULTS, WIDTH, HEIGHT, crop=True)
    assert (window.pose, window.boxes) == ("abstain", ())
