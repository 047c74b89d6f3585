from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transformers import VideoMAEConfig, VJEPA2Config

from lmms_eval_plugins.models.encoders.networks import NETWORKS, nearest_frames


def numbered(n: int) -> np.ndarray:
    return np.arange(n, dtype=np.uint8).reshape(-1, 1, 1, 1) * np.ones((1, 2, 2, 3), np.uint8)


@pytest.mark.parametrize(
    ("there", "wanted", "shown"),
    [
        (8, 8, [0, 1, 2, 3, 4, 5, 6, 7]),
        (4, 8, [0, 0, 1, 1, 2, 2, 3, 3]),
        (5, 6, [0, 1, 2, 2, 3, 4]),
        (1, 4, [0, 0, 0, 0]),
        (16, 4, [2, 6, 10, 14]),
    ],
)
def test_frames_are_repeated_or_left_out_evenly(there: int, wanted: int, shown: list[int]) -> None:
    assert nearest_frames(numbered(there), wanted)[:, 0, 0, 0].tolist() == shown


@given(st.integers(1, 40), st.integers(1, 40))
def test_frames_stay_in_order_and_no_two_are_repeated_unequally(there: int, wanted: int) -> None:
    shown = nearest_frames(numbered(there), wanted)[:, 0, 0, 0].tolist()
    assert len(shown) == wanted and shown == sorted(shown)
    counts = [shown.count(frame) for frame in range(there)]
    assert max(counts) - min(counts) <= 1


def test_v_jepa_2_takes_whole_tubelets_and_videomae_a_fixed_number() -> None:
    assert [NETWORKS["vjepa2"].frames_taken(VJEPA2Config(), there) for there in (1, 2, 7, 8)] == [2, 2, 8, 8]
    assert {NETWORKS["videomae"].frames_taken(VideoMAEConfig(), there) for there in (1, 8, 40)} == {16}
