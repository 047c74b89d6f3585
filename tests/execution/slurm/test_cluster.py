"""Runs on a real Slurm of one node: all that can happen to tasks happens to some, and each run ends as it should.

Everything is submitted at once, and the events come while it runs: the tests then look at what became of it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.execution.slurm.jobs import array_jobs
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.execution.slurm.submit import submit_plan
from lmms_eval_plugins.execution.status import status_of
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, read_answers
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.score import SCORES_FILE
from lmms_eval_plugins.runs.shards import answer_files, count_lines, read_state
from tests.conftest import make_dataset, write_video
from tests.support.cluster import Cluster, why_not
from tests.support.slow_model import install

pytestmark = [
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "here"),
    pytest.mark.timeout(800),
]

ROOT = Path(__file__).parents[3]
TASK = "strokerehab_primitives_3"
CARDS = {
    "slow": "about: takes its time\nwrapper: slow\nargs: {seconds: 0.8}\ndemo_only: true\n",
    "slower": "about: takes more\nwrapper: slow\nargs: {seconds: 4}\ndemo_only: true\n",
    "broken": "about: breaks\nwrapper: slow\nargs: {fails_on: P02}\ndemo_only: true\n",
}


@dataclass(frozen=True)
class Sent:
    """A submitted run: its folder, Slurm's array, and the job that merges."""

    folder: Path
    array: str
    merge: str

    @property
    def n_answered(self) -> list[int]:
        """Answers by shard, in those files that are not merged yet."""
        return [count_lines(answer_files(self.folder, index)) for index in range(len(status_of(self.folder).shards))]


class Play:
    """The cluster, a dataset and what is submitted."""

    def __init__(self, folder: Path, cluster: Cluster) -> None:
        self.folder, self.cluster = folder, cluster
        self.data = make_dataset(folder / "data")
        self.sent: dict[str, Sent] = {}
        self.notes: dict[str, Any] = {}
        (folder / "cards").mkdir()
        for name, text in CARDS.items():
            (folder / "cards" / f"{name}.yaml").write_text(text)

    def request(self, model: str, **changes: object) -> RunRequest:
        whole = RunRequest(model, TASK, "", self.folder / "runs", self.data, model_folders=(self.folder / "cards",))
        return replace(whole, **changes)  # type: ignore[arg-type]

    def submit(self, name: str, model: str, shards: int, site: Site | None = None, **changes: object) -> list[str]:
        request = self.request(model, **{"log_path": self.folder / name, **changes})
        plan, site = make_plan(request), site or Site(cpus=1, mem_gb=1)
        jobs = array_jobs(plan, site, shards, request.log_path)
        submitted, errors = submit_plan(plan, jobs, site, Console(quiet=True))
        for one in submitted:
            first = next(iter(one.tasks.values()), "")
            self.sent[name] = Sent(one.folders[0], first.partition("_")[0], one.merge)
        return errors

    def scores(self, name: str) -> bytes:
        return (self.sent[name].folder / SCORES_FILE).read_bytes()


def four_videos(play: Play) -> Path:
    """A dataset of four videos: the small one's, and one that is labelled like its first."""
    folder = Path(shutil.copytree(play.data, play.folder / "four"))
    shutil.copytree(folder / "P01", folder / "P04")
    for path in (folder / "P04").iterdir():
        path.rename(path.with_name(path.name.replace("P01", "P04")))
    (video,) = (folder / "P04").glob("*.mp4")
    write_video(video, 60, 30, shade=40)
    manifest = folder / MANIFEST_NAME
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join([*lines, *(line.replace("P01", "P04") for line in lines if "P01" in line)]) + "\n")
    return folder


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Play]:
    folder = tmp_path_factory.mktemp("slurm")
    cluster = Cluster(folder)
    before = dict(os.environ)
    os.environ |= {**cluster.environment, "PYTHONPATH": str(install(folder / "plugin")), "HOME": str(folder)}
    os.environ.pop("COLUMNS", None)
    here = Path.cwd()
    os.chdir(ROOT)
    try:
        cluster.start_or_skip()
        yield _played(Play(folder, cluster))
    finally:
        cluster.stop()
        subprocess.run(["umount", str(folder / "full")], capture_output=True, check=False)
        os.chdir(here)
        os.environ.clear()
        os.environ |= before


