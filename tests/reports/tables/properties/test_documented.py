"""Every command of docs/properties.md is run as a reader would run it; its yardsticks are those of the table."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.reports.tables.properties.yardsticks import YARDSTICKS
from tests.golden.conftest import GOLDEN
from tests.golden.outputs import call

PAGE = (Path(__file__).parents[4] / "docs" / "properties.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```bash\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reader")
    for task in ("strokerehab_primitives_3", "strokerehab_ia2_3_30"):
        shutil.copytree(GOLDEN / "runs" / task, folder / "runs" / task)
    return folder


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command(command: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    program, *arguments = shlex.split(command)
    assert program == "strokerehab"
    status, out, err = call(*arguments)
    assert status == 0, err
    if "--out" in arguments:
        written = {path.name.removeprefix("properties") for path in place.glob("properties*")}
        parts = ("change", "reliability", "groups", "convergence", "yardsticks")
        assert written == {".csv", ".notes.txt", *(f".properties_{part}.csv" for part in parts)}
    elif arguments[0] == "figure":
        assert (place / "figures" / "bland_altman.png").stat().st_size > 10_000
    else:
        assert len(out.splitlines()) > 60


def test_the_yardsticks_are_those_of_the_table() -> None:
    rows = [line for line in PAGE[PAGE.index("## Published yardsticks") :].splitlines() if line.startswith("| ")][1:]
    assert len(rows) == len(YARDSTICKS)
    for line, known in zip(rows, YARDSTICKS, strict=True):
        source, n, sem, mdc, important, about = (cell.strip() for cell in line.strip("|").split("|"))
        where = re.split(r"[:;,] ?(?=MDC|doi|by what)", known.where)[0]
        assert where in source and int(n) == known.n
        assert (sem or None) == (None if known.sem is None else f"{known.sem:g}")
        assert known.mdc is None or f"{known.mdc:g}" in mdc
        assert (important or None) == known.important and known.about in about
