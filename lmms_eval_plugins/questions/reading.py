"""Reading of replies: a reply becomes a value, unreadable or missing; none of them stands for another.

* A value: the answer, in the type of its kind.
* :data:`UNREADABLE`: there is a reply, and it does not answer the question (or contradicts itself, or refuses).
* ``None``: there is no reply; the call failed or was never made (:func:`is_missing`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import Enum
from functools import lru_cache, partial
from typing import Literal, NoReturn

from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.words import (
    Mention,
    alternatives,
    clauses,
    loose_option_pattern,
    mentions,
    numbers_in_reply,
    option_pattern,
    phrase_pattern,
    standalone_numbers,
)

Policy = Literal["default", "published"]
"""``default`` reads what a reply means; ``published`` reads exactly what the published scoring read."""


class Unreadable(Enum):
    """The type of :data:`UNREADABLE`, which has no truth value, so that it is never taken for *no*."""

    UNREADABLE = "unreadable"

    def __bool__(self) -> NoReturn:
        raise TypeError("UNREADABLE is neither true nor false; compare with `is UNREADABLE`")

    def __repr__(self) -> str:
        return "UNREADABLE"


UNREADABLE = Unreadable.UNREADABLE
"""The answer of a reply that does not answer its question."""

Answer = bool | str | tuple[str, ...] | int
"""yes_no → bool; one_of → the option; sequence_of → options in order; score, count → int; text → str."""

MISSING_MARK = "[STROKEREHAB_MISSING"
"""The start of the text that our models give for a request without a reply."""

REFUSED_MARK = "[STROKEREHAB_REFUSED"
"""The start of the text that is recorded where a service refused to answer; its reason follows."""

FAILED_MARK = "[LMMS_EVAL_REQUEST_FAILED"
"""The start of the text that lmms-eval's API backends return for a failed call."""


def is_missing(text: str) -> bool:
    """Return whether a reply's text is the mark of a missing reply."""
    return text.lstrip().startswith((MISSING_MARK, FAILED_MARK))


def answer_line_ended(text: str) -> bool:
    """Return whether a reply has completed its answer line, as "FINAL_SCORE: 1"; text after it is not needed."""
    return _ENDED_LINE.search(_without_thoughts(text)) is not None


def read(kind: AnswerKind, text: str, policy: Policy = "default") -> Answer | Unreadable | None:
    """Read the answer in a reply.

    The default policy ignores ``<think>`` parts, letter case, quotes and markup, reads only the text after ``Answer:``
    where there is one, and matches whole words ("nothing" is not "no"). An answer that stands on its own — the reply
    begins with it, or it is a whole clause — is the reply's answer, and two different ones make the reply unreadable;
    otherwise every mention counts, except negated ones ("not idle"). Besides yes and no, it reads yeah, yep, true, nope
    and false; options also in their inflections ("reaching"), and by their letter where the reply is only a letter ("B"
    is the second option).

    The published policy reads yes where the reply contains "yes" anywhere and no otherwise, and takes the options in a
    reply in their order; ``score``, ``count`` and ``text`` had no such reader and are read as by default.

    Args:
        kind: the question's answer kind.
        text: the reply, word for word.
        policy: the policy of reading.

    Returns:
        The answer; ``UNREADABLE`` for a reply without one; ``None`` for a missing reply, under both policies.

    >>> read(AnswerKind(kind="yes_no"), "**No**, the hand does not move.")
    False
    >>> read(AnswerKind(kind="one_of", options=("reach", "idle")), "I cannot tell.")
    UNREADABLE
    """
    return None if is_missing(text) else _read(kind, text, policy)


@lru_cache(maxsize=65536)
def _read(kind: AnswerKind, text: str, policy: Policy) -> Answer | Unreadable:
    if policy == "published":
        if kind.kind == "yes_no":
            return "yes" in text.lower()
        if kind.kind in ("one_of", "sequence_of"):
            behind = _END_LINE.split(text.lower())[-1]
            found = tuple(mention.value for mention in _mentioned(kind, behind, partial(option_pattern, exact=True)))
            return (found[0] if kind.kind == "one_of" else found) if found else UNREADABLE
    if kind.kind == "text":
        return _without_thoughts(text).strip() or UNREADABLE
    plain, marked = _plain(text)
    if kind.kind == "yes_no":
        return _yes_no(kind, plain)
    if kind.kind == "one_of":
        return _one_of(kind, plain)
    if kind.kind == "sequence_of":
        return _sequence(kind, plain)
    return _number(kind, plain, marked=marked)


