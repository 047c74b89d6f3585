"""The environment of ``sbatch``, which takes variables of a shell before the options in a script."""

from __future__ import annotations

from collections.abc import Mapping

from lmms_eval_plugins.core.console import one_line
from lmms_eval_plugins.core.errors import listed
from lmms_eval_plugins.core.redaction import hidden_settings
from lmms_eval_plugins.execution.slurm.options import IN_PLACE_OF, OWN_KEYS, REFUSED
from lmms_eval_plugins.execution.slurm.site import Site

_PREFIX = "SBATCH_"
_OTHERWISE = {"timelimit": "time", "array-inx": "array", "mem-per-node": "mem"}
"""Rest of a variable's name → the option, where they differ."""

_KEPT_IN_JOB = {"CONF", "CONF_SERVER", "JWT", "UMASK", "EXIT_ERROR", "DEBUG_FLAGS", "TIME_FORMAT", "CLUSTERS"}
_OF_STEPS = {
    *("MEM_PER_CPU", "MEM_PER_GPU", "MEM_PER_NODE", "CPUS_PER_TASK", "CPUS_PER_GPU", "NTASKS", "NPROCS", "NNODES"),
    *("JOB_NUM_NODES", "NTASKS_PER_NODE", "GRES", "GPUS", "GPUS_PER_NODE", "GPUS_PER_TASK", "TIMELIMIT"),
    *("PARTITION", "EXPORT_ENV"),
}
"""Variables ``SLURM_…`` by which a step takes other resources than its job has."""


def left_out(environ: Mapping[str, str], site: Site) -> list[str]:
    """Return the variables that sbatch must not see.

    These say what we say ourselves (``SBATCH_TIMELIMIT``), or describe the job that the command itself runs in
    (``SLURM_MEM_PER_NODE``), and would be taken for the new job's.
    """
    in_job = "SLURM_JOB_ID" in environ
    return [name for name in environ if _is_ours(name, site) or _is_of_a_job(name, in_job)]


def describe_shell(environ: Mapping[str, str], site: Site) -> str:
    """Return a line about the variables for sbatch in a shell: which are in force, which are not; empty without any."""
    names = sorted(name for name in environ if name.startswith(_PREFIX))
    unused = [name for name in names if _is_ours(name, site)]
    parts = []
    values = hidden_settings({name: environ[name] for name in names if name not in unused})
    if used := [one_line(f"{name}={value}") for name, value in values.items()]:
        parts.append(f"in force from your shell: {listed(used, most=len(used))}")
    if unused:
        parts.append(f"not used from your shell, as settings here say it: {listed(unused, most=len(unused))}")
    return "; ".join(parts)


def _is_ours(variable: str, site: Site) -> bool:
    if not variable.startswith(_PREFIX):
        return False
    rest = variable.removeprefix(_PREFIX).lower().replace("_", "-")
    option = _OTHERWISE.get(rest, rest)
    if option in REFUSED:
        return option != "clusters"
    if option in site.extra or option in IN_PLACE_OF or option in ("mem", "gres"):
        return True
    return option in OWN_KEYS and getattr(site, OWN_KEYS[option]) is not None


def _is_of_a_job(variable: str, in_job: bool) -> bool:
    if variable == "SRUN_CPUS_PER_TASK":
        return True
    prefix, _, rest = variable.partition("_")
    return prefix == "SLURM" and (rest not in _KEPT_IN_JOB if in_job else rest in _OF_STEPS)
