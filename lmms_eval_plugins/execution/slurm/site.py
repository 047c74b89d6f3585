"""The settings of a cluster: partition, account, time limit, …, from files and the command line."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator
from typing_extensions import Self

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.places import working_root
from lmms_eval_plugins.core.secrets import check_shell_line
from lmms_eval_plugins.core.yaml_files import TextLoader, describe_in_file, read_yaml
from lmms_eval_plugins.execution.slurm.options import OWN_KEYS, read_options, replaced

SITE_FILE = "slurm.yaml"
USER_FILE = Path("~/.config/strokerehab") / SITE_FILE

_NUMBERED = re.compile(r":[0-9]+$")
_TWO_NUMBERS = re.compile(r"\d+:\d+")
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
        cpus: processors of a task, for each copy of the model in it.
        mem_gb: main memory of a task in 10⁹ bytes, for each copy; None is the memory of its model and 16 GB more.
        node_gpus: GPUs of a node, of which a task takes as many as its model has copies on; None is one copy.
        at_once: largest number of a model's tasks that run at the same time.
        warn_s: seconds before the time limit at which a task is to finish its batch; at least those of a batch.
        merge_partition: for the job that merges, which needs no GPU; None is ``partition``.
        setup: shell lines that run before the task, as ``module load cuda``.
        extra: further options of ``sbatch`` by name, as ``{mail-type: FAIL}``; ``mem-per-cpu`` and the like take the
            place of what we would ask for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    partition: str | None = None
    account: str | None = None
    qos: str | None = None
    constraint: str | None = None
    exclude: str | None = None
    time: str = "12:00:00"
    gres: str = "gpu"
    cpus: int = Field(default=8, ge=1)
    mem_gb: float | None = Field(default=None, gt=0)
    node_gpus: int | None = Field(default=None, ge=1)
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
        if _TWO_NUMBERS.fullmatch(text.strip()):
            raise ValueError(f"Slurm reads {text} as minutes:seconds; write {text}:00 for hours:minutes, or 0:{text}")
        return text

    @field_validator("partition", "account", "qos", "constraint", "exclude", "gres", "merge_partition")
    @classmethod
    def _is_one_line(cls, text: str | None) -> str | None:
        if text is not None and not (text and text.isprintable()):
            raise ValueError("should be text without line breaks")
        return text

    @field_validator("extra")
    @classmethod
    def _options(cls, given: dict[str, str]) -> dict[str, str]:
        try:
            return read_options(given)
        except ValueError as error:
            raise UserError(str(error)) from error  # pydantic's message would repeat the key

    @model_validator(mode="after")
    def _says_nothing_twice(self) -> Self:
        for ours, other in replaced(self.extra).items():
            if (key := OWN_KEYS[ours]) in self.model_fields_set and getattr(self, key) is not None:
                raise UserError(f"{key} and extra.{other} say the same: give one of them")
        if self.node_gpus and _NUMBERED.search(self.gres):
            raise UserError(f"gres: {self.gres} has a number of its own, which node_gpus says: give one of them")
        return self

    @property
    def minutes(self) -> int:
        """The time limit in minutes."""
        return minutes_of(self.time)

    def gres_for(self, gpus: int) -> str | None:
        """Return the GPUs of a task in Slurm's format; None for none."""
        if not gpus:
            return None
        return self.gres if _NUMBERED.search(self.gres) else f"{self.gres}:{gpus}"

    def copies_for(self, gpus: int) -> int:
        """Return how many copies of a model a task has side by side, for the GPUs of one; 0 where a node has fewer."""
        return self.node_gpus // gpus if self.node_gpus and gpus else 1


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
        site = Site.model_validate(values)
    except UserError as error:
        raise UserError(f"{SITE_FILE} and the options: {error}") from error
    except ValidationError as error:  # the files have been checked: the command line is wrong
        raise UserError(f"--{describe_validation(error, Site)}") from error
    for place, line in {
        "setup": "\n".join(site.setup),
        **{f"extra.{name}": of for name, of in site.extra.items()},
    }.items():
        check_shell_line(line, f"{SITE_FILE}: {place}")
    return site


def _read(path: Path) -> dict[str, object]:
    if not path.is_file():
        return {}
    text, values = read_yaml(path, TextLoader)
    try:
        Site.model_validate(values or {})
    except UserError as error:
        raise UserError(f"{path}: {error}") from error
    except ValidationError as error:
        raise UserError(describe_in_file(path, text, error, Site)) from error
    return values if isinstance(values, dict) else {}
