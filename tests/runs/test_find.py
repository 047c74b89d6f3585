from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.runs.find import find_all
from lmms_eval_plugins.runs.hidden.features import FEATURES_ONLY, holds_features
from lmms_eval_plugins.runs.run_file import RUN_NAME, RunFile, write_run_file


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """A run with answers, and one of a model that gives none."""
    for name, kind in (("says", "model"), ("looks", "features")):
        (tmp_path / "t" / name).mkdir(parents=True)
        write_run_file(tmp_path / "t" / name, RunFile(task="t", model=name, kind=kind))
    return tmp_path / "t"


def test_runs_of_hidden_states_only_are_left_out_by_name(runs: Path, capsys: pytest.CaptureFixture[str]) -> None:
    errors: list[str] = []
    for _ in range(2):
        assert find_all([str(runs)], errors) == [str(runs / "says")]
    assert errors == []
    assert capsys.readouterr().err == f"note: {runs / 'looks'}: left out: {FEATURES_ONLY}\n"


@pytest.mark.parametrize("path", ["looks", "looks/run.json", "l*"])
def test_alone_they_are_an_error(path: str, runs: Path) -> None:
    errors: list[str] = []
    assert find_all([str(runs / path)], errors) == []
    assert errors == [f"{runs / 'looks'}: {FEATURES_ONLY}"]


def test_they_are_found_where_they_are_wanted(runs: Path) -> None:
    errors: list[str] = []
    assert find_all([str(runs)], errors, features=True) == [str(runs / "looks"), str(runs / "says")]
    assert errors == []


@pytest.mark.parametrize("content", [b"", b'{"kind": "model", "label": "features"}', b'{"features"', b'["features"]'])
def test_a_damaged_or_other_run_is_none_of_theirs(content: bytes, tmp_path: Path) -> None:
    (tmp_path / RUN_NAME).write_bytes(content)
    assert not holds_features(tmp_path)
