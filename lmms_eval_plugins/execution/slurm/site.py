"""The settings of a cluster: partition, account, time limit, …, from files and the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.places import working_root

SITE_FILE = "slurm.yaml"
USER_FILE = Path("~/.config/strokerehab") / SITE_FILE

_TIME = re.compile(r"(?:(?P<days>\d+)-)?(?P<first>\d+)(?::(?P<second>\d+))?(?::(?P<third>\d+))?")


class Site(BaseModel):
    """How tasks are submitted; a setting that is None is left to the cluster.

    Attributes:
        partition: Slurm's partition.
        account: the account that pays.
        qos: quality of service.
        constraint: features that nodes must have.
        exclude: nodes that must not be used.
        time: time limit of a task in Slurm's format (``12:00:00``, ``2-00:00``, ``90`` minutes); a task that reaches it
            is requeued and resumes.
        gres: name of the GPUs, as ``gpu`` or ``gpu:a100``, to which the number of GPUs is added unless it has one.
        cpus: processors of a task.
        mem_gb: main memory of a task in 10⁹ bytes; None is the memory of its model and 16 GB more.
        at_once: largest number of a model's tasks that run at the same time.
        warn_s: seconds before the time limit at which a task is to finish its batch; at least those of a batch.
        merge_partition: for the job that merges, which needs no GPU; None is ``partition``.
        setup: shell lines that run before the task, as ``module load cuda``.
        extra: further options of ``sbatch`` by name, as ``{mail-type: FAIL}``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    exclude: str | None = None
    time: str = "12:00:00"
    gres: str = "gpu"
    cpus: int = Field(default=8, ge=1)
    mem_gb: float | None = Field(default=None, gt=0)
    at_once: int = Field(default=8, ge=1)
    warn_s: int = Field(default=120, ge=10)
    merge_partition: str | None = None
    setup: tuple[str, ...] = ()
    extra: dict[str, str] = Field(default_factory=dict)

    @field_validator("time")
    @classmethod
    def _time_is_one(cls, text: str) -> str:
        if not minutes_of(text):
            raise ValueError("not a time limit as 12:00:00 (hours), 2-00:00 (days-hours) or 90 (minutes)")
        return text

    @property
    def minutes(self) -> int:
        """The time limit in minutes."""
        return minutes_of(self.time)

    def gres_for(self, gpus: int) -> str | None:
        """Return the GPUs of a task in Slurm's format; None for none."""
        if not gpus:
            return None
        return self.gres if self.gres.rpartition(":")[2].isdecimal() else f"{self.gres}:{gpus}"


def minutes_of(time: str) -> int:
    """Return a time limit in Slurm's format in minutes, rounded up; 0 where it is none."""
    match = _TIME.fullmatch(time.strip())
    if match is None:
        return 0
    days, first, second, third = (None if match[i] is None else int(match[i]) for i in range(1, 5))
    if days is not None:  # days-hours[:minutes[:seconds]]
        seconds = days * 86400 + (first or 0) * 3600 + (second or 0) * 60 + (third or 0)
    elif third is not None:  # hours:minutes:seconds
        seconds = (first or 0) * 3600 + (second or 0) * 60 + third
    else:  # minutes[:seconds]
        seconds = (first or 0) * 60 + (second or 0)
    return -(-seconds // 60)


def find_site(given: Mapping[str, object]) -> Site:
    """Return the settings of this cluster: the command line's, else the project's file's, else the user's file's.

    Raises:
        UserError: a file cannot be read, or a setting is not valid.
    """
    values: dict[str, object] = {}
    for path in (USER_FILE.expanduser(), working_root() / SITE_FILE):
        values |= _read(path)
    values |= {key: value for key, value in given.items() if value is not None}
    try:
        return Site.model_validate(values)
    except ValidationError as error:  # the files have been checked: the command line is wrong
        raise UserError(f"--{describe_validation(error, Site)}") from error


def _read(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    try:
        # Every scalar is read as text: YAML takes 12:00:00 for a number of base sixty.
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader) or {}
        Site.model_validate(values)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise UserError(f"{path}: cannot be read ({' '.join(str(error).split())})") from error
    except ValidationError as error:
        raise UserError(f"{path}: {describe_validation(error, Site)}") from error
    return dict(values)
