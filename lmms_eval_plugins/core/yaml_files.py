"""YAML files: their values, and the line of each value for error messages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import yaml
from pydantic import BaseModel, ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation, first_error

_MERGE = "tag:yaml.org,2002:merge"


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """The loader of YAML files: libyaml's where PyYAML has it, which is ten times as fast.

    It takes a key once in a table, where PyYAML silently keeps the last of several.
    """

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        """Refuse a key that stands twice, before merged tables come in."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.tag != _MERGE:
                if (key.tag, key.value) in seen:
                    raise yaml.constructor.ConstructorError(None, None, f"{key.value!r} stands twice", key.start_mark)
                seen.add((key.tag, key.value))
        super().flatten_mapping(node)


def parse_yaml(text: str) -> object:
    """Return the values in a YAML text; raises yaml.YAMLError where it is not YAML, or names a key twice."""
    values: object = yaml.load(text, Loader=_Loader)
    return values


def read_yaml(path: Path) -> tuple[str, object]:
    """Return the text of a YAML file and the values in it.

    Raises:
        UserError: the file cannot be read or is not YAML.
    """
    try:
        text = path.read_text(encoding="utf-8")
        return text, parse_yaml(text)
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UserError(describe_syntax(path, error)) from error


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
    """Describe pydantic's first error in a YAML file in one line: file, line, field, what is wrong.

    Args:
        path: the file.
        text: the file's content.
        error: pydantic's errors.
        models: the models whose keys are suggested for an unknown one.
    """
    line = line_of(text, first_error(error)["loc"])
    where = f"{path}, line {line}" if line else str(path)
    return f"{where}: {describe_validation(error, *models)}"


def describe_syntax(path: Path, error: yaml.YAMLError | UnicodeDecodeError) -> str:
    """Describe in one line why a file is not YAML: file, line where it is known, what is wrong."""
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark and error.problem:
        problem = " ".join(error.problem.split())
        return f"{path}, line {error.problem_mark.line + 1}: not valid YAML ({problem})"
    return f"{path}: not valid YAML ({' '.join(str(error).split())})"
