"""From a command line to finished runs: plan, run, worker processes, Slurm."""

__all__ = [
    "command",
    "crashes",
    "harness",
    "localize",
    "measuring",
    "models",
    "outcome",
    "patient_box",
    "plan",
    "record",
    "replies",
    "run",
    "sharing",
    "slurm",
    "status",
    "wandb_log",
    "wandb_process",
    "work",
    "workers",
]
