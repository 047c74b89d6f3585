from __future__ import annotations

import pytest

from lmms_eval_plugins.core.errors import listed, which_of

RUNS = [f"run_{number}" for number in range(1, 13)]


@pytest.mark.parametrize(
    ("words", "most", "text"),
    [
        ([], 5, ""),
        ([1, 2], 5, "1, 2"),
        ("abcde", 5, "a, b, c, d, e"),
        ("abcdef", 5, "a, b, c, d, e and 1 more"),
        (range(5775), 3, "0, 1, 2 and 5,772 more"),
    ],
)
def test_a_long_list_is_cut(words: list[object], most: int, text: str) -> None:
    assert listed(words, most) == text


def test_the_words_between_names_can_be_chosen() -> None:
    assert listed(["a, b", "c", "d"], most=2, by="; ") == "a, b; c and 1 more"


@pytest.mark.parametrize(
    ("names", "every", "text"),
    [
        (RUNS, RUNS, "All"),
        (["a"], ["a"], "a"),
        (["a", "c"], ["a", "b", "c"], "a, c"),
        (["a, 1", "c"], ["a, 1", "b", "c"], "a, 1; c"),
        (RUNS[:-1], RUNS, "Every run but run_12"),
        (RUNS[1:-1], RUNS, "Every run but run_1, run_12"),
        (RUNS[:6], RUNS, "6 of 12 runs"),
        (["a"] * 5, ["a"] * 6, "Every run but a"),
    ],
)
def test_whom_a_note_is_about(names: list[str], every: list[str], text: str) -> None:
    assert which_of(names, every) == text
