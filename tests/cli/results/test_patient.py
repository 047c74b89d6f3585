"""The clinician's hour: every command of docs/patient.md, about runs of four patients."""

from __future__ import annotations

import re
import shlex
import shutil
from pathlib import Path

import pytest

from tests.support.command import Call

ROOT = Path(__file__).parents[3]
GUIDE = (ROOT / "docs" / "patient.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```bash\n(.*?)```", GUIDE, flags=re.DOTALL) for line in block.splitlines()]
RUNS = ("strokerehab_primitives_3/noisy", "strokerehab_identification_1/noisy", "strokerehab_ia2_3_30/guesses")
PATIENTS = {"DS0001": "P01", "DS0002": "P02"}


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clinician")
    for name in RUNS:
        shutil.copytree(ROOT / "tests" / "golden" / "fixtures" / "runs" / name, folder / "runs" / name)
    return folder


def test_the_guide_has_commands() -> None:
    assert len(COMMANDS) == 8 and all(line.startswith("strokerehab ") for line in COMMANDS)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_guide(call: Call, place: Path, monkeypatch: pytest.MonkeyPatch, command: str) -> None:
    monkeypatch.chdir(place)
    for name, own in PATIENTS.items():
        command = command.replace(name, own)
    _, *arguments = shlex.split(command)
    done = call(*arguments)
    assert done.status == 0, done.err
    if "--out" in arguments:
        assert Path(arguments[arguments.index("--out") + 1]).stat().st_size > 500
    else:
        assert "P01" in done.out


def test_mistakes_are_one_line(call: Call, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    for arguments, message in (
        (("patient", "runs", "P9"), "no patient is named 'P9'"),
        (("patient", "gone", "P01"), "gone: no such file or folder"),
        (("table", "dose_models", "runs", "--patient", "P9"), "--patient P9: no video"),
        (("table", "impairment", "runs", "--view", "1"), "Fugl-Meyer items have no activity and no view"),
        (("figure", "rce", "runs", "--activity", "shelf", "--patient", "P01"), "only patient P01, activity shelf"),
    ):
        done = call(*arguments)
        assert (done.status, done.out) == (2, "") and message in done.err and done.err.count("\n") == 1
