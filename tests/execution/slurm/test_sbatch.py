"""How ``sbatch`` is called and understood; by stand-ins for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import IN_USE
from lmms_eval_plugins.execution.slurm import sbatch
from lmms_eval_plugins.execution.slurm.sbatch import make_executor, submit_job
from lmms_eval_plugins.execution.slurm.site import Site


def submitted(fake_slurm: Path, logs: Path, code: str) -> str:
    """Submit a job to a stand-in with some code; returns its number."""
    (fake_slurm / "sbatch").write_text(f"#!/bin/sh\n{code}\n")
    executor = make_executor(logs, {"time": 5, "job_name": "x"}, Site())
    return str(submit_job(executor, print, "hello").job_id)


@pytest.mark.parametrize(
    "code",
    [
        "echo 'Submitted batch job 12'",
        "echo 'Submitted batch job 12 on cluster north'",
        "echo '12;north'",
        "echo 'job 3 costs 5 credits'; echo 'sbatch: warning: slow' >&2; echo 'Submitted batch job 12'",
    ],
)
def test_the_number_of_a_job_is_understood(code: str, fake_slurm: Path, tmp_path: Path) -> None:
    assert submitted(fake_slurm, tmp_path / "logs", code) == "12"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("exit 1", "sbatch refused the job: it ended with status 1 and said nothing"),
        ("echo 'no more today' >&2; exit 1", "sbatch refused the job: no more today"),
        (
            "printf 'sbatch: error: \\033[31mno account\\033[0m\\007\\nsbatch: error: failed: Unspecified\\n' >&2;"
            " exit 1",
            "sbatch refused the job: no account; failed: Unspecified",
        ),
        ("echo 'sbatch: error: --comment=k3y-in-use' >&2; exit 1", "sbatch refused the job: --comment=(secret hidden)"),
        ("echo 'sbatch: fatal: no configuration' >&2; exit 1", "sbatch refused the job: no configuration"),
        ("echo welcome", "sbatch said 'welcome', which names no job; look with `squeue --me` whether it has one"),
    ],
)
def test_its_own_words_are_the_error(
    code: str, says: str, fake_slurm: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    IN_USE.add(["k3y-in-use"])
    with pytest.raises(UserError) as error:
        submitted(fake_slurm, tmp_path / "logs", code)
    assert str(error.value) == says
    assert capsys.readouterr().err == ""


def test_one_that_hangs_is_ended(fake_slurm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sbatch, "LONGEST_CALL_S", 1)
    with pytest.raises(UserError, match="gave no answer in 1 s; look with `squeue --me`"):
        submitted(fake_slurm, tmp_path / "logs", "exec sleep 60")


def test_it_sees_no_variable_that_collides(fake_slurm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SBATCH_TIMELIMIT", "SBATCH_RESERVATION", "HF_TOKEN"):
        monkeypatch.setenv(name, "5")
    submitted(fake_slurm, tmp_path / "logs", f"env >{tmp_path}/seen; echo 'Submitted batch job 1'")
    seen = (tmp_path / "seen").read_text()
    assert "SBATCH_TIMELIMIT" not in seen and "SBATCH_RESERVATION=5" in seen and "HF_TOKEN=5" in seen


def test_a_full_disk_names_the_accepted_job(fake_slurm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "pickle")

    from submitit.core.utils import JobPaths

    monkeypatch.setattr(JobPaths, "move_temporary_file", full)
    with pytest.raises(UserError, match="pickle: No space left on device; sbatch had accepted job 4: `scancel 4`"):
        submitted(fake_slurm, tmp_path / "logs", "echo 'Submitted batch job 4'")


@pytest.mark.parametrize("program", ["srun", "sbatch"])
def test_without_slurm_the_error_is_one_line(
    program: str, fake_slurm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(fake_slurm))
    (fake_slurm / program).unlink()
    with pytest.raises(UserError, match=f"this machine has no Slurm .no `{program}` is on the path"):
        make_executor(tmp_path / "logs", {}, Site())
