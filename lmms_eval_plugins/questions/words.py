"""Words in a lower-cased reply: whole words, inflections, negations, clauses, numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

_NUMBER = re.compile(r"(?<![\w.\-/])(\d{1,9})(?:\.0+)?(?:\s*(?:/|out of|of)\s*\d+)?[x×]?(?![\w/]|[.\-–]\d)")
_NUMBER_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_TIMES_WORDS = {"once": 1, "twice": 2, "thrice": 3}
_UNIT = r"(?:\s*(?:points?|times?|repetitions?|reps?|touches))?"
_ALONE = re.compile(rf"\W*(?P<number>{_NUMBER.pattern}){_UNIT}[\s.!)]*")
_LEADING = re.compile(rf"\W*(?P<number>{_NUMBER.pattern}){_UNIT}[ \t)]*(?:[.;(\n]|,(?!\s*\d)|\Z)")


def standalone_numbers(plain: str, *, marked: bool) -> set[int]:
    """Return the numbers that are whole lines; of a marked answer only the number that it begins with, if any.

    Args:
        plain: the reply, lower-cased and without markup; from the answer line on, where there is one.
        marked: whether it begins after the mark of an answer line, as ``FINAL_SCORE:``.
    """
    if marked and (leading := _LEADING.match(plain)):
        return _values(leading["number"])
    lines = [match["number"] for line in plain.splitlines() if (match := _ALONE.fullmatch(line))]
    return {value for line in lines for value in _values(line)}


def numbers_in_reply(plain: str, *, times: bool) -> set[int]:
    """Return all numbers in a reply; without digits the number words up to twenty, and once and twice if ``times``."""
    numbers = _values(plain)
    if not numbers and not re.search(r"\d", plain):
        words = re.findall(r"[a-z]+", plain)
        numbers = {_NUMBER_WORDS.index(word) for word in words if word in _NUMBER_WORDS}
        if times:
            numbers |= {_TIMES_WORDS[word] for word in words if word in _TIMES_WORDS}
    return numbers


def _values(text: str) -> set[int]:
    return {int(digits) for digits in _NUMBER.findall(text)}


_NEGATION = re.compile(
    r"\b(?:not(?! only)|no(?! doubt)|never|neither|nor|without|rather than|instead of|\w+n't|cannot)"
    r"(?:\W+\w+){0,3}?\W*\Z"
)
_BOUNDARY = re.compile(r"[.,;:!?\n()/|&]+|\s[-–—]+\s|\b(?:and|or|but|then|actually|so)\b")
_REACH_OF_NOT = re.compile(r"[.,;:!?\n()/|&]+|\s[-–—]+\s|\b(?:and|but|then|actually|so)\b")
_NEAR = 200
"""Number of characters before a mention in which a negation is searched."""
_OR = re.compile(r"[^.;!?\n]*?(?:\bor\b|/)(?:\W+\w+){0,2}\W*")


class Mention(NamedTuple):
    """A value that a reply mentions, from ``start`` to ``end`` (exclusive) of its text."""

    value: str
    start: int
    end: int

    def negated_in(self, text: str) -> bool:
        """Return whether a negation is at most three words before it in its clause; "or" ends no clause here."""
        near = max(self.start - _NEAR, 0)
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
    """Return the pairs of values that a text leaves open, as in "either this or that"."""
    return [
        (a.value, b.value) for a, b in pairwise(found) if a.value != b.value and _OR.fullmatch(text, a.end, b.start)
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


def phrase_pattern(phrase: str) -> str:
    """Return a pattern for a phrase of whole words, of which some may end in ``*`` for any ending."""
    words = phrase.lower().split()
    return r"\s+".join(re.escape(word.rstrip("*")) + (r"\w*" if word.endswith("*") else "") for word in words)


@lru_cache(maxsize=256)
def _compiled(named: tuple[tuple[str, str], ...]) -> tuple[re.Pattern[str], list[str]]:
    groups = "|".join(f"(?P<g{place}>{pattern})" for place, (_, pattern) in enumerate(named))
    return re.compile(rf"(?<!\w)(?:{groups})(?!\w)"), [value for value, _ in named]
