"""Which parts of a lower-cased reply state something: not announcements, questions, or a sentence that breaks off."""

from __future__ import annotations

import re

_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*|[.!?\n]+")
_WORD = re.compile(r"\w[\w']*")
_SHORT_QUESTION = 2
"""A question of so many words may be an answer, as in "Reach?"."""

_REST = r"[^.;:!?\n]{0,400}"
_CLAUSE = r"[^.,;:!?\n]{0,400}"
_HOW = r"(?:\s+(?:be|first|now|then|also|just|closely|\w+ly|start by|begin by)){0,3}"
_MENTAL = (
    r"\s+(?:determin|decid|check|look|see\b|seeing\b|analy[sz]|examin|figur|find out|consider|assess|identif|think\b"
    r"|thinking\b|observ|watch|focus|review|evaluat|describ|count\b|counting\b|verif|inspect|go through|judg|compar"
    r"|work out|start|begin|break|pay attention|understand|recall|remember|classif|confirm|make sure|answer\b)\w*"
    r"(?!\s+(?:it|this|that|the \w+)\s+as\b)"
)
_PLANS = re.compile(
    "|".join(
        (
            r"\b(?:needs?|wants?|have|ought|going|try|trying|asked|supposed|required|tasked|like|about|time)"
            r"\s+(?:to|with)"
            rf"{_HOW}{_MENTAL}{_REST}",
            rf"\b(?:(?:i|we|you)(?:'ll|\s+(?:will|should|must|shall))|must|should){_HOW}{_MENTAL}{_REST}",
            rf"\blet(?: me| us|'s|s)\b(?!\s+(?:say|answer|go with|choose|pick|call)\b){_REST}",
            r"(?<!to )(?<!for )\b(?:the|this|my|your) (?:question|user|user's|prompt)\b(?:\s+\w+){0,2}?\s+"
            rf"(?:is|are|asks?|asked|asking|wants?|says?|tells?|wonders?)\b{_REST}",
            r"\b(?:the|this|my|our) (?:task|goal|aim|job|instructions?)\b(?:\s+\w+){0,2}?\s+"
            rf"(?:(?:is|are) to|asks?|says?|requires?|wants?)\b{_REST}",
            r"\bno,?\s+wait\b",
            r"\b(?:(?:options|choices|possibilities|candidates|categories|classes"
            r"|(?:possible|available|given|allowed|following) (?:words|labels|answers|activities|primitives|replies"
            r"|scores))\b(?:\s+\w+){0,2}?\s*(?:(?:are|include|were)\s*:?|:)"
            rf"|(?:choose|select|pick) (?:one|from|between)\b\s*:?|\b(?:list|set)(?: of \w+)?\s*:){_REST}",
        )
    )
)
"""What a model is going to do, is asked to, or may choose from; the answer is still to come."""

_ASIDES = re.compile(
    "|".join(
        (
            rf"(?:\A\s*|(?<=[.,;:!?]\s)|(?<=\n)|\bin order )to (?:determine|decide|answer|check|find out|assess"
            rf"|identify|judge)\b{_CLAUSE}",
            rf"\bwhether\b{_CLAUSE}",
            rf"(?<!as )(?<!even )\bif\b{_CLAUSE}",
            rf"\b(?:looking|searching|checking|watching) (?:for|at|closely)\b{_CLAUSE}",
            r"(?:\A\s*|(?<=[.!?]\s)|(?<=\n))(?:checking|examining|analy[sz]ing|considering|observing)\b"
            rf"{_CLAUSE}",
            rf"\b(?:yes|no)\s+(?:would\s+|should\s+)?(?:means?|if|when|stands|indicates?)\b{_REST}",
        )
    )
)
"""What is looked for, on which condition, or what an answer would mean."""

_CONDITION = re.compile(
    r"\s*(?:and |but |so |then )?(?:otherwise\b|else\b|if\b(?! (?:i |we |you )?(?:had|have|forced|pressed|anything|look"
    r"|compare|watch)\b))"
)
_REQUEST = re.compile(r"\b(?:could|can|would) you\b")

_DANGLING = re.compile(
    r"(?:"
    r"a|an|the|this|that|these|those|his|her|its|their|my|your|our|then|and|or|but|so|because|since|as"
    r"|while|when|where|which|who|whose|is|are|was|were|be|been|being|has|have|had|do|does|did|can|could"
    r"|will|would|may|might|must|should|to|of|in|on|at|by|for|from|with|into|onto|over|under|near|towards"
    r"|toward|between|during|through|about|around|after|before|until|if|whether|than|not|it|there|he|she"
    r"|they|i|we|you|first|also|seems|appears|looks|very|slightly|left|right"
    r")"
)
_TO_COME = " … "
_OPEN_END = re.compile(r"(?:[,;:(\-–—/&]|\.\.\.|…[\s.!]*)\s*\Z")
_ENDED = re.compile(r"[.!?]\s+\S")


def stated(plain: str) -> str:
    """Return a reply without plans ("let me look"), conditions, and questions: they state nothing.

    Three dots stand in place of a plan, so that a reply which ends with one breaks off.
    """
    kept = [sentence for sentence in _SENTENCE.findall(plain) if not _asks(sentence) and not _CONDITION.match(sentence)]
    return _ASIDES.sub(" ", _PLANS.sub(_TO_COME, "".join(kept)))


def breaks_off(plain: str) -> bool:
    """Return whether a reply ends within a sentence, as one does that was cut off.

    Its last word or sign goes on to something; or it closes its sentences, and the last one is not closed.
    """
    text = plain.rstrip()
    if not text or text.endswith(("。", "！", "？")):
        return False
    if _OPEN_END.search(text):
        return True
    if not text[-1].isalnum():
        return False
    words = _WORD.findall(text[-200:])
    if words and len(words) > 1 and _DANGLING.fullmatch(words[-1]):
        return True
    last = _SENTENCE.findall(text)[-1]
    return len(_WORD.findall(last)) > _SHORT_QUESTION and _ENDED.search(text) is not None


def on_condition(plain: str, place: int) -> bool:
    """Return whether the sentence around a place of a reply says what holds on a condition: "if it moves, …"."""
    start = max(plain.rfind(end, 0, place) for end in ".!?\n") + 1
    return _CONDITION.match(plain, start) is not None


def _asks(sentence: str) -> bool:
    return "?" in sentence and len(_WORD.findall(sentence)) > _SHORT_QUESTION and not _REQUEST.search(sentence)
