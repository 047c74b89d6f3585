"""Templates: the texts of questions, with placeholders for what is known of a video."""

from __future__ import annotations

import re
from string import Formatter

PLACEHOLDERS = ("hand", "HAND", "activity", "item", "place", "labels", "activities")
"""The placeholders that a question's text may have in braces.

``labels`` are the labels of the dataset with commas between them, ``activities`` its activities.
``HAND`` is the hand in capitals; ``place`` is the place of the affected side in a picture of both sides.
"""

_NO_WORDS = {"labels": "", "activities": ""}
"""What stands in a question's text for words of a dataset that is not known."""


def checked_template(text: str, *, verbatim: bool = False) -> str:
    """Return a template, without spaces at its ends unless it is verbatim.

    Raises:
        ValueError: a placeholder is unknown, or the text is empty.
    """
    for _, name, form, conversion in Formatter().parse(text):
        if name is not None and (name not in PLACEHOLDERS or form or conversion):
            whole = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
            raise ValueError(f"placeholder {{{whole}}} is none of {', '.join(PLACEHOLDERS)}")
    if not text.strip():
        raise ValueError("is empty")
    return text if verbatim else text.strip()


def with_words(template: str, mark: str, words: str) -> str:
    """Return a template with words of the dataset in place of a mark."""
    return template.replace(mark, words.replace("{", "{{").replace("}", "}}"))  # a template goes on being one


def filled(template: str, *, hand: str, activity: str, item: str, place: str, verbatim: bool) -> str:
    """Return the prompt that a template makes; double spaces are removed unless it is verbatim."""
    text = template.format(**_NO_WORDS, hand=hand, HAND=hand.upper(), activity=activity, item=item, place=place)
    return text if verbatim else re.sub(r"  +", " ", text).strip()
