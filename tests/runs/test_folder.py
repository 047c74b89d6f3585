from __future__ import annotations

import json
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.folder import complete_command, open_run
from lmms_eval_plugins.runs.run_file import RUN_NAME, RunFile, read_run_file, write_run_file

PLAN = "a" * 32


def a_run(base: Path, status: str, plan: str = PLAN) -> Path:
    with open_run(base, plan) as (folder, _):
        write_run_file(folder, RunFile(task="dose", model="m", plan=plan, status=status))
    return folder


def taken_up(base: Path, plan: str = PLAN) -> Path | None:
    with open_run(base, plan) as (folder, resumed):
        return folder if resumed else None


@pytest.mark.parametrize("status", ["running", "incomplete"])
def test_an_unfinished_run_is_taken_up(tmp_path: Path, status: str) -> None:
    folder = a_run(tmp_path, status)
    assert taken_up(tmp_path) == folder


def test_a_finished_run_is_not_once_its_command_is(tmp_path: Path) -> None:
    folder = a_run(tmp_path, "finished")
    assert taken_up(tmp_path) == folder, "another model of the same command may still be running"
    complete_command(folder)
    assert taken_up(tmp_path) is None
    assert read_run_file(folder).status == "finished"


def test_a_run_of_another_plan_is_not(tmp_path: Path) -> None:
    a_run(tmp_path, "running")
    assert taken_up(tmp_path, "b" * 32) is None


def test_a_damaged_run_file_is_passed_over(tmp_path: Path) -> None:
    (a_run(tmp_path, "running") / RUN_NAME).write_text("{", encoding="utf-8")
    assert taken_up(tmp_path) is None


def test_a_run_of_a_newer_version_is_not(tmp_path: Path) -> None:
    folder = a_run(tmp_path, "running")
    file = json.loads((folder / RUN_NAME).read_text(encoding="utf-8"))
    (folder / RUN_NAME).write_text(json.dumps(file | {"schema_version": 99}), encoding="utf-8")
    assert taken_up(tmp_path) is None


def test_of_several_the_newest(tmp_path: Path) -> None:
    for name in ("20260101_000000", "20260101_000002_10", "20260101_000002", "20260101_000002_9"):
        (tmp_path / name).mkdir()
        write_run_file(tmp_path / name, RunFile(task="dose", model="m", plan=PLAN, status="running"))
    assert taken_up(tmp_path) == tmp_path / "20260101_000002_10"


def test_a_run_that_another_process_has_is_left_alone(tmp_path: Path) -> None:
    folder = a_run(tmp_path, "running")
    code = (
        "import sys; from pathlib import Path; from lmms_eval_plugins.runs.folder import open_run\n"
        "with open_run(Path(sys.argv[1]), sys.argv[2]) as (folder, resumed):\n"
        "    print(folder, resumed, flush=True); sys.stdin.read()"
    )
    command = [sys.executable, "-c", code, str(tmp_path), PLAN]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdin
        assert other.stdout.readline().strip() == f"{folder} True"
        assert taken_up(tmp_path) is None
        other.stdin.close()
        other.wait()
    assert taken_up(tmp_path) == folder, "the lock goes with its process"


def test_runs_of_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    with ExitStack() as stack:
        folders = [stack.enter_context(open_run(tmp_path, PLAN))[0] for _ in range(5)]
    assert len(set(folders)) == 5


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("a file", encoding="utf-8")
    with pytest.raises(UserError, match=r"cannot be written .*choose another folder with --log_path"):
        taken_up(tmp_path / "runs" / "task")


def test_errors_inside_are_not_blamed_on_the_folder(tmp_path: Path) -> None:
    with pytest.raises(PermissionError, match="a video"), open_run(tmp_path, PLAN):
        raise PermissionError("a video")