_YES_NO = (("yes", r"yes|yeah|yep|true"), ("no", r"no(?! doubt)|nope|false"))
_CHOICE = re.compile(r"\b(?:yes\s*(?:/|or|and)\s*no|no\s*(?:/|or|and)\s*yes)\b")
_REFUSAL = re.compile(
    r"\b(?:sorry|unable|unclear|uncertain|unknown|unsure|inconclusive|no way to|as an ai"
    r"|not (?:sure|clear|certain|possible|enough)|(?:don't|do not|doesn't|does not) know"
    r"|(?:can ?not|can't|could not|couldn't) (?:be )?(?:\w+ly )?"
    r"(?:determine|tell|see|say|answer|judge|assess|assist|help)\w*)\b"
)
_THOUGHTS = re.compile(r"<think(?:ing)?>.*?(?:</think(?:ing)?>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHTS_END = re.compile(r"\A.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_MARKER = re.compile(
    r"\b(?:(?:final|correct|my)[ _]?)?(?:answer|score|choice|option)(?:\s+is\b\s*:?|\s*[:=])\s*"
    r"|^[ \t]*final[ _]?(?:answer|score)\b[ \t]*",
    re.MULTILINE,
)
_END_LINE = re.compile(r"final_answer\s*:")
_ENDED_LINE = re.compile(r"final[ _](?:answer|score)[*_ ]*:[*_ \t]*\w[^\n]*\n", re.IGNORECASE)
_MARKUP = re.compile(r"[*_`#\"“”«»{}\[\]<>\\]|(?<!\w)['‘’]|['‘’](?!\w)")


def _without_thoughts(text: str) -> str:
    return _THOUGHTS_END.sub("", _THOUGHTS.sub("", text))


def _plain(text: str) -> tuple[str, bool]:
    """Return the lower-cased text without thoughts and markup after the last "answer:", and whether there is one."""
    lowered = _MARKUP.sub(" ", _without_thoughts(text).lower().replace("’", "'"))
    parts = _MARKER.split(lowered)
    behind = parts[-1].strip()
    return (behind, len(parts) > 1) if behind else (lowered.strip(), False)


def _yes_no(kind: AnswerKind, plain: str) -> bool | Unreadable:
    plain = _CHOICE.sub(" ", plain)  # a repeated choice is no answer
    found = mentions(_YES_NO, plain)
    verdicts = _verdicts(found, plain)
    if not verdicts and (_REFUSAL.search(plain) or any(mention.negated_in(plain) for mention in found)):
        return UNREADABLE
    if not verdicts:
        verdicts = {mention.value for mention in found}
    if not verdicts:
        wordings = [("yes", phrase) for phrase in kind.yes_phrases] + [("no", phrase) for phrase in kind.no_phrases]
        phrases = [(name, phrase_pattern(phrase)) for name, phrase in sorted(wordings, key=lambda pair: -len(pair[1]))]
        other = {"yes": "no", "no": "yes"}
        verdicts = {other[m.value] if m.negated_in(plain) else m.value for m in mentions(phrases, plain)}
    return verdicts == {"yes"} if len(verdicts) == 1 else UNREADABLE


def _one_of(kind: AnswerKind, plain: str) -> str | Unreadable:
    found = _options_in(kind, plain)
    verdicts = _verdicts(found, plain)
    if not verdicts and _REFUSAL.search(plain):
        return UNREADABLE
    meant = [mention for mention in found if not mention.negated_in(plain)]
    if not verdicts:
        verdicts = {mention.value for mention in meant}
    for pair in alternatives(meant, plain):
        if verdicts.intersection(pair):
            verdicts.update(pair)
    if not found and (letter := re.fullmatch(r"(?:option |choice )?\(?([a-z])[).:]?", plain)):
        place = ord(letter[1]) - ord("a")
        verdicts = set(kind.options[place : place + 1])
    return verdicts.pop() if len(verdicts) == 1 else UNREADABLE


def _sequence(kind: AnswerKind, plain: str) -> tuple[str, ...] | Unreadable:
    found = _options_in(kind, plain)
    if _REFUSAL.search(plain) and not _verdicts(found, plain):
        return UNREADABLE
    return tuple(mention.value for mention in found if not mention.negated_in(plain)) or UNREADABLE


def _number(kind: AnswerKind, plain: str, *, marked: bool) -> int | Unreadable:
    numbers = standalone_numbers(plain, marked=marked)
    if not numbers and _REFUSAL.search(plain):
        return UNREADABLE
    numbers = numbers or numbers_in_reply(plain, times=kind.kind == "count")
    if len(numbers) != 1:
        return UNREADABLE
    number = numbers.pop()
    return number if kind.kind == "count" or number in map(int, kind.options) else UNREADABLE


def _options_in(kind: AnswerKind, plain: str) -> list[Mention]:
    """Return the mentioned options; looser names count only where no option is named literally."""
    found = _mentioned(kind, plain, option_pattern)
    if any(not mention.negated_in(plain) for mention in found):
        return found
    return _mentioned(kind, plain, loose_option_pattern)


def _mentioned(kind: AnswerKind, text: str, pattern_of: Callable[[str], str]) -> list[Mention]:
    longest_first = sorted(kind.options, key=len, reverse=True)
    return mentions([(option, pattern_of(option)) for option in longest_first], text)


def _verdicts(found: list[Mention], plain: str) -> set[str]:
    """Return the values that stand on their own: as the reply's first word, or as a whole clause."""
    alone = set(clauses(plain))
    return {
        m.value
        for m in found
        if not plain[: m.start].strip(" \n.,:;-(") or ((m.start, m.end) in alone and not m.negated_in(plain))
    }
