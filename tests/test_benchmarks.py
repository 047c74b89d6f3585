"""The benchmarks run; their results are not tested."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from benchmarks import scale
from benchmarks.__main__ import app


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("questions", [1, 3])
def test_all_contestants_give_the_same_answers(questions: int) -> None:
    output = printed(
        *("engine", "--shape", "tiny", "--windows", "4", "--questions", str(questions)),
        *("--repeats", "1", "--batches", "1,2"),
    )
    for contestant in ("engine", "one generate per question", "published loop", r"bound, \d at once"):
        assert re.search(rf"{contestant} {4 * questions}/{4 * questions}\b", output), output
    assert "windows/s" in output


def test_decoding() -> None:
    output = printed("decoding", "--seconds", "1", "--side", "64", "--repeats", "1")
    assert "bare pass" in output and "decode_frames" in output


def test_merging_at_scale_is_measured(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(scale, "VIDEOS", 16)
    monkeypatch.setattr(sys, "argv", ["scale", "merge", "--answers", "320", "--runs", "2", "--processes", "1"])
    scale.main()
    output = capsys.readouterr().out
    assert output.startswith("320 answers in 2 runs of 8 shards") and "peak memory" in output


def test_the_scale_of_the_study_is_that_of_the_docs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["scale", "paper"])
    scale.main()
    docs = (Path(__file__).parents[1] / "docs" / "scale.md").read_text(encoding="utf-8")
    for line in capsys.readouterr().out.splitlines():
        assert line in docs
