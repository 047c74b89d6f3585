"""The number that a reply gives, as a score or a count."""

from __future__ import annotations

import re

_NUMBER = re.compile(r"(?<![\w.\-/])(\d{1,9})(?:\.0+)?(?:\s*(?:/|out of|of)\s*\d+)?[x×]?(?![\w/]|[.\-–]\d)")
_NUMBER_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_TIMES_WORDS = {"once": 1, "twice": 2, "thrice": 3}
_UNIT = r"(?:\s*(?:points?|times?|repetitions?|reps?|touches))?"
_ALONE = re.compile(rf"\W*(?P<number>{_NUMBER.pattern}){_UNIT}[\s.!)]*")
_LEADING = re.compile(rf"\W*(?P<number>{_NUMBER.pattern}){_UNIT}[ \t)]*(?:[.;(\n]|,(?!\s*\d)|\Z)")


def standing_alone(plain: str, *, marked: bool) -> set[int]:
    """The numbers that are a line of their own, and the one that a marked answer begins with.

    Args:
        plain: the reply, lower case and without markup; from the end line on, where there is one.
        marked: whether it begins behind an end line's mark, as in ``FINAL_SCORE:``.
    """
    if marked and (leading := _LEADING.match(plain)):
        return _values(leading["number"])
    lines = [match["number"] for line in plain.splitlines() if (match := _ALONE.fullmatch(line))]
    return {value for line in lines for value in _values(line)}


def numbers_in(plain: str, *, times: bool) -> set[int]:
    """All numbers in a reply; where it has no digits those in words, up to twenty, with once and twice if ``times``."""
    numbers = _values(plain)
    if not numbers and not re.search(r"\d", plain):
        words = re.findall(r"[a-z]+", plain)
        numbers = {_NUMBER_WORDS.index(word) for word in words if word in _NUMBER_WORDS}
        if times:
            numbers |= {_TIMES_WORDS[word] for word in words if word in _TIMES_WORDS}
    return numbers


def _values(text: str) -> set[int]:
    return {int(digits) for digits in _NUMBER.findall(text)}
