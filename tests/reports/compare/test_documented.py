"""Every command of docs/compare.md is run as a reader would run it, on two golden runs."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.golden.conftest import GOLDEN
from tests.golden.outputs import call

PAGE = (Path(__file__).parents[3] / "docs" / "compare.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```bash\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]
TASK = "strokerehab_primitives_3"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reader")
    for there, here in (("noisy", "bot"), ("tiny", "rehab_tiny")):
        shutil.copytree(GOLDEN / "runs" / TASK / there, folder / "runs" / TASK / here)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command(command: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    program, *arguments = shlex.split(command)
    assert program == "strokerehab"
    status, out, err = call(*arguments)
    assert status == 0, err
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
