from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lmms_eval.tasks import TaskManager

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.tasks.names import (
    GroupSettings,
    expand_task_names,
    find_task,
    settings_of_group,
    task_and_group_names,
    task_names,
)
from lmms_eval_plugins.tasks.task_file import load_task
from lmms_eval_plugins.tasks.task_questions import load_task_questions
from lmms_eval_plugins.video.perturb import PERTURBATIONS
from tests.support.tasks import TASKS

NAME = "strokerehab_primitives_3"
GROUPS = {
    *("strokerehab", "strokerehab_identification", "strokerehab_impairment", "strokerehab_primitives"),
    "strokerehab_sees",
}


def write_group(folder: Path, name: str, tasks: object, says: str | None = None) -> Path:
    path = folder / f"{name}.yaml"
    path.write_text(f"group: {says or name}\ntask: {tasks}\n", encoding="utf-8")
    return path


def test_every_shipped_task_loads_with_its_questions() -> None:
    names = task_names([TASKS])
    assert len(names) == 14 and NAME in names and not GROUPS & set(names)
    for name in names:
        spec = load_task(find_task(name, [TASKS]))
        assert spec.task == name
        assert load_task_questions(name, spec.dataset_kwargs, Path("/nowhere")).questions


def test_all_is_every_task_once_and_no_group() -> None:
    assert expand_task_names(["all"], [TASKS]) == task_names([TASKS])
    assert expand_task_names([NAME, "all"], [TASKS])[0] == NAME
    assert sorted(expand_task_names([NAME, "all", "strokerehab"], [TASKS])) == task_names([TASKS])


def test_a_group_stands_for_its_tasks_in_its_order() -> None:
    numbers = ["strokerehab_primitives_1", "strokerehab_primitives_2", NAME]
    assert expand_task_names(["strokerehab_primitives"], [TASKS]) == numbers
    assert expand_task_names([NAME, "strokerehab_primitives"], [TASKS]) == [NAME, *numbers[:2]]


def test_a_group_may_hold_groups() -> None:
    whole = expand_task_names(["strokerehab"], [TASKS])
    assert sorted(whole) == task_names([TASKS])
    assert whole[0] == "strokerehab_identification_1" and whole[-1] == "strokerehab_ia4_31_33"


def names_in(loaded: Mapping[Any, Any]) -> list[str]:
    """The tasks of what lmms-eval has loaded, groups opened."""
    parts = ((name, what) for name, what in loaded.items())
    return [one for name, what in parts for one in (names_in(what) if isinstance(what, dict) else [name])]


def test_lmms_eval_finds_the_same_groups_and_tasks(mini_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    manager = TaskManager(include_path=str(shipped("tasks")), include_defaults=False)
    assert set(manager.all_groups) == GROUPS
    assert set(manager.all_tasks) == GROUPS | set(task_names([TASKS]))
    monkeypatch.setenv("STROKEREHAB_DATA", str(mini_dataset))
    loaded = manager.load_task_or_group(["strokerehab_primitives"])
    assert names_in(loaded) == expand_task_names(["strokerehab_primitives"], [TASKS])


def test_a_users_tasks_have_any_name(tmp_path: Path) -> None:
    shutil.copy(TASKS / f"{NAME}.yaml", tmp_path / "reach.yaml")
    shutil.copy(TASKS / "replies.yaml", tmp_path)
    write_group(tmp_path, "mine", ["reach", NAME])
    (tmp_path / "questions.yaml").write_text("id: x\nquestions: []\n", encoding="utf-8")
    (tmp_path / ".reach.yaml").write_text("task: reach\n", encoding="utf-8")
    (tmp_path / "broken.yaml").write_bytes(b"task\xff: x\n")
    assert task_names([tmp_path]) == ["reach"]
    assert task_and_group_names([tmp_path]) == ["mine", "reach"]
    assert expand_task_names(["all"], [tmp_path, TASKS]) == sorted(["reach", *task_names([TASKS])])
    with pytest.raises(UserError, match="unknown task 'reahc'; did you mean 'reach'"):
        find_task("reahc", [tmp_path, TASKS])


def test_a_users_group_in_place_of_a_task_is_no_task(tmp_path: Path) -> None:
    write_group(tmp_path, "strokerehab_counting", [NAME])
    assert "strokerehab_counting" not in task_names([tmp_path, TASKS])


def test_a_users_group_and_task_come_first(tmp_path: Path) -> None:
    write_group(tmp_path, "strokerehab_primitives", [NAME])
    assert expand_task_names(["strokerehab_primitives"], [tmp_path, TASKS]) == [NAME]
    mine = Path(shutil.copy(TASKS / f"{NAME}.yaml", tmp_path))
    assert find_task(NAME, [tmp_path, TASKS]) == mine


def test_a_group_that_holds_itself(tmp_path: Path) -> None:
    write_group(tmp_path, "a", ["b"])
    path = write_group(tmp_path, "b", [NAME, "c"])
    write_group(tmp_path, "c", ["b"])
    with pytest.raises(UserError, match=f"^{path}: the group 'b' holds itself"):
        expand_task_names(["a"], [tmp_path, TASKS])


def test_a_group_twice_in_another_is_no_circle(tmp_path: Path) -> None:
    write_group(tmp_path, "a", ["b", "b", "t"])
    write_group(tmp_path, "b", ["t", "u"])
    assert expand_task_names(["a", "b"], [tmp_path]) == ["t", "u"]


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("group: other\ntask: [x]\n", "group: 'other' is not the file's name; write 'mine'"),
        ("group: mine\ntask: []\n", "task: "),
        ("group: mine\n", "task: this key is missing"),
        ("group: mine\ntasks: [x]\n", "tasks: unknown key; did you mean 'task'"),
        ("group: mine\ntask: [x\n", "not valid YAML"),
    ],
)
def test_a_group_file_that_is_wrong(text: str, says: str, tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UserError, match=rf"^{tmp_path / 'mine.yaml'}.*{says}") as raised:
        expand_task_names(["mine"], [tmp_path])
    assert "\n" not in str(raised.value)


