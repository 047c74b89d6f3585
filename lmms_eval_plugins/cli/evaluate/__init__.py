"""Verbs that run models on tasks, watch and merge the runs, and check what a run needs."""

__all__ = [
    "cache",
    "cost",
    "doctor",
    "dry_run",
    "hidden_size",
    "merge",
    "models",
    "new_task",
    "run",
    "slurm",
    "status",
    "tasks",
    "validate",
    "work",
]
