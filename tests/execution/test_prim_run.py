"""PRIM as a person runs it: run, stopped, resumed, ablated, scored again, and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import av
import pytest
from rich.console import Console

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.localize import localize_dataset
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import Finished, run_plans
from lmms_eval_plugins.machine.detectors import POSE_ENVIRONMENT, python_of
from lmms_eval_plugins.reports.overlay import draw_overlay
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, read_answers
from lmms_eval_plugins.runs.run_file import read_run_file, write_run_file
from lmms_eval_plugins.runs.score import score_paths
from tests.support.command import Request
from tests.tasks.test_hands import localized

FULL = "do_crop=True,do_postprocess=True,box_px=32,still_px=0.1"


@pytest.fixture(scope="module")
def data(mini_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small dataset with keypoints; the second patient's hand is lost at first."""
    return localized(mini_dataset, tmp_path_factory.mktemp("prim") / "data", P02=slice(0, 16))


def go(request_for: Request, **changes: Any) -> list[Finished]:
    request = request_for(tasks="strokerehab_counting", **{"model_args": FULL, **changes})
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    assert outcome.errors == ()
    return outcome.runs


def test_a_model_runs_and_is_scored_and_answers_nothing_twice(
    request_for: Request, data: Path, tiny_qwen: Path, tmp_path: Path
) -> None:
    arguments = f"pretrained={tiny_qwen},batch_size=6,min_pixels=3136,max_pixels=12544,box_px=32,still_px=0.1"
    changes = {"models": "qwen2_5_vl_prim", "data": data, "model_args": arguments}
    (run,) = go(request_for, **changes)
    assert run.problems == () and run.n_asked == 24 + 18 + 24
    file = read_run_file(run.folder)
    assert file.settings["crop"] and file.scoring and file.scoring.method == "prim" and file.settings["ways"] == {}
    assert file.videos[1].poses == ("abstain",) * 2 + ("moving",) * 6
    assert file.videos[0].shown == (4,) * 7 + (2,)
    assert {"hands located by keypoints", "the hand is not located in 2 of 24 windows"} <= set(file.notes)
    assert run.scores and run.scores.score.metrics["missing_rate"][0] == 0
    answers = run.folder / ANSWERS_NAME
    lines = answers.read_bytes().splitlines(keepends=True)
    answers.write_bytes(b"".join(lines[:40]) + lines[40][:9])  # as a killed process leaves it
    write_run_file(run.folder, file.model_copy(update={"status": "running"}))
    (again,) = go(request_for, **changes)
    assert again.scores and again.scores.score == run.scores.score and again.n_asked == 0, "the store has them"
    assert len(list(read_answers(again.folder / ANSWERS_NAME))) == 66


def test_the_ablations_ask_about_the_same_windows(request_for: Request, data: Path, tmp_path: Path) -> None:
    runs = {}
    for crop in (True, False):
        for smooth in (True, False):
            switches = f"do_crop={crop},do_postprocess={smooth},box_px=32,still_px=0.1"
            (runs[crop, smooth],) = go(request_for, models="omniscient", data=data, model_args=switches)
    files = {ways: read_run_file(run.folder) for ways, run in runs.items()}
    same = [(file.videos, file.questions) for file in files.values()]
    assert all(one == same[0] for one in same)
    replies = {ways: _replies(run.folder) for ways, run in runs.items()}
    assert all(one == replies[True, True] for one in replies.values()) and len(replies[True, True]) == 66
    report = score_paths([str(run.folder) for run in runs.values()])
    assert report.errors == () and [row.score for row in report.rows] == [
        run.scores and run.scores.score for run in runs.values()
    ]
    (made, *_) = make_tables(
        "counting", [str(tmp_path / "runs")], ci=False, more=True, split_runs=False, reading=None
    ).tables
    rows = {str(row.cells[0]) for section in made.sections for row in section.rows}
    assert {
        "omniscient, PRIM",
        "omniscient, PRIM without crop",
        "omniscient, PRIM without postprocessing",
        "omniscient, PRIM without crop and postprocessing",
    } <= rows


def _replies(folder: Path) -> dict[tuple[str, int, str], str]:
    return {(one.video_id, one.window, one.question_id): one.text for one in read_answers(folder / ANSWERS_NAME)}


