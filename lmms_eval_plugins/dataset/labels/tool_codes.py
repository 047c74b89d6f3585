"""What the words of other tools mean, by the same understanding as markers: only what is clear counts."""

from __future__ import annotations

import re

from lmms_eval_plugins.dataset.labels.markers import read_marker
from lmms_eval_plugins.domain.scheme import Scheme

_SIDE = re.compile(
    r"[\W_]*(the )?(left|right|l|r|lh|rh)[\W_]*(hand|arm|side|limb|wrist|upper limb)?[\W_]*", re.IGNORECASE
)
_MOST_WORDS = 4
"""A code has not more words than this; longer texts are comments."""


def is_side(text: str) -> bool:
    """Return whether a word says which hand and nothing else, as the value of an attribute does."""
    return _SIDE.fullmatch(text) is not None


def clear_label(code: str, scheme: Scheme) -> str | None:
    """Return the label of a scheme that a code names without doubt; None where it names none, or is in doubt.

    >>> clear_label("Right_Reaching", primitives_scheme()), clear_label("trasport", primitives_scheme())
    ('reach', None)
    """
    if not code or len(code.split()) > _MOST_WORDS:
        return None
    marker = read_marker(code, scheme)
    return None if marker.doubt or marker.is_stop else marker.label
