"""Options of ``sbatch`` that a site gives beside our own: their names, whose place they take, which are not theirs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

_SHORT = {
    "A": "account",
    "a": "array",
    "b": "begin",
    "B": "extra-node-info",
    "C": "constraint",
    "c": "cpus-per-task",
    "D": "chdir",
    "d": "dependency",
    "e": "error",
    "F": "nodefile",
    "G": "gpus",
    "H": "hold",
    "h": "help",
    "i": "input",
    "J": "job-name",
    "k": "no-kill",
    "L": "licenses",
    "M": "clusters",
    "m": "distribution",
    "N": "nodes",
    "n": "ntasks",
    "O": "overcommit",
    "o": "output",
    "p": "partition",
    "Q": "quiet",
    "q": "qos",
    "S": "core-spec",
    "s": "oversubscribe",
    "t": "time",
    "V": "version",
    "v": "verbose",
    "W": "wait",
    "w": "nodelist",
    "x": "exclude",
}
"""Letter of a short option → its long name."""

OWN_KEYS = {
    **{name: name for name in ("partition", "account", "qos", "constraint", "exclude", "time", "gres")},
    "cpus-per-task": "cpus",
    "mem": "mem_gb",
}
"""Option → the key of a site's settings that says the same."""

IN_PLACE_OF = {
    "mem-per-cpu": "mem",
    "mem-per-gpu": "mem",
    "cpus-per-gpu": "cpus-per-task",
    **dict.fromkeys(("gpus", "gpus-per-node", "gpus-per-task", "gpus-per-socket", "tres-per-task"), "gres"),
}
"""Option → the one of ours that means the same and is left out beside it."""

_ONE_PROCESS = "an array task is one process on one node"
_TOLD = "where sbatch says which job it accepted is read"
REFUSED = {
    "array": "its tasks are the shards: give --shards and `at_once`",
    **dict.fromkeys(("output", "error", "open-mode", "input"), "logs lie where `strokerehab status` names them"),
    "dependency": "the job that merges waits for the array",
    "signal": "a task is warned before its time limit: `warn_s`",
    "job-name": "it is the model's",
    **dict.fromkeys(("requeue", "no-requeue"), "tasks that reach their time limit are always requeued"),
    **dict.fromkeys(("export", "export-file"), "tasks need the environment that you submit in"),
    "chdir": "tasks run where you submit",
    "clusters": "set SLURM_CLUSTERS in your shell instead, which squeue and scontrol read, too",
    **dict.fromkeys(("nodes", "ntasks", "ntasks-per-node", "ntasks-per-gpu", "ntasks-per-core"), _ONE_PROCESS),
    **dict.fromkeys(("ntasks-per-socket", "wrap"), _ONE_PROCESS),
    **dict.fromkeys(("parsable", "quiet", "test-only", "wait", "help", "usage", "version"), _TOLD),
}
"""Option → why a site cannot give it."""

_NAME = re.compile(r"[a-z][a-z0-9-]*")
_FLAGS = {"": "", "true": ""}
_MANAGED = (*OWN_KEYS, *IN_PLACE_OF, *REFUSED)


def read_options(given: Mapping[str, str]) -> dict[str, str]:
    """Return further options by their long names, in whatever way they are spelt; a flag has the value ``""``.

    Raises:
        ValueError: an option is given twice, is said by a key of its own, or is not for a site to give.
    """
    options: dict[str, str] = {}
    for key, value in given.items():
        name = _long_name(key)
        if name in options:
            raise ValueError(f"extra.{key}: {name} is given twice")
        if reason := _why_not(name):
            raise ValueError(f"extra.{key}: {reason}")
        if not value.isprintable():
            raise ValueError(f"extra.{key}: the value holds a character that cannot be printed, such as a line break")
        if value.lower() != "false":
            options[name] = _FLAGS.get(value.lower(), value)
    return options


def _long_name(key: str) -> str:
    bare = key.strip().lstrip("-")
    return _SHORT.get(bare) or bare.lower().replace("_", "-")


def _why_not(name: str) -> str:
    if not _NAME.fullmatch(name):
        return "no name of an option of sbatch"
    if name in OWN_KEYS:
        return f"give it by the key `{OWN_KEYS[name]}`"
    if name in REFUSED:
        return f"--{name} is not for a site to give: {REFUSED[name]}"
    if name not in IN_PLACE_OF and any(managed.startswith(name) for managed in _MANAGED):  # sbatch takes beginnings
        return "give the option's whole name"
    return ""


def for_job(options: Mapping[str, str], has_gpus: bool) -> dict[str, str]:
    """Return the options of a job; those about GPUs are for jobs that have some."""
    return {name: value for name, value in options.items() if has_gpus or not _is_about_gpus(name)}


def _is_about_gpus(name: str) -> bool:
    return "gpu" in name or IN_PLACE_OF.get(name) == "gres"


def replaced(options: Iterable[str]) -> dict[str, str]:
    """Return our options that others take the place of → the other one."""
    return {IN_PLACE_OF[name]: name for name in options if name in IN_PLACE_OF}
