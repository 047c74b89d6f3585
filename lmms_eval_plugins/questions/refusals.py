"""Words by which a lower-cased reply declines to answer, or says that it cannot: where they stand in it."""

from __future__ import annotations

import re

_SHOWN = (
    r"(?:videos?|images?|pictures?|frames?|clips?|footage|photos?|files?|recordings?|screenshots?|media|attachments?)"
)
_PERSON = r"(?:hands?|arms?|patients?|persons?|people|humans?|limbs?|fingers?|subject|individual|body)"
_BE = (
    r"(?:(?:\s+(?:is|are|was|were|can|could|has|have|had|be|been|being|to|seems?|appears?|actually|currently"
    r"|there)\b)*)"
)
_GIVEN = (
    r"(?:provided|given|attached|available|uploaded|supplied|included|visible|present|found|received|shared|sent|loaded"
    r"|displayed|accessible|here\b|analy[sz]e|look at|watch|in (?:your|this|the) (?:message|prompt|request"
    r"|conversation))"
)
_IN_VIEW = (
    r"(?:visible|seen|shown|present|detected|found|recogni[sz]\w+|identif\w+|discernible|there\b|in"
    r" (?:the |this |these |any |any of the )?(?:view|frames?|videos?|clips?|images?|pictures?|scene|shot|sight))"
)
_END = r"\s*(?=[.,;:!\n]|\Z)"
_NOT_AT_WORK = (
    r"(?!\s+(?:\w+ing|(?:to )?(?:move|change|go|reach|carry|hold|grip|grasp|touch|lift|leave|take|pick|put|let|draw"
    r"|rest|bend|open|close|turn|rise|do|make))\b)"
)
"""What must not follow what is not seen: it is denied then, as in "I do not see the hand move"."""

