from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.tasks.names import expand_task_names, load_named
from lmms_eval_plugins.tasks.task_file import TaskSpec, load_task
from lmms_eval_plugins.video.windows import Dense
from tests.support.damage import any_file_like, one_line_or
from tests.support.schemes import make_scheme

TASKS = shipped("tasks") / "strokerehab"
NAME = "strokerehab_primitives_3"


def values() -> dict[str, Any]:
    text = (TASKS / f"{NAME}.yaml").read_text(encoding="utf-8").replace("!function ", "")
    loaded = yaml.safe_load(text)
    assert isinstance(loaded, dict)
    return {**loaded, "metric_list": ["edit_score", "unreadable_rate"]}


def write(folder: Path, task: Any) -> Path:
    path = folder / "mine.yaml"
    path.write_text(task if isinstance(task, str) else yaml.safe_dump(task), encoding="utf-8")
    return path


def with_value(keys: str, value: Any) -> dict[str, Any]:
    task = values()
    *outer, last = keys.split(".")
    place = task
    for key in outer:
        place = place[key]
    place[last] = value
    return task


def test_the_values_of_a_task_file() -> None:
    spec = load_task(TASKS / f"{NAME}.yaml")
    assert spec.dataset_kwargs.sampling == Dense(fps=15, frames=8, overlap=0)
    assert spec.dataset_kwargs.folder == TASKS
    assert spec.generation_kwargs == {"max_new_tokens": 16, "temperature": 0, "do_sample": False}
    assert spec.metrics[0] == "edit_score"


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("dataset_kwargs.scheme", {}, "the labels are the dataset's: put scheme.yaml beside its manifest"),
        ("metric_lst", [], "metric_lst: unknown key; did you mean 'metric_list'?"),
        ("dataset_kwargs.selecton", "all", "dataset_kwargs.selecton: unknown key; did you mean 'selection'?"),
        ("dataset_kwargs.sampling.frams", 8, "unknown key; did you mean 'frames'?"),
        (
            "dataset_kwargs.scoring.horizon",
            2,
            "dataset_kwargs.scoring.motion_grasp.horizon: unknown key; did you mean 'horizon_s'?",
        ),
        (
            "generation_kwargs.max_new_token",
            2,
            "generation_kwargs.max_new_token: unknown key; did you mean 'max_new_tok",
        ),
        ("generation_kwargs.max_new_tokens", "many", "generation_kwargs.max_new_tokens: "),
        ("generation_kwargs.temperature", -1, "generation_kwargs.temperature: "),
        ("dataset_kwargs.sampling.fps", 0, "dataset_kwargs.sampling.dense.fps: "),
        ("dataset_kwargs.sampling.overlap", 8, r"overlap \(8\) must be smaller than frames \(8\)"),
        (
            "dataset_kwargs.sampling.strategy",
            "sparse",
            "dataset_kwargs.sampling: unknown strategy 'sparse'; known are: dense, uniform",
        ),
        ("dataset_kwargs.sampling", {"fps": 15}, "dataset_kwargs.sampling.strategy: this key is missing"),
        ("dataset_kwargs.scoring.method", "guess", "dataset_kwargs.scoring: unknown method 'guess'.*motion_grasp"),
        ("dataset_kwargs.reading", "lenient", "dataset_kwargs.reading: unknown word 'lenient'.*published"),
        ("dataset_kwargs.limit", 0, "dataset_kwargs.limit: "),
        (
            "metric_list",
            ["edit_scor"],
            "metric_list: unknown metric 'edit_scor' for the method motion_grasp; did you mean 'edit_score'?",
        ),
        ("metric_list", [], "metric_list: "),
        (
            "metric_list",
            ["edit_score", "count_reach"],
            "metric_list: 'count_reach' has another name now: true_reach .what it was. or predicted_reach",
        ),
        ("metadata", 1.0, "metadata: "),
    ],
)
def test_a_wrong_key_or_value_is_named_with_its_file(key: str, value: Any, said: str, tmp_path: Path) -> None:
    path = write(tmp_path, with_value(key, value))
    with pytest.raises(UserError, match=said.replace("?", r"\?")) as raised:
        load_task(path)
    assert re.match(rf"{path}, line [1-9]\d*: ", str(raised.value)) and "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [("selection", "selecton"), ("frames", "frams"), ("metric_list", "metrics_list"), ("method", "metod")],
)
def test_a_misspelt_key_that_is_needed_is_named_as_misspelt(right: str, wrong: str, tmp_path: Path) -> None:
    task = values()
    del task["dataset_kwargs"]["ways"]
    text = yaml.safe_dump(task)
    assert text.count(f"{right}:") == 1
    with pytest.raises(UserError, match=rf"mine\.yaml, line \d+: .*{wrong}: unknown key; did you mean '{right}'"):
        load_task(write(tmp_path, text.replace(f"{right}:", f"{wrong}:")))


