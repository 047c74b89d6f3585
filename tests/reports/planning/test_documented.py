"""Every command of docs/planning.md is run as a reader would run it, on two golden runs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.support.documented import DOCS, commands_in, copy_golden, run_documented

PAGE = (DOCS / "planning.md").read_text(encoding="utf-8")
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
        assert "Patients and minutes" in Path(arguments[-1]).read_text(encoding="utf-8") and out == ""
    elif "--json" in arguments:
        assert {"comparisons", "measures", "widths"} <= json.loads(out).keys()
    else:
        titles = re.findall(r"^\| ([A-Z][^|]+?) \|", PAGE[: PAGE.index("\n## ")], flags=re.MULTILINE)
        assert len(titles) == 4 and all(title in out for title in titles)
