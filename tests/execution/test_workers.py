from __future__ import annotations

import shutil
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution import run as run_module
from lmms_eval_plugins.execution import workers
from lmms_eval_plugins.execution.models import task_object
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Outcome, run_plans
from lmms_eval_plugins.execution.work import of_videos
from lmms_eval_plugins.execution.workers import answer_in_parallel, shared_out, worker_log
from lmms_eval_plugins.models.cards import find_cards
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, AnswerLog, AnswerRecord, read_answers
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.shards import answer_file
from tests.support.command import Request

LOOKING_CARD = "about: pretends to look\nkind: model\nwrapper: constant\nargs: {answer: 'no'}\n"


def go(request: RunRequest) -> Outcome:
    return run_plans([make_plan(request)], Console(quiet=True))


def a_record(key: str, window: int = 0) -> AnswerRecord:
    return AnswerRecord(key, "video", window, 0.0, 0.5, "motion", "hash", "yes", None, 0.1, "print")


@pytest.fixture
def looking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the card of a model that counts as one that looks, and costs nothing."""
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    folder = tmp_path / "cards"
    folder.mkdir()
    (folder / "looking.yaml").write_text(LOOKING_CARD, encoding="utf-8")
    return folder


def test_two_processes_answer_as_one_does(request_for: Request, looking: Path, tmp_path: Path) -> None:
    command = request_for(models="looking", model_folders=(looking,))
    (alone,) = go(command).runs
    (shared,) = go(replace(command, num_processes=2, log_path=tmp_path / "others")).runs
    assert shared.n_asked == 24 and shared.problems == ()
    assert sorted(speed.questions for speed in read_run_file(shared.folder).speed) == [8, 16]
    (known,) = go(replace(command, num_processes=2, log_path=tmp_path / "others")).runs
    assert known.folder != shared.folder and known.n_asked == 0

    def answers(folder: Path) -> list[tuple[str, str, str]]:
        return sorted((r.key, r.video_id, r.text) for r in read_answers(folder / ANSWERS_NAME))

    assert answers(shared.folder) == answers(alone.folder) and len(answers(alone.folder)) == 24
    assert answers(known.folder) == answers(alone.folder)
    assert not [path for name in ("answers-*", "worker-*", "shard*") for path in shared.folder.glob(name)]


def test_a_video_that_is_replaced_while_processes_are_at_it_is_named(
    request_for: Request, looking: Path, mini_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = Path(shutil.copytree(mini_dataset, tmp_path / "data"))
    command = request_for(models="looking", model_folders=(looking,), data=data, num_processes=2)
    video = next(data.rglob("P02*.mp4"))

    def replace_it(*_: object) -> None:
        Path(shutil.copy(video, tmp_path / "new.mp4")).replace(video)

    monkeypatch.setattr(run_module, "answer_in_parallel", replace_it)
    (named,) = go(command).runs
    (problem,) = read_run_file(named.folder).problems
    assert problem.video_id == video.stem and "was replaced or written to during the run" in problem.reason
    monkeypatch.setattr(run_module, "answer_in_parallel", lambda *_: None)
    (again,) = go(command).runs
    assert again.folder == named.folder and again.problems == () and read_run_file(again.folder).status == "finished"


def test_a_failed_worker_is_reported_and_its_answers_kept(
    request_for: Request, looking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = request_for(models="looking", model_folders=(looking,), num_processes=2)
    card, task = find_cards("looking", [looking])[0], make_plan(command).tasks[0]
    copies = "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2])"
    code = f"{copies}; print('working', flush=True); sys.exit('error: out of memory')"
    with AnswerLog(tmp_path / "replies") as log:
        log.append([a_record("a"), a_record("b")])

    def fake(index: int, folders: object, log: object) -> list[str]:
        fails = [sys.executable, "-c", code, str(tmp_path / "replies"), str(answer_file(tmp_path, 1))]
        return fails if index == 1 else [sys.executable, "-c", "pass"]

    monkeypatch.setattr(workers, "work_command", fake)
    with pytest.raises(UserError, match="1 of 2 worker processes failed, the first: out of memory; the answers so far"):
        answer_in_parallel(command, card, task, tmp_path, "requests")
    assert [record.key for record in read_answers(tmp_path / ANSWERS_NAME)] == ["a", "b"]
    assert "out of memory" in worker_log(tmp_path, 1).read_text(encoding="utf-8")


def test_a_worker_ends_with_its_parent() -> None:
    code = (
        "import threading, time; from lmms_eval_plugins.execution.work import _end_with_parent\n"
        "threading.Thread(target=_end_with_parent, daemon=True).start()\nprint('up', flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdin and worker.stdout and worker.stdout.readline() == "up\n"
    began = time.monotonic()
    worker.stdin.close()  # what the system does when the parent is killed
    assert worker.wait(timeout=30) == 1 and time.monotonic() - began < 10
    worker.stdout.close()


def test_gpus_are_shared_out() -> None:
    gpus = ["0", "1", "2", "5"]
    assert shared_out([], 3, 1) == []
    assert shared_out(gpus, 2, 1) == ["0", "1"]
    assert shared_out(gpus[:2], 3, 1) == ["0", "1", "0"]
    assert shared_out(gpus, 2, 2) == ["0,1", "2,5"]
    with pytest.raises(UserError, match="3 processes of 2 GPUs each want 6 GPUs, this machine has 4; at most 2 fit"):
        shared_out(gpus, 3, 2)


def test_a_shard_shows_the_partners_that_a_whole_run_does(request_for: Request) -> None:
    (task,) = make_plan(request_for(model_args="perturb=swap")).tasks
    videos = [video.video_id for video in task.prepared.videos]
    shards = [task_object(of_videos(task, some)).rows for some in (videos[:1], videos[1:])]
    rows = [{**row, "row": 0} for shard in shards for row in shard]
    assert rows == [{**row, "row": 0} for row in task_object(task).rows] and len(rows) == 24
