from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.command import Call
from tests.support.tiny_runs import write_tiny_runs


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    return write_tiny_runs(tmp_path / "runs")


def test_a_figure_in_two_formats(call: Call, runs: Path, tmp_path: Path) -> None:
    done = call("figure", "rce", runs, "--out", tmp_path / "rce.pdf", "--format", "svg,png")
    assert done.status == 0
    assert done.out.splitlines() == [str(tmp_path / "rce.svg"), str(tmp_path / "rce.png")]
    assert (tmp_path / "rce.svg").read_text().startswith("<?xml")


def test_a_figure_with_a_problem(call: Call, runs: Path, tmp_path: Path) -> None:
    (tmp_path / "x_samples_y.jsonl").write_text("")
    done = call("figure", "rce", runs, tmp_path / "x_samples_y.jsonl", "--out", tmp_path / "rce.svg")
    assert done.status == 3
    assert (tmp_path / "rce.svg").is_file()
    assert "the file is empty" in done.err


def test_a_figure_of_an_unknown_name(call: Call, runs: Path) -> None:
    done = call("figure", "histogram", runs)
    assert done.status == 2 and "there are: identification" in done.line
