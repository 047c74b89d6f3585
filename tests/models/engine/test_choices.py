from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.models.engine.choices import Choices, LogProbabilities, Tokens, surface_forms

ALPHABET = "abno "


def letters(text: str) -> list[int]:
    """A token for every letter."""
    return [ord(letter) for letter in text]


def is_blank(token: int) -> bool:
    return not chr(token).strip()


def by_letter(answers: Sequence[str]) -> Choices:
    return Choices(answers, letters, is_blank)


def uniform(n_tokens: int, rows: int = 1) -> tuple[list[Tokens], object]:
    """A model to which all next tokens are alike, and the paths that it was given."""
    paths: list[Tokens] = []

    def next_token(path: Tokens, wanted: Sequence[int]) -> LogProbabilities:
        paths.append(path)
        return np.full((rows, len(wanted)), -math.log(n_tokens))

    return paths, next_token


def test_the_usual_ways_to_write_an_answer() -> None:
    assert set(surface_forms("face wash")) >= {"face wash", "Face wash", "Face Wash", "FACE WASH", " face wash"}
    assert len(surface_forms("0")) == 2


def test_answers_that_begin_differently_take_one_step() -> None:
    paths, next_token = uniform(100)
    (found,) = by_letter(["yes", "no"]).log_probabilities(next_token)  # type: ignore[arg-type]
    assert paths == [()]
    assert found == {"yes": pytest.approx(math.log(2 / 100)), "no": pytest.approx(math.log(2 / 100))}  # y and Y


def test_an_answer_that_is_always_written_behind_a_blank_counts_with_it_and_without() -> None:
    paths, next_token = uniform(100)
    llama = Choices(["0", "12"], lambda text: letters(" " + text.strip()), is_blank)
    (found,) = llama.log_probabilities(next_token)  # type: ignore[arg-type]
    assert paths == [(), tuple(letters(" "))]
    assert found == {answer: pytest.approx(math.log(1 / 100 + 1 / 100**2)) for answer in ("0", "12")}
    mixed = Choices(["a"], lambda text: letters(text) if text.islower() else letters(" " + text), is_blank)
    (found,) = mixed.log_probabilities(next_token)  # type: ignore[arg-type]
    assert found == {"a": pytest.approx(math.log(1 / 100))}


def test_answers_that_begin_alike_are_distinguished_where_they_part() -> None:
    paths, next_token = uniform(100, rows=2)
    first, second = by_letter(["reach", "reposition"]).log_probabilities(next_token)  # type: ignore[arg-type]
    assert first == second
    # r, e, then a or p; in lower case, in capitals, and with a capital r
    assert first["reach"] == pytest.approx(math.log(3 / 100**3))
    assert () in paths and tuple(letters("re")) in paths and tuple(letters("RE")) in paths


def test_an_answer_that_another_one_begins_with_is_what_is_left() -> None:
    _, next_token = uniform(4)
    (found,) = by_letter(["1", "10"]).log_probabilities(next_token)  # type: ignore[arg-type]
    assert math.exp(found["10"]) == pytest.approx(1 / 16)
    assert math.exp(found["1"]) == pytest.approx(1 / 4 - 1 / 16)


@given(
    st.lists(st.text(ALPHABET, min_size=1, max_size=4).filter(str.strip), min_size=1, max_size=5, unique=True),
    st.integers(0, 10_000),
)
def test_probabilities_of_different_answers_add_up_to_at_most_one(answers: list[str], seed: int) -> None:
    answers = list({answer.lower().strip(): answer.lower().strip() for answer in answers})
    vocabulary = sorted({token for answer in answers for form in surface_forms(answer) for token in letters(form)})

    def next_token(path: Tokens, wanted: Sequence[int]) -> LogProbabilities:
        draw = np.random.default_rng([seed, *path]).dirichlet(np.ones(len(vocabulary) + 1))
        return np.log([[draw[vocabulary.index(token)] for token in wanted]])

    (found,) = by_letter(answers).log_probabilities(next_token)
    assert set(found) == set(answers)
    assert all(value <= 1e-9 for value in found.values())
    assert sum(math.exp(value) for value in found.values()) <= 1 + 1e-9
