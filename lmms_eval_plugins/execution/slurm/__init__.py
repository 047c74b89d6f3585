"""Runs on a Slurm cluster: settings, jobs, submission, and what runs in a task."""

__all__ = ["jobs", "options", "sbatch", "shell", "site", "submit", "supervise"]
