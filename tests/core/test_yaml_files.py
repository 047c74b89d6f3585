from __future__ import annotations

import re
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.yaml_files import TextLoader, describe_in_file, line_of, parse_yaml, read_yaml

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


DEEP = 100_000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * DEEP, "line 1: .*more than 100 tables and lists stand in each other"),
        ("{a: " * DEEP, "line 1: .*stand in each other"),
        ("- " * DEEP, "line 1: .*stand in each other"),
        ("\n".join(" " * depth + "a:" for depth in range(500)), "line 101: .*stand in each other"),
        ("a: 1\nb: &b [1, *b]\n", r"line 2: .*\*b stands in itself"),
        ("a: &a {b: *a}", r"line 1: .*\*a stands in itself"),
        ("a: 2024-13-45\nb: .nan\n", "line 2: .*'.nan' is no number to count with"),
        ("a: 1.0e+999", "'1.0e\\+999' is no number to count with"),
        ("a: " + "9" * 5000, "line 1: .*not a int"),
        ("a: " + "9" * 50, "too large a number"),
        ("a: 1:30", "'1:30' is the number 90 in YAML: write 90, or put it in quotes"),
        ("a: 010", "'010' is the number 8 in YAML"),
        ("1:30: a", "is the number 90"),
        ("a: 1:30.5", "is the number 90.5"),
        ("{[a]: b}", "a key must be a word"),
        ("{1: a, 0x1: b}", "'0x1' stands twice"),
        ("a: {b: {c: 1, 'c': 2}}", "'c' stands twice"),
        ("a: !!python/object:os.system x", "the tag !!python/object:os.system is not known here"),
        ("a: !function x.y", "the tag !function is not known here"),
        ("a: !!set {x}", "the tag !!set is not known here"),
        ("a: !!int ''", "not a int: ''"),
        ("a: !!bool x", "not a bool: 'x'"),
        ("<<: 3", "expected a mapping"),
        ("a:\n\tb: 1", "line 2: "),
        ("a: x\nb: \0", "line 2: .*control characters"),
        ("a: 1\n---\nb: 2", "line 2: .*another document"),
        ("a: [\n", "line 1: not valid YAML"),
    ],
)
def test_what_is_refused_is_one_line_with_its_number(tmp_path: Path, text: str, problem: str) -> None:
    path = tmp_path / "f.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=rf"^{path}(, line \d+)?: not valid YAML") as error:
        read_yaml(path)
    assert re.search(problem, str(error.value)) and "\n" not in str(error.value) and len(str(error.value)) < 500


def test_aliases_that_multiply_are_refused_and_others_are_not() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    assert parse_yaml("\n".join(lines[:3]))
    with pytest.raises(yaml.MarkedYAMLError, match="aliases stand for more than 100,000 values"):
        parse_yaml("\n".join(lines))


@pytest.mark.parametrize("data", ["a: b".encode("utf-16"), b"a: \xff", b"\x00\x01", "a: é".encode("latin-1")])
def test_what_is_no_utf_8_text(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(data)
    with pytest.raises(UserError, match=rf"^{path}.*: not valid YAML"):
        read_yaml(path)


def test_a_byte_order_mark_and_dates_are_no_matter(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 2024-01-31\nb: 007\nc: 0x10\nd: =\n")
    assert read_yaml(path)[1] == {"a": "2024-01-31", "b": 7, "c": 16, "d": "="}


def test_every_scalar_as_text() -> None:
    text = "time: 12:00:00\nmail: no\nmore: {<<: {a: 010}, b: 2024-01-31}\n"
    expected = {"time": "12:00:00", "mail": "no", "more": {"a": "010", "b": "2024-01-31"}}
    assert parse_yaml(text, TextLoader) == expected
    with pytest.raises(yaml.MarkedYAMLError, match="'time' stands twice"):
        parse_yaml(text + "time: 1", TextLoader)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_any_bytes_are_values_or_one_line(data: bytes) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "f.yaml"
        path.write_bytes(data)
        try:
            text, _ = read_yaml(path)
        except UserError as error:
            assert "\n" not in str(error)
        else:
            assert line_of(text, ("a", 0)) is None or text


SIGNS = (*"[]{},|>#'\"%~", "a", "- ", ": ", "? ", "\n", "  ", "&a ", "*a", "<<: ", "!!int ", "---", "...")
YAML_PARTS = st.sampled_from((*SIGNS, "010", "1:30", ".nan", "true", "2024-01-31", "0x"))


@settings(deadline=None)
@given(st.lists(YAML_PARTS, max_size=40).map("".join))
def test_any_text_of_the_signs_of_yaml_is_values_or_an_error_of_yaml(text: str) -> None:
    try:
        parse_yaml(text)
    except yaml.YAMLError:
        return
    line_of(text, ("a", "a", 0))