def test_a_card_with_a_way_of_its_own_changes_nothing_for_others(request_for: Request, data: Path) -> None:
    models = "omniscient,qwen2_5_vl_prim,constant"
    plan = make_plan(request_for(models=models, tasks="strokerehab_counting,strokerehab_primitives_3", data=data))
    tasks = {card.name: [(task.spec.task, task.questions.id) for task in plan.tasks_of(card)] for card in plan.cards}
    usual = [("strokerehab_counting", "primitives_3"), ("strokerehab_primitives_3", "primitives_3")]
    assert tasks == {
        "omniscient": usual,
        "qwen2_5_vl_prim": [("strokerehab_counting", "prim")],
        "constant": usual,
    }
    (left_out,) = plan.skipped
    assert left_out.startswith("strokerehab_primitives_3 for qwen2_5_vl_prim is left out: ")
    by_alias = make_plan(request_for(models="medium", tasks="strokerehab_primitives_3", data=data))
    assert by_alias.skipped == () and "qwen2_5_vl_prim" in {card.name for card in by_alias.cards}
    assert plan.n_questions == 2 * (24 + 24) + 3 * 22 and "do_crop" not in plan.wrapper_args


def test_the_command_line_comes_before_a_card(request_for: Request, data: Path) -> None:
    plan = make_plan(
        request_for(
            models="omniscient,qwen2_5_vl_prim",
            tasks="strokerehab_counting",
            data=data,
            model_args="do_crop=True,do_postprocess=False",
        )
    )
    (task,) = plan.tasks
    scoring = task.spec.dataset_kwargs.scoring
    assert task.models == {"omniscient", "qwen2_5_vl_prim"}
    assert isinstance(scoring, DoseMethod) and not scoring.prim.postprocess


def test_a_card_by_prim_needs_keypoints(request_for: Request) -> None:
    with pytest.raises(UserError, match="strokerehab localize"):
        make_plan(request_for(models="qwen2_5_vl_prim", tasks="strokerehab_counting"))
    plan = make_plan(request_for(models="qwen2_5_vl_prim,constant", tasks="strokerehab_counting"))
    assert [task.models for task in plan.tasks] == [{"constant"}] and len(plan.skipped) == 1


def test_conditional_prompting_is_a_run_like_any_other(request_for: Request, data: Path) -> None:
    request = request_for(data=data, model_args="do_crop=True,do_conditional_prompting=True,box_px=32")
    (run,) = run_plans([make_plan(request)], Console(quiet=True)).runs
    plain = request_for(data=data)
    (usual,) = run_plans([make_plan(plain)], Console(quiet=True)).runs
    assert _means(run) == _means(usual), "true answers say the same"
    made = make_tables(
        "dose_inputs", [str(run.folder), str(usual.folder)], ci=False, more=False, split_runs=False, reading=None
    )
    assert [row.cells[0] for row in made.tables[0].sections[0].rows] == ["baseline", "crop + conditional prompting"]


def test_an_overlay_shows_a_run(request_for: Request, data: Path, tmp_path: Path) -> None:
    (run,) = go(request_for, models="omniscient", data=data)
    out = tmp_path / "overlays" / "v.mp4"
    files = draw_overlay("P02_RTT left side1_1", data, out, run.folder, [3, 20])
    assert files == [out, out.with_name("v_3.png"), out.with_name("v_20.png")]
    with av.open(str(out)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) == 60 and pictures[0].shape[1] >= 800
    plain = draw_overlay("P01_feeding1_1", data, tmp_path / "plain.mp4")
    assert plain == [tmp_path / "plain.mp4"]
    with pytest.raises(UserError, match="--png 60: P01_feeding1_1 has frames 0 to 59"):
        draw_overlay("P01_feeding1_1", data, out, pictures=[60])
    with pytest.raises(UserError, match="has no video 'P01'"):
        draw_overlay("P01", data, out)
    with pytest.raises(UserError, match="is not a run about the dose in P03"):
        (one,) = go(request_for, models="omniscient", data=data, limit=1)
        draw_overlay("P03_drinking1_1", data, out, one.folder)


def test_localizing_a_dataset_finds_each_video_once(mini_dataset: Path, tmp_path: Path) -> None:
    try:
        python_of("mediapipe")
    except UserError as error:
        pytest.skip(f"the environment {POSE_ENVIRONMENT} is not built: {error}")
    first = localize_dataset(mini_dataset, "mediapipe", limit=1, out=tmp_path)
    assert [(video.n_frames, video.n_found, video.remarks) for video in first.videos] == [
        (60, 0, ("nobody was found in it",))
    ]
    both = localize_dataset(mini_dataset, "mediapipe", limit=2, out=tmp_path)
    assert [video.n_frames for video in both.videos] == [0, 60] and both.videos[0].remarks == first.videos[0].remarks
    assert len(list(tmp_path.iterdir())) == 2


def _means(run: Finished) -> dict[str, Any]:
    assert run.scores
    return dict(run.scores.score.metrics)
