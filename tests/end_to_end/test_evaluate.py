"""A random Qwen2.5-VL on demo and real clips, killed and restarted; baselines; the stock command line."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Finished, run_plans
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.score import score_paths
from tests.end_to_end.conftest import SHORT, TASK, Command
from tests.support.environments import ENVIRONMENTS, ROOT, SHARED

CLIPS = SHARED / "videos"
PUBLISHED = SHARED / "vlms4rehab"
LOG = (
    "logs/ablation_decomposed_primitives_3/qwen2_5_vl_32b/Qwen__Qwen2.5-VL-32B-Instruct/"
    f"20251109_020743_samples_{TASK}.jsonl"
)


def evaluated(models: str, data: Path, runs: Path, **more: object) -> list[Finished]:
    """Run the command in this process, which has imported everything already."""
    values = {"models": models, "tasks": TASK, "model_args": "", "log_path": runs, "data": data, **more}
    request = RunRequest(**values)  # type: ignore[arg-type]
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    assert outcome.errors == ()
    return outcome.runs


def edit_score(run: Finished) -> float:
    assert run.scores
    mean, _ = run.scores.score.metrics["edit_score"]
    assert mean is not None
    return mean


def run_folders(runs: Path) -> list[Path]:
    return sorted(path.parent for path in runs.glob("*/*/*/run.json"))


def answers_in(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines()]


def texts(folder: Path) -> dict[str, object]:
    return {str(answer["key"]): answer["text"] for answer in answers_in(folder)}


def ended(start: Callable[[], subprocess.Popen[str]], number: signal.Signals, ready: Callable[[], bool]) -> None:
    """Start a run and end it by a signal as soon as a condition holds."""
    process = start()
    deadline = time.monotonic() + 240
    while not ready():
        assert process.poll() is None, f"it ended before it could be killed: {process.communicate()}"
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(number)
    _, err = process.communicate()
    assert process.returncode == (-number if number is signal.SIGKILL else 128 + number), err
    assert number is signal.SIGKILL or f"stopped by {number.name}; answers so far are kept" in err, err


def test_killed_and_restarted_gives_the_same_answers_and_leaves_nothing(
    command: Command, small_demo: Path, tiny_qwen: Path, tmp_path: Path
) -> None:
    """`tests.end_to_end.kills` does it twenty times, at random moments."""
    model_args, tasks = f"pretrained={tiny_qwen},{SHORT},batch_size=2", f"{TASK},strokerehab_primitives_2"
    whole = evaluated("qwen2_5_vl", small_demo, tmp_path / "whole", model_args=model_args, tasks=tasks, limit=2)
    expected = {run.folder.parents[1].name: texts(run.folder) for run in whole}
    n_first = len(expected[TASK])
    assert n_first == 2 * 10 * 2 and len(set(expected[TASK].values())) > 1

    runs, temporary = tmp_path / "runs", tmp_path / "temporary"
    temporary.mkdir()
    command = replace(command, environment={**command.environment, "TMPDIR": str(temporary)})
    model = ("--model", "qwen2_5_vl", "--data", small_demo, "--model_args", model_args, "--limit", 2)
    arguments = (*model, "--task", tasks, "--log_path", runs)  # the second task takes the first one's frames

    def left() -> list[str]:
        return [path.name for path in temporary.iterdir() if path.name.startswith("strokerehab")]

    def lines() -> int:
        return sum(path.read_bytes().count(b"\n") for path in runs.glob("*/*/*/answers.jsonl"))

    def start() -> subprocess.Popen[str]:
        return command.start(*arguments)

    pick = random.Random(0)
    early, late = pick.randint(2, n_first // 3), pick.randint(n_first // 2, 2 * n_first // 3)
    ended(start, signal.SIGKILL, lambda: lines() >= early)
    assert early <= lines() < late and left()
    ended(start, signal.SIGTERM, lambda: lines() >= late)
    (folder,) = run_folders(runs)
    assert late <= lines() < n_first and left() == []
    with (folder / "answers.jsonl").open("a", encoding="utf-8") as torn:
        torn.write('{"key": "half of a li')

    done = command.run(*arguments)
    assert done.returncode == 0, done.stderr
    assert f"going on with {folder}" in done.stderr and left() == []
    assert {folder.parents[1].name: texts(folder) for folder in run_folders(runs)} == expected
    for run in whole:
        (folder,) = runs.glob(f"{run.folder.parents[1].name}/*/*")
        assert len(answers_in(folder)) == len(answers_in(run.folder)), "a request has two answers, or none"
        assert (folder / "scores.json").read_bytes() == (run.folder / "scores.json").read_bytes()
        assert json.loads((folder / "run.json").read_text(encoding="utf-8"))["status"] == "finished"


@pytest.mark.skipif(not CLIPS.is_dir(), reason="the real clips (../shared/videos) are not here")
def test_real_clips(command: Command, tiny_qwen: Path, tmp_path: Path) -> None:
    arguments = ("--model", "qwen2_5_vl", "--data", CLIPS, "--log_path", tmp_path / "runs")
    done = command.run(*arguments, "--model_args", f"pretrained={tiny_qwen},{SHORT},batch_size=8")
    assert done.returncode == 0, done.stderr
    assert "no video has a label file" in done.stdout
    (folder,) = run_folders(tmp_path / "runs")
    answers = answers_in(folder)
    assert {answer["video_id"] for answer in answers} == {path.stem for path in CLIPS.glob("*.m*[v4]")}
    assert len({answer["key"] for answer in answers}) == len(answers) >= 8


@pytest.mark.skipif(ENVIRONMENTS is None, reason="this Python is not an environment made by setup_envs.sh")
def test_evaluate_sh(command: Command, small_demo: Path, tmp_path: Path) -> None:
    planned = command.run("--data", small_demo, "--limit", 4, "--dry-run")
    assert planned.returncode == 0 and "nothing was asked" in planned.stdout, planned.stderr
    refused = command.run("--data", tmp_path / "gone")
    lines = [line for line in refused.stderr.splitlines() if " is installed for " not in line]  # of another checkout
    assert refused.returncode == 2 and len(lines) == 1


def test_the_ceiling_is_far_above_the_floors(small_demo: Path, tmp_path: Path) -> None:
    omniscient, transport, markov = evaluated("omniscient,always_transport,markov", small_demo, tmp_path / "runs")
    assert edit_score(omniscient) > 85
    assert edit_score(omniscient) - 25 > edit_score(markov) > edit_score(transport) + 10


def test_replay_of_a_run(small_demo: Path, tmp_path: Path) -> None:
    (markov,) = evaluated("markov", small_demo, tmp_path / "runs")
    (again,) = evaluated("replay", small_demo, tmp_path / "runs", model_args=f"source={markov.folder}")
    assert markov.scores and again.scores and again.scores.score == markov.scores.score


@pytest.mark.skipif(not PUBLISHED.is_dir(), reason="the published logs (../shared/vlms4rehab) are not here")
def test_replay_of_a_published_log(tmp_path: Path) -> None:
    """Imported dataset, our windows, the log's answers, our rule: the published number."""
    subprocess.run(
        [sys.executable, "-m", "lmms_eval_plugins.cli", "import", PUBLISHED, "--out", tmp_path / "study"],
        check=True,
        capture_output=True,
    )
    tasks = Path(shutil.copytree(shipped("tasks") / "strokerehab", tmp_path / "tasks"))
    file = tasks / f"{TASK}.yaml"
    file.write_text(file.read_text(encoding="utf-8").replace("reading: default", "reading: published"), "utf-8")
    (run,) = evaluated(
        "replay",
        tmp_path / "study",
        tmp_path / "runs",
        model_args=f"source={PUBLISHED / LOG}",
        selection="dose_adl",
        task_folders=(tasks,),
    )
    expected = json.loads((PUBLISHED / "EXPECTED.json").read_text(encoding="utf-8"))[LOG]
    assert run.problems == () and run.scores and run.scores.policy == "published"
    scored = run.scores.to_json()
    assert scored == pytest.approx({name: expected[name] for name in scored}, abs=1e-9)


def test_the_stock_command_line_agrees(small_demo: Path, tmp_path: Path) -> None:
    """The lmms-eval command of the page for engineers, on the small dataset."""
    (ours,) = evaluated("omniscient", small_demo, tmp_path / "runs")
    assert ours.scores
    page = (ROOT / "docs" / "ml-engineer.md").read_text(encoding="utf-8").splitlines()
    (line,) = [line for line in page if line.startswith("lmms-eval ")]
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "STROKEREHAB_DATA": str(small_demo), "OMP_NUM_THREADS": "1"}
    words = ["bash", "-c", f"{line} --output_path '{tmp_path / 'stock'}'"]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr[-2000:]
    (results,) = (tmp_path / "stock").rglob("*_results.json")
    theirs = json.loads(results.read_text(encoding="utf-8"))["results"][TASK]
    for name, (mean, _) in ours.scores.score.metrics.items():
        assert theirs[f"{name},none"] == pytest.approx(mean), name


def test_score_reads_what_run_wrote(small_demo: Path, tmp_path: Path) -> None:
    (run,) = evaluated("markov", small_demo, tmp_path / "runs")
    report = score_paths([str(run.folder)])
    assert run.scores and report.errors == () and report.rows[0].to_json() == run.scores.to_json()
