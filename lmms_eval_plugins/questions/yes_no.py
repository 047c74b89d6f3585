"""Yes or no in a lower-cased reply, by the words themselves, or by wordings that mean the one or the other."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.outcomes import CONTRADICTORY, REFUSED, UNREADABLE, NoAnswer, declined_unless
from lmms_eval_plugins.questions.refusals import after_refusal, refusals, refuses_next
from lmms_eval_plugins.questions.sentences import breaks_off, stated
from lmms_eval_plugins.questions.words import Mention, alternatives, mentions, phrase_pattern, standing

_YES_NO = (
    ("yes", r"yes|yeah|yep|true"),
    ("no", r"no(?! doubt)|nope|false|(?:definitely|certainly|absolutely|surely|probably) not(?=\W*(?:[.,!]|\Z))"),
)
_OTHER = {"yes": "no", "no": "yes"}
_CHOICE = re.compile(r"\b(?:yes\s*(?:/|\||or)\s*no|no\s*(?:/|\||or)\s*yes)\b")
_LETTER = re.compile(r"\W*([yn])\W*")
_BOTH = re.compile(r"\b(?:yes\W+(?:and|but)\s+(?:also\s+)?no|no\W+(?:and|but)\s+(?:also\s+)?yes)\b(?!\s+\w)")
_OF_A_NOUN = re.compile(
    r"\s+(?!(?:it|the|i|he|she|they|we|this|that|there|his|her|its|because|as|since|and|but|or|not|no|yes|sorry|a|an|my|in|at"
    r"|on|only|just|still|you)\b)[a-z]"
)
"""What follows a "no" that denies one thing ("no hand moves"), rather than the question."""

_SAME_HAND = re.compile(
    r"[\s,.;:!(\-–—]*(?:(?:because|since|as|explanation|reason|reasoning|justification|i|can|see|there|no|any|visible|the|this|that|it|it's|is|are|was|patient's|person's|his|her|their|left|right|affected"
    r"|hand|hand's|arm"
    r"|still|remains|stays|appears|seems|looks|to|be|been|being|completely|very|quite|just|in|fact|now|at|all"
    r"|fully|not|isn't"
    r"|has|does|doesn't|kept|keeps|staying|\w+ly)[\s,.:]+)*"
)
"""Words between yes or no and a wording about the same hand at the same time."""

_CHANGE = re.compile(
    r"\b(?:was|were|then|now|first|initially|later|before|after|until|while|other|becomes?|stop\w*|start\w*"
    r"|from|begins?)\b"
)
_DENIED_BEHIND = re.compile(
    r"\s+(?:on\s*to\s+|at\s+)?(?:no|nothing|none)\b(?! doubt)|\s+(?:is|are|was|were|can|could|has|does"
    r"|do)?\s*(?:not|n't|cannot)\b"
    r"|\s+(?:isn't|wasn't|can't|couldn't)\b"
)


def read_yes_no(kind: AnswerKind, plain: str) -> bool | NoAnswer:
    """Return yes (True) or no of a reply without markup and thoughts.

    Yes and no that stand on their own come first, then those within a sentence, then wordings (`AnswerKind`'s phrases),
    and last a "no" that denies one thing ("there is no object in it").
    """
    if letter := _LETTER.fullmatch(plain):
        return letter[1] == "y"
    text = stated(_CHOICE.sub(" ", plain))
    if _BOTH.search(text):
        return CONTRADICTORY
    declined = refusals(text)
    found = [mention for mention in mentions(_YES_NO, text) if not _within(mention, declined)]
    said = [mention for mention in found if not (mention.value == "no" and _OF_A_NOUN.match(text, mention.end))]
    verdicts = standing(said, text)
    values = {mention.value for mention in verdicts}
    if len(values) > 1:
        return CONTRADICTORY
    if values:
        return _checked(kind, verdicts[0], text) if not refuses_next(text, verdicts[0].end) else REFUSED
    if declined:
        further = after_refusal(text)
        return REFUSED if further is None else declined_unless(read_yes_no(kind, further))
    if breaks_off(text) or any(mention.negated_in(text) for mention in said):
        return UNREADABLE
    if said:
        values = {mention.value for mention in said}
        return CONTRADICTORY if len(values) > 1 else values == {"yes"}
    wordings = _wordings(kind, text)
    meanings = {meaning for _, meaning in wordings}
    if len(meanings) > 1:
        left_open = _CHANGE.search(text) or alternatives([mention for mention, _ in wordings], text)
        return UNREADABLE if left_open else CONTRADICTORY
    return meanings == {"yes"} if meanings else False if found else UNREADABLE


def _within(mention: Mention, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= mention.start and mention.end <= end for start, end in spans)


def _checked(kind: AnswerKind, verdict: Mention, text: str) -> bool | NoAnswer:
    """Return a verdict, unless all that is said behind it, first of the same hand, means the opposite."""
    apart = f"{text[: verdict.start]}{';' * (verdict.end - verdict.start)}{text[verdict.end :]}"
    behind = [pair for pair in _wordings(kind, apart) if pair[0].start >= verdict.end]
    same = _SAME_HAND.match(text, verdict.end)
    if behind and same is not None and behind[0][0].start <= same.end():
        opposite = {meaning for _, meaning in behind} == {_OTHER[verdict.value]}
        if opposite and not _CHANGE.search(text, behind[0][0].end):
            return CONTRADICTORY
    return verdict.value == "yes"


def _wordings(kind: AnswerKind, text: str) -> list[tuple[Mention, str]]:
    """Return the wordings of yes and no that a reply has, each with its meaning in its sentence."""
    given = [("yes", phrase) for phrase in kind.yes_phrases] + [("no", phrase) for phrase in kind.no_phrases]
    longest_first = sorted(given, key=lambda pair: -len(pair[1]))
    found = mentions([(name, phrase_pattern(phrase)) for name, phrase in longest_first], text)
    return [
        (one, _OTHER[one.value] if one.negated_in(text) or _DENIED_BEHIND.match(text, one.end) else one.value)
        for one in found
    ]
