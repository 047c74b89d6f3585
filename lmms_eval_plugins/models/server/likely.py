"""From the likeliest tokens that a server names to the log-probabilities of the allowed answers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lmms_eval_plugins.models.engine.choices import surface_forms
from lmms_eval_plugins.models.server.responses import Token

_ENOUGH = 2
"""Letters with which an answer counts as begun, unless it is shorter: an N may begin NO, or N/A."""


def choice_logprobs(tokens: Sequence[Token], answers: Sequence[str]) -> dict[str, float] | None:
    """Return the log-probability, at most 0, that a reply begins with an answer, for the answers that the server names.

    Counted are the named tokens with which one answer begins, and no other: in any usual case, with a blank before it
    or without, a part of it of at least two letters or all of it. Where several answers begin with the same token and
    the reply does too, the tokens that follow in the reply tell them apart; where the reply does not, nobody knows how
    that token's probability is shared, and these answers are left out. So are those that the server does not name.

    Args:
        tokens: of the reply, in order, each with the likeliest ones in its place.
        answers: the allowed answers.

    Returns:
        None where nothing is known of any answer.
    """
    forms = {answer: surface_forms(answer) for answer in answers}
    found: dict[str, list[float]] = {}
    unclear: set[str] = set()
    path, reached = "", 0.0
    for token in tokens:
        goes_on = False
        for text, logprob in token.likely.items():
            begun = _begun(path + text, forms)
            answer = next(iter(begun)) if len(begun) == 1 else None
            if answer is not None and _settled(path + text, answer):
                found.setdefault(answer, []).append(reached + logprob)
            elif begun and text == token.text:
                goes_on = True
            elif len(begun) > 1 and len((path + text).strip()) >= _ENOUGH:
                unclear |= begun
        if not goes_on:
            break
        path, reached = path + token.text, reached + token.likely[token.text]
    else:
        unclear |= _begun(path, forms)
    known = {
        answer: min(0.0, float(np.logaddexp.reduce(found[answer])))
        for answer in answers
        if answer in found and answer not in unclear
    }
    return known or None


def _begun(text: str, forms: dict[str, tuple[str, ...]]) -> set[str]:
    """Return the answers that may begin so; a blank alone begins none."""
    if not text.strip():
        return set()
    return {answer for answer, ways in forms.items() if any(way.startswith(text) for way in ways)}


def _settled(text: str, answer: str) -> bool:
    begun = text.strip()
    return len(begun) >= min(_ENOUGH, len(answer))
