from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.execution.wandb_log import as_results, check_wandb_args, lacks_key, log_scores
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.scored import ScoredRun
from tests.support.command import Call, Request

Scored = list[tuple[Path, ScoredRun]]


@pytest.fixture
def scored(request_for: Request) -> Scored:
    """Two runs with scores."""
    request = request_for(models="omniscient,always_transport")
    runs = run_plans([make_plan(request)], Console(quiet=True)).runs
    return [(run.folder, run.scores) for run in runs if run.scores]


@pytest.fixture
def no_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment in which Weights & Biases knows no key."""
    for name in [name for name in os.environ if name.startswith("WANDB") or name == "NETRC"]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)


def test_scores_are_logged(no_key: None, scored: Scored) -> None:
    logged = log_scores("project=rehab,mode=offline,tags=x", scored)
    assert logged.problem == "" and len(logged.places) == 2
    (kept,) = Path(logged.places[0]).glob("run-*.wandb")
    data = kept.read_bytes()
    for word in (b"rehab", b"omniscient_strokerehab_primitives_3", b"strokerehab_primitives_3/edit_score"):
        assert word in data, word


def test_logging_that_hangs_is_ended_with_all_that_it_started(
    scored: Scored, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    pid = tmp_path / "pid"
    hangs = tmp_path / "hangs"
    hangs.write_text(f"#!/bin/sh\nsleep 600 &\necho $! >{pid}.new\nmv {pid}.new {pid}\nwait\n")
    hangs.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(hangs))
    logged = log_scores("project=rehab", scored, longest_s=4.5)
    assert (logged.places, logged.problem) == ((), "Weights & Biases: 0 of 2 runs logged: no answer within 6 s")
    assert ends(Path("/proc", pid.read_text().strip(), "stat"))


def ends(state: Path) -> bool:
    """Return whether a process that was killed is soon gone, or waits for whoever took it over."""
    for _ in range(200):
        try:
            if state.read_text().split()[2] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def test_scores_come_first_then_one_warning_and_status_3(
    no_key: None, call: Call, mini_dataset: Path, tmp_path: Path
) -> None:
    line = ["run", "--model", "omniscient", "--task", "strokerehab_primitives_3", "--data", mini_dataset]
    done = call(*line, "--log_path", tmp_path / "runs", "--wandb_args", "project=rehab")
    assert done.status == 3 and "omniscient" in done.out and "run: " in done.out
    note, *_, warning = done.err.splitlines()
    assert note.startswith("note: --wandb_args: no key is found: ")
    assert warning.startswith("warning: Weights & Biases: 0 of 1 runs logged: No API key configured.")
    assert done.err.count("warning: ") == 1
    assert list((tmp_path / "runs").rglob("scores.json"))


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ("projct=rehab", r"wandb.init takes no 'projct' here; did you mean 'project'\?"),
        ("settings=x", "wandb.init takes no 'settings'"),
        ("mode=offlin", "mode: unknown word 'offlin'; did you mean 'offline'"),
        ("resume=maybe", "resume: unknown word 'maybe'"),
        ("project=a/b", "project: Invalid project name"),
        ("id=a", "id names one run, and this command makes 2"),
    ],
)
def test_a_wrong_argument_is_an_error_before_anything_runs(args: str, says: str) -> None:
    with pytest.raises(UserError, match=f"^--wandb_args: {says}"):
        check_wandb_args(args, n_runs=2)


def test_arguments_that_are_right_pass() -> None:
    check_wandb_args("project=2024,entity=lab,mode=offline,group=a,tags=b,resume=allow,api_key=x,force=true", n_runs=2)
    check_wandb_args("id=a")


def test_what_is_no_list_of_arguments_is_an_error_before_anything_runs(request_for: Request) -> None:
    with pytest.raises(UserError, match=r"^--wandb_args: 'nonsense' is not key=value"):
        make_plan(request_for(wandb_args="nonsense"))


def test_where_a_key_may_be(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert lacks_key("project=x", {})
    assert not lacks_key("project=x", {"WANDB_API_KEY": "k"}) and not lacks_key("api_key=k", {})
    assert not lacks_key("mode=offline", {}) and not lacks_key("project=x", {"WANDB_MODE": "disabled"})
    assert lacks_key("mode=online", {"WANDB_MODE": "disabled"})
    (tmp_path / ".netrc").write_text("machine api.wandb.ai login user password k\n")
    assert not lacks_key("project=x", {}) and lacks_key("project=x", {"WANDB_BASE_URL": "https://wandb.example.org"})
    (tmp_path / ".netrc").write_text("machine\n")
    assert lacks_key("project=x", {})


def test_results_are_in_lmms_evals_form(scored: Scored) -> None:
    folder, scores = scored[0]
    results = as_results(scores, read_run_file(folder))
    (values,) = results["results"].values()
    mean, sem = scores.score.metrics["edit_score"]
    assert values["edit_score,none"] == mean and values["edit_score_stderr,none"] == sem
    assert results["config"]["model"] == "omniscient" and None not in values.values()
