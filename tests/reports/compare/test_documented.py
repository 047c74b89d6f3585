"""Every command of docs/compare.md is run as a reader would run it, on two golden runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.outputs import call
from tests.support.documented import DOCS, commands_in, copy_golden, run_documented

PAGE = (DOCS / "compare.md").read_text(encoding="utf-8")
COMMANDS = commands_in(PAGE)
TASK = "strokerehab_primitives_3"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = [(f"{TASK}/noisy", f"{TASK}/bot"), (f"{TASK}/tiny", f"{TASK}/rehab_tiny")]
    return copy_golden(runs, tmp_path_factory.mktemp("reader"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command(command: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    arguments, out = run_documented(command)
    if "--out" in arguments:
        assert Path(arguments[-1]).stat().st_size > 500 and out == ""
    else:
        assert len(out.splitlines()) > 20


def test_the_documented_script(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    assert call("answers", f"runs/{TASK}", "--out", "answers.csv")[0] == 0
    (script,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    *lines, last = script.strip().splitlines()
    code = "\n".join((*lines, f"counts = {last}", "print(*counts.index.names, counts.min() > 0)"))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["model", "question", "True"], done.stderr


def test_every_documented_column_is_there(place: Path) -> None:
    status, out, _ = call("answers", place / "runs" / TASK / "bot")
    assert status == 0
    columns = out.splitlines()[0].replace('"', "").split(",")
    rows = re.findall(r"^\| (`.*?) \|", PAGE[PAGE.index("## Every answer") :], flags=re.MULTILINE)
    assert {name for row in rows for name in re.findall(r"`(\w+)`", row)} <= set(columns)
