from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.redaction import IN_USE, REDACTED
from lmms_eval_plugins.reports.page.encode import page_json


@dataclass(frozen=True, slots=True)
class Inner:
    text: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Outer:
    inner: tuple[Inner, ...]
    by_name: dict[str, float | None]


@pytest.fixture
def secret() -> Iterator[str]:
    IN_USE.add(["hf_very/secret<key>"])
    yield "hf_very/secret<key>"
    IN_USE.clear()


def test_dataclasses_are_objects() -> None:
    assert page_json(Outer((Inner("a", (1, -1)),), {"x": None})) == (
        '{"inner":[{"text":"a","places":[1,-1]}],"by_name":{"x":null}}'
    )


@given(st.text())
def test_any_text_comes_back_and_ends_no_script(text: str) -> None:
    written = page_json([text])
    assert json.loads(written) == [text]
    assert written.isascii() and "<" not in written and "\n" not in written


def test_secrets_are_hidden(secret: str) -> None:
    written = page_json(Inner(f"sent with {secret}", ()))
    assert json.loads(written) == {"text": f"sent with {REDACTED}", "places": []}


def test_no_number_and_no_such_type_are_refused() -> None:
    with pytest.raises(ValueError, match="Out of range"):
        page_json([math.nan])
    with pytest.raises(TypeError, match="set is nothing"):
        page_json({1})
