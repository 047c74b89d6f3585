"""Numbers in a lower-cased reply: scores and counts, not bounds ("more than 2"), measures, or what is denied."""

from __future__ import annotations

import re

_NUMBER_WORDS = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)
_TIMES_WORDS = {"once": 1, "twice": 2, "thrice": 3}
_ANY = rf"(?:\d+(?:\.\d+)?|{'|'.join(_NUMBER_WORDS)}|{'|'.join(_TIMES_WORDS)})\b"
_MOST = r"(?:(?:the |a |its )?(?:max(?:imum|\.)?|possible|total)(?: of)?\s*)?"
_OUT_OF = rf"(?:\s*(?:/|(?:points? )?(?:out )?of)\s*{_MOST}(?P<most>\d+)(?:\.0+)?(?:\s+points?\b)?)?"
_NUMBER = re.compile(rf"(?<![\w.\-/])(?P<value>\d{{1,9}})(?:\.0+)?{_OUT_OF}[x×]?(?![\w/]|[.\-–]\d)")
_UNNAMED = re.sub(r"\?P<\w+>", "?:", _NUMBER.pattern)
_UNIT = r"(?:\s*(?:points?|times?|repetitions?|reps?|touches))?"
_ALONE = re.compile(rf"\W*?(?P<number>{_UNNAMED}){_UNIT}[\s.!,;)]*")
_LEADING = re.compile(rf"\W*?(?P<number>{_UNNAMED}){_UNIT}[ \t)]*(?:[.;(\n]|,(?!\s*\d)|\Z)")


def standalone_numbers(plain: str, *, marked: bool, most: int | None) -> set[int]:
    """Return the numbers that are whole lines; of a marked answer only the number that it begins with, if any.

    Args:
        plain: the reply, lower-cased and without markup; from the answer line on, where there is one.
        marked: whether it begins after the mark of an answer line, as ``FINAL_SCORE:``.
        most: the largest score that there is: "2/3" is none of a scale to 2; None where numbers have no scale.
    """
    if marked and (leading := _LEADING.match(plain)):
        return _values(leading["number"], most)
    lines = [match["number"] for line in plain.splitlines() if (match := _ALONE.fullmatch(line))]
    return {value for line in lines for value in _values(line, most)}


_THINGS = (
    r"(?:frames?|images?|pictures?|seconds?|secs?|s|ms|milliseconds?|minutes?|min|degrees?|°|cm|mm|metres?|meters?"
    r"|inch(?:es)?|%|percent|per cent|fps|hz|hands?|arms?|fingers?|objects?|persons?|people|patients?|years?)(?!\w)"
)
_MEASURED = re.compile(
    r"\b(?:frames?|images?|pictures?|second|steps?|windows?|clips?|videos?)\s+#?\d[\d.,:\s–-]*"
    r"(?:(?:and|to|or|&)\s+\d+\b)?"
    r"|\b(?:items?|questions?)\s+#?\d+"
    r"|\b\d{1,2}(?::\d{2}){1,2}\b"
    rf"|(?<![\w.])(?:{_ANY}\s*(?:/|(?:out )?of)\s*(?:the\s+)?)?{_ANY}[\s-]*{_THINGS}"
    rf"|(?<![\w.])\d+(?:\.\d+)?{_THINGS}"
)
"""Numbers of what is not counted or scored."""

_BOUND = re.compile(
    r"\b(?:(?:more|less|fewer|greater|higher|lower|better|worse|larger|smaller) than|at (?:least|most)|up to|over|under"
    r"|above|below|beyond|exceed(?:s|ing)|minimum(?: of)?)"
    rf"\s+(?:a |an )?{_ANY}"
    rf"|(?<![\w.]){_ANY}\s*(?:(?:or|and) (?:more|less|fewer|higher|lower|above|below|up)\b)"
)
_DENIED = re.compile(
    rf"\b(?:not(?! only)|cannot|\w+n't|never|rather than|instead of)\s+(?:\w+\s+){{0,2}}?(?:a |an )?{_ANY}"
)
_MOST_ALONE = re.compile(rf"(?:\bout of|/|\bmax(?:imum)?\.?(?: (?:score|is|of|possible))*)\s*{_ANY}")
_REPEATED = re.compile(r"(?<![\w.])(?:\d+|[a-z]+)\s+(?:times?|repetitions?|reps?|tries|attempts|touches)\b")
_ASIDE = re.compile(r"\((?!\s*or\b)[^()]*\)")
_NOT_A_NUMBER = re.compile(
    rf"\bone by one\b|\bone of (?:the )?{_ANY}|\bthe two\b(?! (?:times|touches))"
    r"|\b(?:no|this|that|the|each|every|any|some|which|other|another|first|last) one\b|\bone(?:'s| (?:of|or"
    r"|another|hand|arm|side|can"
    r"|could|by|more|place|frame|object|end|moment|second|thing|way|might|would|must|should|has|is|to)\b)"
)


def numbers_in_reply(plain: str, *, times: bool, most: int | None) -> set[int]:
    """Return the numbers in a reply that may be its answer; without digits the number words up to twenty.

    Numbers of frames, seconds, or degrees are none, nor are bounds ("at least 2") and what is denied ("not a 2").
    Where one number stands outside brackets, those within are about it.

    Args:
        plain: the reply, lower-cased and without markup.
        times: whether repetitions are counted: then once and twice are numbers too, else "3 times" is none.
        most: the largest score that there is; None where numbers have no scale.
    """
    bare = _BOUND.sub(" ", _MEASURED.sub(" … ", plain if times else _REPEATED.sub(" ", plain)))
    bare = _DENIED.sub(" ", bare)
    numbers = _values(_ASIDE.sub(" ", bare), most)
    if len(numbers) != 1:
        numbers = _values(bare, most)
    if not numbers and not re.search(r"\d", plain):
        words = re.findall(r"[a-z]+", _NOT_A_NUMBER.sub(" ", _MOST_ALONE.sub(" ", bare)))
        numbers = {_NUMBER_WORDS.index(word) for word in words if word in _NUMBER_WORDS}
        if times:
            numbers |= {_TIMES_WORDS[word] for word in words if word in _TIMES_WORDS}
    return numbers


_NEVER = re.compile(
    r"\W*(?:never|not (?:even )?once|no (?:times|touch(?:es)?|contacts?|rep(?:etition)?s?))(?: at all)?\W*"
)


def is_never(plain: str) -> bool:
    """Return whether all that a reply says is that something did not happen once: "never", "no touches".

    "None" is not among these: programs write it where there is nothing.
    """
    return _NEVER.fullmatch(plain) is not None


def _values(text: str, most: int | None) -> set[int]:
    """Return the numbers in digits, each with what it is out of; those out of something else than ``most`` are none."""
    found = [match for match in _NUMBER.finditer(text) if most is None or match["most"] in (None, str(most))]
    orphans = {match.end() for match in _MOST_ALONE.finditer(text)}
    return {int(match["value"]) for match in found if match.end("value") not in orphans}
