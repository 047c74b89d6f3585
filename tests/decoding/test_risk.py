from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.decoding.decoder import least_risk, letters
from lmms_eval_plugins.domain.sequences import edit_score, relative_counting_error
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES

PATHS = st.lists(st.lists(st.integers(0, 4), min_size=12, max_size=12), min_size=1, max_size=6)


def names(path: list[int]) -> list[str]:
    return [PRIMITIVES[place] for place in path]


@given(PATHS)
def test_the_edit_loss_is_what_the_edit_score_lacks(paths: list[list[int]]) -> None:
    risks = [np.mean([100 - edit_score(names(one), names(other)) for other in paths]) for one in paths]
    chosen = least_risk(np.array(paths), "edit")
    assert risks[chosen] <= min(risks) + 1e-9


@given(PATHS)
def test_the_count_loss_is_the_relative_counting_error(paths: list[list[int]]) -> None:
    risks = [np.mean([relative_counting_error(names(one), names(other)) for other in paths]) for one in paths]
    chosen = least_risk(np.array(paths), "counts")
    assert risks[chosen] <= min(risks) + 1e-9


def test_the_one_in_the_middle_is_chosen() -> None:
    paths = np.array([[0, 0, 0, 0], [0, 1, 0, 0], [0, 1, 0, 2]])
    assert least_risk(paths, "edit") == 1
    assert letters(paths) == ["a", "aba", "abac"]
