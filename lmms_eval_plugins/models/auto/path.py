"""How a checkpoint answers: whether windows go through its network once, and whether replies prove that they may."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from lmms_eval_plugins.models.engine.choices import Tokens
from lmms_eval_plugins.models.settings import FramesAs

TOLERANCES = {"float32": 1e-3, "bfloat16": 0.25, "float16": 1 / 32}
"""By how much log-probabilities of the two ways may differ, by the network's dtype.

In 16 bits a logit of 16 to 32 is rounded to steps of 1/8 (bfloat16) and 1/64 (float16): two such steps are allowed.
"""


@dataclass(frozen=True, slots=True)
class AnsweringPath:
    """How a checkpoint answers.

    Attributes:
        shares_prefix: whether a window goes through the network once, and its questions go on from there; else each
            question goes through ``generate`` with its window.
        frames: how its processor takes a window.
        because: why, for people.
    """

    shares_prefix: bool
    frames: FramesAs
    because: str

    def __str__(self) -> str:
        shown = "one video" if self.frames == "video" else "images"
        how = (
            "each window goes through the network once"
            if self.shares_prefix
            else "plain generate, question by question"
        )
        return f"frames as {shown}; {how} ({self.because})"


@dataclass(frozen=True, slots=True)
class GeneratedReply:
    """A reply as tokens.

    Attributes:
        tokens: its tokens, without the one that ends it.
        is_cut: whether the limit of tokens ended it.
        choice_logprobs: the log-probability of each allowed answer; None where they are not wanted.
    """

    tokens: Tokens
    is_cut: bool
    choice_logprobs: Mapping[str, float] | None


LeadOf = Callable[[int, Tokens, int, int], float]
"""(question, reply so far, one next token, another) → by how much the one's logit is above the other's, plainly."""


def first_difference(
    plain: Sequence[GeneratedReply], shared: Sequence[GeneratedReply], tolerance: float, lead_of: LeadOf
) -> str | None:
    """Return what tells the replies of the short way from those of plain ``generate``; None where nothing does.

    Log-probabilities of closed answers must agree within a tolerance. Tokens must be the same up to where two are as
    likely within it: which of them comes is rounding, and what follows differs by right.

    Args:
        plain: replies of plain ``generate``.
        shared: replies to the same questions by the short way.
        tolerance: see `TOLERANCES`.
        lead_of: asks the network by the plain way; only where tokens differ.
    """
    for place, (one, other) in enumerate(zip(plain, shared, strict=True)):
        for answer, value in (one.choice_logprobs or {}).items():
            found = (other.choice_logprobs or {}).get(answer, math.nan)
            if not _close(value, found, tolerance):
                return f"the log-probability of {answer!r} is {value:.4g} by plain generate, {found:.4g} from the cache"
        if one.tokens != other.tokens:
            step = next(i for i, (a, b) in enumerate(zip_longest(one.tokens, other.tokens)) if a != b)
            if step >= min(len(one.tokens), len(other.tokens)):
                return f"a reply has {len(one.tokens)} tokens by plain generate, {len(other.tokens)} from the cache"
            if not abs(lead_of(place, one.tokens[:step], one.tokens[step], other.tokens[step])) <= tolerance:
                return f"replies differ from token {step + 1} on"
    return None


def _close(one: float, other: float, tolerance: float) -> bool:
    """Return whether two log-probabilities agree, infinite ones included."""
    return one == other or abs(one - other) <= tolerance
