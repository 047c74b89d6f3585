from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.models.engine.choices import (
    Choices,
    LogProbabilities,
    Tokens,
    common_length,
    log_probabilities_by_place,
    surface_forms,
)

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


@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), min_size=1, max_size=4))
def test_prompts_begin_alike_as_far_as_they_do_and_each_keeps_a_token_of_its_own(prompts: list[list[int]]) -> None:
    length = common_length(prompts)
    shortest = min(map(len, prompts))
    assert length < shortest and len({tuple(prompt[:length]) for prompt in prompts}) == 1
    assert length == shortest - 1 or len({prompt[length] for prompt in prompts}) > 1


def test_questions_with_the_same_answers_are_looked_at_together() -> None:
    a_or_b, n_or_o = by_letter(("a", "b")), by_letter(("n", "o"))
    looked: list[list[int]] = []

    def next_token_at(places: Sequence[int], path: Tokens, wanted: Sequence[int]) -> LogProbabilities:
        looked.append(list(places))
        return np.array([[-1.0 - place - token for token in wanted] for place in places])

    found = log_probabilities_by_place([a_or_b, None, n_or_o, a_or_b], next_token_at)
    assert looked == [[0, 3], [2]] and found[1] is None

    def alone(place: int, choices: Choices) -> object:
        return log_probabilities_by_place([choices], lambda _, path, wanted: next_token_at([place], path, wanted))[0]

    assert [found[0], found[2], found[3]] == [alone(0, a_or_b), alone(2, n_or_o), alone(3, a_or_b)]
