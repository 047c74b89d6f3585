"""Reading of replies: a reply becomes a value, one of three ways not to answer, or missing; none stands for another.

* A value: the answer, in the type of its kind.
* A `NoAnswer`: there is a reply, and it does not answer the question, refuses to, or contradicts itself.
* ``None``: there is no reply; the call failed or was never made (:func:`is_missing`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Literal

from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.numbers import is_never, numbers_in_reply, standalone_numbers
from lmms_eval_plugins.questions.outcomes import CONTRADICTORY, REFUSED, UNREADABLE, Answer, NoAnswer, declined_unless
from lmms_eval_plugins.questions.refusals import after_refusal, refusals
from lmms_eval_plugins.questions.sentences import breaks_off, on_condition, stated
from lmms_eval_plugins.questions.thinking import answer_in, without_thoughts
from lmms_eval_plugins.questions.words import (
    Mention,
    alternatives,
    loose_option_pattern,
    mentions,
    option_pattern,
    standing,
)
from lmms_eval_plugins.questions.yes_no import read_yes_no

Policy = Literal["default", "published"]
"""``default`` reads what a reply means; ``published`` reads exactly what the published scoring read."""

MISSING_MARK = "[STROKEREHAB_MISSING"
"""The start of the text that our models give for a request without a reply."""

HIDDEN_ONLY = f"{MISSING_MARK}: hidden states only]"
"""What is recorded in an answer's place where a model answers nothing and its hidden states are kept."""

REFUSED_MARK = "[STROKEREHAB_REFUSED"
"""The start of the text that is recorded where a service refused to answer; its reason follows."""

FAILED_MARK = "[LMMS_EVAL_REQUEST_FAILED"
"""The start of the text that lmms-eval's API backends return for a failed call."""


def is_missing(text: str) -> bool:
    """Return whether a reply's text is the mark of a missing reply."""
    return text.lstrip().startswith((MISSING_MARK, FAILED_MARK))


def answer_line_ended(text: str) -> bool:
    """Return whether a reply has completed its answer line, as "FINAL_SCORE: 1"; text after it is not needed."""
    return _ENDED_LINE.search(without_thoughts(text)) is not None


def read(kind: AnswerKind, text: str, policy: Policy = "default") -> Answer | NoAnswer | None:
    """Read the answer in a reply.

    The default policy ignores thoughts, by whichever markers (see :mod:`lmms_eval_plugins.questions.thinking`), letter
    case, quotes and markup, reads only the text within the marks of an answer or after ``Answer:`` where there are any,
    and matches whole words ("nothing" is not "no"). Announcements ("let me see whether it moves") and questions answer
    nothing. An answer that stands on its own — the reply begins with it, or it is a whole clause — is the reply's
    answer, and two different ones contradict each other; otherwise a reply that breaks off within a sentence answers
    nothing, and of others every mention counts, except negated ones ("not idle"). A yes or no also contradicts itself
    where the question's phrases say the opposite of the same hand ("Yes, the hand is still"). Besides yes and no, it
    reads yeah, yep, true, nope and false; options also in their inflections ("reaching"), and by their letter where the
    reply is only a letter ("B" is the second option).

    The published policy reads yes where the reply contains "yes" anywhere and no otherwise, and takes the options in a
    reply in their order; ``score``, ``count`` and ``text`` had no such reader and are read as by default.

    Args:
        kind: the question's answer kind.
        text: the reply, word for word.
        policy: the policy of reading.

    Returns:
        The answer; a `NoAnswer` for a reply without one; ``None`` for a missing reply, under both policies.

    >>> read(AnswerKind(kind="yes_no"), "**No**, the hand does not move.")
    False
    >>> read(AnswerKind(kind="one_of", options=("reach", "idle")), "I cannot tell.")
    REFUSED
    """
    return None if is_missing(text) else _read(kind, text, policy)


@lru_cache(maxsize=65536)
def _read(kind: AnswerKind, text: str, policy: Policy) -> Answer | NoAnswer:
    if text.lstrip().startswith(REFUSED_MARK):
        return REFUSED
    if policy == "published":
        if kind.kind == "yes_no":
            return "yes" in text.lower()
        if kind.kind in ("one_of", "sequence_of"):
            behind = _END_LINE.split(text.lower())[-1]
            found = tuple(mention.value for mention in _mentioned(kind, behind, partial(option_pattern, exact=True)))
            return (found[0] if kind.kind == "one_of" else found) if found else UNREADABLE
    if kind.kind == "text":
        spoken = without_thoughts(text)
        return _text((answer_in(spoken) or spoken).strip())
    plain, marked = _plain(text)
    if kind.kind == "yes_no":
        return read_yes_no(kind, plain)
    if kind.kind == "one_of":
        return _one_of(kind, plain)
    if kind.kind == "sequence_of":
        return _sequence(kind, plain)
    return _number(kind, plain, marked=marked)


