"""Log-probabilities of allowed answers from a few likely tokens, against the engine's own from all of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.models.engine.choices import Choices, LogProbabilities, Tokens
from lmms_eval_plugins.models.server.likely import choice_logprobs
from lmms_eval_plugins.models.server.responses import Token

YES_NO = ("yes", "no")
PRIMITIVES = ("reach", "reposition", "idle")


def token(text: str, **likely: float) -> Token:
    return Token(text.replace("_", " "), {name.replace("_", " "): math.log(p) for name, p in likely.items()})


def probabilities(tokens: Sequence[Token], answers: Sequence[str]) -> dict[str, float] | None:
    found = choice_logprobs(tokens, answers)
    return {name: round(math.exp(value), 6) for name, value in found.items()} if found else None


@pytest.mark.parametrize(
    ("tokens", "answers", "expected"),
    [
        ([token("Yes", Yes=0.5, No=0.2, yes=0.1, _YES=0.05, Maybe=0.1)], YES_NO, {"yes": 0.65, "no": 0.2}),
        ([token("Yes", Yes=0.9, Maybe=0.1)], YES_NO, {"yes": 0.9}),  # "no" is not named: left out
        ([token("Maybe", Maybe=0.9)], YES_NO, None),
        ([], YES_NO, None),
        ([token("_", _=0.9, Yes=0.1)], YES_NO, {"yes": 0.1}),  # a blank of its own begins nothing
        ([token("IDLE", IDLE=0.5, RE=0.4)], PRIMITIVES, {"idle": 0.5}),  # nobody knows how RE goes on
        (
            [token("RE", RE=0.4, IDLE=0.5), token("ACH", ACH=0.75, POSITION=0.25)],
            PRIMITIVES,
            {"reach": 0.3, "reposition": 0.1, "idle": 0.5},
        ),
        ([token("RE", RE=0.4, IDLE=0.5)], PRIMITIVES, {"idle": 0.5}),  # the reply was cut short
        ([token("ID", ID=0.4), token("LE", LE=0.9)], PRIMITIVES, {"idle": 0.4}),  # begun by nothing else
        ([token("Y", Y=0.8, N=0.2), token("ES", ES=0.5, O=0.1)], YES_NO, {"yes": 0.4}),  # an N may begin N/A
        ([token("1", **{"1": 0.6, "0": 0.3, "12": 0.1})], ("0", "1", "2"), {"0": 0.3, "1": 0.6}),
    ],
)
def test_what_is_counted(tokens: Sequence[Token], answers: tuple[str, ...], expected: dict[str, float] | None) -> None:
    assert probabilities(tokens, answers) == expected


ACTIVITIES = ("deodorant", "drinking", "face wash", "feeding", "RTT")
SCORES = ("0", "1", "2")


def final(kind: str = "_SCORE", before: str = "") -> list[Token]:
    """The tokens of a mark, behind what a reply says before it."""
    return [Token(text, {text: -0.5}) for text in (*before.split(), "FINAL", kind, ":")]


@pytest.mark.parametrize(
    ("tokens", "answers", "expected"),
    [
        ([*final(), token("1", **{"1": 0.6, "0": 0.3, "2": 0.05})], SCORES, {"0": 0.3, "1": 0.6, "2": 0.05}),
        ([*final(), token("_1", **{"_1": 0.6, "_0": 0.3, "2": 0.1})], SCORES, {"0": 0.3, "1": 0.6, "2": 0.1}),
        ([*final(), token("_", _=0.9), token("1", **{"1": 0.7, "2": 0.2})], SCORES, {"1": 0.7, "2": 0.2}),
        ([*final(), Token("**", {"**": -0.1}), token("2", **{"2": 0.7, "1": 0.2})], SCORES, {"1": 0.2, "2": 0.7}),
        ([*final(before="The arm rises. 2 "), token("1", **{"1": 0.6, "0": 0.3})], SCORES, {"0": 0.3, "1": 0.6}),
        (
            [Token("FINAL_SCORE", {"FINAL_SCORE": 0.0}), token(":1", **{":1": 0.6, ":2": 0.3, "1": 0.1})],
            SCORES,
            {"1": 0.6, "2": 0.3},
        ),
        (
            [*final(), token("1", **{"1": 0.9}), *final(), token("2", **{"2": 0.8, "1": 0.1})],
            SCORES,
            {"1": 0.1, "2": 0.8},
        ),  # on second thoughts
        (
            [*final("_ANSWER"), token("_d", _d=0.5, _face=0.3, _RTT=0.1), token("rinking", rinking=0.8, eodorant=0.2)],
            ACTIVITIES,
            {"drinking": 0.4, "deodorant": 0.1, "face wash": 0.3, "RTT": 0.1},
        ),
        ([*final("_ANSWER"), token("_de", _de=0.5, _f=0.3, _dr=0.1)], ACTIVITIES, {"deodorant": 0.5, "drinking": 0.1}),
        (final(), SCORES, None),  # cut off behind the mark
        ([*final(), token("high", high=0.9)], SCORES, None),
    ],
)
def test_in_an_answer_line_the_lines_answer_counts(
    tokens: Sequence[Token], answers: tuple[str, ...], expected: dict[str, float] | None
) -> None:
    assert probabilities(tokens, answers) == expected


VOCABULARY = ["YES", "Yes", " yes", "NO", "no", "RE", "ACH", "POSITION", " Reach", "IDLE", "idle", ".", "So", "LY"]


def tokenize(text: str) -> list[int]:
    """The one way to write a text in this vocabulary; empty where there is none."""
    tokens: list[int] = []
    while text:
        fitting = [word for word in VOCABULARY if text.startswith(word)]
        if not fitting:
            return []
        tokens.append(VOCABULARY.index(max(fitting, key=len)))
        text = text[len(max(fitting, key=len)) :]
    return tokens


@settings(deadline=None)
@given(st.integers(0, 10**6), st.sampled_from([YES_NO, PRIMITIVES]), st.integers(1, len(VOCABULARY)))
def test_what_is_recorded_equals_the_engines(seed: int, answers: tuple[str, ...], named: int) -> None:
    """With all tokens named every number is the engine's; with some, none is above it."""
    rng = np.random.default_rng(seed)
    chances: dict[Tokens, LogProbabilities] = {}

    def distribution(path: Tokens) -> LogProbabilities:
        chance = chances.setdefault(path, rng.dirichlet(np.full(len(VOCABULARY), 0.3)) * 0.98 + 0.02 / 14)
        logarithms: LogProbabilities = np.log(chance)
        return logarithms

    engine: Mapping[str, float]
    (engine,) = Choices(answers, tokenize, lambda token: False).log_probabilities(
        lambda path, tokens: distribution(path)[None, list(tokens)]
    )
    path: Tokens = ()
    reply = []
    for _ in range(3):
        logprobs = distribution(path)
        best = np.argsort(-logprobs)[:named]
        reply.append(Token(VOCABULARY[best[0]], {VOCABULARY[i]: float(logprobs[i]) for i in best}))
        path = (*path, int(best[0]))
    found = choice_logprobs(reply, answers) or {}
    assert all(value <= engine[answer] + 1e-9 for answer, value in found.items())
    if named == len(VOCABULARY):
        expected = set(answers) if reply[0].text == "RE" or answers == YES_NO else {"idle"}
        assert set(found) == expected
        assert all(value == pytest.approx(engine[answer], abs=1e-9) for answer, value in found.items())
