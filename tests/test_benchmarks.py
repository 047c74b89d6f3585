"""The benchmarks run; what they measure is no test."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner

from benchmarks.__main__ import app


def printed(*arguments: str) -> str:
    done = CliRunner().invoke(app, list(arguments))
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.parametrize("questions", [1, 3])
def test_all_contestants_give_the_same_answers(questions: int) -> None:
    said = printed(
        *("engine", "--shape", "tiny", "--windows", "4", "--questions", str(questions)),
        *("--repeats", "1", "--batches", "1,2"),
    )
    for contestant in ("engine", "one generate per question", "published loop", r"bound, \d at once"):
        assert re.search(rf"{contestant} {4 * questions}/{4 * questions}\b", said), said
    assert "windows/s" in said


def test_decoding() -> None:
    said = printed("decoding", "--seconds", "1", "--side", "64", "--repeats", "1")
    assert "bare pass" in said and "decode_frames" in said
