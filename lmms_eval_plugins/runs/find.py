"""What the paths that a user gives mean: log files, run folders, folders of both, and patterns."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from glob import glob, has_magic
from pathlib import Path

from lmms_eval_plugins.core.console import say_all
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.hidden.features import FEATURES_ONLY, holds_features
from lmms_eval_plugins.runs.run import is_run
from lmms_eval_plugins.runs.run_file import RUN_NAME
from lmms_eval_plugins.study.logs import LOG_NAME

RESULTS_END = "_results.json"
"""How the name of lmms-eval's summary of a run ends; the samples lie beside it under the same stamp."""


def find_all(paths: Sequence[str], errors: list[str], *, features: bool = False) -> list[str]:
    """Return the log files and run folders that all given paths mean, each once.

    A path is a log, a ``*_results.json`` (which stands for the logs of its stamp), a run folder or a file of one, a
    folder that is searched all the way down, or a pattern of such paths. What cannot be found is added to ``errors``.

    Args:
        paths: as given by the user.
        errors: what goes wrong, a line each.
        features: whether runs that hold hidden states only are wanted too. Where they are not, they are left out with
            a note on stderr, or as errors where nothing else was found.
    """
    found: list[str] = []
    for given in paths:
        try:
            if has_magic(given) and not os.path.lexists(given):
                matches = sorted(glob(given, recursive=True))  # noqa: PTH207 - the paths are kept as given
                if not matches:
                    raise UserError(f"{given}: the pattern matches no file or folder")
                parts = [_in_match(match) for match in matches]
                found += [path for part in parts for path in part]
                if not any(parts):
                    raise UserError(f"{given}: no run folder and no *_samples_*.jsonl log among its matches")
            else:
                found += _find(given)
        except UserError as error:
            errors.append(str(error))
    every = list(dict.fromkeys(found))
    return every if features else _without_features(every, errors)


def _without_features(found: Sequence[str], errors: list[str]) -> list[str]:
    """Return the runs that have answers; what becomes of the others, see `find_all`."""
    left_out = [path for path in found if holds_features(Path(path))]
    kept = [path for path in found if path not in left_out]
    if kept:
        for path in left_out:
            _say_left_out(path)
    else:
        errors += [f"{path}: {FEATURES_ONLY}" for path in left_out]
    return kept


@cache
def _say_left_out(path: str) -> None:
    """Say that a run is left out, once, however often a command looks for its runs."""
    say_all("note", [f"{path}: left out: {FEATURES_ONLY}"])


def _in_match(match: str) -> list[str]:
    """Return what a match of a pattern means; nothing where it is a file or folder of another kind."""
    if Path(match).is_dir():
        return [match] if is_run(Path(match)) else _search(match)
    return _of_file(match)


def _find(given: str) -> list[str]:
    """Return the log files and run folders that a path means.

    Raises:
        UserError: there are none.
    """
    if os.path.isfile(given):  # noqa: PTH113 - the path is kept as given, "./" and all
        if found := _of_file(given):
            return found
        if given.endswith(RESULTS_END):
            raise UserError(f"{given}: a summary only; the log {_stamp(given)}_samples_*.jsonl is not beside it")
        return [given]
    if is_run(Path(given)):
        return [given]
    if not Path(given).is_dir():
        raise UserError(f"{given}: no such file or folder")
    if found := _search(given):
        return found
    raise UserError(f"{given}: no run folder and no *_samples_*.jsonl log in it, at any depth")


def _of_file(path: str) -> list[str]:
    """Return what a file stands for: itself if it is a log, the run that it is part of, or the logs that it sums up."""
    folder, name = os.path.split(path)
    is_summary, is_log = name.endswith(RESULTS_END), bool(LOG_NAME.match(name))
    if is_run(Path(folder)) and (is_summary or is_log or name in (RUN_NAME, ANSWERS_NAME)):
        return [folder or "."]
    if is_log:
        return [path]
    if not is_summary:
        return []
    start = f"{_stamp(path)}_samples_"
    names = sorted(one.name for one in Path(folder or ".").iterdir())
    return [os.path.join(folder, one) for one in names if one.startswith(start) and LOG_NAME.match(one)]  # noqa: PTH118


def _search(given: str) -> list[str]:
    found: list[str] = []
    for folder, folders, files in os.walk(given):
        if RUN_NAME in files:
            found.append(folder)
            folders.clear()
        else:
            found += [str(os.path.join(folder, file)) for file in files if LOG_NAME.match(file)]  # noqa: PTH118
    return sorted(found)


def _stamp(results: str) -> str:
    return Path(results).name.removesuffix(RESULTS_END)


def short_names(paths: Sequence[str]) -> list[str]:
    """Shorten paths by what does not tell them apart: the folders common to all, lmms-eval's own folder per model
    (``org__name``), and the task in a log's name. They stay different from each other.
    """
    split = [path.split("/") for path in paths]
    common = 0
    while len(split) > 1 and all(len(parts) > common + 1 and parts[common] == split[0][common] for parts in split):
        common += 1
    if len(split) == 1:
        common = max(len(split[0]) - 2, 0)
    longer = ["/".join(parts[common:]) for parts in split]
    without_task = [_without_task(name) for name in longer]
    shorter = ["/".join(part for part in name.split("/") if "__" not in part) for name in without_task]
    return next((names for names in (shorter, without_task) if len(set(names)) == len(names) and all(names)), longer)


def _without_task(name: str) -> str:
    folder, slash, file = name.rpartition("/")
    file, hash_mark, run = file.partition("#")
    match = LOG_NAME.match(file)
    return f"{folder}{slash}{match['stamp'] if match else file}{hash_mark}{run}"
