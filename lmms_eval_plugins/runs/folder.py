"""Run folders: ``runs/<task>/<model>/<stamp>/``, found again after a crash, never shared by two processes."""

from __future__ import annotations

import fcntl
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from lmms_eval_plugins.core.errors import UserError

RUN_FILE = "run.json"
_LOCK_FILE = ".lock"
COMPLETE = "command_complete"


@contextmanager
def open_run(base: Path, plan: str) -> Iterator[tuple[Path, bool]]:
    """A run folder under ``base`` (``runs/<task>/<model>``) for the plan with this hash, locked while it is open.

    The newest run of the same plan that is unfinished, or whose command is (see `complete_command`), is taken up
    again, unless another process works on it; else a new one is made. Yields the folder and whether it was there
    before.

    Raises:
        UserError: the folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            base.mkdir(parents=True, exist_ok=True)
            found = _take_up(base, plan, stack)
            folder = found or _new_folder(base, stack)
        except OSError as error:
            raise UserError(
                f"{error.filename or base}: cannot be written ({error.strerror}); choose another folder with --log_path"
            ) from error
        yield folder, found is not None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep other processes from a run folder.

    Raises:
        UserError: another one has it.
    """
    with ExitStack() as stack:
        if not _lock(folder, stack):
            raise UserError(f"{folder}: another process works on it; wait until it is done")
        yield


def complete_command(folder: Path) -> None:
    """Note that the command which made a run has done all that it was asked; the next one makes a run of its own."""
    write_json(folder / RUN_FILE, {**read_run_json(folder), COMPLETE: True})


def read_run_json(folder: Path) -> dict[str, Any]:
    """What ``run.json`` says; empty where it cannot be read."""
    try:
        values = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def write_json(path: Path, values: Mapping[str, Any]) -> None:
    """Replace a JSON file at once, so that a reader never sees half of it; of lists every item is a line."""
    partial = path.with_name(path.name + ".part")
    parts = (f" {json.dumps(key, ensure_ascii=False)}: {_text(value)}" for key, value in values.items())
    partial.write_text("{\n" + ",\n".join(parts) + "\n}\n", encoding="utf-8")
    partial.replace(path)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple) and value:
        items = (json.dumps(item, ensure_ascii=False, default=str) for item in value)
        return "[\n  " + ",\n  ".join(items) + "\n ]"
    return json.dumps(value, indent=1, ensure_ascii=False, default=str).replace("\n", "\n ")


def _take_up(base: Path, plan: str, stack: ExitStack) -> Path | None:
    for folder in sorted((path.parent for path in base.glob(f"*/{RUN_FILE}")), key=_age, reverse=True):
        if _to_go_on(folder, plan) and _lock(folder, stack) and _to_go_on(folder, plan):
            return folder  # looked at twice: the process that had it may just have finished
    return None


def _to_go_on(folder: Path, plan: str) -> bool:
    state = read_run_json(folder)
    return state.get("plan") == plan and not (state.get("status") == "finished" and state.get(COMPLETE))


def _age(folder: Path) -> tuple[str, int]:
    """Sorts run folders by time: the stamp, then the number of the run in that second."""
    day, time, number = [*folder.name.split("_"), "0", "0"][:3]
    return f"{day}_{time}", int(number) if number.isdigit() else 0


def _new_folder(base: Path, stack: ExitStack) -> Path:
    stamp = datetime.now().strftime("%Y%m%d_%H%M%S")
    for number in range(1000):
        folder = base / (f"{stamp}_{number}" if number else stamp)
        try:
            folder.mkdir()
        except FileExistsError:
            continue
        _lock(folder, stack)
        return folder
    raise UserError(f"{base}: too many runs in this second")


def _lock(folder: Path, stack: ExitStack) -> bool:
    """Whether the folder is ours from now on until the stack closes."""
    file: IO[str] = (folder / _LOCK_FILE).open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.close()
        return False
    except OSError:
        pass  # a file system without locks
    stack.callback(file.close)
    return True
