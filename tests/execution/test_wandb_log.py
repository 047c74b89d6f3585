from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plan
from lmms_eval_plugins.execution.wandb_log import as_results
from lmms_eval_plugins.runs.run_file import read_run_file
from tests.support.command import Request


def test_scores_are_logged_with_wandb_args_only(
    request_for: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_SILENT", "true")
    monkeypatch.chdir(tmp_path)
    request = request_for()
    run_plan(make_plan(request), request, Console(quiet=True))
    assert not (tmp_path / "wandb").exists()
    logged = replace(request, wandb_args="project=rehab,mode=offline")
    outcome = run_plan(make_plan(logged), logged, Console(quiet=True))
    assert outcome.errors == ()
    (kept,) = (tmp_path / "wandb").glob("offline-run-*/run-*.wandb")
    data = kept.read_bytes()
    for word in (b"rehab", b"omniscient_strokerehab_primitives_3", b"strokerehab_primitives_3/edit_score"):
        assert word in data, word


def test_a_misspelt_argument_is_an_error_of_the_run(request_for: Request) -> None:
    logged = request_for(wandb_args="projct=rehab,mode=offline")
    outcome = run_plan(make_plan(logged), logged, Console(quiet=True))
    assert len(outcome.errors) == 1 and "--wandb_args" in outcome.errors[0] and "projct" in outcome.errors[0]


def test_what_is_no_list_of_arguments_is_an_error_before_anything_runs(request_for: Request) -> None:
    with pytest.raises(UserError, match=r"^--wandb_args: 'nonsense' is not key=value"):
        make_plan(request_for(wandb_args="nonsense"))


def test_results_are_in_lmms_evals_form(request_for: Request) -> None:
    request = request_for()
    (run,) = run_plan(make_plan(request), request, Console(quiet=True)).runs
    assert run.scores
    results = as_results(run.scores, read_run_file(run.folder))
    (values,) = results["results"].values()
    mean, sem = run.scores.score.metrics["edit_score"]
    assert values["edit_score,none"] == mean and values["edit_score_stderr,none"] == sem
    assert results["config"]["model"] == "omniscient" and None not in values.values()
