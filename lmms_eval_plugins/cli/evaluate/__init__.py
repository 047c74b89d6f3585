"""Verbs that run models on tasks, watch and merge the runs, and check what a run needs."""

__all__ = [
    "cache",
    "doctor",
    "dry_run",
    "merge",
    "models",
    "run",
    "slurm",
    "status",
    "validate",
    "work",
]
