"""The decoded row of a run that has just finished."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import pytest
from rich.console import Console

from lmms_eval_plugins.decoding.leave_out import LABEL
from lmms_eval_plugins.execution.outcome import decoded_rows, show_outcome
from lmms_eval_plugins.execution.run import Finished, Outcome
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.runs.run import read_run
from lmms_eval_plugins.runs.score import score_run
from tests.support.tiny_runs import write_tiny_runs


def finished(folder: Path, kind: Literal["model", "blind"] = "model") -> Finished:
    card = ModelCard(name="tiny", about="a tiny model", wrapper="constant", kind=kind)
    return Finished(card, folder, score_run(str(folder), read_run(folder)), (), 8)


@pytest.fixture
def folders(tmp_path: Path) -> list[Path]:
    write_tiny_runs(tmp_path)
    return sorted(path.parent for path in tmp_path.rglob("run.json"))


def test_one_more_row_and_its_control_for_the_dose_run_of_a_model(folders: list[Path]) -> None:
    rows = decoded_rows([finished(folder) for folder in folders])
    assert [(row.task, row.model) for row in rows] == [("dose", "tiny+mbr"), ("dose", "blind+mbr")]


def test_a_baseline_has_none(folders: list[Path]) -> None:
    assert decoded_rows([finished(folder, "blind") for folder in folders]) == []


def test_the_label_stands_below(folders: list[Path]) -> None:
    file = io.StringIO()
    runs = [finished(folder) for folder in folders]
    show_outcome(Outcome({"dose": runs}, ()), (), Console(file=file, width=120))
    lines = file.getvalue().splitlines()
    assert [line.split()[0] for line in lines if line.startswith("  ") and "mbr" in line] == ["tiny+mbr", "blind+mbr"]
    assert any(LABEL in line for line in lines)
