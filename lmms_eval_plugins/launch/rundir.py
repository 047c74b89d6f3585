"""Run folders: ``runs/<task>/<model>/<stamp>/``, found again after a crash, never shared by two processes."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from lmms_eval_plugins.errors import UserError

RUN_FILE = "run.json"
_LOCK_FILE = ".lock"


@contextmanager
def open_run(base: Path, plan: str) -> Iterator[tuple[Path, bool]]:
    """A run folder under ``base`` (``runs/<task>/<model>``) for the plan with this hash, locked while it is open.

    The newest unfinished run of the same plan is taken up again, unless another process works on it; else a new one
    is made. Yields the folder and whether it was there before.

    Raises:
        UserError: the folder cannot be written.
    """
    try:
        base.mkdir(parents=True, exist_ok=True)
        for folder in sorted((path.parent for path in base.glob(f"*/{RUN_FILE}")), reverse=True):
            state = read_run(folder)
            if state.get("plan") == plan and state.get("status") != "finished":
                with _lock(folder) as mine:
                    if mine:
                        yield folder, True
                        return
        folder = _new_folder(base)
        with _lock(folder):
            yield folder, False
    except PermissionError as error:
        raise UserError(f"{error.filename}: cannot be written; choose another folder with --log_path") from error


def read_run(folder: Path) -> dict[str, Any]:
    """What ``run.json`` says; empty where it cannot be read."""
    try:
        values = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Replace a JSON file at once, so that a reader never sees half of it."""
    partial = path.with_name(path.name + ".part")
    partial.write_text(json.dumps(values, indent=1, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    partial.replace(path)


def _new_folder(base: Path) -> Path:
    stamp = datetime.now().strftime("%Y%m%d_%H%M%S")
    for number in range(1000):
        folder = base / (f"{stamp}_{number}" if number else stamp)
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        return folder
    raise UserError(f"{base}: too many runs in this second")


@contextmanager
def _lock(folder: Path) -> Iterator[bool]:
    with (folder / _LOCK_FILE).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            yield False
            return
        yield True
