"""Requests to vLLM: a question, and one more for every beginning of a reply that several allowed answers share."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lmms_eval_plugins.models.engine.choices import Choices, LogProbabilities, Tokens

Shown = Mapping[str, Any]  # vLLM's own: frames, their clock and their name
"""What vLLM is given of a window beside the prompt."""


@dataclass(eq=False)
class Asked:
    """A request to vLLM, and what has come of it.

    Attributes:
        name: its name.
        shown: the window.
        tokens: the prompt, with a placeholder for the video or for each image.
        listed: tokens whose log-probabilities are wanted.
        limit: the longest reply.
        forced: the only token that may come; None where any may.
        reply: tokens so far.
        likely: log-probabilities of ``listed``: at a reply's first step, or behind the forced token.
        done: why it ended.
    """

    name: str
    shown: Shown
    tokens: list[int]
    listed: list[int]
    limit: int
    forced: int | None = None
    reply: list[int] = field(default_factory=list)
    likely: Mapping[int, float] = field(default_factory=dict)
    done: str | None = None


@dataclass(frozen=True, eq=False)
class QuestionRequests:
    """A question about a window.

    Attributes:
        asked: the question itself.
        choices: its allowed answers; None where it is open.
        behind: by the tokens that several answers begin with, what tells how likely they go on in which way.
    """

    asked: Asked
    choices: Choices | None
    behind: Mapping[Tokens, Asked]

    @property
    def all(self) -> Iterator[Asked]:
        """Yield the requests that belong to it."""
        yield self.asked
        yield from self.behind.values()

    def log_probabilities(self) -> Mapping[str, float] | None:
        """Return how likely a reply begins with each allowed answer, once all of its requests are answered."""

        def next_token(path: Tokens, tokens: Sequence[int]) -> LogProbabilities:
            likely = (self.behind[path] if path else self.asked).likely
            return np.array([[likely[token] for token in tokens]])

        return self.choices.log_probabilities(next_token)[0] if self.choices else None


def question_requests(name: str, shown: Shown, tokens: Tokens, choices: Choices | None, limit: int) -> QuestionRequests:
    """Return the requests of a question.

    Args:
        name: a name of its own.
        shown: the window.
        tokens: its prompt.
        choices: the allowed answers; None where it is open.
        limit: the longest reply.
    """
    paths = _paths(choices) if choices else {}
    behind = {
        path: Asked(f"{name}-{number}", shown, [*tokens, *path[:-1]], wanted, 2, path[-1])
        for number, (path, wanted) in enumerate(paths.items())
        if path
    }
    return QuestionRequests(Asked(name, shown, list(tokens), paths.get((), []), limit), choices, behind)


def _paths(choices: Choices) -> dict[Tokens, list[int]]:
    """Return behind which tokens of a reply log-probabilities are wanted, and of which next ones."""
    wanted: dict[Tokens, list[int]] = {}

    def note(path: Tokens, tokens: Sequence[int]) -> LogProbabilities:
        wanted[path] = list(tokens)
        return np.zeros((1, len(tokens)))

    choices.log_probabilities(note)
    return wanted
