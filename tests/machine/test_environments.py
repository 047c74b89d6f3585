"""Environments are found where setup_envs.sh makes them, and a missing one is named with the command that makes it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.machine.environments import (
    MAIN,
    check_environment,
    how_to_create,
    interpreter,
    is_installed,
    known,
)


def finished(folder: Path) -> None:
    (folder / "bin").mkdir(parents=True)
    (folder / "bin/python").touch()
    (folder / "stamp").touch()


def test_the_running_one_is_the_main_one() -> None:
    assert interpreter(MAIN) == Path(sys.executable)
    assert is_installed(MAIN)
    check_environment(MAIN)


def test_found_where_the_script_makes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path / "my envs"))
    assert interpreter("strokerehab_pose") == tmp_path / "my envs/strokerehab_pose/bin/python"
    assert not is_installed("strokerehab_pose")
    finished(tmp_path / "my envs/strokerehab_pose")
    assert is_installed("strokerehab_pose")
    (tmp_path / "my envs/strokerehab_pose/stamp").unlink()
    assert not is_installed("strokerehab_pose"), "not finished"


def test_beside_the_project_where_no_folder_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STROKEREHAB_ENVS", raising=False)
    root = Path(__file__).resolve().parents[2]
    assert interpreter("strokerehab_pose") == root / ".envs/strokerehab_pose/bin/python"


def test_a_missing_one_is_named_with_its_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    with pytest.raises(UserError, match=r"strokerehab_pose is not made yet .*: bash setup_envs.sh strokerehab_pose \("):
        check_environment("strokerehab_pose")
    with pytest.raises(UserError, match="unknown name 'strokerehab_poze'; did you mean 'strokerehab_pose'"):
        check_environment("strokerehab_poze")
    assert how_to_create("strokerehab_pose") == "bash setup_envs.sh strokerehab_pose"


def test_the_documentation_lists_them_all() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs/environments.md").read_text(encoding="utf-8")
    for one in known():
        assert f"| `{one.name}` | {one.about} | {one.python} | {one.size} |" in page


def test_every_list_has_a_head() -> None:
    lists = {one.name: one for one in known()}
    assert {"strokerehab", "strokerehab_pose"} <= lists.keys()
    assert all(one.about and "on disk" in one.size and one.python.startswith(">=3.") for one in lists.values())
