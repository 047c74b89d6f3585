"""YAML files: their values, and where in a file a value stands, so that an error about it can name the line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.errors import describe_validation, first_error

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same values ten times faster, where PyYAML was built with libyaml."""


def parse_yaml(text: str) -> Any:
    """The values in a YAML text; yaml.YAMLError where it is none."""
    return yaml.load(text, Loader=_LOADER)


def line_of(text: str, keys: Sequence[str | int]) -> int | None:
    """The line (from 1) of the value that ``keys`` lead to, as in ``("questions", 0, "truth")``.

    A key that is not there is passed over, so that the line is that of the innermost value found; None where not even
    the first one is found, or the text is not YAML.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return None
    line = None
    for key in keys:
        found = _child(node, key)
        if found is not None:
            at, node = found
            line = at.start_mark.line + 1
    return line


def describe_in_file(path: Path, text: str, error: ValidationError, *models: type[BaseModel]) -> str:
    """One line for the first thing that pydantic found wrong in a YAML file: file, line, field, what is wrong there.

    Args:
        path: the file.
        text: what is in it.
        error: what pydantic found.
        models: whose keys are known, for the nearest one.
    """
    line = line_of(text, first_error(error)["loc"])
    where = f"{path}, line {line}" if line else str(path)
    return f"{where}: {describe_validation(error, *models)}"


def describe_syntax(path: Path, error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """One line for what keeps a file from being YAML at all: file, line where one is known, what is wrong there."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark and error.problem:
        problem = " ".join(error.problem.split())
        return f"{path}, line {error.problem_mark.line + 1}: not valid YAML ({problem})"
    return f"{path}: not valid YAML ({' '.join(str(error).split())})"


def _child(node: yaml.Node | None, key: str | int) -> tuple[yaml.Node, yaml.Node] | None:
    """The node that says where a child starts, and the child: its key in a mapping, itself in a list."""
    if isinstance(node, yaml.SequenceNode) and isinstance(key, int) and key < len(node.value):
        return node.value[key], node.value[key]
    if isinstance(node, yaml.MappingNode):
        for name, value in node.value:
            if isinstance(name, yaml.ScalarNode) and name.value == str(key):
                return name, value
    return None
