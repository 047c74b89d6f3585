"""What the page is given as text that stands in a page or a script and ends neither."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

from lmms_eval_plugins.core.redaction import redacted, redacted_values

_AS_SMALL: Mapping[str, Any] = {"separators": (",", ":"), "allow_nan": False}


def page_json(value: object) -> str:
    """Return dataclasses, mappings, lists and plain values as compact JSON, without the secrets in use.

    All of it is ASCII and without ``<``, which JSON writes as ``\\u003c``: no reply ends the script that it is part of.

    Raises:
        ValueError: a number in it is none.
    """
    text = json.dumps(value, default=_fields_of, **_AS_SMALL)
    if redacted(text) != text:
        text = json.dumps(redacted_values(json.loads(text)), **_AS_SMALL)
    return text.replace("<", "\\u003c")


def _fields_of(value: object) -> dict[str, object]:
    if is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in fields(value)}
    raise TypeError(f"{type(value).__name__} is nothing that the page is given")
