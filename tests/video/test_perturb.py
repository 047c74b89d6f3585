"""Perturbed frames: what each perturbation does to them, and that it does nothing else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.perturb import BLUR, GREY, IN_WORDS, OF_HAND, PERTURBATIONS, Perturbation, perturbed
from lmms_eval_plugins.video.windows import Box


def numbered(n: int, height: int = 6, width: int = 8) -> Frames:
    """Frames of which each pixel is another one, and each frame tells its number in its first."""
    frames = np.random.default_rng(n).integers(0, 256, (n, height, width, 3), dtype=np.uint8)
    frames[:, 0, 0, 0] = range(n)
    return frames


def order(frames: Frames) -> list[int]:
    return [int(number) for number in frames[:, 0, 0, 0]]


@given(n=st.integers(1, 12), how=st.sampled_from(PERTURBATIONS), height=st.integers(1, 9), width=st.integers(1, 9))
def test_frames_keep_their_number_and_size_and_what_is_given_is_not_changed(
    n: int, how: Perturbation, height: int, width: int
) -> None:
    frames = numbered(n, height, width)
    before = frames.copy()
    hand = [Box(-2, -1, 3, 4)] * n if how in OF_HAND else []
    found = perturbed(frames, how, seed="v/0", hand=hand)
    assert found.shape == frames.shape and found.dtype == frames.dtype
    assert np.array_equal(frames, before)
    assert np.array_equal(found, perturbed(frames, how, seed="v/0", hand=hand)), "the same every time"


@pytest.mark.parametrize(
    ("how", "places"),
    [
        ("freeze", [4] * 8),
        ("reverse", [7, 6, 5, 4, 3, 2, 1, 0]),
        ("low_fps", [0, 0, 0, 0, 4, 4, 4, 4]),
        ("swap", [0, 1, 2, 3, 4, 5, 6, 7]),
    ],
)
def test_which_frames_are_shown(how: Perturbation, places: list[int]) -> None:
    frames = numbered(8)
    assert np.array_equal(perturbed(frames, how), frames[places])


@pytest.mark.parametrize("n", [1, 2, 3, 6])
def test_the_frozen_frame_is_the_one_at_the_centre_of_the_window(n: int) -> None:
    (place,) = {*order(perturbed(numbered(n), "freeze"))}
    assert place <= n / 2 < place + 1, "frame i is on screen from i until i + 1"


@given(n=st.integers(1, 9), seed=st.text(max_size=5))
def test_a_shuffled_order_is_another_one_of_the_same_frames(n: int, seed: str) -> None:
    found = order(perturbed(numbered(n), "shuffle", seed=seed))
    assert sorted(found) == [*range(n)] and (n == 1 or found != [*range(n)])


def test_windows_are_shuffled_in_ways_of_their_own() -> None:
    orders = {tuple(order(perturbed(numbered(8), "shuffle", seed=f"v/{window}"))) for window in range(20)}
    assert len(orders) > 15


def test_left_and_right_are_exchanged_in_a_mirror() -> None:
    frames = numbered(2)
    assert np.array_equal(perturbed(frames, "mirror")[:, :, 0], frames[:, :, -1])
    assert np.array_equal(perturbed(perturbed(frames, "mirror"), "mirror"), frames)


def test_a_blank_picture_is_grey() -> None:
    assert {*perturbed(numbered(3), "blank").ravel().tolist()} == {GREY}


def test_the_hand_is_covered_or_left_alone_where_it_is_in_each_frame() -> None:
    frames = numbered(2)
    hand = [Box(1, 2, 4, 5), Box(6, -3, 20, 2)]
    out, only = (perturbed(frames, how, hand=hand) for how in ("hand_out", "hand_only"))
    inside = np.zeros(frames.shape, bool)
    inside[0, 2:5, 1:4] = inside[1, :2, 6:] = True
    assert (out[inside] == GREY).all() and np.array_equal(out[~inside], frames[~inside])
    assert (only[~inside] == GREY).all() and np.array_equal(only[inside], frames[inside])


@pytest.mark.parametrize("how", sorted(OF_HAND))
def test_a_hand_needs_a_box_in_each_frame(how: Perturbation) -> None:
    with pytest.raises(ValueError, match="shorter"):
        perturbed(numbered(2), how, hand=[Box(0, 0, 2, 2)])


def test_a_blur_takes_what_is_as_thin_as_a_finger_and_leaves_what_is_as_large_as_a_body() -> None:
    side = 200
    across = np.arange(side)
    fingers, body = (
        np.repeat(np.where(across // thick % 2, 255, 0)[None, :, None], 3, axis=2).astype(np.uint8)
        for thick in (round(0.02 * side), round(0.4 * side))
    )
    for stripes, left in ((fingers, 8), (body, 200)):
        frames = np.repeat(np.repeat(stripes, side, axis=0)[None], 2, axis=0)
        shown = perturbed(frames, "blur")[:, :, side // 4 : -side // 4]
        assert (np.ptp(shown) <= left) == (stripes is fingers)
    assert BLUR * side == 10


def test_every_perturbation_is_told_in_words() -> None:
    assert [*IN_WORDS] == [*PERTURBATIONS]
