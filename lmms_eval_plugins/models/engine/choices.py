"""The allowed answers of a closed question as tokens: how likely a reply begins with each of them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
import numpy.typing as npt

Tokens = tuple[int, ...]
LogProbabilities = npt.NDArray[np.float64]
"""Of the next token: (rows, tokens)."""

NextToken = Callable[[Tokens, Sequence[int]], LogProbabilities]
"""(tokens of the reply so far, possible next ones) → the log-probability of each of these, for every row."""

_NEVER = -math.inf


@dataclass(slots=True)
class _Node:
    """Where the answers that begin with the same tokens part.

    Attributes:
        complete: the answers that end here.
        next: what may follow.
    """

    complete: set[str] = field(default_factory=set)
    next: dict[int, _Node] = field(default_factory=dict)

    @property
    def answers(self) -> set[str]:
        """Return all answers from here on."""
        return self.complete.union(*(node.answers for node in self.next.values()))


def surface_forms(answer: str) -> tuple[str, ...]:
    """Return the ways to write an answer at the start of a reply: any usual case, with and without a blank before it.

    What follows, a full stop or another word, is left open.
    """
    cases = dict.fromkeys((answer, answer.lower(), answer.upper(), answer.capitalize(), answer.title()))
    return tuple(blank + form for form in cases for blank in ("", " "))


def beginnings(
    answer: str, tokenize: Callable[[str], Sequence[int]], is_blank: Callable[[int], bool]
) -> frozenset[Tokens]:
    """Return the tokens that a reply with an answer may begin with.

    A blank that is a token of its own would have to be gone through by every answer, which is not worth a step; only
    where a tokenizer knows no other way, as Llama's with digits, the answer counts with that blank and without it.
    """
    ways = {form: tuple(tokenize(form)) for form in surface_forms(answer)}
    direct = frozenset(way for way in ways.values() if way and not is_blank(way[0]))
    blank_first = {way for form, way in ways.items() if way and not form.startswith(" ")}
    return direct or frozenset(blank_first | {way[1:] for way in blank_first if len(way) > 1})


class Choices:
    """The allowed answers of a question, by the tokens that a reply may begin with.

    Args:
        answers: the allowed answers.
        tokenize: text → tokens; without special tokens.
        is_blank: whether a token is nothing but white space.
    """

    def __init__(
        self, answers: Sequence[str], tokenize: Callable[[str], Sequence[int]], is_blank: Callable[[int], bool]
    ) -> None:
        self.answers = tuple(answers)
        self._root = _Node()
        for answer in answers:
            for tokens in beginnings(answer, tokenize, is_blank):
                node = self._root
                for token in tokens:
                    node = node.next.setdefault(token, _Node())
                node.complete.add(answer)

    def log_probabilities(self, next_token: NextToken) -> list[dict[str, float]]:
        """Return the log-probability, at most 0, that a reply begins with an answer, for every answer and row.

        Tokens are looked at only as far as answers share them: an answer counts as begun with the first token that no
        other answer begins with. The probabilities add up to 1 less that of all other replies.
        """
        found: dict[str, list[LogProbabilities]] = {answer: [] for answer in self.answers}
        self._collect(self._root, (), 0.0, next_token, found)
        summed = {
            answer: np.logaddexp.reduce(parts, axis=0) if parts else np.array([_NEVER])
            for answer, parts in found.items()
        }
        n_rows = max(len(values) for values in summed.values())
        return [
            {answer: float(np.broadcast_to(values, n_rows)[row]) for answer, values in summed.items()}
            for row in range(n_rows)
        ]

    def _collect(
        self,
        node: _Node,
        path: Tokens,
        reached: LogProbabilities | float,
        next_token: NextToken,
        found: dict[str, list[LogProbabilities]],
    ) -> None:
        tokens = list(node.next)
        steps = np.asarray(next_token(path, tokens), dtype=np.float64)
        for column, token in enumerate(tokens):
            below, here = node.next[token], reached + steps[:, column]
            answers = below.answers
            if len(answers) == 1:
                found[next(iter(answers))].append(here)
            else:
                self._collect(below, (*path, token), here, next_token, found)
        for answer in node.complete:
            goes_on = np.exp(np.logaddexp.reduce(steps, axis=1))
            found[answer].append(reached + np.log1p(-np.minimum(goes_on, 1 - 1e-12)))


NextTokenAt = Callable[[Sequence[int], Tokens, Sequence[int]], LogProbabilities]
"""(places, tokens of their replies so far, possible next ones) → the log-probability of each of these, by place."""


def log_probabilities_by_place(
    asked: Sequence[Choices | None], next_token_at: NextTokenAt
) -> list[Mapping[str, float] | None]:
    """Return the log-probabilities of each question's allowed answers; None where it is open.

    Questions with the same answers are looked at together.

    Args:
        asked: the allowed answers, question by question.
        next_token_at: tells how likely tokens are at some of these places.
    """
    found: list[Mapping[str, float] | None] = [None] * len(asked)
    alike: dict[Choices, list[int]] = {}
    for place, choices in enumerate(asked):
        if choices:
            alike.setdefault(choices, []).append(place)
    for choices, places in alike.items():
        for place, probabilities in zip(places, choices.log_probabilities(partial(next_token_at, places)), strict=True):
            found[place] = probabilities
    return found


def common_length(prompts: Sequence[Sequence[int]]) -> int:
    """Return how many tokens all prompts begin with, at most all but the last one of the shortest."""
    first, length = prompts[0], min(map(len, prompts)) - 1
    for prompt in prompts[1:]:
        while prompt[:length] != first[:length]:
            length = next(i for i in range(length) if prompt[i] != first[i])
    return length
