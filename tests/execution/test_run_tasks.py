"""Tasks of every kind, run as a person runs them: requests, records, scores, and joined runs."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lmms_eval_plugins.assessments.fugl_meyer.agreement import FuglMeyerScore
from lmms_eval_plugins.assessments.identification.score import IdentificationScore
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Finished, Outcome, run_plans
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, read_answers
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.scored import with_whole_assessments
from lmms_eval_plugins.tasks.names import task_names
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER
from tests.support.command import Request
from tests.support.tasks import with_clips

PARTS = "strokerehab_ia2_3_30,strokerehab_ia2_31_33"
IDENTIFICATION = "strokerehab_identification_2"


def go(request: RunRequest) -> Outcome:
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    assert outcome.errors == ()
    return outcome


def stored(run: Finished) -> dict[str, Any]:
    scores: dict[str, Any] = json.loads((run.folder / "scores.json").read_text(encoding="utf-8"))
    return scores


def test_omniscient_answers_of_assessments_and_activities_are_perfect(
    request_for: Request, mini_study: Path, tmp_path: Path
) -> None:
    outcome = go(request_for(tasks=f"{PARTS},{IDENTIFICATION}", data=mini_study))
    low, high, what = outcome.runs
    for run in outcome.runs:
        assert run.problems == () and read_run_file(run.folder).status == "finished"
        metrics = stored(run)["metrics"]
        assert metrics["accuracy"]["mean"] == 1 and metrics["missing_rate"]["mean"] == 0
    assert (low.n_asked, high.n_asked, what.n_asked) == (3 * 8, 3 * 2 * 6, 3)
    assert stored(what)["confusion"]["feeding"] == {
        "drinking": 0,
        "feeding": 1,
        "RTT": 0,
        "unreadable": 0,
        "missing": 0,
    }
    assert [(one["patient"], one["item"], one["predicted"], one["state"]) for one in stored(high)["items"]][3:6] == [
        ("P02", 31, 1, "scored"),
        ("P02", 32, 2, "scored"),
        ("P02", 33, 2, "scored"),
    ]
    report = score_paths([str(tmp_path / "runs")])
    assert report.errors == () and len(report.rows) == 4
    of_task = {row.task: row for row in report.rows}
    for run in outcome.runs:
        assert run.scores and of_task[run.scores.task].score == run.scores.score
        row = of_task[run.scores.task].to_json()
        assert row["accuracy"] == stored(run)["metrics"]["accuracy"]["mean"] and row["n"] == stored(run)["n"]
    whole = of_task["strokerehab_ia2"].score
    assert isinstance(whole, FuglMeyerScore) and whole == _joined(low, high)
    assert [result.item for result in whole.items if result.patient == "P02"] == [5, 13, 31, 32, 33]
    assert whole.metrics["total_true"] == whole.metrics["total_predicted"]


def _joined(*runs: Finished) -> object:
    return with_whole_assessments([run.scores for run in runs if run.scores])[-1].score


def test_markov_answers_from_the_habits_of_others(request_for: Request, mini_study: Path) -> None:
    command = request_for(models="markov", tasks=f"{PARTS},{IDENTIFICATION}", data=mini_study, limit=2)
    low, high, what = go(command).runs
    for run in (low, high, what):
        assert run.problems == () and run.scores and run.scores.score.metrics["missing_rate"][0] == 0
        assert run.scores.score.metrics["unreadable_rate"][0] == 0
    assert isinstance(what.scores.score, IdentificationScore) and what.scores.score.accuracy == 0  # type: ignore[union-attr]
    (learned,) = {record.text for record in read_answers(what.folder / ANSWERS_NAME)}
    assert learned == "drinking", "the only activity of the only other patient"


def test_a_run_of_item_prior_has_the_numbers_of_the_tables_row(
    request_for: Request, mini_study: Path, tmp_path: Path
) -> None:
    outcome = go(request_for(models="item_prior", tasks=PARTS, data=mini_study))
    assert all(run.problems == () for run in outcome.runs)
    (main,) = make_tables("impairment", tmp_path / "runs", ci=True).tables
    named = {str(row.cells[0]).removesuffix(" (strongest)"): row for row in main.sections[0].rows}
    assert named["item_prior"].cells[1:] == named["median of others"].cells[1:]
    assert named["item_prior"].reference and named["item_prior"].cells[1:3] == (3, 5)


def test_item_prior_on_another_task_says_where_it_can_run(request_for: Request, mini_study: Path) -> None:
    request = request_for(models="item_prior", tasks=IDENTIFICATION, data=mini_study)
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    (error,) = outcome.errors
    assert "run it on Fugl-Meyer tasks (strokerehab_ia…)" in error and not outcome.runs


def test_markov_guesses_where_no_other_patient_has_an_answer(
    request_for: Request, mini_study: Path, tmp_path: Path
) -> None:
    """Items that only the evaluated patient was scored on."""
    data = with_clips(mini_study, tmp_path / "study", lambda clip: clip)
    (data / "fma_scores.csv").write_text("patient,item,score\nP01,5,1\nP01,13,2\nP02,5,2\nP03,5,0\n", encoding="utf-8")
    (run,) = go(request_for(models="markov", tasks="strokerehab_ia2_3_30", data=data)).runs
    assert run.problems == () and run.n_asked == 24


def test_an_item_without_a_clip_of_the_patient_has_no_request_and_no_score(
    request_for: Request, mini_study: Path, tmp_path: Path
) -> None:
    lost = "P02_FM13_13_A_S"
    data = with_clips(mini_study, tmp_path / "study", lambda clip: None if clip.video_id == lost else clip)
    (run,) = go(request_for(tasks="strokerehab_ia2_3_30", data=data)).runs
    states = {(item["patient"], item["item"]): (item["predicted"], item["state"]) for item in stored(run)["items"]}
    assert states.pop(("P02", 13)) == (None, "no_clip") and {state for _, state in states.values()} == {"scored"}
    metrics = stored(run)["metrics"]
    assert metrics["no_clip_rate"]["mean"] == 1 / 6 and metrics["accuracy"]["mean"] == 5 / 6
    assert "no clip of item 13 (affected arm, side) of P02" in read_run_file(run.folder).notes
    assert run.n_asked == 24 - 7 and run.problems == ()


def test_without_a_therapists_scores_answers_are_recorded(
    request_for: Request, mini_study: Path, tmp_path: Path
) -> None:
    data = with_clips(mini_study, tmp_path / "study", lambda clip: clip)
    (data / "fma_scores.csv").unlink()
    (run,) = go(request_for(models="constant", tasks="strokerehab_ia4_31_33", data=data)).runs
    assert run.scores is None and run.n_asked == 36 and not (run.folder / "scores.json").exists()


def test_a_video_model_answers_every_shipped_task(
    request_for: Request, mini_study: Path, tiny_qwen: Path, tmp_path: Path
) -> None:
    """A random checkpoint; reasoned answers are cut short."""
    tasks = Path(shutil.copytree(shipped("tasks") / TASK_FOLDER, tmp_path / "tasks"))
    for file in tasks.glob("strokerehab_*.yaml"):
        text = file.read_text(encoding="utf-8")
        file.write_text(text.replace("max_new_tokens: ", "max_new_tokens: 4 # "), encoding="utf-8")
    arguments = f"pretrained={tiny_qwen},batch_size=4,min_pixels=3136,max_pixels=12544"
    changes = {"models": "qwen2_5_vl", "tasks": "all", "model_args": arguments, "limit": 1}
    outcome = go(request_for(data=mini_study, task_folders=(tasks,), **changes))
    assert list(outcome.finished) == task_names([tasks])
    for run in outcome.runs:
        assert run.problems == () and run.scores, run.folder
        assert run.scores.score.metrics["missing_rate"][0] == 0 and run.scores.score.n == 1
        assert len(list(read_answers(run.folder / ANSWERS_NAME))) > 0
    generated = {run.folder.parents[1].name: run.n_asked for run in outcome.runs}
    assert generated["strokerehab_counting"] > 0 and generated["strokerehab_ia1_31_33"] > 0
    assert generated["strokerehab_primitives_3"] == generated["strokerehab_ia2_31_33"] == 0, (
        "answered before, in another task"
    )
    folders = {run.folder.parents[1].name: run.folder for run in outcome.runs}
    (speed,) = read_run_file(folders["strokerehab_counting"]).speed
    assert speed.questions == generated["strokerehab_counting"] and speed.phase_seconds["vision"] > 0
    assert {frozenset(choices(folders[f"strokerehab_{task}"])) for task in ("primitives_3", "counting")} == {
        frozenset({("yes", "no")})
    }
    assert choices(folders["strokerehab_ia2_31_33"]) == {("0", "1", "2"), tuple("0123456789")}
    changes |= {"tasks": "strokerehab_primitives_3", "log_path": outcome.runs[0].folder.parents[2]}
    (again,) = go(request_for(data=mini_study, task_folders=(tasks,), **changes)).runs
    assert again.folder != folders["strokerehab_primitives_3"] and again.n_asked == 0
    made = make_tables("dose_models", [str(again.folder)], ci=False, more=True, split_runs=False, reading=None)
    assert "AUC" in str(made.tables)


def choices(folder: Path) -> set[tuple[str, ...]]:
    """What log-probabilities are recorded of, each time all of them at most 0."""
    records = list(read_answers(folder / ANSWERS_NAME))
    assert all(value <= 1e-6 for record in records for value in (record.choice_logprobs or {}).values())
    return {tuple(record.choice_logprobs or ()) for record in records}


@pytest.mark.parametrize("task", ["strokerehab_ia2_31_33", IDENTIFICATION])
def test_a_run_given_again_scores_the_same(task: str, request_for: Request, mini_study: Path) -> None:
    (run,) = go(request_for(models="markov", tasks=task, data=mini_study)).runs
    (again,) = go(request_for(models="replay", model_args=f"source={run.folder}", tasks=task, data=mini_study)).runs
    assert run.scores and again.scores and again.scores.score == run.scores.score
