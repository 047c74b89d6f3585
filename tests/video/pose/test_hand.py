"""Where a hand is, how fast it moves, and the boxes around it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lmms_eval_plugins.video.pose.hand import (
    LEAST_BOX_PX,
    HandSettings,
    HandTrack,
    box_side,
    boxes_around,
    doubt_about_box,
    hand_track,
    locate,
    pose_status,
    share_outside,
    with_hand,
)
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


def forearms(lengths: Sequence[float], confidence: float = 1.0) -> Keypoints:
    """Keypoints of an arm that stands still, with a forearm as long as it seems in each frame."""
    keypoints = arm([(300, 200)] * len(lengths), confidence=confidence)
    keypoints[:, COCO_JOINTS.index("right_elbow"), 1] = 200 + np.array(lengths)
    return keypoints


def test_a_box_in_forearms_has_one_size_for_the_whole_video() -> None:
    settings = HandSettings(box_forearms=2)
    found = track(forearms([60, 60, 62, 64, 300, 60, 62, 64]), settings=settings)  # one frame is far off
    assert found.forearm_px == 62
    assert box_side(found, settings, WIDTH, HEIGHT) == 124
    cut = windows(8, 15, Dense(fps=15, frames=4))
    located = locate(cut, found, settings, WIDTH, HEIGHT, crop=True)
    assert {(box.right - box.left, box.bottom - box.top) for window in located for box in window.boxes} == {(124, 124)}


def test_the_same_person_in_a_picture_of_half_the_size_has_half_the_box() -> None:
    settings = HandSettings(box_forearms=2)
    large = hand_track(forearms([112.0] * 4), "right", settings, 1088, 704)
    small = hand_track(forearms([56.0] * 4), "right", settings, 544, 352)
    assert box_side(large, settings, 1088, 704) == 224
    assert box_side(small, settings, 544, 352) == 112


def test_only_frames_in_which_the_hand_is_located_are_measured() -> None:
    keypoints = forearms([60, 60, 200, 200, 200])
    keypoints[2:, COCO_JOINTS.index("right_wrist"), 2] = 0.5
    assert track(keypoints).forearm_px == 60
    assert track(keypoints, settings=HandSettings(confidence=0.4)).forearm_px == 200
    assert math.isnan(track(forearms([60], confidence=0.5)).forearm_px)


@pytest.mark.parametrize(("forearm", "side"), [(5.0, LEAST_BOX_PX), (24.0, 48), (100.0, 200), (400.0, HEIGHT)])
def test_a_box_in_forearms_is_neither_tiny_nor_larger_than_the_picture(forearm: float, side: int) -> None:
    settings = HandSettings(box_forearms=2)
    assert box_side(track(forearms([forearm] * 3), settings=settings), settings, WIDTH, HEIGHT) == side


def test_a_hand_that_is_never_located_has_no_box() -> None:
    settings = HandSettings(box_forearms=2)
    found = track(forearms([60] * 4, confidence=0.5), settings=settings)
    (window,) = locate(windows(4, 15, Dense(fps=15, frames=4)), found, settings, WIDTH, HEIGHT, crop=True)
    assert (window.pose, window.boxes) == ("abstain", ())


def test_a_fixed_box_is_as_it_was() -> None:
    found = track(forearms([60] * 4))
    assert box_side(found, DEFAULTS, WIDTH, HEIGHT) == 224
    assert box_side(found, HandSettings(reference_px=960), WIDTH, HEIGHT) == 112


def test_settings_are_recorded_as_before_unless_forearms_are_given() -> None:
    """A run's plan hashes them."""
    fixed = {"keypoints": None, "reach": 0.75, "confidence": 0.9, "still_px": 3.0, "fast_px": 15.0, "box_px": 224}
    assert DEFAULTS.model_dump(mode="json") == {**fixed, "reference_px": None}
    by_forearm = HandSettings(box_forearms=2).model_dump(mode="json")
    assert by_forearm["box_forearms"] == 2 and "box_px" not in by_forearm
    for settings in (DEFAULTS, HandSettings(box_forearms=2), HandSettings(box_px=100)):
        assert HandSettings.model_validate(settings.model_dump(mode="json")) == settings


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"box_px": 224, "box_forearms": 2}, "two ways to say how large a box is; give one"),
        ({"box_forearms": 0}, "greater than 0"),
        ({"box_forearms": -1}, "greater than 0"),
        ({"box_forearms": float("nan")}, "greater than 0|less than|finite"),
        ({"box_forearms": 1000}, "less than or equal to 20"),
        ({"box_forearm": 2}, "not permitted"),
    ],
)
def test_boxes_that_are_refused(values: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        HandSettings.model_validate(values)


@pytest.mark.parametrize(
    ("width", "height", "doubt"),
    [
        (1088, 704, None),  # the study's
        (704, 1088, None),
        (1280, 720, None),
        (720, 576, None),
        (640, 480, "47 % of the shorter side of 640 × 480 and holds much more than the hand"),
        (736, 352, "64 % of the shorter side"),
        (320, 240, "93 %"),
        (64, 48, "467 %"),
        (1920, 1080, "21 % of the shorter side of 1920 × 1080 and may cut the hand off"),
        (3840, 2160, "10 %"),
    ],
)
def test_a_fixed_box_in_pictures_of_another_size_is_doubtful(width: int, height: int, doubt: str | None) -> None:
    found = doubt_about_box(DEFAULTS, width, height)
    assert found is None if doubt is None else doubt in str(found)
    assert doubt_about_box(HandSettings(box_forearms=2), width, height) is None
    assert doubt_about_box(HandSettings(reference_px=704), width, height) is None


@pytest.mark.parametrize(
    ("wrists", "share"),
    [
        ([(100, 200)] * 4, 0.0),
        ([(100, 200), (100, 20), (100, -50), (-60, 200)], 0.75),  # the hand is 30 pixels above the wrist
        ([(639, 200), (640, 200)], 0.5),
        ([(100, 30), (100, 29)], 0.5),  # the centre of the first pixel is 0
    ],
)
def test_the_share_of_frames_with_the_hand_outside(wrists: list[tuple[float, float]], share: float) -> None:
    assert share_outside(arm(wrists), "right", DEFAULTS, WIDTH, HEIGHT) == share
    assert share_outside(arm(wrists), "left", DEFAULTS, WIDTH, HEIGHT) == 1.0, "that arm is not known"


def test_a_hand_that_is_not_located_counts_as_outside() -> None:
    keypoints = arm([(100, 200)] * 4)
    keypoints[0] = np.nan
    keypoints[1, :, 2] = 0.5
    assert share_outside(keypoints, "right", DEFAULTS, WIDTH, HEIGHT) == 0.5
    assert share_outside(keypoints, "right", HandSettings(confidence=0.4), WIDTH, HEIGHT) == 0.25


def test_keypoints_of_a_larger_picture_lie_outside() -> None:
    large = arm([(1500, 900)] * 4)  # found in 1920 × 1080, the video has 640 × 480
    assert share_outside(large, "right", DEFAULTS, WIDTH, HEIGHT) == 1.0


def test_the_box_of_a_covered_hand_follows_it_frame_by_frame() -> None:
    keypoints = arm([(100 + 10 * i, 200) for i in range(8)], elbow_below=100.0)
    keypoints[2] = np.nan
    (found,) = with_hand([Window("v", 0, 0.0, 1.0, (1, 2, 3, 7))], keypoints, "right", DEFAULTS, WIDTH, HEIGHT)
    assert {box.right - box.left for box in found.hand} == {box.bottom - box.top for box in found.hand} == {150}
    middles = [((box.left + box.right) / 2, (box.top + box.bottom) / 2) for box in found.hand]
    expected = [(110, 175), (120, 175), (130, 175), (170, 175)]
    assert np.abs(np.subtract(middles, expected)).max() <= 1
    assert found.boxes == () and found.pose is None, "nothing is cut out, and nothing is scored by it"


def test_a_covered_hand_is_as_large_as_where_it_is_seen_at_its_longest() -> None:
    keypoints = arm([(100, 200)] * 8, elbow_below=20.0)
    keypoints[5:, COCO_JOINTS.index("right_elbow"), 1] = 300
    (found,) = with_hand([Window("v", 0, 0.0, 1.0, (0, 1))], keypoints, "right", DEFAULTS, WIDTH, HEIGHT)
    assert found.hand[0].right - found.hand[0].left == 150


@pytest.mark.parametrize("unsure", [0, 3])
def test_a_hand_is_not_covered_where_it_is_not_located_at_first_or_at_last(unsure: int) -> None:
    keypoints = arm([(100, 200)] * 8)
    keypoints[unsure, :, 2] = 0.5
    cut = [Window("v", i, 0.0, 1.0, frames) for i, frames in enumerate([(0, 1, 2, 3), (4, 5)])]
    assert [len(one.hand) for one in with_hand(cut, keypoints, "right", DEFAULTS, WIDTH, HEIGHT)] == [0, 2]
    nowhere = np.full_like(keypoints, np.nan)
    assert not any(one.hand for one in with_hand(cut, nowhere, "right", DEFAULTS, WIDTH, HEIGHT))
