"""The verb ``plan-study``."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.golden.conftest import GOLDEN
from tests.support.command import Call

RUN = GOLDEN / "runs" / "strokerehab_primitives_3" / "noisy"


@pytest.fixture(autouse=True)
def _no_cache_beside_the_fixtures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_CACHE", str(tmp_path / "cache"))


def test_a_plan_is_printed_by_default_for_10_per_cent(call: Call) -> None:
    done = call("plan-study", RUN)
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith("Patients and minutes of video that show a difference of 10 %\n")
    assert "p is below 0.05 in 80 % of studies" in " ".join(done.out.split())


def test_json_is_all_that_is_printed(call: Call) -> None:
    done = call(
        "plan-study", RUN, "--metric", "mae_avg", "--detect", "25%", "--power", "90%", "--level", "1%", "--json"
    )
    plan = json.loads(done.out)
    assert (done.status, done.err) == (0, "")
    assert (plan["detect"], plan["power"], plan["level"]) == (0.25, 0.9, 0.01)
    assert [row["shown"] for row in plan["comparisons"][0]["rows"]]


def test_damaged_lines_end_with_status_3(call: Call, tmp_path: Path) -> None:
    (found,) = RUN.iterdir()
    run = shutil.copytree(found, tmp_path / "run")
    with (run / "answers.jsonl").open("a", encoding="utf-8") as file:
        file.write("{broken\n")
    done = call("plan-study", run, "--metric", "mae_avg")
    assert done.status == 3 and "Patients and minutes" in done.out and "1 damaged line" in done.line


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--detect", "0%"), "'0%' is not a number with its %, from 0.1% to 1000%"),
        (("--detect", "-10%"), "is not a number with its %"),
        (("--detect", "10"), "is not a number with its %"),
        (("--detect", "ten%"), "is not a number with its %"),
        (("--power", "100%"), "from 1% to 99.9%"),
        (("--level", "nan%"), "from 0.1% to 50%"),
        (("--power", "5%"), "--power 5%: has to be above --level 5%"),
        (("--json", "--format", "csv"), "--json: prints JSON; leave --format and --out away"),
        (("--seed", "-1"), "is not a whole number"),
        (("--decoder", "best"), "no decoder is named 'best'"),
    ],
)
def test_a_mistake_is_one_line(call: Call, arguments: tuple[str, ...], message: str) -> None:
    done = call("plan-study", RUN, *arguments)
    assert (done.status, done.out) == (2, "") and message in done.line
