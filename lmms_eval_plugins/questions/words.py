"""Finding words in a lower-cased reply: whole words, inflections, negations, clauses."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

_NEGATION = re.compile(
    r"\b(?:not(?! only)|no(?! doubt)|never|neither|nor|without|rather than|instead of|\w+n't|cannot)"
    r"(?:\W+\w+){0,3}?\W*\Z"
)
_BOUNDARY = re.compile(r"[.,;:!?\n()/|&]+|\s[-–—]+\s|\b(?:and|or|but|then|actually|so)\b")


class Mention(NamedTuple):
    """A value that a reply mentions, at ``start`` to ``end`` (exclusive) of the reply."""

    value: str
    start: int
    end: int

    def negated_in(self, text: str) -> bool:
        """Whether a negation stands at most three words before it, in the same clause."""
        clause_start = max((m.end() for m in _BOUNDARY.finditer(text, 0, self.start)), default=0)
        return _NEGATION.search(text, clause_start, self.start) is not None


def mentions(patterns: Iterable[tuple[str, str]], text: str) -> list[Mention]:
    """Every value whose pattern matches, in order, without overlap; at one place the pattern given first wins."""
    named = tuple(patterns)
    if not named:
        return []
    expression, values = _compiled(named)
    return [Mention(values[int(m.lastgroup[1:])], *m.span()) for m in expression.finditer(text) if m.lastgroup]


def clauses(text: str) -> list[tuple[int, int]]:
    """Start and end of the stretches between punctuation and joining words, without the blanks around them."""
    spans, start = [], 0
    for stop, following in [*((m.start(), m.end()) for m in _BOUNDARY.finditer(text)), (len(text), len(text))]:
        part = text[start:stop]
        if part.strip():
            spans.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
        start = following
    return spans


def option_pattern(option: str, *, exact: bool = False) -> str:
    """A pattern for an option as whole words; unless exact, a single word also in its inflections (reaching, idled)."""
    words = re.split(r"[\s_-]+", option.lower().strip())
    if exact or len(words) > 1 or not option.isalpha() or len(option) < 4:
        return r"[\s_-]+".join(re.escape(word) for word in words)
    return f"{re.escape(words[0])}|{re.escape(words[0].removesuffix('e'))}(?:e|es|ed|s|ing)"


def phrase_pattern(phrase: str) -> str:
    """A pattern for a phrase of whole words, of which some may end in ``*`` for any ending."""
    words = phrase.lower().split()
    return r"\s+".join(re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in words)


@lru_cache(maxsize=256)
def _compiled(named: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], list[str]]:
    groups = "|".join(f"(?P<g{place}>{pattern})" for place, (_, pattern) in enumerate(named))
    return re.compile(rf"(?<!\w)(?:{groups})(?!\w)"), [value for value, _ in named]