def _played(play: Play) -> Play:
    cluster, one_cpu = play.cluster, {"cpus": 1, "mem_gb": 1.0}
    at_work: dict[str, Any] = {
        "model_args": "seconds=3"
    }  # long enough for what happens to it meanwhile, on a slow machine too
    # The warning comes 20 to 50 seconds after the start: Slurm looks every half a minute. All take 64 and more. Half
    # of the time after it is for the batch of 4 seconds that is under way. It is alone until it is merged: with others'
    # starts beside it, it might be warned before its first answer, which counts as a failure, or merge for a minute,
    # which is the limit of that job, too.
    play.submit("limit", "slower", 1, Site(**one_cpu, time="1", warn_s=10), limit=2)
    limit = play.sent["limit"]
    cluster.wait_for_end(limit.array, limit.merge, seconds=300)
    play.submit("lost", "slow", 1, limit=1, model_args=f"seconds=0,until={play.folder / 'go'}")
    play.submit("events", "slow", 3, **at_work)
    play.submit("broken", "broken", 2, limit=2)
    _submit_to_full_disk(play)
    play.submit("demo", "rehab_tiny", 4, data=four_videos(play))
    events, lost = (play.sent[name] for name in ("events", "lost"))
    cluster.wait_for(lambda: min(events.n_answered[:2]) >= 1, "two shards have answers", 120)
    play.notes["again"] = play.submit("events", "slow", 3, **at_work)
    cluster.run("scontrol", "requeue", f"{events.array}_0")
    cluster.run("scancel", "--signal=USR1", f"{events.array}_1")
    cluster.wait_for(lambda: read_state(events.folder, 1).state == "stopped", "a shard has stopped")
    play.notes["stopped"] = events.n_answered
    requeued = [f"{events.array}_0", f"{events.array}_1"]  # else the controller waits for the lost node
    cluster.wait_for(lambda: all(map(cluster.is_requeued, requeued)), "both are requeued", 120)
    cluster.wait_for(lambda: sum(lost.n_answered), "the one to be lost has an answer")
    cluster.kill_node()
    (play.folder / "go").touch()
    cluster.start_node()
    jobs = [job for one in play.sent.values() for job in (one.array, one.merge)]
    play.notes["states"] = cluster.wait_for_end(*jobs, seconds=200)
    return play


def _submit_to_full_disk(play: Play) -> None:
    """A run on a file system that is full as soon as it is submitted."""
    disk = play.folder / "full"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        play.notes["no disk"] = mounted.stderr.decode()
        return
    play.submit("full", "slow", 1, limit=1)
    with (disk / "filler").open("wb", buffering=0) as filler:
        try:
            while filler.write(b"\0" * 512):
                pass
        except OSError:
            return


def alone(play: Play, model: str, **changes: object) -> bytes:
    """The scores of a single process, in another folder."""
    changed = play.request(model, **changes)
    log_path, command = play.folder / "alone", [sys.executable, "-m", "lmms_eval_plugins.cli", "run"]
    command += [
        "--model",
        model,
        "--models",
        str(changed.model_folders[0]),
        "--task",
        TASK,
        "--model_args",
        "seconds=0",
    ]
    command += ["--data", str(changed.data), "--log_path", str(log_path)]
    subprocess.run(command, check=True, capture_output=True)
    (found,) = (log_path / TASK / model).glob(f"*/{SCORES_FILE}")
    return found.read_bytes()


