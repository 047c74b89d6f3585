from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmms_eval_plugins.core.json_files import write_json


def test_json_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_json(path, {"a": 1})
    with pytest.raises(ValueError, match="Circular"):
        values: dict[str, object] = {}
        values["self"] = values
        write_json(path, values)
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1}
    write_json(path, {"é": Path("x")})
    assert json.loads(path.read_text(encoding="utf-8")) == {"é": "x"}
    assert [file.name for file in tmp_path.iterdir()] == ["run.json"]


def test_every_item_of_a_list_is_a_line(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write_json(path, {"card": {"args": {"seed": 1}}, "videos": [{"id": "a"}, {"id": "b"}], "notes": []})
    assert path.read_text(encoding="utf-8") == (
        '{\n "card": {\n  "args": {\n   "seed": 1\n  }\n },\n'
        ' "videos": [\n  {"id": "a"},\n  {"id": "b"}\n ],\n "notes": []\n}\n'
    )
    write_json(path, {})
    assert json.loads(path.read_text(encoding="utf-8")) == {}
