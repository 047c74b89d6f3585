"""Every command of docs/properties.md is run as a reader would run it; its yardsticks are those of the table."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lmms_eval_plugins.reports.tables.properties.yardsticks import YARDSTICKS
from tests.support.documented import DOCS, commands_in, copy_golden, run_documented

PAGE = (DOCS / "properties.md").read_text(encoding="utf-8")
COMMANDS = commands_in(PAGE)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    runs = [(task, task) for task in ("strokerehab_primitives_3", "strokerehab_ia2_3_30")]
    return copy_golden(runs, tmp_path_factory.mktemp("reader"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_documented_command(command: str, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    arguments, out = run_documented(command)
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
