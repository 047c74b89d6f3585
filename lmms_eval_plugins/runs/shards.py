"""The shards of a run: the videos of each process or array task, and its progress.

``shards.json`` in a run's folder lists them and is written once, before the first question; ``shard-<number>.json`` is
written by the process that works on the shard, ``jobs.json`` by the command that submits it to Slurm.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, field_validator

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.json_files import write_json
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.reuse import AnsweredUnder, ReusedAnswers
from lmms_eval_plugins.runs.run_file import Problem, Speed, as_recorded
from lmms_eval_plugins.runs.run_request import RunRequest

SHARDS_FILE, JOBS_FILE = "shards.json", "jobs.json"
_STEM = Path(ANSWERS_NAME).stem
_JOBS = TypeAdapter(dict[int, str])


class Shard(BaseModel):
    """A shard: its videos with the number of questions about each, its number of windows, its length in seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    videos: dict[str, int]
    windows: int
    seconds: float

    @property
    def questions(self) -> int:
        """The number of questions about all its videos."""
        return sum(self.videos.values())


class Shards(BaseModel):
    """All shards of a run.

    Attributes:
        request: the command line, of one model and one task; without secrets.
        asked: hash of the requests, by which a worker sees that nothing has changed since.
        shards: the shards.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    request: RunRequest
    asked: str
    shards: tuple[Shard, ...]


class ShardState(BaseModel):
    """The progress of a shard.

    Attributes:
        state: ``waiting`` until a process works on it, ``stopped`` where that stopped early, ``failed`` for good.
        failures: how often it has failed.
        said: last lines of its log when it last failed; the name is that of the file's key.
        job: Slurm's name of the task that works on it.
        host: the machine of that task.
        log: file with the output of its process.
        since: when the state was entered, in ISO 8601.
        answered: answers that were there when its process began.
        speed: what each of its ended processes measured.
        problems: videos that could not be used, and why.
        fingerprint: hash of the model, its weights and settings.
        device: what the model ran on.
        weights: the weights that it loaded, as in ``run.json``.
        under: under what it answered.
        reused: answers of earlier processes, by what they were given under.
        notes: what a reader of its model's answers should know.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

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
    under: AnsweredUnder | None = None
    reused: tuple[ReusedAnswers, ...] = ()
    notes: tuple[str, ...] = ()

    @field_validator("since")
    @classmethod
    def _is_a_time(cls, since: str) -> str:
        if since and datetime.fromisoformat(since).tzinfo is None:
            raise ValueError("is a time without its zone")
        return since


def write_shards(folder: Path, shards: Shards) -> None:
    """Write the shards of a run; everything about earlier shards but their answers is removed."""
    clear_shards(folder)
    write_json(folder / SHARDS_FILE, shards.model_dump(mode="json"))


def clear_shards(folder: Path) -> None:
    """Remove everything about the shards of a run but their answers."""
    for path in (folder / SHARDS_FILE, folder / JOBS_FILE, *folder.glob("shard-*.json")):
        path.unlink(missing_ok=True)


def is_sharded(folder: Path) -> bool:
    """Return whether a run has shards."""
    return (folder / SHARDS_FILE).is_file()


def read_shards(folder: Path) -> Shards:
    """Read the shards of a run.

    Raises:
        UserError: there are no shards, or the file is damaged.
    """
    path = folder / SHARDS_FILE
    try:
        return Shards.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}); is {folder} a run with shards?") from error
    except ValidationError as error:
        raise UserError(f"{path}: {describe_validation(error, Shards)}") from error


def read_state(folder: Path, index: int) -> ShardState:
    """Read the progress of a shard; a missing or damaged file is a shard that waits."""
    try:
        return ShardState.model_validate_json(_state_file(folder, index).read_bytes())
    except (OSError, ValidationError):
        return ShardState()


def write_state(folder: Path, index: int, before: ShardState, **changes: object) -> ShardState:
    """Write the progress of a shard: as before, but for some changes; returns it."""
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    state = before.model_copy(update={"since": since, **changes})
    write_json(_state_file(folder, index), dict(state), as_recorded)
    return state


def shard_states(folder: Path) -> tuple[ShardState, ...]:
    """Return the progress of all shards of a run that have begun."""
    numbers = (path.stem.partition("-")[2] for path in folder.glob("shard-*.json"))
    written = sorted(int(number) for number in numbers if number.isdecimal())
    return tuple(read_state(folder, number) for number in written)


def read_jobs(folder: Path) -> dict[int, str]:
    """Read which Slurm task, ``JOB_TASK``, was last submitted for each shard; none outside Slurm.

    Raises:
        UserError: the file is damaged, so that nobody knows whether tasks work on the run.
    """
    path = folder / JOBS_FILE
    if not path.exists():
        return {}
    try:
        return _JOBS.validate_json(path.read_bytes())
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror})") from error
    except ValidationError as error:
        raise UserError(
            f"{path}: {describe_validation(error)}; if `squeue` lists none of its jobs, delete the file"
        ) from error


def write_jobs(folder: Path, jobs: Mapping[int, str]) -> None:
    """Write which tasks were submitted for some shards; those of other shards stay."""
    write_json(folder / JOBS_FILE, {str(index): job for index, job in {**read_jobs(folder), **jobs}.items()})


def answer_file(folder: Path, index: int, restart: int = 0) -> Path:
    """Return the answer file of a shard; after a restart it is another one, since a lost node may still write."""
    return folder / f"{_STEM}-{index}{f'-{restart}' * (restart > 0)}.jsonl"


def answer_files(folder: Path, index: int) -> list[Path]:
    """Return all answer files of a shard."""
    return sorted([*folder.glob(f"{_STEM}-{index}.jsonl"), *folder.glob(f"{_STEM}-{index}-*.jsonl")])


def all_answer_files(folder: Path) -> list[Path]:
    """Return all answer files of all shards."""
    return sorted(folder.glob(f"{_STEM}-*.jsonl"))


def count_lines(paths: Iterable[Path]) -> int:
    """Count the answers in some files, without half-written ones; a file that is gone has none."""
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
