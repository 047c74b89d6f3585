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
    """Return the line (from 1) of the value that ``keys`` lead to, as in ``("questions", 0, "truth")``.

    A key that is not there is skipped, so that the line is that of the innermost value found; None where not even
    the first key is found, or the text is not YAML.
    """
    from ruamel.yaml import YAML  # knows lines, and is too slow for reading
    from ruamel.yaml.error import YAMLError

    reader = YAML()
    reader.allow_duplicate_keys = True
    try:
        value = reader.load(text)
    except YAMLError:
        return None
    line = None
    for key in keys:
        lines = value.lc.data or {} if hasattr(value, "lc") else {}
        if key in lines:
            line, value = lines[key][0] + 1, value[key]
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
