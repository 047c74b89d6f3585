from __future__ import annotations

import pytest

from lmms_eval_plugins.dataset.file_names import VideoName, hand_of, parse_name


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("S00027_feeding1_2", VideoName("S00027", "feeding", 1, "2")),
        ("C00011_RTT left side3_1", VideoName("C00011", "RTT left side", 3, "1")),
        ("C00011_RTT_left_side3_1", VideoName("C00011", "RTT left side", 3, "1")),
        ("C00011_rtt0_1", VideoName("C00011", "RTT", 0, "1")),
        ("S1_deodrant2_1", VideoName("S1", "deodorant", 2, "1")),
        ("site_A_07_Face Wash12_front", VideoName("site_A_07", "face wash", 12, "front")),
        ("S1_juggling2_1", None),
        ("S1_feeding_1", None),
        ("feeding1_1", None),
        ("S1_feeding1_1 copy_2", None),
    ],
)
def test_parts_of_a_name(stem: str, name: VideoName | None) -> None:
    assert parse_name(stem) == name


@pytest.mark.parametrize(
    ("activity", "hand"), [("RTT left side", "left"), ("shelf right side", "right"), ("feeding", ""), ("", "")]
)
def test_hand_of_an_activity(activity: str, hand: str) -> None:
    assert hand_of(activity) == hand
