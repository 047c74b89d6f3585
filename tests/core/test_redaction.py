from __future__ import annotations

import base64
import io
import json
from typing import Any, cast
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.redaction import (
    IN_USE,
    REDACTED,
    RedactingStream,
    hidden_settings,
    learn_settings,
    redacted,
    redacted_json,
    redacted_message,
    redacted_values,
)

SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=0x2FF, exclude_categories=["Cs"]), max_size=20).map(
    lambda text: f"k3y{text}9Z0"
)
WORDS = st.text(st.sampled_from("xyz ,.:="), max_size=20)


@given(SECRETS, WORDS, WORDS)
def test_a_secret_is_found_in_every_form(secret: str, before: str, after: str) -> None:
    IN_USE.clear()
    IN_USE.add([secret])
    forms = {
        secret,
        secret.upper(),
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret),
        json.dumps(secret, ensure_ascii=False),
        repr(secret),
        f"Bearer {secret}",
    }
    for form in forms:
        assert redacted(before + form + after) != before + form + after
        assert secret not in redacted(before + form + after)
    for data in (f"{before}{secret}", f"user:{secret}", secret):
        encoded = base64.b64encode(data.encode()).decode()
        assert REDACTED in redacted(f"Basic {encoded}")


VALUES = st.recursive(
    WORDS | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(WORDS, inner), max_leaves=5
)


@given(SECRETS, VALUES)
def test_json_stays_json(secret: str, value: object) -> None:
    IN_USE.clear()
    IN_USE.add([secret, 'a"b\\c"d\\', '": "'])
    whole = {"a": [value, f"x{secret}\\", 'a"b\\c"d\\'], secret: secret}
    written = redacted_json(json.dumps(whole, ensure_ascii=False))
    assert json.loads(written) == redacted_values(whole)
    assert secret not in "".join(map(str, json.loads(written))) and json.loads(written)["a"][0] == value


@pytest.mark.parametrize("value", ["1", "true", "EMPTY", "none", "", "      ", "-------"])
def test_what_is_no_secret_is_left_alone(value: str) -> None:
    IN_USE.add([value])
    assert redacted(f"a {value} b") == f"a {value} b" and not IN_USE


def test_a_word_is_hidden_where_it_stands_alone() -> None:
    """As a key of a server at home it may be any word, also one of the names and paths of a run."""
    IN_USE.add(["strokerehab"])
    text = "Bearer strokerehab: strokerehab_motion /opt/strokerehab/x strokerehab-eval"
    assert redacted(text) == f"Bearer {REDACTED}: strokerehab_motion /opt/strokerehab/x strokerehab-eval"


def test_settings_are_hidden_by_name_at_any_depth() -> None:
    settings = {
        "api_key": "one-secret",
        "max_new_tokens": 16,
        "request": {
            "headers": {"authorization": "Bearer two-secret", "X-Trace": "on", "Cookie": {"a": "three-secret"}},
            "pairs": [["X-Api-Key", "four-secret"], {"name": "Set-Cookie", "value": "five-secret"}, ["a", "b"]],
            "auth": {"user": "six-secret", "port": 12345678},
            "line": "Authorization: Basic c2V2ZW4tc2VjcmV0",
        },
        "base_url": "https://eight-secret:nine-secret@host/ten-secret/v1?sig=eleven-secret",
    }
    shown = hidden_settings(settings)
    learn_settings(settings)
    numbers = ("one", "two", "three", "four", "five", "six", "eight", "nine", "ten", "eleven")
    assert not any(f"{number}-secret" in repr(shown) for number in numbers) and "c2V2" not in repr(shown)
    assert all(redacted(f"{number}-secret") == REDACTED for number in numbers)
    assert redacted("12345678 c2V2ZW4tc2VjcmV0") == f"{REDACTED} {REDACTED}"
    assert shown["max_new_tokens"] == 16 and shown["base_url"] == "https://(hidden)@host/…/v1?(hidden)"
    assert hidden_settings(shown)["request"] == shown["request"]
    request = cast(dict[str, Any], shown["request"])
    assert request["headers"]["X-Trace"] == "on" and request["pairs"][2] == ["a", "b"]


def test_a_part_of_an_address_that_is_the_models_name_is_no_secret() -> None:
    learn_settings({"base_url": "http://host/deployments/my-model-7b/v1", "model": "my-model-7b"})
    assert redacted("my-model-7b") == "my-model-7b"


def test_messages_lose_tokens_that_are_known_by_their_form() -> None:
    tokens = (
        "sk-abcdefghijklmnop1234",
        "hf_abcdefghijklmnopqrst",
        "ghp_abcdefghijklmnopqrst12",
        "AKIAABCDEFGHIJKLMNOP",
    )
    for token in (*tokens, "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-def"):
        assert token not in redacted_message(f"No such option --{token} (see {token})")
        assert redacted(token) == token  # a reply is data
    assert redacted_message("a bearer of news, the token expired") == "a bearer of news, the token expired"


def test_a_stream_hides_them_and_is_else_the_stream() -> None:
    IN_USE.add(["hunter22"])
    below = io.StringIO()
    stream = RedactingStream(below)
    assert stream.write("a hunter22\n") == 11
    stream.writelines(["hunter22", "\n"])
    assert below.getvalue() == f"a {REDACTED}\n{REDACTED}\n" and not stream.isatty()
