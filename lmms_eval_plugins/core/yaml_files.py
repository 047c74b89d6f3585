"""YAML files: their values, and the line of each value for error messages.

A date is text, as it is written. Refused, with the line, is what surprises the writer (``1:30`` and ``010`` are numbers
of other bases, of two equal keys the last one counts), and what could stop or fill a program: tables in a hundred
tables, anchors that hold themselves or multiply, numbers that are not finite, tags of other programs.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation, first_error

_KIND = "tag:yaml.org,2002:"
_INT, _FLOAT, _MERGE = f"{_KIND}int", f"{_KIND}float", f"{_KIND}merge"
_KINDS = frozenset(f"{_KIND}{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq", "merge"))
"""The kinds of values that files here are made of."""

_DEEPEST = 100
"""So many tables and lists may stand in each other."""

_MOST_COPIES = 100_000
"""So many values may the aliases of a file stand for."""

_PLAIN_BELOW = 400
"""A text of fewer brackets and shorter lines than this cannot be nested so deep that libyaml exhausts the stack."""

_LARGEST = 2**63

_OF_BASE_EIGHT = re.compile(r"[-+]?0[0-7_]+")


def _problem(what: str, node: Any) -> yaml.MarkedYAMLError:  # Any: of a node or an event, which PyYAML does not type
    return yaml.constructor.ConstructorError(None, None, what, node.start_mark)


class YamlLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The loader of YAML files: libyaml's where PyYAML has it, which is ten times as fast."""

    def construct_object(self, node: yaml.Node, deep: bool = False) -> object:
        """Return the value of a node; one that cannot be made is an error with its line."""
        try:
            value: object = super().construct_object(node, deep)
        except (ValueError, TypeError, LookupError, AttributeError, OverflowError) as error:
            raise _problem(f"not a {node.tag.removeprefix(_KIND)}: {_short(node)}", node) from error
        if node.tag in (_INT, _FLOAT) and _is_surprising(node.value, value):
            raise _problem(f"{_short(node)} is the number {value} in YAML: write {value}, or put it in quotes", node)
        if isinstance(value, float) and not math.isfinite(value):
            raise _problem(f"{_short(node)} is no number to count with", node)
        if isinstance(value, int) and abs(value) >= _LARGEST:
            raise _problem(f"{_short(node)} is too large a number", node)
        return value


YamlLoader.yaml_implicit_resolvers = {
    first: [(tag, form) for tag, form in known if tag in _KINDS]
    for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class TextLoader(YamlLoader):
    """A loader to which every scalar is text, such as ``12:00:00`` and ``yes``."""


TextLoader.yaml_implicit_resolvers = {"<": [(_MERGE, re.compile(r"<<\Z"))]}


def _is_surprising(written: str, value: object) -> bool:
    """Return whether YAML takes a number for one of base sixty (``1:30``), or for another of base eight (``010``)."""
    return ":" in written or (bool(_OF_BASE_EIGHT.fullmatch(written)) and int(written.replace("_", "")) != value)


def parse_yaml(text: str, loader_type: type[YamlLoader] = YamlLoader) -> object:
    """Return the values in a YAML text.

    Raises:
        yaml.YAMLError: it is not YAML, names a key twice in a table, or has what is refused here.
    """
    try:
        _check_nesting(text)
        loader = loader_type(text)
        try:
            root = loader.get_single_node()
            if root is None:
                return None
            for node in _nodes(root):
                own = node.tag in loader.yaml_constructors and not node.tag.startswith(_KIND)
                if node.tag not in _KINDS and not own:
                    raise _problem(f"the tag {node.tag.replace(_KIND, '!!')} is not known here", node)
                if isinstance(node, yaml.MappingNode):
                    _check_keys(node, loader)
            value: object = loader.construct_document(root)
            return value
        finally:
            loader.dispose()
    except RecursionError as error:
        raise yaml.YAMLError("tables and lists stand too deep in each other") from error
    except UnicodeEncodeError as error:
        raise yaml.YAMLError(f"half of a character, U+{ord(text[error.start]):04X}") from error


def _check_nesting(text: str) -> None:
    """Refuse a text whose tables and lists are nested too deep, and aliases that hold themselves or multiply.

    Events come one by one, without the recursion of the parser's tree, which would end the process.
    """
    brackets = text.count("[") + text.count("{")
    if "&" not in text and brackets + max(map(len, text.split("\n"))) < _PLAIN_BELOW:
        return
    sizes: dict[str | None, int] = {}  # values behind each anchor, those of aliases in it included
    within: list[tuple[str | None, int]] = []  # open tables and lists: anchor, values so far
    copies = 0
    for event in yaml.parse(text, Loader=YamlLoader):
        size = 1
        if isinstance(event, yaml.CollectionStartEvent):
            within.append((event.anchor, 1))
            if len(within) > _DEEPEST:
                raise _problem(f"more than {_DEEPEST} tables and lists stand in each other", event)
            sizes.pop(event.anchor, None)
            continue
        if isinstance(event, yaml.AliasEvent):
            if any(anchor == event.anchor for anchor, _ in within):
                raise _problem(f"*{event.anchor} stands in itself", event)
            size = sizes.get(event.anchor, 1)
            copies += size
            if copies > _MOST_COPIES:
                raise _problem(f"aliases stand for more than {_MOST_COPIES:,} values", event)
        elif isinstance(event, yaml.CollectionEndEvent):
            anchor, size = within.pop()
            if anchor:
                sizes[anchor] = size
        elif not isinstance(event, yaml.ScalarEvent):
            continue
        if within:
            anchor, so_far = within[-1]
            within[-1] = anchor, so_far + size


def _nodes(root: yaml.Node) -> Iterator[yaml.Node]:
    """Yield a node and all nodes in it, each once."""
    seen, waiting = set(), [root]
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.SequenceNode):
            waiting += reversed(node.value)
        elif isinstance(node, yaml.MappingNode):
            waiting += [part for pair in reversed(node.value) for part in reversed(pair)]