_ENOUGH_FOR = (
    r"(?:\s+(?:\w+ )?(?:information|info|data|details?|context|evidence|frames?|images?|footage|videos?|visibility"
    r"|clarity|light|resolution|confidence)\b"
    r"|\s+(?:for me )?to (?:determin|tell|say|answer|judg|assess|know|decid|be)\w*)"
)
_UNABLE = (
    r"(?:can ?not|can't|could not|couldn't|unable to|not able to|n't able to|(?:not|n't) (?:\w+ly )?possible to"
    r"|impossible to|(?:hard|difficult|tough|challenging) (?:for me )?to|no way (?:to|of)|fail(?:s|ed)? to"
    r"|won't|will not"
    r"|not (?:be )?able to)"
)
_TELL = (
    r"(?:determin\w*|tell(?:ing)?|say|answer\w*|judg\w*|assess\w*|assist\w*|help\w*|compl(?:y|ied)|confirm\w*"
    r"|know|decid\w*|evaluat\w*|conclud\w*|verif\w*|discern|infer\w*|access\w*"
    r"|(?:open|play) (?:the|this|that|your) (?:video|image|clip|file)\w*|process\w*|view\w*|watch\w*"
    r"|analy[sz]\w*|fulfil\w*|provid\w*|give (?:an? |any )?(?:answer|score|rating|opinion|count)|rat(?:e|ed|ing)|score"
    r"|count|classif\w*|engage|discuss|make (?:that|this|a|any) (?:\w+ )?(?:judg\w*|determination|decision|call))"
)
_SEE = r"(?:see|seen|make out|identify|observe|find|detect|recogni[sz]e|locate|view)"
_A = r"(?:(?:the|a|an|any|his|her|their|your|this|that|these|those|its) )?(?:patient's |person's )?(?:\w+ )?"
_REFUSALS = re.compile(
    "|".join(
        (
            rf"\b{_UNABLE}\s+(?:be )?(?:\w+ly )?{_TELL}\b",
            rf"\b{_UNABLE}\s+(?:be )?(?:\w+ly )?{_SEE}(?:{_END}|\s+{_A}(?:{_SHOWN}|{_PERSON})\b{_NOT_AT_WORK}"
            rf"|\s+(?:it|that|this|them|anything|enough|well|clearly|one|what|from)\b{_NOT_AT_WORK})",
            r"\b(?:sorry|as an ai|inconclusive|indeterminate|undetermined|undeterminable|uncertain|unsure"
            r"|unanswerable|i decline|i refuse|must decline|i abstain|rather not)\b",
            r"\b(?:unknown|unclear|ambiguous)\b(?! (?:object|item|thing)s?\b)",
            rf"\binsufficient(?:{_END}|{_ENOUGH_FOR})|\b(?:not|n't|isn't|never) (?:enough|sufficient){_ENOUGH_FOR}",
            r"\b(?:i am|i'm|we are|it is)\s+(?:\w+ )?unable\b",
            r"(?:\A|(?<=[.!\n]))\s*not (?:\w+ly )?(?:visible|shown|available|provided)\b",
            r"\b(?:not|n't)\s+(?:\w+ly |quite |at all |so |too |really |100 ?% )?(?:sure|certain|clear|possible"
            r"|determinable|discernible|answerable|confident|qualified|permitted|allowed|comfortable|authori[sz]ed)\b",
            r"\b(?:don't|do not|doesn't|does not|didn't|did not|haven't|have not|hasn't|has not)\s+(?:\w+ly |yet )?"
            rf"(?:know\b(?! how)|have (?:enough|access|the ability|sufficient|{_A}(?:{_SHOWN}|information|way"
            rf"|context)\b)"
            rf"|been (?:given|shown|provided|sent)|(?:see|receive|contain|include|show|provide|get|reveal) {_A}"
            rf"(?:{_SHOWN}|{_PERSON}|information|detail)s?\b{_NOT_AT_WORK}|provided|attached|uploaded|shared|sent"
            rf"|(?:provide|give|offer|contain|show) (?:enough|sufficient){_ENOUGH_FOR})",
            r"\b(?:have|has|had|'ve|got|with)\s+no (?:idea|clue|way|access|information|ability|knowledge|opinion)\b",
            r"\bno (?:idea|clue|comment|opinion|answer (?:is|can|could|possible)|way (?:to|of))\b",
            rf"\bno (?:\w+ )?(?:answer|response|reply|results?|output|content){_END}",
            rf"\bno (?:\w+ ){{0,2}}?(?:information|info|data|details?|context"
            rf"|(?:clear )?view)\b{_BE}\s*(?:{_GIVEN}|of\b|about\b|on\b"
            rf"|regarding\b|{_END})",
            rf"\bno (?:\w+ ){{0,2}}?{_SHOWN}(?:\s{_SHOWN})*\b{_BE}\s*(?:{_GIVEN}|{_END})",
            rf"\bno (?:(?!(?:in|on|at|of|by|near|with|to)\b)\w+(?:'s)? ){{0,2}}?"
            rf"(?:{_PERSON}|one)\b{_BE}\s*(?:{_IN_VIEW}{_NOT_AT_WORK}|{_END})",
            rf"\b(?:{_PERSON}|{_SHOWN}|it)(?:\s+\w+){{0,2}}?\s*(?:not|n't|never)\s+(?:\w+ly )?(?:be )?"
            rf"(?:{_IN_VIEW}|provided|available|attached|clear\b){_NOT_AT_WORK}",
            rf"\b(?:{_PERSON}|it)\s+(?:is|are|was|were|remains?|stays?|lies?)\s+(?:\w+ly )?(?:out of|outside"
            rf"|outside of|off)\s"
            r"(?:the )?(?:frames?|view|picture|shot|camera|screen|sight|image)",
            rf"\b{_PERSON}\s+(?:is|are|was|were|remains?|stays?)\s+(?:\w+ly |completely |partly )?(?:hidden"
            rf"|occluded|obscured"
            r"|covered|blocked|cropped out|cut off|missing|absent|invisible|obstructed)\b",
            rf"\b{_SHOWN}\s+(?:is|are|was|were|seems?|appears?)\s+(?:to be )?(?:\w+ly )?(?:black|blank"
            rf"|corrupt\w*|missing|broken"
            r"|unavailable|inaccessible|unreadable)\b",
            r"\btoo (?:dark|blurry|blurred|short|small|far|grainy|noisy|bright|low)\b",
            r"\b(?:please|could you|can you|would you)\s+(?:\w+ly )?(?:provide|upload|share|attach|send"
            r"|re-?upload|supply)\b",
            r"\b(?:against|violates?) (?:my|the|our) (?:\w+ )?(?:guidelines?|polic(?:y|ies)|rules|terms)\b",
            r"\bconsult (?:a|your|with) (?:\w+ )?(?:doctor|physician|professional|therapist|specialist)\b",
        )
    )
)
_TURN = re.compile(
    r"\b(?:but|however|nevertheless|nonetheless|best guess(?: is| would be)?|had to (?:guess|choose|answer|say|pick)"
    r"|if forced|yet|although|though)\b"
)
_GUESS = re.compile(r"\b(?:my|best) guess\b|\bhad to (?:guess|choose|answer|say|pick)\b|\bif forced\b")
_UNSEEN = re.compile(
    rf"\bas an ai\b|\b(?:watch|(?<!no )(?<!clear )view|process|access|upload|attach|provid)\w*|\b{_SHOWN}\b"
)
"""In a refusal of one who was shown nothing; what it goes on to say is about nothing, unless it offers a guess."""

_WORK = re.compile(r"\w{2}ing\b")
_IN_PART = re.compile(r"\s+(?:exactly )?(?:how|what|which|where|why|who)\b")
_NEXT_CLAUSE = re.compile(r"[\s,.;:!\-–—]*(?:sorry[\s,.]+)?([^,.;:!?\n]*)")


def refusals(plain: str) -> list[tuple[int, int]]:
    """Return start and end of each part of a reply that declines to answer."""
    return [match.span() for match in _REFUSALS.finditer(plain)]


def refuses_next(plain: str, place: int) -> bool:
    """Return whether the clause that begins at a place of a reply declines to answer."""
    clause = _NEXT_CLAUSE.match(plain, place)
    if clause is None:
        return False
    words = re.split(r"\b(?:and|but|though|although)\b", clause[1])[0]
    refusal = _REFUSALS.search(words)
    if refusal is None or words.strip() == "sorry":
        return False
    return not (_WORK.search(words, 0, refusal.start()) or _IN_PART.match(words, refusal.end()))


def after_refusal(plain: str) -> str | None:
    """Return what a reply goes on to say after a refusal and "but" or its like; None where it does not go on."""
    if any(_UNSEEN.search(plain, start, end) for start, end in refusals(plain)) and not _GUESS.search(plain):
        return None
    turns = list(_TURN.finditer(plain))
    spans = refusals(plain)
    if not turns or not spans or turns[-1].start() < spans[-1][1]:
        return None
    return plain[turns[-1].end() :]
