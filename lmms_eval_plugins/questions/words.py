"""Words in a lower-cased reply: whole words, inflections, negations, clauses."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_NEGATION = re.compile(
    r"\b(?:not(?! only)|no(?! doubt)|never|neither|nor|without|rather than|instead of|\w+n't|cannot)"
    r"(?:\s+(?:appear|seem)\s+to\s+be)?"
    r"(?:\W+\w+){0,3}?\W*\Z"
)
_BOUNDARY = re.compile(r"[.,;:!?\n()/|&]+|\s[-–—]+\s|\b(?:and|or|but|then|actually|so)\b")
_REACH_OF_NOT = re.compile(r"[.,;:!?\n()/|&]+|\s[-–—]+\s|\b(?:and|but|then|actually|so)\b")
_MAY_NEGATE = re.compile(r"no|n't|never|neither|without|rather|instead")
_NEAR = 100
"""Number of characters before a mention in which a negation is searched."""
_BETWEEN = re.compile(r"\bbetween\s+(?:\w+\s+){0,2}\Z")
_OR = re.compile(r"[^.;!?\n]*?(?:\bor\b|/)(?:\W+\w+){0,2}\W*")


class Mention(NamedTuple):
    """A value that a reply mentions, from ``start`` to ``end`` (exclusive) of its text."""

    value: str
    start: int
    end: int

    def negated_in(self, text: str) -> bool:
        """Return whether a negation is at most three words before it in its clause; "or" ends no clause here."""
        near = max(self.start - _NEAR, 0)
        if _MAY_NEGATE.search(text, near, self.start) is None:
            return False
        clause_start = max((m.end() for m in _REACH_OF_NOT.finditer(text, near, self.start)), default=near)
        return _NEGATION.search(text, clause_start, self.start) is not None


def mentions(patterns: Iterable[tuple[str, str]], text: str) -> list[Mention]:
    """Return the values whose patterns match, in order, without overlap; at one place the first pattern wins."""
    named = tuple(patterns)
    if not named:
        return []
    expression, values = _compiled(named)
    return [Mention(values[int(m.lastgroup[1:])], *m.span()) for m in expression.finditer(text) if m.lastgroup]


def alternatives(found: Sequence[Mention], text: str) -> list[tuple[str, str]]:
    """Return the pairs of values that a text leaves open, as in "either this or that", "between this and that"."""
    return [
        (a.value, b.value)
        for a, b in pairwise(found)
        if a.value != b.value and (_OR.fullmatch(text, a.end, b.start) or _BETWEEN.search(text, a.start - 20, a.start))
    ]


def clauses(text: str) -> list[tuple[int, int]]:
    """Return start and end of each clause, that is text between punctuation and conjunctions, without outer spaces."""
    spans, start = [], 0
    for stop, following in [*((m.start(), m.end()) for m in _BOUNDARY.finditer(text)), (len(text), len(text))]:
        part = text[start:stop]
        if part.strip():
            spans.append((start + len(part) - len(part.lstrip()), start + len(part.rstrip())))
        start = following
    return spans


_HEDGE = (
    r"(?:(?:probably|likely|most likely|very likely|maybe|perhaps|possibly|definitely|certainly|clearly|absolutely"
    r"|overall|therefore|thus|hence|i think|i believe|i guess|i would say|i'd say|i say|my guess is|it's|sure|ok|okay"
    r"|well|yes|no|yeah)\s*)*"
)
_LONGEST_HEDGE = 60
_HEDGED_BEFORE, _HEDGED_BEHIND = re.compile(_HEDGE), re.compile(rf"\s*{_HEDGE}")
_AND = re.compile(r"\s+and\s+(?:also\s+)?")


def standing(found: Sequence[Mention], text: str) -> list[Mention]:
    """Return the mentions that stand on their own.

    Such a one is the text's first word; or, not negated, a whole clause, hedges like "probably" apart; or it is joined
    to one by "and".
    """
    spans = clauses(text)
    starts = [start for start, _ in spans]
    first = re.search(r"\w", text)

    def is_clause(mention: Mention) -> bool:
        if not spans:  # a text of signs alone
            return text[mention.start : mention.end] == text.strip()
        start, end = spans[max(bisect_right(starts, mention.start) - 1, 0)]
        before, behind = text[start : mention.start], text[mention.end : max(end, mention.end)]
        if start > mention.start or len(before) > _LONGEST_HEDGE or len(behind) > _LONGEST_HEDGE:
            return False
        return bool(_HEDGED_BEFORE.fullmatch(before) and _HEDGED_BEHIND.fullmatch(behind))

    alone = {
        mention
        for mention in found
        if (first is not None and first.start() >= mention.start)
        or (is_clause(mention) and not mention.negated_in(text))
    }
    for one, other in pairwise(found):
        if other in alone and _AND.fullmatch(text, one.end, other.start) and not one.negated_in(text):
            alone.add(one)
    return [mention for mention in found if mention in alone]


def option_pattern(option: str, *, exact: bool = False) -> str:
    """Return a pattern for an option as whole words; unless exact, a single word also inflected (reaching, idled)."""
    words = _words(option)
    if exact or len(words) > 1:
        return r"[\s_-]+".join(re.escape(word) for word in words)
    return _inflected(words[0])


def loose_option_pattern(option: str) -> str:
    """Return a pattern for other names of an option.

    These are its verb ("brushes" for brushing), its plural ("shelves"), and its words inflected, joined or in reverse
    order ("face washing", "washing the face").
    """
    words = _words(option)
    patterns = [option_pattern(option)]
    if len(words) > 1:
        inflected = [_inflected(word) for word in words]
        patterns.append(r"[\s_-]*".join(f"(?:{word})" for word in inflected))
        patterns.append(_ARTICLE.join(f"(?:{word})" for word in reversed(inflected)))
    elif words[0].isalpha() and len(words[0]) > 5 and words[0].endswith("ing"):
        patterns.append(f"{re.escape(words[0][:-3])}(?:e|es|ed|s)?")
    elif words[0].isalpha() and len(words[0]) > 3 and words[0].endswith("f"):
        patterns.append(f"{re.escape(words[0][:-1])}ves")
    return "|".join(patterns)


_ARTICLE = r"[\s_-]+(?:(?:the|a|an|his|her|their|your|of)\s+)*"


def _words(option: str) -> list[str]:
    return [word for word in re.split(r"[\s_-]+", option.lower()) if word] or [option]


def _inflected(word: str) -> str:
    if not word.isalpha() or len(word) < 4:
        return re.escape(word)
    return f"{re.escape(word)}|{re.escape(word.removesuffix('e'))}(?:e|es|ed|s|ing)"


_STILL_DOING = (
    r"(?!\s+(?:\w+ly\s+)?(?:(?!during\b|nothing\b)\w+ing|not|in (?:motion|use|the process)|held|holds?|moves?"
    r"|reaches|carries"
    r"|grips?|grasps?|active|empty|on the move|has|have|does|can|could|about)\b)"
)
"""What must not follow "still" where it means without motion: "still moving" says the opposite."""


def phrase_pattern(phrase: str) -> str:
    """Return a pattern for a phrase of whole words, of which some may end in ``*`` for any ending."""
    words = phrase.lower().split()
    pattern = r"\s+".join(re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in words)
    return pattern + _STILL_DOING if words[-1] == "still" else pattern


@lru_cache(maxsize=256)
def _compiled(named: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], list[str]]:
    groups = "|".join(f"(?P<g{place}>{pattern})" for place, (_, pattern) in enumerate(named))
    return re.compile(rf"(?<!\w)(?:{groups})(?!\w)"), [value for value, _ in named]
