"""Lines of answer files: whether one is an answer record, and what is said of one that is none."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from lmms_eval_plugins.core.json_files import parse_json


def describe_damage(path: Path, number: int, reason: object) -> str:
    """Return one line about a line of an answer file that is left out."""
    return f"{path}, line {number}: not an answer record ({reason}); it is left out: delete the line"


def answer_values(line: bytes) -> dict[str, Any]:  # Any: the values have the types of an `AnswerRecord`
    """Return the values in a line of an answer file.

    Raises:
        ValueError: it is no answer record; with the reason.
    """
    values = parse_json(line)
    if problem := answer_problem(values):
        raise ValueError(problem)
    assert isinstance(values, dict)
    return values


def answer_problem(values: object) -> str | None:
    """Return why some values are not those of an answer record; None where they are."""
    if not isinstance(values, dict):
        return "it is not a JSON object"
    if _is_usual(values):
        return None
    for name, (is_right, what) in _KINDS.items():
        if name not in values and name not in _WHERE_KNOWN:
            return f"{name} is missing"
        if not is_right(values.get(name)):
            return f"{name} is {str(values[name])[:40]!r}, not {what}"
    return None


def _is_usual(values: dict[str, Any]) -> bool:  # Any: whatever JSON has
    """Return whether values are those of an answer record as `AnswerLog` writes most: a quick look for millions."""
    try:
        key, video, window, start_s, end_s, question, prompt, text, logprobs, seconds, fingerprint = _REQUIRED(values)
    except KeyError:
        return False
    return (
        str is type(key) is type(video) is type(question) is type(prompt) is type(text) is type(fingerprint)
        and type(window) is int
        and window >= 0
        and float is type(start_s) is type(end_s) is type(seconds)
        and -_LARGEST <= start_s <= _LARGEST
        and -_LARGEST <= end_s <= _LARGEST
        and -_LARGEST <= seconds <= _LARGEST
        and (logprobs is None or (type(logprobs) is dict and set(map(type, logprobs.values())) <= {float}))
        and type(values.get("finish_reason")) in _TEXT_OR_NONE
        and type(values.get("reasoning_content")) in _TEXT_OR_NONE
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_if_known(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_place(value: object) -> bool:
    return type(value) is int and value >= 0


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and type(value) is not bool and -_LARGEST <= value <= _LARGEST


def _is_logprobs(value: object) -> bool:
    """Return whether log-probabilities are numbers by name; a broken model's may be infinite or not numbers."""
    return value is None or (
        isinstance(value, dict) and all(isinstance(one, float) or _is_number(one) for one in value.values())
    )


_LARGEST = sys.float_info.max
_TEXT, _NUMBER = (_is_text, "text"), (_is_number, "a number")
_KINDS: Mapping[str, tuple[Callable[[object], bool], str]] = {
    "key": _TEXT,
    "video_id": _TEXT,
    "window": (_is_place, "a whole number from 0 up"),
    "start_s": _NUMBER,
    "end_s": _NUMBER,
    "question_id": _TEXT,
    "prompt_hash": _TEXT,
    "text": _TEXT,
    "choice_logprobs": (_is_logprobs, "numbers by name"),
    "seconds": _NUMBER,
    "fingerprint": _TEXT,
    "finish_reason": (_is_text_if_known, "text"),
    "reasoning_content": (_is_text_if_known, "text"),
}
"""Field of a record → what tells whether a value of it is right, and what it is, in words."""

_WHERE_KNOWN = frozenset({"finish_reason", "reasoning_content"})
"""Fields that a line has only where they are known."""

_TEXT_OR_NONE = (type(None), str)
_REQUIRED = itemgetter(*(name for name in _KINDS if name not in _WHERE_KNOWN))
