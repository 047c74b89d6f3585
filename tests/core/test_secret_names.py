from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.secret_names import MARK, is_secret, secrets_in_urls, shown_urls, tokens_in

SECRET = (
    "api_key apikey API-KEY apiKey X-Api-Key x-goog-api-key Ocp-Apim-Subscription-Key Authorization Proxy-Authorization"
    " bearer cookie Set-Cookie session session_id session_token private_key access_token accessToken refresh_token"
    " hf_token HF_TOKEN OPENAI_API_KEY AWS_SECRET_ACCESS_KEY client_secret clientSecret password db_password passwd"
    " use_auth authtoken MYSQL_PWD key token secrets api_key_2 credentials passphrase"
)
PLAIN = (
    "max_new_tokens max_tokens tokens n_tokens tokenizer keyframes key_frames keypoints token_side eos_token"
    " pad_token_id token_type_ids api_key_env password_file secret_name cache_key PWD OLDPWD SSH_AUTH_SOCK"
    " XDG_SESSION_TYPE DBUS_SESSION_BUS_ADDRESS base_url model monkey author turkey top_logprobs client_id"
    " TOKENIZERS_PARALLELISM"
)
PLAIN_NAMES, SECRET_NAMES = PLAIN.split(), SECRET.split()


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_secret_names(name: str) -> None:
    assert is_secret(name)


@pytest.mark.parametrize("name", PLAIN_NAMES)
def test_other_names(name: str) -> None:
    assert not is_secret(name)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://localhost:8000/v1", None),
        ("https://api.openai.com/v1", None),
        ("https://generativelanguage.googleapis.com/v1beta/openai", None),
        ("https://host/serving-endpoints", None),
        ("http://host/f3a9c1/v1", "http://host/…/v1"),
        ("http://me:pw@[::1]:80/v1", f"http://{MARK}@[::1]:80/v1"),
        ("http://host/v1?key=x#y", f"http://host/v1?{MARK}#{MARK}"),
        ("socks5://me@host and http://host/abc", f"socks5://{MARK}@host and http://host/…"),
        ("file:///home/me/checkpoint", None),
        ("org/model-7b", None),
        ("http://[/x", MARK),
    ],
)
def test_addresses(url: str, shown: str | None) -> None:
    assert shown_urls(url) == (shown or url)


@given(st.from_regex(r"[a-z0-9-]{12,40}", fullmatch=True))
def test_no_part_of_an_address_is_forgotten(part: str) -> None:
    url = f"http://{part}a:{part}b@host/{part}c/v1?x={part}d"
    assert part not in shown_urls(url) and {f"{part}{one}" for one in "abcd"} <= set(secrets_in_urls(url))


@pytest.mark.parametrize(
    "text",
    [
        "basic settings of a token expired and bearer (of news)",
        "the token strokerehab_primitives_3 is basic strokerehab_primitives_3",
        "a cookie: recipe and authorization: required",
    ],
)
def test_words_behind_a_scheme_are_no_tokens(text: str) -> None:
    assert tokens_in(text) == []


@pytest.mark.parametrize(
    "text", ["Bearer %s", "Authorization: token %s", "authorization=Basic %s", "X-Api-Key: %s", "Cookie: %s; path=/"]
)
def test_credentials_in_headers_are_found(text: str) -> None:
    assert tokens_in(text % "c2VjcmV0OjEyMw") == ["c2VjcmV0OjEyMw"]
