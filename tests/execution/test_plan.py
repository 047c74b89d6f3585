from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import DEMO_RECORD, shipped
from lmms_eval_plugins.execution.command import read_command
from lmms_eval_plugins.execution.plan import make_plan, make_plans
from lmms_eval_plugins.tasks.names import task_names
from lmms_eval_plugins.tasks.task_file import TASK_FOLDER
from tests.support.command import Request

TASK = "strokerehab_primitives_3"


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    """A user's copy of the project's tasks."""
    return Path(shutil.copytree(shipped("tasks"), tmp_path / "tasks"))


def edit(tasks: Path, old: str, new: str, file: str = f"{TASK}.yaml") -> Path:
    path = tasks / TASK_FOLDER / file
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return path


def test_counts(request_for: Request) -> None:
    (task,) = make_plan(request_for()).tasks
    assert (len(task.prepared.videos), task.n_windows, task.n_questions) == (3, 12, 24)


def test_the_limit_counts_videos(request_for: Request) -> None:
    (task,) = make_plan(request_for(limit=2)).tasks
    assert (len(task.prepared.videos), task.n_windows) == (2, 8)


def test_sampling_keys_change_the_windows_and_go_no_further(request_for: Request) -> None:
    args = "max_frames_num=1,sampling_strategy=dense,sampling_fps=1,overlap_frames_num=0,seed=3"
    plan = make_plan(request_for(model_args=args))
    assert plan.tasks[0].n_windows == 6 and plan.wrapper_args == {"seed": 3}


def test_all_tasks(request_for: Request, mini_study: Path) -> None:
    plan = make_plan(request_for(tasks="all", data=mini_study))
    assert [task.spec.task for task in plan.tasks] == task_names([shipped("tasks") / TASK_FOLDER])
    questions = {task.spec.task: task.n_questions for task in plan.tasks}
    assert questions[TASK] == 24 and questions["strokerehab_ia1_3_30"] == 3 * (1 + 6 + 1)


def test_what_a_dataset_cannot_serve_is_left_out_of_all_tasks_and_of_groups(
    request_for: Request, mini_dataset: Path
) -> None:
    plan = make_plan(request_for(tasks="all"))
    assert [task.spec.task for task in plan.tasks] == [
        "strokerehab_counting",
        *(f"strokerehab_{name}" for name in ("identification_1", "identification_2")),
        *(f"strokerehab_primitives_{number}" for number in (1, 2, 3)),
    ]
    assert len(plan.warnings) == 8 and all("is left out: " in warning for warning in plan.warnings)
    for tasks in ("strokerehab_impairment", f"strokerehab_ia2_3_30,{TASK}"):
        with pytest.raises(UserError, match=rf"^{mini_dataset}: has no fma_clips\.csv"):
            make_plan(request_for(tasks=tasks))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"data": Path("/nowhere/at/all")}, "^/nowhere/at/all: no such dataset folder"),
        ({"selection": "dose_adk"}, "^no selection is named 'dose_adk'"),
        ({"model_args": "max_frames_num=x"}, "^--model_args: max_frames_num=x should be"),
    ],
)
def test_what_is_wrong_for_all_tasks_is_no_reason_to_leave_one_out(
    request_for: Request, mini_study: Path, changes: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        make_plan(request_for(**{"tasks": "all", "data": mini_study, **changes}))


def test_a_task_file_that_is_wrong_is_not_left_out(request_for: Request, tasks: Path) -> None:
    path = edit(tasks, "sampling:", "samplng:")
    with pytest.raises(UserError, match=f"^{path}, line [0-9]+: .*samplng: unknown key"):
        make_plan(request_for(tasks="all", task_folders=(tasks,)))


def test_a_group_of_tasks(request_for: Request) -> None:
    plan = make_plan(request_for(tasks=f"strokerehab_identification,{TASK}"))
    assert [task.spec.task for task in plan.tasks] == [
        "strokerehab_identification_1",
        "strokerehab_identification_2",
        TASK,
    ]


def test_a_task_named_twice_runs_once(request_for: Request) -> None:
    assert len(make_plan(request_for(tasks=f"{TASK}, {TASK},")).tasks) == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"tasks": "strokerehab_primitives_4"}, f"did you mean '{TASK}'"),
        ({"tasks": ","}, "--task names no task"),
        ({"selection": "dose_adk"}, "did you mean 'dose_adl'"),
        ({"data": Path("/nowhere/at/all")}, "/nowhere/at/all: no such dataset folder; give one with --data"),
        ({"task_folders": (Path("/nowhere"),)}, "--tasks: /nowhere: no such folder"),
        ({"models": "nobody"}, "unknown model 'nobody'"),
    ],
)
def test_bad_requests(request_for: Request, changes: dict[str, object], message: str) -> None:
    with pytest.raises(UserError, match=message):
        make_plan(request_for(**changes))


