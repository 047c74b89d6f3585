"""From the likeliest tokens that a server names to the log-probabilities of the allowed answers."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from lmms_eval_plugins.models.engine.choices import surface_forms
from lmms_eval_plugins.models.server.responses import Token

_ENOUGH = 2
"""Letters with which an answer counts as begun, unless it is shorter: an N may begin NO, or N/A."""

_MARK = re.compile(r"final[ _](?:answer|score)[*_ ]*:", re.IGNORECASE)
"""What an answer line begins with, as ``FINAL_SCORE:``."""

_MARKUP = "*_` \t\r\n"
"""What may stand between the mark and the answer."""


def choice_logprobs(tokens: Sequence[Token], answers: Sequence[str]) -> dict[str, float] | None:
    """Return the log-probability, at most 0, that a reply begins with an answer, for the answers that the server names.

    In a reply with an answer line it is the line's answer: how likely each is at that place, after all that the reply
    says before it.

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
    for token in _answer_line(tokens):
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


def _answer_line(tokens: Sequence[Token]) -> Sequence[Token]:
    """Return the tokens of a reply's last answer line, behind its mark; all of them where it has none."""
    marks = list(_MARK.finditer("".join(token.text for token in tokens)))
    if not marks:
        return tokens
    end = 0
    for place, token in enumerate(tokens):
        start, end = end, end + len(token.text)
        behind = token.text[max(0, marks[-1].end() - start) :]
        if end > marks[-1].end() and behind.strip(_MARKUP):
            return [_behind(token, len(token.text) - len(behind)), *tokens[place + 1 :]]
    return ()


def _behind(token: Token, count: int) -> Token:
    """Return a token and the likely ones in its place without so many characters, which they share."""
    shared = token.text[:count]
    likely = {text[count:]: logprob for text, logprob in token.likely.items() if text.startswith(shared)}
    return Token(token.text[count:], likely)


def _begun(text: str, forms: dict[str, tuple[str, ...]]) -> set[str]:
    """Return the answers that may begin so; a blank alone begins none."""
    if not text.strip():
        return set()
    return {answer for answer, ways in forms.items() if any(way.startswith(text) for way in ways)}


def _settled(text: str, answer: str) -> bool:
    begun = text.strip()
    return len(begun) >= min(_ENOUGH, len(answer))
