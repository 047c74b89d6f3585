"""Call ``sbatch`` through submitit: in a clean environment, for a limited time; its own words where it refuses."""

from __future__ import annotations

import io
import os
import re
import shutil
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr
from pathlib import Path
from typing import Any

from rich.text import Text

from lmms_eval_plugins.core.console import one_line
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import redacted_message
from lmms_eval_plugins.execution.slurm.shell import left_out
from lmms_eval_plugins.execution.slurm.site import Site

LONGEST_CALL_S = 120
_TIMED_OUT = (124, 137)
"""Statuses of ``timeout``: ended, killed."""

_ID = re.compile(r"Submitted batch job (\d+)|^(\d+)(?:;\S+)?$", re.MULTILINE)
_ERROR = re.compile(r"^.*?\b(?:error|fatal): *(.*)$", re.MULTILINE)
_MOST_CHARACTERS = 600


def make_executor(logs: Path, parameters: Mapping[str, object], site: Site) -> Any:  # submitit has no types
    """Return submitit's executor for Slurm, with logs and batch scripts in a folder.

    Raises:
        UserError: this machine has no Slurm, or the folder cannot be made, or not be that of a log there.
    """
    for program in ("srun", "sbatch"):
        if shutil.which(program) is None:
            raise UserError(f"--slurm: this machine has no Slurm (no `{program}` is on the path); call on a login node")
    if "%" in str(logs):
        raise UserError(
            f"--log_path: {logs}: Slurm takes a % in the path of a log for a pattern; choose another folder"
        )
    try:
        logs.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UserError(f"{logs}: {error.strerror}") from error
    executor = _executor_type(site)(logs)
    executor.update_parameters(**parameters)
    return executor


def _executor_type(site: Site) -> type[Any]:  # submitit has no types
    from submitit import SlurmExecutor

    unset = [word for name in left_out(os.environ, site) for word in ("-u", name)]
    limit = ["timeout", "-k", "10", str(LONGEST_CALL_S)]

    class Executor(SlurmExecutor):  # type: ignore[misc]
        accepted = ""
        """The job that was accepted last, of any executor of this type."""

        def _make_submission_command(self, submission_file_path: Path) -> list[str]:
            return [*limit, "env", *unset, "sbatch", str(submission_file_path)]

        @staticmethod
        def _get_job_id_from_submission_command(string: bytes | str) -> str:
            text = string if isinstance(string, str) else string.decode(errors="replace")
            if (found := _ID.search(text)) is None:
                raise UserError(
                    f"sbatch said {_readable(text)!r}, which names no job; look with `squeue --me` whether it has one"
                )
            Executor.accepted = found[1] or found[2]
            return Executor.accepted

    return Executor


def submit_job(executor: Any, function: Callable[..., Any], *arguments: object, as_array: bool = False) -> Any:
    """Submit a function through an executor of `make_executor`.

    Args:
        executor: it.
        function: what runs in the job.
        *arguments: its arguments; for an array a sequence of each, one element for every task.
        as_array: submit an array.

    Returns:
        submitit's job; for an array a list of them.

    Raises:
        UserError: sbatch refused the job, did not answer, or submitit's files could not be written.
    """
    from submitit.core.utils import FailedJobError
    from submitit.slurm import slurm

    before = slurm.SlurmExecutor
    try:
        slurm.SlurmExecutor = type(executor)  # of which submitit makes another one for an array
        with redirect_stderr(io.StringIO()):  # what it prints is in the error, too
            return (executor.map_array if as_array else executor.submit)(function, *arguments)
    except FailedJobError as error:
        raise UserError(_why_refused(error)) from error
    except OSError as error:
        accepted = type(executor).accepted
        job = f"; sbatch had accepted job {accepted}: `scancel {accepted}`" if accepted else ""
        raise UserError(f"{error.filename or 'sbatch'}: {error.strerror or error}{job}") from error
    finally:
        slurm.SlurmExecutor = before


def _why_refused(error: Exception) -> str:
    status = getattr(error.__cause__, "returncode", None)
    if status in _TIMED_OUT:
        return (
            f"sbatch gave no answer in {LONGEST_CALL_S} s; look with `squeue --me` whether it accepted the job, and"
            " submit again when Slurm's controller answers (`scontrol ping`)"
        )
    text = str(error)
    reasons = dict.fromkeys(_ERROR.findall(text)) or dict.fromkeys(text.strip().splitlines()[-1:])
    reason = "; ".join(filter(None, map(_readable, reasons)))
    return f"sbatch refused the job: {reason or f'it ended with status {status} and said nothing'}"


def _readable(text: str) -> str:
    """Return a program's words as one line that steers no terminal, cut where they are very long."""
    line = one_line(redacted_message(" ".join(Text.from_ansi(text).plain.split())))
    return line if len(line) <= _MOST_CHARACTERS else f"{line[:_MOST_CHARACTERS]}…"
