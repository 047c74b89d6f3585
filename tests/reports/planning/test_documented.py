"""Every command of docs/planning.md is run as a reader would run it, on two golden runs."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.golden.conftest import GOLDEN
from tests.golden.outputs import call

PAGE = (Path(__file__).parents[3] / "docs" / "planning.md").read_text(encoding="utf-8")
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
        assert "Patients and minutes" in Path(arguments[-1]).read_text(encoding="utf-8") and out == ""
    elif "--json" in arguments:
        assert {"comparisons", "measures", "widths"} <= json.loads(out).keys()
    else:
        titles = re.findall(r"^\| ([A-Z][^|]+?) \|", PAGE[: PAGE.index("\n## ")], flags=re.MULTILINE)
        assert len(titles) == 4 and all(title in out for title in titles)
