"""The jobs of a plan on a cluster: an array per model, a task per shard, a job that merges; their estimated cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import Plan
from lmms_eval_plugins.execution.slurm.options import for_job, replaced
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.machine.engines import runs_in_vllm
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.runs.run_file import RUN_NAME, RunFile, find_run_file
from lmms_eval_plugins.runs.shown_name import card_settings

BYTES_PER_ANSWER = 2 * 430
"""Bytes on disk: a line of `answers.jsonl` with log-probabilities, and the same in the answer store."""

_LOOKED_AT = 5
"""How many of a model's newest runs are read."""

_SHARE_OF_LIMIT = 0.5
"""Share of the time limit that a shard should take, by the estimate."""

_UNKNOWN = 8
"""Number of shards where no rate is known."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Questions per second of one process, and their source: ``measured`` or ``card``."""

    questions_per_s: float
    source: str


def rate_of(card: ModelCard, given: Mapping[str, object], log_path: Path) -> Rate | None:
    """Return a model's rate: measured in its newest run in the same engine, or from its card; None without either.

    Args:
        card: the model.
        given: the command line's arguments for its wrapper.
        log_path: folder of earlier runs.
    """
    in_vllm = runs_in_vllm(card, given)
    runs = sorted(log_path.glob(f"*/{card.name}/*/{RUN_NAME}"), key=lambda path: path.parent.name, reverse=True)
    for path in runs[:_LOOKED_AT]:
        file = find_run_file(path.parent)
        speeds = [speed for speed in file.speed if speed.questions] if file and _ran_in_vllm(file) == in_vllm else []
        if seconds := sum(speed.seconds for speed in speeds):
            return Rate(sum(speed.questions for speed in speeds) / seconds, "measured")
    return None if card.study.questions_per_s is None else Rate(card.study.questions_per_s, "card")


def _ran_in_vllm(file: RunFile) -> bool:
    return {**card_settings(file.card), **file.wrapper_args}.get("engine") == "vllm"


def hours_for(questions: int, rate: Rate | None) -> float | None:
    """Return the hours of one process for some questions; None where no rate is known."""
    return None if rate is None else questions / rate.questions_per_s / 3600