_MARKER = re.compile(
    r"\b(?:(?:final|correct|my)[ _]?)?(?:answer|score|choice|option|rating|total)(?:\s+is\b\s*:?|\s*[:=])\s*"
    r"|^[ \t]*final[ _]?(?:answer|score)\b[ \t]*",
    re.MULTILINE,
)
_COMPARED = re.compile(r"(?<![\w=\-/])[<>≤≥]=?(?=\d+(?![\d.]|\s*>))")
_END_LINE = re.compile(r"final_answer\s*:")
_ENDED_LINE = re.compile(r"final[ _](?:answer|score)[*_ ]*:[*_ \t]*\w[^\n]*\n", re.IGNORECASE)
_TAGS = re.compile(
    r"</?(?:b|i|em|strong|p|br|hr|span|div|code|pre|u|mark|h[1-6]|ul|ol|li|center|font|su[bp]|s|eos|pad|bos|start_of_turn"
    r"|end_of_turn)\b[^<>]{0,200}>|<\|[^<>|]{1,60}\|>|<?/?no_?think\b>?|\\(?:text|math)\w{0,6}\b|[\u00ad\u200b-\u200f\u2028-\u202e\u2060\ufe0e\ufe0f\ufeff]",
    re.IGNORECASE,
)
_MARKUP = re.compile(r"[*_`#\"“”«»{}\[\]<>\\$~|]|(?<!\w)['‘’]|['‘’](?!\w)")


def _plain(text: str) -> tuple[str, bool]:
    """Return the lower-cased answer part of a reply without thoughts and markup, and whether it is marked as such."""
    spoken = without_thoughts(text)
    inside = answer_in(spoken)
    bare = _COMPARED.sub("more than ", _TAGS.sub(" ", spoken if inside is None else inside))
    lowered = _MARKUP.sub(" ", bare.lower().replace("’", "'"))
    ends = [0, *(mark.end() for mark in _MARKER.finditer(lowered) if not on_condition(lowered, mark.start()))]
    behind = lowered[ends[-1] :].strip()
    return (behind, len(ends) > 1 or inside is not None) if behind else (lowered.strip(), False)


def _text(reply: str) -> str | NoAnswer:
    lowered = reply.lower().replace("’", "'")
    if not re.search(r"\w", _FILLER.sub("", stated(lowered))):
        return UNREADABLE
    return REFUSED if any(start < _EARLY for start, _ in refusals(lowered)) else reply


_FILLER = re.compile(r"\b(?:okay|ok|alright|sure|got it|hmm+|well|so|first|now|and|i|then|of course|certainly)\b")
_EARLY = 40
"""A free text that declines within so many characters is a refusal; further behind, it says more."""


def _one_of(kind: AnswerKind, plain: str) -> str | NoAnswer:
    text = stated(plain)
    found = _options_in(kind, text)
    meant = [mention for mention in found if not mention.negated_in(text)]
    verdicts = {mention.value for mention in standing(found, text)}
    if not verdicts:
        if refusals(text):
            further = after_refusal(text)
            return REFUSED if further is None else declined_unless(_one_of(kind, further))
        if letter := re.fullmatch(r"(?:option |choice )?\(?([a-z])[).:]?", plain):
            place = ord(letter[1]) - ord("a")
            return kind.options[place] if not found and place < len(kind.options) else _single(found)
        return UNREADABLE if breaks_off(text) else _single(meant)
    left_open = {value for pair in alternatives(meant, text) if verdicts.intersection(pair) for value in pair}
    if len(verdicts | left_open) == 1:
        return verdicts.pop()
    return UNREADABLE if left_open or len(verdicts) == len(kind.options) > 2 else CONTRADICTORY


def _single(found: Sequence[Mention]) -> str | NoAnswer:
    values = {mention.value for mention in found}
    return values.pop() if len(values) == 1 else UNREADABLE


def _sequence(kind: AnswerKind, plain: str) -> tuple[str, ...] | NoAnswer:
    text = stated(plain)
    found = _options_in(kind, text)
    if not standing(found, text):
        if refusals(text):
            further = after_refusal(text)
            return REFUSED if further is None else declined_unless(_sequence(kind, further))
        if breaks_off(text):
            return UNREADABLE
    return tuple(mention.value for mention in found if not mention.negated_in(text)) or UNREADABLE


def _number(kind: AnswerKind, plain: str, *, marked: bool) -> int | NoAnswer:
    text = stated(plain)
    counted = kind.kind == "count"
    most = None if counted else max(map(int, kind.options))
    numbers = standalone_numbers(text, marked=marked, most=most)
    if len(numbers) > 1:
        return UNREADABLE if _goes_up(kind, numbers) else CONTRADICTORY
    if not numbers:
        if refusals(text):
            further = after_refusal(text)
            return REFUSED if further is None else declined_unless(_number(kind, further, marked=False))
        if not breaks_off(text):
            numbers = {0} if counted and is_never(text) else numbers_in_reply(text, times=counted, most=most)
    if len(numbers) != 1:
        return UNREADABLE
    number = numbers.pop()
    return number if counted or number in map(int, kind.options) else UNREADABLE


def _goes_up(kind: AnswerKind, numbers: set[int]) -> bool:
    """Return whether numbers are all scores that there are, or counting aloud: neither is an answer."""
    scale = sorted(map(int, kind.options)) or list(range(1, len(numbers) + 1))
    return len(numbers) > 2 and sorted(numbers) == scale


def _options_in(kind: AnswerKind, plain: str) -> list[Mention]:
    """Return the mentioned options; looser names count only where no option is named literally."""
    found = _mentioned(kind, plain, option_pattern)
    if any(not mention.negated_in(plain) for mention in found):
        return found
    return _mentioned(kind, plain, loose_option_pattern)


def _mentioned(kind: AnswerKind, text: str, pattern_of: Callable[[str], str]) -> list[Mention]:
    longest_first = sorted(kind.options, key=len, reverse=True)
    return mentions([(option, pattern_of(option)) for option in longest_first], text)
