"""A dataset with labels of its own, from videos to scores, tables and decoders, without touching code."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.scheme import SCHEME_NAME, scheme_of
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.record import describe_run, requests_hash
from lmms_eval_plugins.execution.run import Finished, Outcome, run_plans
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, read_answers
from lmms_eval_plugins.runs.decode import decode_runs
from lmms_eval_plugins.runs.run_file import NEWEST_VERSION, SCHEMA_VERSION, read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER
from lmms_eval_plugins.tasks.validate import validate_tasks
from tests.support.command import Request
from tests.support.schemes import OWN_LABELS, OWN_SCHEME, make_own_dataset

TASKS = ("strokerehab_primitives_1", "strokerehab_primitives_2", "strokerehab_primitives_3")


@pytest.fixture(scope="module")
def own_dataset(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_own_dataset(tmp_path_factory.mktemp("own"))


def go(request: RunRequest) -> Outcome:
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    assert outcome.errors == ()
    return outcome


def replies(run: Finished) -> set[str]:
    return {record.text for record in read_answers(run.folder / ANSWERS_NAME)}


def test_labels_are_asked_answered_scored_and_recorded(request_for: Request, own_dataset: Path, tmp_path: Path) -> None:
    outcome = go(
        request_for(models="omniscient,always_transport,markov", tasks="strokerehab_primitives", data=own_dataset)
    )
    for run in outcome.runs:
        assert run.problems == () and run.scores
        file = read_run_file(run.folder)
        assert file.scheme == scheme_of(own_dataset) and file.schema_version == NEWEST_VERSION
        assert all(f"mae_{label}" in run.scores.score.metrics for label in OWN_LABELS)
        stored = json.loads((run.folder / "scores.json").read_text(encoding="utf-8"))
        assert set(stored["videos"][0]["count_truth"]) == set(OWN_LABELS)
        (again,) = score_paths([str(run.folder)]).rows
        assert again.score == run.scores.score
        by_lmms_eval = json.loads(next(run.folder.rglob("*_results.json")).read_text(encoding="utf-8"))["results"]
        metrics = by_lmms_eval[run.scores.task]
        assert metrics["mae_let go,none"] == stored["metrics"]["mae_let go"]["mean"] and "mae_idle,none" not in metrics
    by_model = {name: [run for run in outcome.runs if run.card.name == name] for name in ("omniscient", "markov")}
    assert [run.scores and run.scores.score.metrics["edit_score"][0] for run in by_model["omniscient"]] == [100] * 3
    always = {
        run.scores.task: replies(run) for run in outcome.runs if run.scores and run.card.name == "always_transport"
    }
    assert always == {TASKS[0]: {"carry"}, TASKS[1]: {"carry"}, TASKS[2]: {"yes"}}
    assert replies(by_model["markov"][1]) <= set(OWN_LABELS)
    (table,) = make_tables("dose_models", str(tmp_path / "runs")).tables
    assert table.title == "Dose of labels by model"


def test_a_decoder_learns_them(request_for: Request, own_dataset: Path, tmp_path: Path) -> None:
    (run,) = go(request_for(models="markov", tasks=TASKS[1], data=own_dataset)).runs
    wrote = decode_runs([str(run.folder)], Decoding("mbr"), save=tmp_path / "decoder.json")
    assert wrote.errors == () and json.loads((tmp_path / "decoder.json").read_text())["labels"] == list(OWN_LABELS)
    timelines = json.loads(wrote.files[0].read_text(encoding="utf-8"))["timelines"]
    labels = {part.rpartition("@")[0] for text in timelines.values() for part in text.split(";")}
    assert labels <= set(OWN_LABELS) and len(labels) > 1


def test_correct_answers_read_and_score_as_correct(own_dataset: Path) -> None:
    verdicts = validate_tasks(["strokerehab_primitives"], [shipped("tasks") / TASK_FOLDER], own_dataset)
    assert [(verdict.task, verdict.problems) for verdict in verdicts] == [(task, ()) for task in TASKS]


def test_what_a_run_is_depends_on_what_labels_mean_but_not_on_their_colours(
    request_for: Request, own_dataset: Path, mini_dataset: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(own_dataset, tmp_path / "data"))

    def planned() -> str:
        plan = make_plan(request_for(data=data))
        return requests_hash(describe_run(plan.cards[0], {}, plan.tasks[0]))

    before = planned()
    scheme = data / SCHEME_NAME
    scheme.write_text(OWN_SCHEME.replace("#A6761D", "#000000"), encoding="utf-8")
    assert planned() == before
    scheme.write_text(OWN_SCHEME.replace('"#A6761D"', '"#A6761D", motion: true'), encoding="utf-8")
    with pytest.raises(UserError, match="the scheme 'pick and place' has no label for a hand that rests"):
        planned()
    scheme.write_text(OWN_SCHEME + '  sleep: {colour: "#000000"}\n', encoding="utf-8")
    assert planned() != before
    plan = make_plan(request_for(data=mini_dataset))
    described = describe_run(plan.cards[0], {}, plan.tasks[0])
    assert "scheme" not in described.model_fields_set and described.schema_version == SCHEMA_VERSION


def test_of_a_group_tasks_that_the_labels_cannot_serve_are_left_out(
    request_for: Request, own_dataset: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(own_dataset, tmp_path / "data"))
    (data / SCHEME_NAME).write_text(
        OWN_SCHEME.replace(", motion: true", "").replace(", grasp: true", ""), encoding="utf-8"
    )
    plan = make_plan(request_for(data=data, tasks="strokerehab_primitives"))
    assert [task.spec.task for task in plan.tasks] == [*TASKS[:2]]
    (skipped,) = plan.skipped
    assert skipped.startswith(f"{TASKS[2]} is left out: the scheme 'pick and place' has no label for a hand that moves")
    with pytest.raises(UserError, match="has no label for a hand that moves and holds an object"):
        make_plan(request_for(data=data, tasks=TASKS[2]))
    run = go(request_for(data=data, tasks=TASKS[1])).runs[0]
    assert run.scores and run.scores.score.metrics["edit_score"][0] == 100
    (table,) = make_tables("dose_models", str(run.folder)).tables
    assert [row.cells[0] for row in table.sections[0].rows][1:] == [
        *("reference", "Markov, direct", "stopwatch", "stopwatch, by activity"),
    ]


def test_the_shipped_scheme_beside_a_manifest_changes_nothing(
    request_for: Request, mini_dataset: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(mini_dataset, tmp_path / "data"))
    shutil.copy(shipped("tasks") / TASK_FOLDER / "schemes" / "primitives.yaml", data / SCHEME_NAME)
    plan = make_plan(request_for(data=data, tasks=TASKS[0]))
    assert "scheme" not in describe_run(plan.cards[0], {}, plan.tasks[0]).model_fields_set
    assert plan.tasks[0].questions.questions[0].answer.options[0] == "reach"


def test_a_broken_scheme_stops_the_plan_in_one_line(request_for: Request, own_dataset: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(own_dataset, tmp_path / "data"))
    (data / SCHEME_NAME).write_text(OWN_SCHEME.replace("motion: true", "moves: true"), encoding="utf-8")
    with pytest.raises(UserError) as found:
        make_plan(request_for(data=data))
    assert f"{data / SCHEME_NAME}, line 4" in str(found.value) and "\n" not in str(found.value)
