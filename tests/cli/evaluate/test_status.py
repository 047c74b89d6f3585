from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.cli.evaluate.status import _age
from lmms_eval_plugins.execution.status import progress_of
from tests.support.command import Call

FIXTURES = Path(__file__).parents[2] / "golden" / "fixtures"


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A folder of runs: one finished, one that was cut off two hours ago after three answers."""
    folder = tmp_path / "runs"
    shutil.copytree(FIXTURES / "runs" / "strokerehab_primitives_2", folder / "strokerehab_primitives_2")
    cut = folder / "strokerehab_primitives_2" / "noisy" / "20250101_000000"
    lines = (cut / "answers.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (cut / "answers.jsonl").write_text("".join(lines[:3]), encoding="utf-8")
    file = json.loads((cut / "run.json").read_text(encoding="utf-8"))
    (cut / "run.json").write_text(json.dumps({**file, "status": "running"}), encoding="utf-8")
    for path in (cut / "answers.jsonl", cut / "run.json"):
        os.utime(path, (1_000_000, 1_000_000))
    return folder


def test_the_progress_of_a_run(runs: Path) -> None:
    done, cut = (
        progress_of(runs / "strokerehab_primitives_2" / name / "20250101_000000") for name in ("chain", "noisy")
    )
    assert (cut.state, cut.answered) == ("running", 3) and cut.asked > 3
    assert progress_of(cut.folder, 1_007_200.0).quiet_s == 7200
    assert done.answered == done.asked and done.problems == 0


def test_runs_are_listed(call: Call, runs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(runs.parent)
    done = call("status")
    assert done.status == 0 and not done.err and call("status", "runs").out == done.out
    lines = done.out.splitlines()
    assert lines[0].split() == ["run", "answered", "problems", "last", "change", "state"]
    (row,) = (line for line in lines if "noisy" in line)
    assert " 3 of " in row and row.rstrip().endswith("d ago  running")


def test_runs_with_shards_have_theirs(call: Call, tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "sharded", tmp_path / "runs")
    done = call("status", tmp_path / "runs")
    assert done.status == 0 and "2 of 2 shards done" in done.out and "last change" not in done.out


def test_no_runs_at_all(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = call("status")
    assert done.status == 2 and done.line == "error: runs: no such file or folder"


@pytest.mark.parametrize(("seconds", "age"), [(5, "5 s"), (125, "2 min"), (7300, "2 h"), (200_000, "2 d")])
def test_ages(seconds: float, age: str) -> None:
    assert _age(seconds) == age
