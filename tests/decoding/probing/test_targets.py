from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.decoding.probing.targets import UNKNOWN, ProbeTarget, shuffled

VIDEOS = [f"v{place // 10}" for place in range(40)]


@given(st.lists(st.integers(UNKNOWN, 2), min_size=40, max_size=40), st.integers(0, 5))
def test_shuffling_keeps_how_often_each_video_has_which_label(labels: list[int], draw: int) -> None:
    target = ProbeTarget("t", ("a", "b", "c"), np.array(labels))
    found = shuffled(target, VIDEOS, draw).labels
    assert ((found == UNKNOWN) == (target.labels == UNKNOWN)).all()
    constant = all(len(set(labels[start : start + 10]) - {UNKNOWN}) <= 1 for start in range(0, 40, 10))
    for start in range(0, 40, 10):
        own = slice(start, start + 10)
        assert constant or sorted(found[own]) == sorted(target.labels[own])
    assert (found == shuffled(target, VIDEOS, draw).labels).all()


def test_labels_of_whole_videos_are_shuffled_between_videos() -> None:
    target = ProbeTarget("activity", ("a", "b", "c", "d"), np.repeat([0, 1, 2, 3], 10))
    draws = [shuffled(target, VIDEOS, draw).labels for draw in range(5)]
    for found in draws:
        firsts = found.reshape(4, 10)
        assert (firsts == firsts[:, :1]).all() and sorted(firsts[:, 0]) == [0, 1, 2, 3]
    assert len({tuple(found) for found in draws}) > 1


def test_two_classes_are_one_column_and_unknown_ones_are_of_none() -> None:
    two = ProbeTarget("t", ("no", "yes"), np.array([0, 1, UNKNOWN]))
    assert two.indicators().tolist() == [[0], [1], [0]]
    three = ProbeTarget("t", ("a", "b", "c"), np.array([0, 2, UNKNOWN]))
    assert three.indicators().tolist() == [[1, 0, 0], [0, 0, 1], [0, 0, 0]]
