from __future__ import annotations

import pytest

from lmms_eval_plugins.core.json_files import json_value

ROW = {"resps": [[["No", "0.5"]]], "doc": {"id": "a"}}


def test_a_value_in_nested_json() -> None:
    assert json_value(ROW, "resps", 0, 0, -1) == "0.5"
    assert json_value(ROW, "doc", "id") == "a"
    assert json_value(ROW) == ROW


@pytest.mark.parametrize("keys", [("text",), ("resps", 1), ("resps", 0, 0, 7)])
def test_a_missing_key_or_index(keys: tuple[str | int, ...]) -> None:
    with pytest.raises(LookupError):
        json_value(ROW, *keys)


@pytest.mark.parametrize("keys", [("doc", 0), ("resps", "id"), ("doc", "id", 0)])
def test_a_key_of_the_wrong_kind(keys: tuple[str | int, ...]) -> None:
    with pytest.raises(TypeError, match="no "):
        json_value(ROW, *keys)