def _check_keys(node: yaml.MappingNode, loader: YamlLoader) -> None:
    """Refuse a key that stands twice, of which PyYAML silently keeps the last, and one that is a table or a list."""
    seen = set()
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _problem("a key must be a word, not a table or a list", key)
        name = key.tag if key.tag == _MERGE else loader.construct_object(key)
        if name in seen:
            raise _problem(f"{key.value!r} stands twice", key)
        seen.add(name)


def _short(node: yaml.Node) -> str:
    text = str(node.value) if isinstance(node, yaml.ScalarNode) else node.tag.removeprefix(_KIND)
    return repr(text if len(text) <= 40 else f"{text[:40]}…")


def read_yaml(path: Path, loader_type: type[YamlLoader] = YamlLoader) -> tuple[str, object]:
    """Return the text of a YAML file and the values in it.

    Raises:
        UserError: the file cannot be read or is not YAML; see `parse_yaml`.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        return text, parse_yaml(text, loader_type)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        line = 1 + error.object[: error.start].count(b"\n")
        raise UserError(f"{path}: not valid YAML (line {line} is not UTF-8 text; save the file as UTF-8)") from error
    except yaml.YAMLError as error:
        raise UserError(_describe_syntax(path, text, error)) from error


def line_of(text: str, keys: Sequence[str | int]) -> int | None:
    """Return the line (from 1) of the value that ``keys`` lead to, as in ``("questions", 0, "truth")``.

    A key that is not there is skipped, so that the line is that of the innermost value found; None where not even
    the first key is found, or the text is not YAML. `parse_yaml` refuses texts that are nested too deep for this.
    """
    line = None
    try:
        node = yaml.compose(text, Loader=YamlLoader)
    except yaml.YAMLError:
        return None
    for key in keys:
        found = _within(node, key)
        if found:
            mark, node = found
            line = mark.line + 1
    return line


def _within(node: yaml.Node | None, key: str | int) -> tuple[Any, yaml.Node] | None:  # Any: a mark, which has no type
    """Return where a key or an item of a node stands, and its value; None where there is none."""
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == str(key):
                return name.start_mark, value
    elif isinstance(node, yaml.SequenceNode) and isinstance(key, int) and 0 <= key < len(node.value):
        return node.value[key].start_mark, node.value[key]
    return None


def describe_in_file(path: Path, text: str, error: ValidationError, *models: type[BaseModel]) -> str:
    """Describe pydantic's first error in a YAML file in one line: file, line, field, what is wrong.

    Args:
        path: the file.
        text: the file's content.
        error: pydantic's errors.
        models: the models whose keys are suggested for an unknown one.
    """
    return f"{where_in_file(path, text, first_error(error)['loc'])}: {describe_validation(error, *models)}"


def where_in_file(path: Path, text: str, keys: Sequence[str | int]) -> str:
    """Return the file with the line of a value, or the file alone where there is none; see `line_of`."""
    line = line_of(text, keys)
    return f"{path}, line {line}" if line else str(path)


def _describe_syntax(path: Path, text: str, error: yaml.YAMLError) -> str:
    """Describe in one line why a file is not YAML: file, line where it is known, what is wrong."""
    where, problem = str(path), str(error)
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark and error.problem:
        last = text.rstrip().count("\n")  # the end of the text is a line of its own to libyaml
        where, problem = f"{path}, line {1 + min(error.problem_mark.line, last)}", error.problem
    elif isinstance(error, yaml.reader.ReaderError):
        before = text.encode()[: error.position]  # as libyaml counts
        where, problem = f"{path}, line {1 + before.count(10)}", error.reason
    return f"{where}: not valid YAML ({' '.join(problem.split())})"
