"""lmms-eval's own way of using several processes, ``accelerate launch``, gives the scores of one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from tests.support.command import Request

ROOT = Path(__file__).parents[2]
TASK = "strokerehab_primitives_3"


def test_accelerate_launch_scores_as_one_process(request_for: Request, mini_dataset: Path, tmp_path: Path) -> None:
    request = request_for(models="bot")
    (run,) = run_plans([make_plan(request)], Console(quiet=True)).runs
    launch = [
        sys.executable,
        "-m",
        "accelerate.commands.launch",
        "--cpu",
        "--num_processes",
        "2",
        "--num_machines",
        "1",
    ]
    launch += ["--mixed_precision", "no", "--dynamo_backend", "no", "--main_process_port", "0", "-m", "lmms_eval"]
    launch += ["--include_path", "tasks", "--tasks", TASK, "--model", "bot", "--output_path", str(tmp_path / "two")]
    environment = {**os.environ, "STROKEREHAB_DATA": str(mini_dataset)}
    done = subprocess.run(launch, env=environment, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    (results,) = (tmp_path / "two").rglob("*_results.json")
    theirs = json.loads(results.read_text(encoding="utf-8"))["results"][TASK]
    assert run.scores
    for name, (mean, _) in run.scores.score.metrics.items():
        assert theirs[f"{name},none"] == pytest.approx(mean), name