def test_an_unknown_task_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"unknown task 'strokerehab_primitive_3'; did you mean 'strokerehab_primitives_3'\?"
    ):
        find_task("strokerehab_primitive_3", [tmp_path, TASKS])


GROUPED = st.dictionaries(
    st.sampled_from("abc"), st.lists(st.sampled_from(["a", "b", "c", "x", "y", "z"]), min_size=1, max_size=4)
)


def leaves(name: str, groups: Mapping[str, Sequence[str]], outer: tuple[str, ...] = ()) -> set[str]:
    if name in outer:
        raise RecursionError(name)
    return (
        {leaf for part in groups[name] for leaf in leaves(part, groups, (*outer, name))} if name in groups else {name}
    )


@settings(max_examples=40, deadline=None)
@given(GROUPED, st.lists(st.sampled_from(["a", "b", "x"]), min_size=1, max_size=3))
def test_groups_are_their_leaves_once_or_a_circle_is_named(groups: dict[str, list[str]], names: list[str]) -> None:
    with TemporaryDirectory() as folder:
        for name, tasks in groups.items():
            write_group(Path(folder), name, tasks)
        try:
            expected = set().union(*(leaves(name, groups) for name in names))
        except RecursionError:
            with pytest.raises(UserError, match="holds itself"):
                expand_task_names(names, [Path(folder)])
            return
        found = expand_task_names(names, [Path(folder)])
    assert set(found) == expected and len(set(found)) == len(found)


@pytest.mark.parametrize("name", ["../strokerehab_x", "sub/strokerehab_x", "..", "strokerehab_x\0", "C:x", ""])
def test_a_task_that_is_a_path_is_refused(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    (folder / "sub").mkdir(parents=True)
    for place in (tmp_path, folder / "sub"):
        (place / "strokerehab_x.yaml").write_text("task: ../strokerehab_x\n")
    with pytest.raises(UserError, match=r"^task: "):
        find_task(name, [folder])
    with pytest.raises(UserError, match=r"^task: "):
        expand_task_names([name], [folder])
    write_group(folder, "strokerehab_g", f"[{name!r}]" if "\0" not in name else "['..']")
    with pytest.raises(UserError, match=r"^task in group strokerehab_g: "):
        expand_task_names(["strokerehab_g"], [folder])


def test_a_group_says_how_its_tasks_are_run(tmp_path: Path) -> None:
    sees = settings_of_group("strokerehab_sees", [TASKS])
    assert sees.model_args == "perturb=none|" + "|".join(PERTURBATIONS) and sees.selection == "sees"
    assert expand_task_names(["strokerehab_sees"], [TASKS]) == [NAME]
    for name in ("strokerehab", NAME, "all"):
        assert settings_of_group(name, [TASKS]) == GroupSettings()
    write_group(tmp_path, "mine", ["strokerehab_sees"])
    with pytest.raises(
        UserError, match="a group with metadata is run by its own name; take it out of the group 'mine'"
    ):
        expand_task_names(["mine"], [tmp_path, TASKS])
    write_group(tmp_path, "wrong", f"[{NAME}]\nmetadata: {{model_arg: x}}")
    with pytest.raises(UserError, match="model_arg: unknown key; did you mean 'model_args'"):
        settings_of_group("wrong", [tmp_path])
