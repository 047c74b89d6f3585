"""Runs on a Slurm cluster: settings, jobs, submission, and what runs in a task."""

__all__ = ["estimate", "jobs", "merge_job", "show_jobs", "site", "submit", "supervise"]
