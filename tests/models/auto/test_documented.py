"""The command of docs/any-checkpoint.md, on a tiny checkpoint and a tiny dataset."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.golden.outputs import call
from tests.support.documented import DOCS, commands_in


def test_the_command_of_the_page_runs_and_says_how_the_checkpoint_answers(
    tiny: Callable[[str], Path], mini_dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (command,) = commands_in((DOCS / "any-checkpoint.md").read_text(encoding="utf-8"))
    checkpoint = tiny("llava_onevision")
    bash, script, *arguments = shlex.split(command.replace("/path/to/checkpoint", f"{checkpoint},device=cpu"))
    assert (bash, script) == ("bash", "evaluate.sh")
    more = ("--data", mini_dataset, "--task", "strokerehab_primitives_3", "--limit", 1)
    status, _, err = call("run", *arguments, *map(str, more))
    assert status == 0, err
    assert "note: llava_onevision checkpoints have a wrapper of their own here, which is faster" in err
    assert "frames as one video; each window goes through the network once (equal to plain generate" in err
    (file,) = (tmp_path / "runs" / "strokerehab_primitives_3" / "auto").glob("*/run.json")
    run = json.loads(file.read_text(encoding="utf-8"))
    assert run["status"] == "finished" and run["weights"]["shares_prefix"] is True
    assert run["weights"]["frames"] == "video" and "equal to plain generate" in run["weights"]["because"]
    assert any("--model llava_onevision" in note for note in run["notes"])