def test_four_shards_of_the_demo_model_are_one_run(play: Play) -> None:
    request = play.request("rehab_tiny", data=play.folder / "four", log_path=play.folder / "alone")
    (run,) = run_plans([make_plan(request)], Console(quiet=True)).runs
    folder = play.sent["demo"].folder
    assert play.scores("demo") == (run.folder / SCORES_FILE).read_bytes()
    assert run.n_asked == 32 and read_run_file(folder).n_asked == 32 and read_run_file(folder).status == "finished"
    replies = [sorted((r.key, r.text) for r in read_answers(one / ANSWERS_NAME)) for one in (run.folder, folder)]
    assert replies[0] == replies[1]
    assert len(status_of(folder).shards) == 4


def test_requeued_and_stopped_tasks_go_on_where_they_were(play: Play) -> None:
    run = play.sent["events"]
    assert (play.scores("events") == alone(play, "slow")) and read_run_file(run.folder).status == "finished"
    assert 1 <= play.notes["stopped"][1] < 8
    speeds = [read_state(run.folder, index).speed for index in range(3)]
    assert sum(speed.questions for speed in speeds[1]) == 8  # no question was answered twice
    assert len(speeds[1]) >= 2
    records = list(read_answers(run.folder / ANSWERS_NAME))
    assert len(records) == len({record.place for record in records}) == 24
    assert [read_state(run.folder, index).failures for index in range(3)] == [0, 0, 0]


def test_a_task_whose_node_is_lost_goes_on(play: Play) -> None:
    run = play.sent["lost"]
    assert play.cluster.restarts(run.array) == 1
    state = read_state(run.folder, 0)
    assert state.state == "done" and state.speed[-1].questions == 7 and state.answered == 1
    records = list(read_answers(run.folder / ANSWERS_NAME))
    assert len(records) == len({record.place for record in records}) == 8
    assert read_run_file(run.folder).status == "finished"


def test_a_run_at_work_is_not_submitted_twice(play: Play) -> None:
    (error,) = play.notes["again"]
    assert "still works on it" in error


def test_a_time_limit_in_mid_run_is_survived(play: Play) -> None:
    run = play.sent["limit"]
    state = read_state(run.folder, 0)
    last = state.speed[-1]  # an execution that is slow to stop is ended before it has said its speed: the last one has
    assert state.state == "done" and last.answers_reused >= 1, play.cluster.run("squeue", "-t", "all")
    assert play.cluster.restarts(run.array) >= 1 and last.answers_reused + last.questions == 16
    assert read_run_file(run.folder).status == "finished"
    assert count_lines([run.folder / ANSWERS_NAME]) == 16


def test_a_shard_that_fails_three_times_is_reported_and_the_others_go_on(play: Play) -> None:
    run = play.sent["broken"]
    states = {state.state: state for state in (read_state(run.folder, index) for index in range(2))}
    assert set(states) == {"done", "failed"} and states["failed"].failures == 3
    assert "the device is gone while looking at P02" in states["failed"].said
    assert read_run_file(run.folder).status == "submitted"
    (log,) = (run.folder.parents[2] / ".jobs").glob(f"*/{run.merge}_0_log.out")
    assert "1 of 2 shards are not done" in log.read_text()
    command = [sys.executable, "-m", "lmms_eval_plugins.cli"]
    status = subprocess.run([*command, "status", str(run.folder)], capture_output=True, text=True, check=False)
    assert status.returncode == 3 and "failed 3 times" in status.stdout and "the device is gone" in status.stdout
    merged = subprocess.run([*command, "merge", str(run.folder), "--partial"], capture_output=True, text=True)
    assert merged.returncode == 3 and "broken (1 of 2 videos)" in merged.stdout


def test_a_full_disk_loses_nothing(play: Play) -> None:
    if "no disk" in play.notes:
        pytest.skip(f"no small file system can be made here: {play.notes['no disk']}")
    run = play.sent["full"]
    before = run.n_answered
    assert before != [8] and read_run_file(run.folder).status == "submitted"
    (play.folder / "full" / "filler").unlink()
    assert play.submit("full", "slow", 1, limit=1) == []
    again = play.sent["full"]
    assert again.folder == run.folder
    play.cluster.wait_for_end(again.array, again.merge)
    assert read_run_file(run.folder).status == "finished" and count_lines([run.folder / ANSWERS_NAME]) == 8
