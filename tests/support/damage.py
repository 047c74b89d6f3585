"""Values, texts and bytes that stand where others were meant, for files that a person or a crash may have changed."""

from __future__ import annotations

import copy
import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import yaml
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError

_LONGEST_LINE = 2000

ODD_NUMBERS = st.sampled_from([0, -1, 1, 2**31, 2**64, 10**30, -0.0, 0.5, 1e300, math.inf, -math.inf, math.nan])
ODD_TEXTS = st.sampled_from(
    ["", " ", "yes", "no", "nan", "inf", "1e999", "١", "a\u2028b", "\x00", "../x", "{hand}", "{", "%s"]
)

JSON_VALUES: st.SearchStrategy[object] = st.recursive(
    st.none() | st.booleans() | ODD_NUMBERS | ODD_TEXTS | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4) | ODD_TEXTS, inner, max_size=3),
    max_leaves=6,
)
"""Any values of JSON, numbers that are none included."""


@st.composite
def changed(draw: st.DrawFn, valid: object, values: st.SearchStrategy[object] = JSON_VALUES) -> object:
    """A copy of valid values in which a few are replaced by others, taken away, nested, or given other keys."""
    whole = {"whole": copy.deepcopy(valid)}
    for _ in range(draw(st.integers(1, 3))):
        holder: dict[Any, Any] | list[Any] = whole  # Any: whatever JSON and YAML have
        key: Any = "whole"
        while (inner := holder[key]) and isinstance(inner, dict | list) and draw(st.integers(0, 3)):
            holder, key = inner, draw(st.sampled_from([*inner] if isinstance(inner, dict) else range(len(inner))))
        how = draw(st.sampled_from(["replace", "drop", "nest", "rename", "insert"]))
        if how == "replace" or holder is whole:
            holder[key] = draw(values)
        elif how == "nest":
            holder[key] = draw(st.sampled_from([[holder[key]], {"a": holder[key]}, {1: holder[key]}, str(holder[key])]))
        elif how == "drop":
            del holder[key]
        elif isinstance(holder, list):
            holder.insert(key, draw(values))
        elif how == "rename":
            holder[draw(st.sampled_from([1, True, None, 2.5, f"{key}x", ""]))] = holder.pop(key)
        else:
            holder[draw(st.text(max_size=4))] = draw(values)
    return whole["whole"]


@st.composite
def damaged_bytes(draw: st.DrawFn, data: bytes) -> bytes:
    """Bytes of a valid file with a stretch of them cut out, doubled, or replaced by others."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 200)))
    other: Callable[[bytes], bytes] = draw(
        st.sampled_from(
            [lambda cut: b"", lambda cut: cut * 2, lambda cut: b"[" * 300, lambda cut: b"\t", lambda cut: b"\xff"]
        )
    )
    middle = other(data[start:end]) if draw(st.booleans()) else draw(st.binary(max_size=8))
    return data[:start] + middle + data[end:]


def as_json(value: object) -> bytes:
    """A value as JSON, as Python writes it."""
    return json.dumps(value, ensure_ascii=False).encode(errors="surrogatepass")


def as_yaml(value: object) -> bytes:
    """A value as YAML."""
    return yaml.safe_dump(value, allow_unicode=True).encode()


def one_line_or(read: Callable[[], object]) -> object | None:
    """Return what is read, or None where that ends in one line for the user; any other error is a test's failure."""
    try:
        return read()
    except UserError as error:
        text = str(error)
        assert text and len(text.splitlines()) == 1 and len(text) < _LONGEST_LINE, text
        return None


def any_file_like(paths: Sequence[Path]) -> st.SearchStrategy[bytes]:
    """The bytes of YAML files like some valid ones: changed values, damaged bytes, and anything at all."""
    texts = {path: path.read_bytes() for path in paths}
    # Tags of tasks are read as the text behind them.
    values = [yaml.safe_load(text.replace(b"!function ", b"")) for text in texts.values()]
    return (
        st.sampled_from(values).flatmap(changed).map(as_yaml)
        | st.sampled_from([*texts.values()]).flatmap(damaged_bytes)
        | JSON_VALUES.map(as_yaml)
        | st.binary(max_size=60)
    )
