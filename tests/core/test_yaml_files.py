from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.yaml_files import describe_in_file, line_of, parse_yaml

TEXT = """\
a: 1
b: !function some.where
c:
  - x: 1
    y: {z: 2}

  - x: 3
"""


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        (("a",), 1),
        (("b",), 2),
        (("c",), 3),
        (("c", 0), 4),
        (("c", 0, "y"), 5),
        (("c", 0, "y", "z"), 5),
        (("c", 1, "x"), 7),
        (("c", 0, "union_tag", "y"), 5),
        (("c", 9), 3),
        (("c", "x"), 3),
        (("nothing",), None),
        ((), None),
    ],
)
def test_the_line_of_a_value(keys: tuple[str | int, ...], line: int | None) -> None:
    assert line_of(TEXT, keys) == line


@pytest.mark.parametrize("text", ["", "a: [", "[]"])
def test_no_line_where_there_is_none(text: str) -> None:
    assert line_of(text, ("a",)) is None


class Inner(BaseModel, extra="forbid"):
    x: int


class Outer(BaseModel):
    c: list[Inner]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"c": [{"x": 1, "y": 2}]}, "f.yaml, line 5: c.0.y: unknown key; did you mean 'x'?"),
        ({"c": [{"x": 1}, {"x": "q"}]}, "f.yaml, line 7: c.1.x: "),
        ({}, "f.yaml, line 3: c: this key is missing"),
        ([], "f.yaml: top level: "),
    ],
)
def test_an_error_with_file_and_line(values: object, message: str) -> None:
    with pytest.raises(ValidationError) as raised:
        Outer.model_validate(values)
    described = describe_in_file(Path("f.yaml"), TEXT, raised.value, Inner, Outer)
    assert described.startswith(message.replace("; did you mean 'x'?", ""))


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3\n", "b: {a: 1, a: 2}\n"])
def test_a_key_stands_once_in_a_table(text: str) -> None:
    with pytest.raises(yaml.MarkedYAMLError, match="'a' stands twice"):
        parse_yaml(text)


def test_a_key_may_stand_in_two_tables_and_over_a_merged_one() -> None:
    text = "x: &x {a: 1, b: 2}\ny: {a: 3}\nz:\n  <<: *x\n  a: 4\n"
    assert parse_yaml(text) == {"x": {"a": 1, "b": 2}, "y": {"a": 3}, "z": {"a": 4, "b": 2}}
