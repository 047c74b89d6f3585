"""The names that a user types for tasks: a task's file, a group of tasks, or all of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation, nearest
from lmms_eval_plugins.core.safe_names import check_name
from lmms_eval_plugins.tasks.task_file import TaskSpec, load_task, read_task_file

_KEY = re.compile(r"^[\"']?(task|group)[\"']?[ \t]*:", re.MULTILINE)


class GroupSettings(BaseModel):
    """The ``metadata`` of a group: how its tasks are run where the command line does not say it; lmms-eval ignores it.

    Attributes:
        model_args: as ``--model_args``; values may be swept.
        selection: as ``--selection``; None leaves the tasks their own.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model_args: str = ""
    selection: str | None = None


class TaskGroup(BaseModel):
    """A name for several tasks, as lmms-eval reads it too."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    group: str
    task: tuple[str, ...] = Field(min_length=1)
    metadata: GroupSettings = GroupSettings()


def named_tasks(text: str) -> list[str]:
    """Return the names that ``--task`` gives, with commas between them; UserError where there is none."""
    if not (names := [name.strip() for name in text.split(",") if name.strip()]):
        raise UserError("--task names no task")
    return names


def expand_task_names(names: Sequence[str], folders: list[Path]) -> list[str]:
    """Return the tasks that names of tasks and groups stand for, each once; ``all`` is every task.

    Raises:
        UserError: a group's file is not valid, a group holds itself, or a name cannot be that of a file.
    """
    found: dict[str, None] = {}
    for name in names:
        members = task_names(folders) if name == "all" else _members(name, folders, ())
        found |= dict.fromkeys(members)
    return list(found)


def settings_of_group(name: str, folders: list[Path]) -> GroupSettings:
    """Return how the tasks of a name are run: as a group's file says, or without settings where it is no group's.

    Raises:
        UserError: as `expand_task_names`.
    """
    check_name(name, "task")
    found = _group(name, folders)
    return found[1].metadata if found else GroupSettings()


def _members(name: str, folders: list[Path], outer: tuple[str, ...]) -> list[str]:
    check_name(name, f"task in group {outer[-1]}" if outer else "task")
    found = _group(name, folders)
    if found is None:
        return [name]
    path, group = found
    if name in outer:
        raise UserError(f"{path}: the group {name!r} holds itself; take one of them out")
    if outer and group.metadata != GroupSettings():
        raise UserError(f"{path}: a group with metadata is run by its own name; take it out of the group {outer[-1]!r}")
    return [member for task in group.task for member in _members(task, folders, (*outer, name))]


def _group(name: str, folders: list[Path]) -> tuple[Path, TaskGroup] | None:
    """Return the file of a group and what it says, of the first of the folders that has the name; None of no group."""
    path = next((path for folder in folders if (path := folder / f"{name}.yaml").is_file()), None)
    values = read_task_file(path) if path else None
    if path is None or not (isinstance(values, dict) and "group" in values):
        return None
    try:
        group = TaskGroup.model_validate(values)
    except ValidationError as error:
        raise UserError(f"{path}: {describe_validation(error, TaskGroup, GroupSettings)}") from error
    if group.group != name:
        raise UserError(f"{path}: group: {group.group!r} is not the file's name; write {name!r}")
    return path, group


def find_task(name: str, folders: list[Path]) -> Path:
    """Return the file of a task, by name, in the first of the folders that has it.

    Raises:
        UserError: no folder has it; the nearest name is given. Or the name cannot be that of a file.
    """
    check_name(name, "task")
    for folder in folders:
        path = folder / f"{name}.yaml"
        if path.is_file():
            return path
    raise UserError(f"unknown task {name!r}{nearest(name, task_names(folders), 'strokerehab tasks')}")


def load_named(name: str, folders: list[Path]) -> TaskSpec:
    """Return the task of a name.

    Raises:
        UserError: no folder has it, its file is not valid (see `load_task`), or it has another name.
    """
    path = find_task(name, folders)
    spec = load_task(path)
    if spec.task != name:
        raise UserError(f"{path}: task: {spec.task!r} is not the file's name; write {name!r}")
    return spec


def task_names(folders: list[Path]) -> list[str]:
    """Return the names of all tasks in the folders: of files with a key ``task``, groups left out."""
    return sorted(path.stem for path, keys in _files(folders) if "task" in keys and "group" not in keys)


def task_and_group_names(folders: list[Path]) -> list[str]:
    """Return the names of all tasks and groups in the folders."""
    return sorted(path.stem for path, keys in _files(folders) if keys & {"task", "group"})


def _files(folders: list[Path]) -> list[tuple[Path, frozenset[str]]]:
    """Return the YAML files in folders, of those with one name the first, and the keys at their left margin."""
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.glob("[!.]*.yaml")):
            found.setdefault(path.stem, path)
    return [(path, frozenset(_KEY.findall(_text(path)))) for path in found.values()]


def _text(path: Path) -> str:
    """Return the text of a file; nothing where it is no text, of which an error says more where it is read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""
