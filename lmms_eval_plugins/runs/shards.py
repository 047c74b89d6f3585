"""The shards of a run: which videos each process or array task asks about, and how far each of them is.

``shards.json`` in a run's folder says what is asked of whom, and is written once, before anything is asked;
``shard-<number>.json`` is written by whoever works on the shard, ``jobs.json`` by who submitted that to Slurm.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.run_file import Problem, Speed, plain_json
from lmms_eval_plugins.runs.run_request import RunRequest

SHARDS_FILE, JOBS_FILE = "shards.json", "jobs.json"
_STEM = Path(ANSWERS_NAME).stem


class Shard(BaseModel):
    """A shard: its videos with the number of questions about each, its windows, and its length in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    videos: dict[str, int]
    windows: int
    seconds: float

    @property
    def questions(self) -> int:
        """Questions about all its videos."""
        return sum(self.videos.values())


class Shards(BaseModel):
    """All shards of a run.

    Attributes:
        request: the command line, about one model and one task; without secrets.
        asked: hash of what is asked, by which a worker knows that nothing has changed since.
        shards: the shards.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    request: RunRequest
    asked: str
    shards: tuple[Shard, ...]


class ShardState(BaseModel):
    """How far a shard is.

    Attributes:
        state: ``waiting`` until someone works on it, ``stopped`` where that was asked to stop, ``failed`` for good.
        failures: how often it has failed.
        said: last lines of its log when it last failed.
        job: Slurm's name of the task that works on it.
        host: where.
        log: file with what its process says.
        since: when the state was entered, in ISO 8601.
        speed: what each of its processes that came to an end measured.
        answered: answers of it that were there when its process began.
        problems: videos that could not be asked about, and why.
        fingerprint: hash of the model, its weights and settings.
        device: what the model ran on.
        weights: which weights it loaded, as ``run.json`` says it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Literal["waiting", "running", "stopped", "failed", "done"] = "waiting"
    failures: int = 0
    said: str = ""
    job: str = ""
    host: str = ""
    log: str = ""
    since: str = ""
    answered: int = 0
    speed: tuple[Speed, ...] = ()
    problems: tuple[Problem, ...] = ()
    fingerprint: str | None = None
    device: str | None = None
    weights: Mapping[str, object] | None = None


def write_shards(folder: Path, shards: Shards) -> None:
    """Write what is asked of whom; what an earlier division left is cleared, but for its answers."""
    clear_shards(folder)
    write_json(folder / SHARDS_FILE, shards.model_dump(mode="json"))


def clear_shards(folder: Path) -> None:
    """Remove all that was written about shards, but for their answers."""
    for path in (folder / SHARDS_FILE, folder / JOBS_FILE, *folder.glob("shard-*.json")):
        path.unlink(missing_ok=True)


def is_sharded(folder: Path) -> bool:
    """Whether a run is, or was, answered in shards that are still known."""
    return (folder / SHARDS_FILE).is_file()


def read_shards(folder: Path) -> Shards:
    """What is asked of whom.

    Raises:
        UserError: there are no shards, or the file is damaged.
    """
    path = folder / SHARDS_FILE
    try:
        return Shards.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); is {folder} a run of several shards?") from error
    except ValidationError as error:
        raise UserError(f"{path}: {describe_validation(error, Shards)}") from error


def read_state(folder: Path, index: int) -> ShardState:
    """How far a shard is; as if nobody had begun where nothing is written, or nothing that can be read."""
    try:
        return ShardState.model_validate_json(_state_file(folder, index).read_bytes())
    except (OSError, ValidationError):
        return ShardState()


def write_state(folder: Path, index: int, before: ShardState, **changes: object) -> ShardState:
    """Write how far a shard is: as before, but for some changes."""
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    state = before.model_copy(update={"since": since, **changes})
    write_json(_state_file(folder, index), dict(state), plain_json)
    return state


def shard_speeds(folder: Path) -> tuple[Speed, ...]:
    """Return what the processes of a run's shards measured."""
    numbers = sorted(int(path.stem.partition("-")[2]) for path in folder.glob("shard-*.json"))
    return tuple(speed for number in numbers for speed in read_state(folder, number).speed)


def read_jobs(folder: Path) -> dict[int, str]:
    """Shard → Slurm's name of the task that was last submitted for it, ``JOB_TASK``; empty outside Slurm."""
    try:
        found = json.loads((folder / JOBS_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {int(index): str(job) for index, job in found.items()}


def write_jobs(folder: Path, jobs: Mapping[int, str]) -> None:
    """Write which tasks were submitted for some shards, beside those of earlier ones."""
    write_json(folder / JOBS_FILE, {str(index): job for index, job in {**read_jobs(folder), **jobs}.items()})


def answer_file(folder: Path, index: int, restart: int = 0) -> Path:
    """Where a shard's answers are recorded; after a restart elsewhere, since a lost node may still write."""
    return folder / f"{_STEM}-{index}{f'-{restart}' * (restart > 0)}.jsonl"


def answer_files(folder: Path, index: int) -> list[Path]:
    """All files with answers of a shard."""
    return sorted([*folder.glob(f"{_STEM}-{index}.jsonl"), *folder.glob(f"{_STEM}-{index}-*.jsonl")])


def all_answer_files(folder: Path) -> list[Path]:
    """All files with answers of shards."""
    return sorted(folder.glob(f"{_STEM}-*.jsonl"))


def count_lines(paths: Iterable[Path]) -> int:
    """Answers in some files, half-written ones not counted; a file that is gone has none."""
    total = 0
    for path in paths:
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    total += block.count(b"\n")
        except FileNotFoundError:
            continue
    return total


def _state_file(folder: Path, index: int) -> Path:
    return folder / f"shard-{index}.json"
