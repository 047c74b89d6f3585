"""lmms-eval's own Qwen2.5-VL backend and our engine: the same answers about whole videos."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lmms_eval_plugins.demo.shipped_weights import weights_folder
from tests.end_to_end.test_evaluate import answers_in, evaluated
from tests.support.environments import ROOT

pytest.importorskip("decord", reason="lmms-eval's qwen2_5_vl needs decord: the extra `parity`")

TASKS = "strokerehab_identification_2,strokerehab_ia4_3_30"


def test_the_stock_backend_gives_our_answers(small_demo: Path, tmp_path: Path) -> None:
    """`lmms-eval --model qwen2_5_vl` on the demo model's weights, with the requests that our engine gets."""
    ours = evaluated("rehab_tiny", small_demo, tmp_path / "runs", tasks=TASKS)
    model = f"pretrained={weights_folder()},device=cpu,device_map=cpu,max_num_frames=8,min_pixels=3136,max_pixels=16800"
    command = ["-m", "lmms_eval", "--include_path", "tasks", "--tasks", TASKS, "--model", "qwen2_5_vl"]
    done = subprocess.run(
        [sys.executable, *command, "--model_args", model, "--log_samples", "--output_path", str(tmp_path / "stock")],
        env={**os.environ, "STROKEREHAB_DATA": str(small_demo), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    for run in ours:
        mine = {(row["video_id"], row["question_id"]): row["text"] for row in answers_in(run.folder)}
        (samples,) = (tmp_path / "stock").rglob(f"*_samples_{run.folder.parents[1].name}.jsonl")
        theirs = dict(map(parsed, samples.read_text(encoding="utf-8").splitlines()))
        assert theirs and theirs == mine


def parsed(line: str) -> tuple[tuple[str, str], str]:
    """Return video, question and answer of a line of lmms-eval's samples."""
    row = json.loads(line)
    (place, *_) = [value for value in row.values() if isinstance(value, dict) and "question_id" in value]
    return (place["video_id"], place["question_id"]), row["filtered_resps"]
