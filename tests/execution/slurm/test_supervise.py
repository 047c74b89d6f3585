"""The watching of a worker, with stand-ins for it; with real ones on a real Slurm in `test_cluster.py`."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from submitit import LocalExecutor

from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.slurm import supervise as supervise_module
from lmms_eval_plugins.execution.slurm.jobs import array_jobs
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.execution.slurm.submit import prepare_runs
from lmms_eval_plugins.execution.slurm.supervise import merge_job, supervise
from lmms_eval_plugins.execution.work import STOP_SIGNALS
from lmms_eval_plugins.runs.merge import Merged, merge_run
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.shards import answer_file, read_state, write_state
from tests.support.command import Request

STOPS = "import os, signal, sys, time; os.kill(os.getppid(), signal.{}); time.sleep({}); sys.exit(75)"


@pytest.fixture
def folder(request_for: Request, tmp_path: Path) -> Path:
    """A run folder with two shards."""
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "looking.yaml").write_text("about: looks\nwrapper: bot\n")
    request = request_for(models="looking", model_folders=(tmp_path / "cards",))
    plan = make_plan(request)
    (job,) = array_jobs(plan, Site(), 2, request.log_path)
    return prepare_runs(plan, job, plan.tasks[0])


@pytest.fixture
def worker(
    folder: Path, fake_slurm: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., tuple[object, list[str]]]]:
    """Supervises a worker that runs the given codes, one after the other; how that ended, and what was requeued."""
    before = {number: signal.getsignal(number) for number in STOP_SIGNALS}
    scontrol = fake_slurm / "scontrol"
    scontrol.write_text(f'#!/bin/sh\necho "$@" >> {fake_slurm / "requeued"}\n')
    scontrol.chmod(0o755)
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "7")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "1")

    def run(*codes: str, grace_s: float = 20.0, limit_s: float = 3600.0) -> tuple[object, list[str]]:
        left = list(codes)
        monkeypatch.setattr(supervise_module, "work_command", lambda *_: [sys.executable, "-c", left.pop(0)])
        ended: object = None
        try:
            supervise([1], [str(folder)], str(fake_slurm), grace_s, limit_s)
        except SystemExit as error:
            ended = error.code
        assert not left
        file = fake_slurm / "requeued"
        return ended, file.read_text().splitlines() if file.is_file() else []

    yield run
    for number, handler in before.items():
        signal.signal(number, handler)


def test_a_worker_that_is_done_is_all(worker: Callable[..., tuple[object, list[str]]], folder: Path) -> None:
    assert worker("pass") == (None, [])
    assert read_state(folder, 1).failures == 0


def test_the_third_failure_is_the_last(worker: Callable[..., tuple[object, list[str]]], folder: Path) -> None:
    fails = "import sys; print('loading', flush=True); sys.exit('error: no kernel image for this device')"
    ended, requeued = worker(fails, fails, fails)
    assert "shard 1 failed 3 times" in str(ended) and "no kernel image" in str(ended) and requeued == []
    state = read_state(folder, 1)
    assert (state.state, state.failures) == ("failed", 3) and state.said.endswith("no kernel image for this device")
    assert read_state(folder, 0).state == "waiting"


def test_what_fails_once_is_tried_again(worker: Callable[..., tuple[object, list[str]]], folder: Path) -> None:
    assert worker("import sys; sys.exit(1)", "pass") == (None, [])
    assert read_state(folder, 1).failures == 1


@pytest.mark.parametrize("name", ["SIGUSR1", "SIGUSR2"])
def test_a_warned_task_requeues_itself(
    name: str, worker: Callable[..., tuple[object, list[str]]], folder: Path
) -> None:
    answers = answer_file(folder, 1)
    code = f"open({str(answers)!r}, 'a').write('x\\n'); " + STOPS.format(name, 0.2)
    assert worker(code) == (143, ["requeue 7_1"])
    assert read_state(folder, 1).failures == 0


def test_a_cancelled_task_does_not(worker: Callable[..., tuple[object, list[str]]], folder: Path) -> None:
    write_state(folder, 1, read_state(folder, 1), state="running")
    assert worker(STOPS.format("SIGTERM", 0.2)) == (143, [])
    assert read_state(folder, 1).state == "stopped"


def test_a_task_that_is_ended_at_its_limit_does(worker: Callable[..., tuple[object, list[str]]]) -> None:
    assert worker(STOPS.format("SIGTERM", 0.2), limit_s=1.0) == (143, ["requeue 7_1"])


def test_a_worker_that_does_not_end_in_time_is_killed(worker: Callable[..., tuple[object, list[str]]]) -> None:
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + STOPS.format("SIGUSR1", 60)
    assert worker(deaf, grace_s=0.1) == (143, ["requeue 7_1"])


def test_a_limit_too_short_to_answer_anything_is_a_failure(
    worker: Callable[..., tuple[object, list[str]]], folder: Path
) -> None:
    for expected in (1, 2):
        assert worker(STOPS.format("SIGUSR1", 0.1)) == (143, ["requeue 7_1"] * expected)
        assert read_state(folder, 1).failures == expected
    ended, requeued = worker(STOPS.format("SIGUSR1", 0.1))
    assert "before it had answered anything" in str(ended) and len(requeued) == 2
    assert read_state(folder, 1).state == "failed"


Copies = Callable[..., tuple[object, list[str]]]


@pytest.fixture
def copies(worker: Copies, folder: Path, fake_slurm: Path, monkeypatch: pytest.MonkeyPatch) -> Copies:
    """Supervises two copies side by side on four GPUs; each runs the codes given for its shard, one after the other."""

    def run(first: list[str], second: list[str], gpus: int = 2) -> tuple[object, list[str]]:
        left = {0: first, 1: second}
        monkeypatch.setattr(
            supervise_module, "work_command", lambda index, *_: [sys.executable, "-c", left[index].pop(0)]
        )
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7")
        ended: object = None
        try:
            supervise([0, 1], [str(folder)], str(fake_slurm), 20.0, 3600.0, gpus)
        except SystemExit as error:
            ended = error.code
        assert not any(left.values())
        file = fake_slurm / "requeued"
        return ended, file.read_text().splitlines() if file.is_file() else []

    return run


def test_copies_of_a_node_have_gpus_of_their_own(copies: Copies, fake_slurm: Path, folder: Path) -> None:
    shows = "import os; print(os.environ['CUDA_VISIBLE_DEVICES'], os.environ['HOME'])"
    assert copies([shows], [shows]) == (None, [])
    shown = [(fake_slurm / f"worker-{index}.log").read_text().split() for index in (0, 1)]
    assert shown == [["4,5", os.environ["HOME"]], ["6,7", os.environ["HOME"]]]
    ended, _ = copies([], [], gpus=3)
    assert ended == ("node_gpus: 2 processes of 3 GPUs each want 6 GPUs, this machine has 4; at most 1 fit")


def test_a_copy_that_fails_does_not_stop_the_others(copies: Copies, folder: Path) -> None:
    fails = "import sys; sys.exit('error: no kernel image')"
    answers = f"import time; time.sleep(0.5); open({str(answer_file(folder, 1))!r}, 'a').write('x\\n')"
    ended, requeued = copies([fails] * 3, [answers])
    assert str(ended).startswith("shard 0 failed 3 times") and "shard 1" not in str(ended) and requeued == []
    assert read_state(folder, 0).state == "failed" and read_state(folder, 1).failures == 0
    assert answer_file(folder, 1).read_text() == "x\n"


def test_a_warning_reaches_every_copy_and_requeues_the_task_once(copies: Copies, folder: Path) -> None:
    def waits(index: int, then: str) -> str:
        answers = f"open({str(answer_file(folder, index))!r}, 'a').write('x\\n')"
        return (
            f"import os, signal, sys, time; signal.signal(signal.SIGTERM, lambda *_: sys.exit(75)); {answers}; {then};"
            " time.sleep(60)"
        )

    until_both = f"seen = [time.sleep(0.05) for _ in range(200) if not os.path.exists({str(answer_file(folder, 0))!r})]"
    first, second = waits(0, "pass"), waits(1, f"{until_both}; os.kill(os.getppid(), signal.SIGUSR2)")
    for index in (0, 1):
        write_state(folder, index, read_state(folder, index), state="running")
    assert copies([first], [second]) == (143, ["requeue 7_1"])
    assert [read_state(folder, index).state for index in (0, 1)] == ["stopped", "stopped"]
    assert [read_state(folder, index).failures for index in (0, 1)] == [0, 0]


def test_submitits_local_executor_runs_the_same(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SLURM_JOB_ID", "SLURM_ARRAY_JOB_ID", "SLURM_ARRAY_TASK_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, (str(Path.cwd()), os.environ.get("PYTHONPATH")))))
    executor = LocalExecutor(tmp_path / "jobs")
    executor.update_parameters(timeout_min=3)
    same = [[value] * 2 for value in ([str(folder)], str(tmp_path / "jobs"), 20.0, 180.0)]
    jobs = executor.map_array(supervise, [[0], [1]], *same)
    assert [job.result() for job in jobs] == [None, None]
    merged = merge_run(folder)
    assert merged.scores and read_run_file(folder).status == "finished" and read_run_file(folder).n_asked == 24


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """A secret of the environment in which a job runs."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MY_API_KEY", "k3y-of-a-server")
    return "k3y-of-a-server"


def test_a_run_that_cannot_be_merged_does_not_stop_the_others(
    secret: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def merge(folder: Path) -> Merged:
        if folder.name == "damaged":
            raise RuntimeError(f"{secret}\x1b[31m")
        return Merged(folder, None, (f"{folder}: {secret} failed",), ())

    monkeypatch.setattr(supervise_module, "merge_run", merge)
    with pytest.raises(SystemExit) as end:
        merge_job(["damaged", "good"])
    assert end.value.code == "damaged: RuntimeError: (secret hidden)\\x1b[31m (a bug?)"
    assert capsys.readouterr().err == "problem: good: (secret hidden) failed\n"


def test_an_error_of_a_job_is_a_line_of_its_log_without_secrets(
    secret: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / secret
    folder.mkdir()
    (folder / "shards.json").write_text("{}")
    with pytest.raises(SystemExit) as end:
        supervise([0], [str(folder)], str(tmp_path), 1.0, 9.0)
    assert end.value.code == f"{tmp_path}/(secret hidden)/shards.json: request: this key is missing"
    assert end.value.__suppress_context__ and capsys.readouterr().err == ""
