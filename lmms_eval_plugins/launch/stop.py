"""Asking a process to stop: the signals, the exit status, and what Slurm calls the task."""

from __future__ import annotations

import os
import signal

STOP_SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)
"""What Slurm sends before it kills, and what a user may send: finish the batch, then end."""

STOPPED = 75
"""Exit status: asked to stop, and to be started again."""


def task_name() -> str:
    """Slurm's name of the task that this process runs in: ``JOB_TASK`` or ``JOB``; empty outside Slurm."""
    array, task = os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID")
    return f"{array}_{task}" if array and task else os.environ.get("SLURM_JOB_ID", "")
