"""`strokerehab probe` and `decode --evidence` on the command line, and the commands of docs/probing.md."""

from __future__ import annotations

import json
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.command import Call
from tests.support.documented import DOCS, commands_in
from tests.support.measured_runs import few_videos, write_dose_run
from tests.support.probed_runs import write_probed_run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_probed_run(tmp_path_factory.mktemp("run"), patients=3, each=1)


def test_json_is_all_that_stands_on_stdout(call: Call, run: Path) -> None:
    done = call("probe", run, "--json", "--layers", "2")
    assert done.status == 0 and done.err == ""
    (own,) = json.loads(done.out)["runs"]
    assert own["model"] == "tiny" and {row["layer"] for row in own["probes"] if "layer" in row} == {2}


def test_commands_of_the_documentation_are_run(
    call: Call, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(run, tmp_path / "runs" / "strokerehab_primitives_3" / "rehab_tiny" / "20260101_000000")
    monkeypatch.chdir(tmp_path)
    commands = [shlex.split(line) for line in commands_in((DOCS / "probing.md").read_text(encoding="utf-8"))]
    here = [arguments for _, *arguments in commands if arguments[0] != "run"]
    assert [arguments[0] for arguments in here] == ["probe", "decode"]
    probed, decoded = (call(*arguments) for arguments in here)
    assert probed.status == 0 and "AUC of what hidden states tell" in probed.out
    assert decoded.status == 0 and decoded.out.strip().endswith("decoded_mbr_by_said_and_probe.json")


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (["probe", "absent"], "absent: no such file or folder"),
        (["probe", "{run}", "--layers", "9"], "layer 9 was not recorded; there are 1, 2"),
        (["probe", "{run}", "--layers", "x"], "--layers x: give numbers of layers"),
        (["probe", "{run}", "--json", "--format", "csv"], "--json: prints JSON; leave --format and --out away"),
        (["probe", "{silent}"], "has no hidden states; record them with --model_args record=hidden"),
        (["decode", "{silent}", "--evidence", "probe"], "has no hidden states; record them with"),
        (["decode", "{run}", "--evidence", "probes"], "'probes' is none; evidence is said or probe or said,probe"),
        (["decode", "{run}", "--evidence", "probe", "--together"], "--evidence probe: probes learn from a run's own"),
    ],
)
def test_what_makes_no_sense_is_one_line(
    call: Call, run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, line: list[str], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    places = {"run": run, "silent": write_dose_run(tmp_path / "silent", few_videos(3, 1, 20))}
    done = call(*(word.format(**places) for word in line))
    assert done.status == 2 and done.out == "" and message in done.line
