"""Phrasings of an answer as models reply, to check that each of them is read as that answer."""

from __future__ import annotations

from lmms_eval_plugins.questions.kinds import AnswerKind, KindName

_FOR_ALL = (
    "{plain}",
    "{upper}",
    " {plain}\n",
    "{capital}.",
    '"{plain}"',
    "'{plain}'",
    "**{capital}**",
    "`{plain}`",
    "Answer: {plain}",
    "The answer is {plain}.",
    '{{"answer": "{plain}"}}',
    "<think>Is it this one? No, the other: {other}.</think>\n{plain}",
    "<think>\n\n</think>\n\n{capital}.",
)
"""Phrasings for every closed kind; ``other`` is another answer that the kind allows."""

_FOR_KIND: dict[KindName, tuple[str, ...]] = {
    "yes_no": (
        "{capital}, this is what the frames show.",
        "I looked at every frame of the hand.\n\nFINAL_ANSWER: {upper}",
        "Answer YES or NO: {plain}",
    ),
    "one_of": (
        "The patient's hands show it: {plain}.",
        "I see a person at a table.\n\nFINAL_ANSWER: {plain}",
        "At first it might seem to be {other}.\nFINAL_ANSWER: **{capital}**",
        "FINAL_ANSWER: {other}\nOn a second look:\nFINAL_ANSWER: {plain}",
        "{letter}",
        "({letter})",
        "Answer: {letter}.",
    ),
    "sequence_of": ("In order of time: {plain}.", "I looked at every frame.\n\nFINAL_ANSWER: {upper}"),
    "score": (
        "I would give a {plain}.",
        "The arm was lifted 3 times in 7 seconds.\n\nFINAL_SCORE: {plain}",
        "FINAL_SCORE: {plain}\n\nThe arm was lifted 3 times in 7 seconds.",
        "**FINAL_SCORE:** {plain}",
        "Score: {plain}/{most}",
        '{{"score": {plain}, "reason": "lifted 3 times"}}',
        "{plain} out of {most}",
    ),
    "count": (
        "{plain} times",
        "≈ {plain}",
        "about {plain} touches",
        "The patient did it {plain} times.",
        "The clip lasts 9 seconds.\n\nFINAL_SCORE: {plain}",
    ),
    "text": (),
}


def phrasings(kind: AnswerKind, answer: str) -> tuple[str, ...]:
    """Return different phrasings of an answer as a model may reply; the first is the answer itself.

    Args:
        kind: the question's answer kind.
        answer: the answer as a request's target spells it: ``yes`` or ``no``, an option, options with commas, or a
            whole number. A free text has one phrasing only.
    """
    plain = answer.strip()
    if kind.kind == "text":
        return (plain,)
    values = {
        "plain": plain,
        "upper": plain.upper(),
        "capital": plain[:1].upper() + plain[1:],
        "other": _other(kind, plain),
        "letter": _letter(kind, plain),
        "most": kind.options[-1] if kind.options else "",
    }
    templates = (*_FOR_ALL, *_FOR_KIND[kind.kind])
    usable = [template for template in templates if "{letter}" not in template or values["letter"]]
    return tuple(dict.fromkeys(template.format_map(values) for template in usable))


def _other(kind: AnswerKind, answer: str) -> str:
    """Return another answer that the kind allows; the answer itself where it allows no other."""
    if kind.kind == "yes_no":
        return "no" if answer.lower() == "yes" else "yes"
    if kind.kind == "count":
        return f"{answer}0"
    return next((option for option in kind.options if option.lower() not in answer.lower()), answer)


def _letter(kind: AnswerKind, answer: str) -> str:
    """Return the letter of an option in a list; empty where there is none, or the list is too long."""
    places = [place for place, option in enumerate(kind.options[:26]) if option.lower() == answer.lower()]
    return "ABCDEFGHIJKLMNOPQRSTUVWXYZ"[places[0]] if kind.kind == "one_of" and places else ""
