"""Scores to Weights & Biases, through lmms-eval's own logger; only with ``--wandb_args``.

A process of its own does it, once scores are written and printed: whatever happens there, nothing waits for long, asks
anything, or is lost.
"""

from __future__ import annotations

import inspect
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from netrc import NetrcParseError, netrc
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation, nearest
from lmms_eval_plugins.runs.run_file import RunFile, read_run_file
from lmms_eval_plugins.runs.scored import ScoredRun
from lmms_eval_plugins.tasks.arguments import WANDB_OPTION, parse_model_args

_CONFIG = ("model", "card", "wrapper_args", "settings", "generation", "sampling", "versions", "git_revision", "seeds")

LONGEST_S = 60.0
"""Seconds for the first run to be logged, and for each further one a third of them."""

_START_S = "30"
"""Seconds after which wandb itself gives up to begin a run, unless the user's environment says another number."""

KEY_VARIABLE, _KEY_ARGUMENT = "WANDB_API_KEY", "api_key"
_NO_TEXT = {"config", "settings", "config_exclude_keys", "config_include_keys"}
"""Arguments of ``wandb.init`` that no text can be."""

_AS_SETTING = {"id": "run_id", "group": "run_group", "name": "run_name", "job_type": "run_job_type"}
_CHECKED = ("mode", "resume", "id", "project", "entity", "group", "name", "job_type")


@dataclass(frozen=True, slots=True)
class Logged:
    """How logging ended: where each run is, in order, and why not all are; empty where all are."""

    places: tuple[str, ...]
    problem: str


def check_wandb_args(wandb_args: str, n_runs: int = 1) -> None:
    """Check arguments for Weights & Biases, without its server, before anything runs.

    Args:
        wandb_args: ``key=value,…`` for ``wandb.init``; ``api_key`` may be among them.
        n_runs: how many runs will be logged.

    Raises:
        UserError: an argument is not one of ``wandb.init``, or its value is not valid.
    """
    import wandb

    given = _as_text(wandb_args)
    known = {*inspect.signature(wandb.init).parameters, _KEY_ARGUMENT} - _NO_TEXT
    for name in given:
        if name not in known:
            raise UserError(f"{WANDB_OPTION}: wandb.init takes no {name!r} here{nearest(name, known)}")
    if n_runs > 1 and "id" in given:
        raise UserError(f"{WANDB_OPTION}: id names one run, and this command makes {n_runs}: leave it out")
    for name in _CHECKED:
        if name in given:
            try:
                wandb.Settings(**{_AS_SETTING.get(name, name): given[name]})
            except ValidationError as error:
                raise UserError(f"{WANDB_OPTION}: {name}: {_without_field(error)}") from error
            except wandb.Error as error:
                raise UserError(f"{WANDB_OPTION}: {name}: {error}") from error


def lacks_key(wandb_args: str, environ: Mapping[str, str]) -> bool:
    """Return whether logging will fail for want of a key, as far as can be seen without Weights & Biases itself."""
    given = _as_text(wandb_args)
    mode = given.get("mode") or environ.get("WANDB_MODE", "online")
    if mode not in ("online", "run", "shared") or _KEY_ARGUMENT in given or environ.get(KEY_VARIABLE):
        return False
    if environ.get("WANDB_IDENTITY_TOKEN_FILE"):
        return False
    host = urlsplit(environ.get("WANDB_BASE_URL", "")).hostname or "api.wandb.ai"
    places = (environ.get("NETRC"), "~/.netrc", "~/_netrc")
    return not any(_knows(Path(place).expanduser(), host) for place in places if place)


def _knows(path: Path, host: str) -> bool:
    try:
        return netrc(str(path)).authenticators(host) is not None
    except (OSError, NetrcParseError, UnicodeDecodeError):
        return False


def log_scores(wandb_args: str, scored: Sequence[tuple[Path, ScoredRun]], longest_s: float = LONGEST_S) -> Logged:
    """Log the scores and settings of runs, each as a run of its own; the first that cannot be logged is the last tried.

    Args:
        wandb_args: ``key=value,…`` for ``wandb.init``; without a name, those of the model and the task make one.
        scored: each run's folder and scores.
        longest_s: see `LONGEST_S`.
    """
    if not scored:
        return Logged((), "")
    given = _as_text(wandb_args)
    environment = {"WANDB_INIT_TIMEOUT": _START_S, **os.environ, "WANDB_SILENT": "true"}
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    environment |= {KEY_VARIABLE: key} if (key := given.pop(_KEY_ARGUMENT, "")) else {}
    runs = [_described(given, folder, row) for folder, row in scored]
    seconds = longest_s * (1 + (len(runs) - 1) / 3)
    with tempfile.TemporaryDirectory() as folder:
        said = Path(folder) / "said"
        ended = _call(json.dumps(runs), environment, said, seconds)
        lines = [json.loads(line) for line in said.read_text(encoding="utf-8").splitlines()] if said.is_file() else []
    places = tuple(line["place"] for line in lines if "place" in line)
    if len(places) == len(runs):
        return Logged(places, "")
    problems = [line["problem"].rstrip(".") for line in lines if "problem" in line]
    reason = problems[0] if problems else "its process ended early" if ended else f"no answer within {seconds:.0f} s"
    return Logged(places, f"Weights & Biases: {len(places)} of {len(runs)} runs logged: {reason}")


def _call(runs: str, environment: Mapping[str, str], said: Path, seconds: float) -> bool:
    """Log in a process without a terminal, and end it with all that it started; returns whether it ended in time."""
    command = [sys.executable, "-m", "lmms_eval_plugins.execution.wandb_process", str(said)]
    silent = subprocess.DEVNULL
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=silent, stderr=silent, start_new_session=True, text=True
    )
    try:
        process.communicate(runs, timeout=seconds)
    except subprocess.TimeoutExpired:
        return False
    finally:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
            except ProcessLookupError:
                break
        process.wait()
    return True


def _described(given: Mapping[str, object], folder: Path, row: ScoredRun) -> dict[str, Any]:  # as lmms-eval takes them
    args = {"name": f"{row.model}_{row.task}", **given}
    if tag := args.get("tags"):
        args["tags"] = [tag]
    return {"args": args, "results": as_results(row, read_run_file(folder))}


def _as_text(wandb_args: str) -> dict[str, Any]:  # text, or true and false
    values = parse_model_args(wandb_args, WANDB_OPTION)
    return {name: value if isinstance(value, bool) else str(value) for name, value in values.items()}


def _without_field(error: ValidationError) -> str:
    return describe_validation(error).partition(": ")[2]


def as_results(row: ScoredRun, run: RunFile) -> dict[str, Any]:  # as lmms-eval takes them
    """Return a run's scores in the form of lmms-eval's results."""
    values: dict[str, float] = {}
    for name, (mean, sem) in row.score.metrics.items():
        values |= {} if mean is None else {f"{name},none": mean}
        values |= {} if sem is None else {f"{name}_stderr,none": sem}
    return {
        "results": {row.task: values},
        "configs": {row.task: {"generation_kwargs": run.generation, **run.settings}},
        "config": run.model_dump(mode="json", include=set(_CONFIG)),
        "versions": {row.task: "N/A"},
        "n-shot": {row.task: 0},
    }
