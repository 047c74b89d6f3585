"""Run folders: ``runs/<task>/<model>/<stamp>/``, resumed after a crash, never shared by two processes."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.locks import lock_for_sure, try_lock
from lmms_eval_plugins.runs.run_file import RUN_NAME, find_run_file, read_run_file, write_run_file

_LOCK_FILE = ".lock"
_NOTHING = {_LOCK_FILE, f"{RUN_NAME}.part"}
"""What a run folder holds in which there is nothing yet."""


@contextmanager
def open_run(base: Path, plan: str) -> Iterator[tuple[Path, bool]]:
    """Open a run folder under ``base`` (``runs/<task>/<model>``) for the plan with this hash, locked while it is open.

    The newest run of the same plan that is unfinished, or whose command is (see `complete_command`), is resumed, unless
    another process works on it; else a new one is made. Yields the folder and whether it was there before.

    Raises:
        UserError: the folder cannot be written.
    """
    with ExitStack() as stack:
        try:
            base.mkdir(parents=True, exist_ok=True)
            _delete_abandoned(base)
            found = _resume(base, plan, stack)
            folder = found or _new_folder(base, stack)
        except OSError as error:
            raise UserError(
                f"{error.filename or base}: cannot be written ({error.strerror}); choose another folder with --log_path"
            ) from error
        yield folder, found is not None


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Lock a run folder.

    Raises:
        UserError: another process has it.
    """
    with ExitStack() as stack:
        if not try_lock(folder / _LOCK_FILE, stack):
            raise UserError(f"{folder}: another process works on it; wait until it is done")
        yield


def complete_command(folder: Path) -> None:
    """Record that the command of a run has done everything; the same command then makes a run of its own."""
    write_run_file(folder, read_run_file(folder).model_copy(update={"command_complete": True}))


def _resume(base: Path, plan: str, stack: ExitStack) -> Path | None:
    for folder in sorted((path.parent for path in base.glob(f"*/{RUN_NAME}")), key=_age, reverse=True):
        if _is_unfinished(folder, plan) and try_lock(folder / _LOCK_FILE, stack) and _is_unfinished(folder, plan):
            return folder  # read twice: the process that had the lock may just have finished
    return None


def _delete_abandoned(base: Path) -> None:
    """Delete the folders of processes that were killed before they had written anything into them."""
    for folder in base.iterdir():
        with suppress(OSError), ExitStack() as stack:
            if {path.name for path in folder.iterdir()} <= _NOTHING and lock_for_sure(folder / _LOCK_FILE, stack):
                shutil.rmtree(folder)


def _is_unfinished(folder: Path, plan: str) -> bool:
    file = find_run_file(folder)
    return file is not None and file.plan == plan and not (file.status == "finished" and file.command_complete)


def _age(folder: Path) -> tuple[str, int]:
    """Return what sorts run folders by time: the stamp, then the number of the run in that second."""
    day, time, number = [*folder.name.split("_"), "0", "0"][:3]
    return f"{day}_{time}", int(number) if number.isdigit() else 0


def _new_folder(base: Path, stack: ExitStack) -> Path:
    stamp = datetime.now().strftime("%Y%m%d_%H%M%S")
    for number in range(1000):
        folder = base / (f"{stamp}_{number}" if number else stamp)
        try:
            folder.mkdir()
            if try_lock(folder / _LOCK_FILE, stack):
                return folder
        except (FileExistsError, FileNotFoundError):
            continue  # there is one, or another process has just taken this one for abandoned
    raise UserError(f"{base}: too many runs in this second")
