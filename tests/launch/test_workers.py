from __future__ import annotations

import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.launch import workers
from lmms_eval_plugins.launch.cards import find_cards
from lmms_eval_plugins.launch.plan import RunRequest, make_plan
from lmms_eval_plugins.launch.run import Outcome, run_plan
from lmms_eval_plugins.launch.rundir import read_run
from lmms_eval_plugins.launch.workers import answer_in_parallel, count_answers, gather, share, shared_out, worker_file
from lmms_eval_plugins.wrappers.answers import ANSWERS_NAME, AnswerLog, AnswerRecord, read_answers
from tests.launch.conftest import Request

LOOKING_CARD = "about: pretends to look\nkind: model\nwrapper: constant\nargs: {answer: 'no'}\n"


def go(request: RunRequest) -> Outcome:
    return run_plan(make_plan(request), request, Console(quiet=True))


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
    assert sorted(speed["questions"] for speed in read_run(shared.folder)["speed"]) == [8, 16]
    (known,) = go(replace(command, num_processes=2, log_path=tmp_path / "others")).runs
    assert known.folder != shared.folder and known.n_asked == 0

    def answers(folder: Path) -> list[tuple[str, str, str]]:
        return sorted((r.key, r.video_id, r.text) for r in read_answers(folder / ANSWERS_NAME))

    assert answers(shared.folder) == answers(alone.folder) and len(answers(alone.folder)) == 24
    assert answers(known.folder) == answers(alone.folder)
    assert not [path for name in ("answers-*", "worker-*", "speed-*") for path in shared.folder.glob(name)]


def test_a_failed_worker_is_reported_and_its_answers_kept(
    request_for: Request, looking: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = request_for(models="looking", model_folders=(looking,), num_processes=2)
    card, task = find_cards("looking", [looking])[0], make_plan(command).tasks[0]
    code = (
        "import shutil, sys; shutil.copy(sys.argv[1], sys.argv[2]); print('working'); sys.exit('error: out of memory')"
    )
    with AnswerLog(tmp_path / "said") as log:
        log.append([a_record("a"), a_record("b")])

    def fake(*given: object) -> list[str]:
        index = given[-2]
        fails = [sys.executable, "-c", code, str(tmp_path / "said"), str(worker_file(tmp_path, 1))]
        return fails if index == 1 else [sys.executable, "-c", "pass"]

    monkeypatch.setattr(workers, "_command", fake)
    with pytest.raises(UserError, match="1 of 2 worker processes failed, the first: out of memory; what was answered"):
        answer_in_parallel(command, card, task, tmp_path)
    assert [record.key for record in read_answers(tmp_path / ANSWERS_NAME)] == ["a", "b"]
    assert "out of memory" in (tmp_path / "worker-1.log").read_text(encoding="utf-8")


def test_gathering_adds_what_is_new(tmp_path: Path) -> None:
    for path, records in {
        tmp_path / ANSWERS_NAME: [a_record("a")],
        worker_file(tmp_path, 0): [a_record("a"), a_record("b")],
        worker_file(tmp_path, 1): [a_record("b"), a_record("b", window=1), a_record("c")],
    }.items():
        with AnswerLog(path) as log:
            log.append(records)
    with worker_file(tmp_path, 1).open("a") as torn:
        torn.write('{"key": "d"')
    gather(tmp_path)
    gather(tmp_path)
    found = [(record.key, record.window) for record in read_answers(tmp_path / ANSWERS_NAME)]
    assert found == [("a", 0), ("b", 0), ("b", 1), ("c", 0)]
    assert count_answers(tmp_path) == 4 and not list(tmp_path.glob("answers-*"))


def test_shares_are_disjoint_and_whole(request_for: Request) -> None:
    task = make_plan(request_for()).tasks[0]
    shares = [share(task, index, 2).prepared.videos for index in range(2)]
    assert [len(videos) for videos in shares] == [2, 1]
    assert {v.video_id for videos in shares for v in videos} == {v.video_id for v in task.prepared.videos}


def test_a_worker_ends_with_its_parent() -> None:
    code = (
        "import threading, time; from lmms_eval_plugins.launch.workers import _end_with_parent\n"
        "threading.Thread(target=_end_with_parent, daemon=True).start()\nprint('up', flush=True); time.sleep(60)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert worker.stdin and worker.stdout and worker.stdout.readline() == "up\n"
    began = time.monotonic()
    worker.stdin.close()  # what the system does when the parent is killed
    assert worker.wait(timeout=30) == 1 and time.monotonic() - began < 10
    worker.stdout.close()


@pytest.mark.parametrize(("visible", "expected"), [("", []), ("0,2", ["0", "2"]), ("GPU-a", ["GPU-a"])])
def test_the_visible_gpus_are_used(monkeypatch: pytest.MonkeyPatch, visible: str, expected: list[str]) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert workers._gpus() == expected


def test_gpus_are_shared_out() -> None:
    gpus = ["0", "1", "2", "5"]
    assert shared_out([], 3, 1) == []
    assert shared_out(gpus, 2, 1) == ["0", "1"]
    assert shared_out(gpus[:2], 3, 1) == ["0", "1", "0"]
    assert shared_out(gpus, 2, 2) == ["0,1", "2,5"]
    with pytest.raises(UserError, match="3 processes of 2 GPUs each want 6 GPUs and here are 4; at most 2 fit"):
        shared_out(gpus, 3, 2)