@pytest.mark.parametrize("inner", ["", TASK_FOLDER])
def test_a_users_task_comes_first(request_for: Request, tasks: Path, inner: str) -> None:
    edit(tasks, "frames: 8", "frames: 4")
    assert make_plan(request_for(task_folders=(tasks / inner,))).tasks[0].n_windows == 24


def test_a_renamed_task_must_say_its_name(request_for: Request, tasks: Path) -> None:
    copy = tasks / TASK_FOLDER / "strokerehab_mine.yaml"
    shutil.copy(tasks / TASK_FOLDER / f"{TASK}.yaml", copy)
    with pytest.raises(UserError, match=f"^{copy}: task: '{TASK}' is not the file's name; write 'strokerehab_mine'"):
        make_plan(request_for(tasks="strokerehab_mine", task_folders=(tasks,)))


def test_scoring_needs_its_questions(request_for: Request, tasks: Path) -> None:
    path = edit(tasks, "id: grasp", "id: grip", "questions/primitives_3.yaml")
    with pytest.raises(UserError, match=f"^{path}.*'grasp'"):
        make_plan(request_for(task_folders=(tasks,)))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("selection: dose", "selektion: dose", "selektion: unknown key; did you mean 'selection'"),
        ("fps: 15", "fsp: 15", "fsp: unknown key; did you mean 'fps'"),
        ("generation_kwargs:", "metrics_list: [edit_score]\ngeneration_kwargs:", "metric.*_list"),
        (
            "generation_kwargs:",
            "metric_list:\n  - edit_scor\ngeneration_kwargs:",
            "unknown metric 'edit_scor' for the method motion_grasp; did you mean 'edit_score'",
        ),
        ("temperature: 0", "temprature: 0", "temprature: unknown key; did you mean 'temperature'"),
    ],
)
def test_a_misspelt_key_of_a_task(request_for: Request, tasks: Path, old: str, new: str, message: str) -> None:
    path = edit(tasks, old, new)
    with pytest.raises(UserError, match=f"^{path}, line [0-9]+: .*{message}") as error:
        make_plan(request_for(task_folders=(tasks,)))
    assert "\n" not in str(error.value)


def test_the_demo_model_is_announced_where_the_videos_are_no_demo(
    mini_dataset: Path, tmp_path: Path, request_for: Request
) -> None:
    (warning,) = make_plan(request_for(models="markov,rehab_tiny")).warnings
    assert warning.startswith("rehab_tiny knows only demo scenes")
    demo = tmp_path / "demo"
    shutil.copytree(mini_dataset, demo)
    (demo / DEMO_RECORD).write_text("{}", encoding="utf-8")
    assert make_plan(request_for(models="rehab_tiny", data=demo)).warnings == []


def test_what_a_group_asks_of_a_dataset_that_has_it_not_is_left_out(request_for: Request) -> None:
    plans = make_plans(read_command(request_for(tasks="strokerehab_sees")).requests)
    assert len(plans) == 9
    assert [warning.partition(": /")[0] for warning in plans[0].warnings] == [
        f"strokerehab_sees with perturb={how} is left out" for how in ("hand_out", "hand_only")
    ]
    with pytest.raises(UserError, match=r"has no keypoints/ or keypoints.parquet, which locate the hands"):
        make_plans(read_command(request_for(model_args="perturb=none|hand_out")).requests)
    with pytest.raises(UserError, match=r"perturb=swap shows windows of another patient"):
        make_plans(read_command(request_for(tasks="strokerehab_sees", model_args="perturb=swap", limit=1)).requests)
