"""The help and the shell's completion: short, grouped, and fast because nothing heavy is loaded for them."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from lmms_eval_plugins.cli.app import ROOMS
from tests.support.command import Call

PROGRAM = [sys.executable, "-m", "lmms_eval_plugins.cli"]


@pytest.mark.parametrize("columns", [80, 120])
def test_the_help_lists_the_verbs_under_headings(call: Call, monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    lines = call("--help").out.splitlines()
    headings = [line[:-1] for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert headings == [*ROOMS, "Options"]
    listed = [line.split()[0] for line in lines if line.startswith("  ") and line[2:3].isalpha()]
    assert {"run", "score", "import", "demo"} <= set(listed) and "work" not in listed
    assert all(len(line) <= columns for line in lines) and not any("..." in line for line in lines[1:])


@pytest.mark.parametrize("verbs", [(), ("demo",), ("labels",)])
def test_every_verb_says_what_it_does_in_one_whole_line(
    call: Call, monkeypatch: pytest.MonkeyPatch, verbs: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = call(*verbs, "--help").out.splitlines()
    about = [line for line in lines if re.match(r"  [a-z][a-z-]* {2,}[A-Z]", line)]
    assert about and all(line.endswith(".") and len(line) <= 80 for line in about), about
    first = lines.index(about[0])
    assert all(line in about or not line.startswith("   ") for line in lines[first : lines.index("Options:")])


def test_the_options_of_a_verb_stand_under_headings(call: Call) -> None:
    lines = call("run", "--help").out.splitlines()
    headings = [line for line in lines if line.endswith(":") and not line.startswith(" ")]
    assert headings == ["Models and tasks:", "Videos:", "Where and how:", "Slurm:", "Options:"]
    assert any(line.startswith("  --at-once N ") for line in lines[lines.index("Slurm:") :])
    assert "x>=" not in "".join(lines)
    few = call("doctor", "--help").out
    assert "Options:\n  --models FOLDER" in few and "Models and tasks" not in few


def test_help_loads_nothing_heavy() -> None:
    code = "import sys\nfrom lmms_eval_plugins.cli import main\ntry:\n main()\nfinally:\n print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code, "--help"], capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in done.stdout.splitlines()[-1].split()}
    assert "typer" in loaded
    assert not {"pandas", "numpy", "scipy", "sklearn", "torch", "pydantic", "yaml", "rich", "cv2", "av"} & loaded


@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("strokerehab sc", ["score"]),
        ("strokerehab run --log", ["--log_path"]),
        ("strokerehab run --model markov,omni", ["markov,omniscient"]),
        ("strokerehab run --model me", ["medium"]),
        ("strokerehab run --task strokerehab_coun", ["strokerehab_counting"]),
        ("strokerehab validate strokerehab_coun", ["strokerehab_counting"]),
        ("strokerehab table dose_i", ["dose_inputs"]),
        ("strokerehab figure seg", ["segment_ratio"]),
        ("strokerehab score --reading p", ["published"]),
        ("strokerehab demo r", ["render"]),
    ],
)
def test_the_shell_completes_names(words: str, completed: list[str]) -> None:
    question = {
        "COMP_WORDS": words,
        "COMP_CWORD": str(len(words.split()) - 1),
        "_STROKEREHAB_COMPLETE": "complete_bash",
    }
    done = subprocess.run(PROGRAM, env=os.environ | question, capture_output=True, text=True, check=True)
    assert done.stdout.split() == completed and done.stderr == ""
