"""Models that answer nothing: their runs end like others, hold hidden states, and are in nothing that needs answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.execution.outcome import show_outcome, show_report
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Finished, Outcome, run_plans
from lmms_eval_plugins.execution.slurm.jobs import array_jobs
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.execution.slurm.submit import prepare_runs
from lmms_eval_plugins.execution.work import work_on_shard
from lmms_eval_plugins.runs.hidden.features import FEATURES_ONLY
from lmms_eval_plugins.runs.hidden.hidden_file import BEHIND_FRAMES, read_hidden
from lmms_eval_plugins.runs.merge import merge_run
from lmms_eval_plugins.runs.run_file import read_run_file, write_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.score import SCORES_FILE
from tests.support.command import Call, Request


def go(request: RunRequest) -> Outcome:
    return run_plans([make_plan(request)], Console(quiet=True))


def states(folder: Path) -> list[tuple[str, int, list[float]]]:
    found = read_hidden(folder, 4, BEHIND_FRAMES)
    return list(zip(found.video_ids, found.windows.tolist(), found.values.tolist(), strict=True))


@pytest.fixture(scope="module")
def command(mini_dataset: Path, tiny: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> RunRequest:
    return RunRequest(
        models="vjepa2",
        tasks="strokerehab_primitives_3",
        model_args=f"pretrained={tiny('vjepa2')},device=cpu,layers=2+4",
        log_path=tmp_path_factory.mktemp("features") / "runs",
        data=mini_dataset,
    )


@pytest.fixture(scope="module")
def run(command: RunRequest) -> Finished:
    """A finished run; do not change it."""
    (run,) = go(command).runs
    return run


@pytest.fixture
def copied(command: RunRequest, run: Finished, tmp_path: Path) -> tuple[RunRequest, Path]:
    """The command, and the folder of its run, elsewhere."""
    log_path = Path(shutil.copytree(command.log_path, tmp_path / "copied"))
    return replace(command, log_path=log_path), log_path / run.folder.relative_to(command.log_path)


def test_a_run_is_finished_when_every_window_has_its_states(run: Finished) -> None:
    file = read_run_file(run.folder)
    assert (file.kind, file.status, run.problems, run.scores) == ("features", "finished", (), None)
    assert not (run.folder / SCORES_FILE).exists()
    windows = {(video.video_id, window) for video in file.videos for window in range(len(video.windows))}
    assert {(video, window) for video, window, _ in states(run.folder)} == windows


def test_a_run_that_was_cut_off_goes_on(copied: tuple[RunRequest, Path], run: Finished) -> None:
    command, folder = copied
    file = read_run_file(folder)
    answers = (folder / "answers.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "answers.jsonl").write_text("".join(answers[:10]), encoding="utf-8")
    for store in command.log_path.glob(".answers/**/*.jsonl"):
        store.unlink()
    write_run_file(folder, file.model_copy(update={"status": "running", "command_complete": False}))
    (again,) = go(command).runs
    assert (again.folder, again.n_asked, again.problems) == (folder, len(answers) - 10, ())
    assert states(folder) == states(run.folder)


def test_another_run_takes_the_states_over(copied: tuple[RunRequest, Path], run: Finished) -> None:
    (again,) = go(copied[0]).runs
    assert again.folder != run.folder and again.n_asked == 0
    assert states(again.folder) == states(run.folder)


def test_shards_and_their_merge_give_the_same(command: RunRequest, run: Finished, tmp_path: Path) -> None:
    plan = make_plan(replace(command, log_path=tmp_path / "sharded"))
    (job,) = array_jobs(plan, Site(), 2, plan.request.log_path)
    folder = prepare_runs(plan, job, plan.tasks[0])
    assert job.shards == 2 and all(work_on_shard(index, [folder]) for index in range(2))
    merged = merge_run(folder)
    assert (merged.problems, merged.left_out, merged.scores) == ((), (), None)
    assert read_run_file(folder).status == "finished"
    assert states(folder) == states(run.folder)


def test_what_a_person_sees(run: Finished, capsys: pytest.CaptureFixture[str]) -> None:
    assert not show_outcome(Outcome({"strokerehab_primitives_3": [run]}, ()), (), Console(width=200))
    show_report([run], Console())
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == f"{run.model}, strokerehab_primitives_3: {FEATURES_ONLY}"
    assert not any(line.startswith(("report", "mean")) for line in lines)


@pytest.mark.parametrize(
    "verb",
    [
        ("score",),
        ("table", "dose_models"),
        ("decode",),
        ("answers",),
        ("measure", "--run"),
        ("report",),
        ("labels", "convert", "--to", "elan", "--out", "nowhere"),
        ("figure", "counts"),
    ],
    ids=lambda verb: verb[0],
)
def test_verbs_that_need_answers_refuse_it_by_name(verb: tuple[str, ...], run: Finished, call: Call) -> None:
    done = call(*verb, run.folder)
    assert done.status == 2 and done.line.endswith(f"{run.folder}: {FEATURES_ONLY}")


def test_it_is_left_out_among_others_and_has_a_state(
    copied: tuple[RunRequest, Path], request_for: Request, call: Call
) -> None:
    command, folder = copied
    go(request_for(log_path=command.log_path))
    done = call("table", "dose_models", command.log_path)
    assert done.status == 0 and "omniscient" in done.out and "vjepa2" not in done.out
    assert done.line == f"note: {folder}: left out: {FEATURES_ONLY}"
    status = call("status", command.log_path).out.splitlines()
    assert any("vjepa2" in line and "24 of 24" in line and line.endswith("finished") for line in status)


def test_its_answers_are_not_repeated(run: Finished, request_for: Request) -> None:
    outcome = go(request_for(models="replay", model_args=f"source={run.folder}"))
    assert outcome.runs == [] and outcome.errors[0].endswith(f"{run.folder}: {FEATURES_ONLY}")