@pytest.mark.parametrize("key", ["task", "dataset_kwargs", "generation_kwargs"])
def test_a_missing_key_is_named(key: str, tmp_path: Path) -> None:
    task = values()
    del task[key]
    with pytest.raises(UserError, match=f"mine.yaml: {key}: this key is missing"):
        load_task(write(tmp_path, task))


def test_a_task_without_a_list_of_metrics_has_all_of_its_assessment(tmp_path: Path) -> None:
    task = values()
    assert load_task(write(tmp_path, task)).metrics == ("edit_score", "unreadable_rate")
    del task["metric_list"]
    assert load_task(write(tmp_path, task)).metrics == DOSE.metrics


@pytest.mark.parametrize("text", ["", "- a\n- b", "task: [", "task: !unknown x", "a: \t b: c: d"])
def test_a_file_that_is_no_task(text: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"mine\.yaml(, line 1)?: ") as raised:
        load_task(write(tmp_path, text))
    assert "\n" not in str(raised.value)


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.yaml: cannot be read"):
        load_task(tmp_path / "none.yaml")
    path = tmp_path / "latin.yaml"
    path.write_bytes(b"task: caf\xe9")
    with pytest.raises(UserError, match=r"latin\.yaml: not valid YAML"):
        load_task(path)


def test_metrics_of_single_labels_are_those_of_the_dataset(tmp_path: Path) -> None:
    own = make_scheme("reach:m grasp:g rest")
    spec = load_task(write(tmp_path, values() | {"metric_list": ["edit_score", "mae_grasp", "true_rest"]}))
    assert spec.for_scheme(own).metrics == ("edit_score", "mae_grasp", "true_rest")
    assert spec.for_scheme(own).dataset_kwargs.model_dump() == spec.dataset_kwargs.model_dump()
    with pytest.raises(
        UserError, match=r"metric_list: 'mae_grasp' is of no label of the dataset's scheme 'primitives'"
    ):
        spec.for_scheme(primitives_scheme())
    all_of_them = load_task(TASKS / f"{NAME}.yaml")
    assert "mae_grasp" in all_of_them.for_scheme(own).metrics and "mae_idle" in all_of_them.metrics


TASK_FILES = sorted(TASKS.glob("strokerehab_*.yaml"))


@settings(deadline=None)
@given(any_file_like(TASK_FILES))
def test_any_file_is_a_task_or_a_group_or_one_line(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp() / "any_task"
    folder.mkdir(exist_ok=True)
    path = folder / f"{NAME}.yaml"
    path.write_bytes(data)
    task = one_line_or(lambda: load_task(path))
    assert task is None or (isinstance(task, TaskSpec) and task.model_dump_json())
    one_line_or(lambda: expand_task_names([NAME], [folder]))
    one_line_or(lambda: expand_task_names(["all"], [folder]))
    one_line_or(lambda: load_named(NAME, [folder]))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fps: .nan", r"line \d+: not valid YAML \('.nan' is no number"),
        ("fps: 'nan'", r"line \d+: .*sampling.*fps: .*finite number"),
        ("fps: 'inf'", r"line \d+: .*sampling.*fps: .*finite number"),
        ("fps: 15\n    fps: 30", r"line \d+: not valid YAML \('fps' stands twice"),
        ("overlap: -1", r"line \d+: .*overlap: .*greater than or equal to 0"),
        ("frames: 1000000000", r"line \d+: .*frames: .*less than or equal to"),
        ("frames: 1.0e+9", r"line \d+: .*frames: .*less than or equal to"),
        ("frames: 010", r"line \d+: not valid YAML \('010' is the number 8"),
        ("frames: yes", r"line \d+: .*frames: "),
    ],
)
def test_odd_numbers_of_a_sampling_are_named(tmp_path: Path, text: str, message: str) -> None:
    task = yaml.safe_dump(values(), sort_keys=False)
    key = text.partition(":")[0]
    task = re.sub(rf"^    {key}: .*$", f"    {text}", task, count=1, flags=re.MULTILINE)
    if text not in task:
        task = re.sub(r"^  sampling:$", f"  sampling:\n    {text}", task, flags=re.MULTILINE)
    with pytest.raises(UserError, match=rf"mine\.yaml, {message}"):
        load_task(write(tmp_path, task))
