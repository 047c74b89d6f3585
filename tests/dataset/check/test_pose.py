"""What keypoints say of a video."""

from __future__ import annotations

import numpy as np
import pytest

from lmms_eval_plugins.dataset.check.pose import outside_remarks
from lmms_eval_plugins.domain.vocabulary import Hand
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Keypoints


def keypoints(outside: dict[str, int], n_frames: int = 100) -> Keypoints:
    """Joints in the middle of 64 × 48 pixels, with a hand out of the picture in so many frames."""
    points = np.full((n_frames, len(COCO_JOINTS), 3), (30, 20, 0.95), np.float32)
    for side, count in outside.items():
        points[:count, COCO_JOINTS.index(f"{side}_wrist"), 0] = 70
    return points


@pytest.mark.parametrize(
    ("hand", "outside", "says"),
    [
        ("right", {"right": 25}, "the right hand in 25% of the frames"),
        ("right", {"right": 24}, None),
        ("right", {"left": 90}, None),
        ("", {"left": 90}, None),
        ("", {"left": 90, "right": 30}, "the left hand in 90% and the right hand in 30% of the frames"),
    ],
)
def test_the_labelled_hand_counts_and_where_it_is_not_known_both(
    hand: Hand, outside: dict[str, int], says: str | None
) -> None:
    texts = [remark.text for remark in outside_remarks(keypoints(outside), hand, 64, 48)]
    assert texts == ([f"out of the picture or not located: {says}"] if says else [])


def test_keypoints_of_a_larger_picture() -> None:
    (remark,) = outside_remarks(keypoints({}) * (20, 20, 1), "right", 64, 48)
    assert remark.kind == "keypoints-unusable" and remark.text.startswith("100% of the joints lie outside of 64×48")