def shards_for(hours: float | None, limit_minutes: int) -> int:
    """Return how many shards let each end in half the time limit; eight where the hours are not known."""
    if hours is None:
        return _UNKNOWN
    return max(1, -int(-hours * 60 // (limit_minutes * _SHARE_OF_LIMIT)))


_ROOM_GB = 16.0
_MERGE_MINUTES, _MERGE_CPUS, _MERGE_GB = 60, 2, 8.0


@dataclass(frozen=True, slots=True)
class ArrayJob:
    """A model's array of tasks.

    Attributes:
        card: the model.
        shards: largest number of shards; a run with fewer videos has fewer.
        copies: of the model in each task, side by side, each with a shard of its own.
        gpus: of each copy.
        memory_gb: main memory of each copy, in 10⁹ bytes.
        questions: of all tasks of the plan.
        rate: that of a copy; None where none is known.
    """

    card: ModelCard
    shards: int
    copies: int
    gpus: int
    memory_gb: float
    questions: int
    rate: Rate | None

    @property
    def tasks(self) -> int:
        """Largest number of tasks of the array."""
        return -(-self.shards // self.copies)

    @property
    def gpu_hours(self) -> float | None:
        """GPU-hours of the whole array; None without a known rate or a GPU."""
        hours = hours_for(self.questions, self.rate)
        return None if hours is None or not self.gpus else hours * self.gpus


def array_jobs(plan: Plan, site: Site, shards: int | None, log_path: Path) -> list[ArrayJob]:
    """Return the arrays of a plan.

    A baseline is one shard: it takes seconds, and some baselines learn from all videos of a task.

    Args:
        plan: models and tasks.
        site: the cluster.
        shards: how many per model; None estimates them.
        log_path: folder of earlier runs, for their measured speed.

    Raises:
        UserError: a node has fewer GPUs than a model takes.
    """
    jobs = []
    for card in plan.cards:
        tasks = plan.tasks_of(card)
        if not tasks:  # its card sets a way that none of them has; the plan's warnings have it
            continue
        questions = sum(task.n_questions for task in tasks)
        most = max(len(task.prepared.videos) for task in tasks)
        rate = rate_of(card, plan.wrapper_args, log_path)
        copies = site.copies_for(card.gpus_here)
        if not copies:
            raise UserError(f"{card.name}: takes {card.gpus_here} GPUs, and a node has {site.node_gpus} (node_gpus)")
        wanted = shards or copies * -(-shards_for(hours_for(questions, rate), site.minutes) // copies)
        count = min(wanted, most) if card.looks else 1
        jobs.append(
            ArrayJob(
                card=card,
                shards=count,
                copies=min(copies, count),
                gpus=card.gpus_here,
                memory_gb=site.mem_gb or _ROOM_GB + (card.memory_wanted_gb or 0.0),
                questions=questions,
                rate=rate,
            )
        )
    return jobs


def array_parameters(job: ArrayJob, site: Site) -> dict[str, object]:
    """Return submitit's parameters for a model's array."""
    extra = for_job(site.extra, has_gpus=job.gpus > 0)
    cpus = site.cpus * job.copies
    ours = {
        "cpus_per_task": cpus,
        "mem": _mem(job.memory_gb * job.copies),
        "gres": site.gres_for(job.gpus * job.copies),
        "srun_args": [f"--cpus-per-task={cpus}"],  # which srun does not take over from sbatch since Slurm 22.05
    }
    return {
        **_common(site, site.partition, ours, extra),
        "job_name": f"strokerehab-{job.card.name}",
        "time": site.minutes,
        "array_parallelism": site.at_once,
        "signal_delay_s": site.warn_s,
    }


def merge_parameters(job: ArrayJob, site: Site, array: str) -> dict[str, object]:
    """Return submitit's parameters for the job that merges once an array has ended, successfully or not."""
    ours: dict[str, object] = {"cpus_per_task": _MERGE_CPUS, "mem": _mem(_MERGE_GB)}
    return {
        **_common(site, site.merge_partition or site.partition, ours, for_job(site.extra, has_gpus=False)),
        "job_name": f"strokerehab-merge-{job.card.name}",
        "time": min(_MERGE_MINUTES, site.minutes),
        "dependency": f"afterany:{array}",
    }


def described_resources(job: ArrayJob, site: Site) -> tuple[str, str]:
    """Return the GPUs and the memory of an array task in words, also by the site's further options."""
    extra = for_job(site.extra, has_gpus=job.gpus > 0)
    other = replaced(extra)
    gpus = f"{extra[other['gres']]} ({other['gres']})" if "gres" in other else site.gres_for(job.gpus * job.copies)
    memory = f"{extra[other['mem']]} ({other['mem']})" if "mem" in other else f"{job.memory_gb * job.copies:.0f} GB"
    return gpus or "none", memory


def _common(
    site: Site, partition: str | None, ours: Mapping[str, object], extra: Mapping[str, str]
) -> dict[str, object]:
    left_out = {name.replace("-", "_") for name in replaced(extra)}
    if "cpus_per_task" in left_out:
        left_out.add("srun_args")
    further: dict[str, object] = {"account": site.account, "requeue": True}
    further |= {name: value or True for name, value in extra.items()}
    if "gpus-per-task" in extra or "tres-per-task" in extra:
        further["ntasks"] = 1  # of which sbatch makes the number of GPUs
    return {
        "partition": partition,
        "qos": site.qos,
        "constraint": site.constraint,
        "exclude": site.exclude,
        "setup": list(site.setup) or None,
        "stderr_to_stdout": True,
        "wckey": None,
        "additional_parameters": {name: value for name, value in further.items() if value is not None},
        **{name: value for name, value in ours.items() if name not in left_out},
    }


def _mem(gb: float) -> str:
    return f"{round(gb * 1000)}M"
