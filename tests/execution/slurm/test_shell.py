from __future__ import annotations

from lmms_eval_plugins.execution.slurm.shell import describe_shell, left_out
from lmms_eval_plugins.execution.slurm.site import Site

SHELL = {
    "PATH": "/bin",
    "SBATCH_ACCOUNT": "lab",
    "SBATCH_PARTITION": "gpu",
    "SBATCH_RESERVATION": "\x1b[31mmine",
    "SBATCH_TIMELIMIT": "5",
    "SBATCH_ARRAY_INX": "7",
    "SBATCH_MEM_PER_CPU": "1G",
    "SBATCH_MEM_PER_NODE": "1G",
    "SBATCH_GPUS": "1",
    "SBATCH_EXPORT": "NONE",
    "SBATCH_REQUEUE": "1",
    "SLURM_CONF": "/etc/slurm.conf",
}


def test_what_settings_say_is_not_taken_from_the_shell() -> None:
    ours = {"SBATCH_TIMELIMIT", "SBATCH_ARRAY_INX", "SBATCH_MEM_PER_CPU", "SBATCH_MEM_PER_NODE", "SBATCH_GPUS"}
    ours |= {"SBATCH_EXPORT", "SBATCH_REQUEUE"}
    assert set(left_out(SHELL, Site())) == ours
    assert set(left_out(SHELL, Site(partition="cpu"))) == {*ours, "SBATCH_PARTITION"}
    assert set(left_out(SHELL, Site(extra={"reservation": "x"}))) == {*ours, "SBATCH_RESERVATION"}


def test_a_line_says_which_are_in_force() -> None:
    line = describe_shell(SHELL, Site(account="lab"))
    assert line.startswith(
        "in force from your shell: SBATCH_PARTITION=gpu, SBATCH_RESERVATION=\\x1b[31mmine; not used "
    )
    assert "SBATCH_TIMELIMIT" in line and "SBATCH_ACCOUNT" in line and "SLURM_CONF" not in line
    assert describe_shell({"PATH": "/bin"}, Site()) == ""


def test_the_job_that_the_command_runs_in_is_not_the_new_one() -> None:
    inside = {"SLURM_JOB_ID": "9", "SLURM_MEM_PER_NODE": "5", "SLURM_CPU_BIND": "x", "SRUN_CPUS_PER_TASK": "2"}
    kept = {"SLURM_CONF": "c", "SLURM_CLUSTERS": "c", "SLURMX": "y", "HOME": "/"}
    assert left_out({**inside, **kept}, Site()) == list(inside)
    outside = {"SLURM_CPU_BIND": "none", "SLURM_MEM_PER_NODE": "5"}
    assert left_out(outside, Site()) == ["SLURM_MEM_PER_NODE"]


def test_a_token_in_the_shell_is_not_shown() -> None:
    assert describe_shell({"SBATCH_COMMENT": "hf_abcdefghijklmnop"}, Site()).endswith(": SBATCH_COMMENT=(hidden)")
