"""Output that nobody can take, or that its encoding has no characters for, ends no command."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

SCRIPT = """
import sys
from collections.abc import Mapping
from pathlib import Path
from lmms_eval_plugins.cli import app as command
from lmms_eval_plugins.core.console import say, stderr, stdout

target, count = Path(sys.argv[1]), int(sys.argv[2])

@command.app.command("speak")
def speak() -> None:
    for _ in range(count):
        say(stderr(), "a message \\u2026 \\u2013")
        print("46.69 \\u00b1 1.62 bad\\udcff")
        say(stdout(), "rich \\u00b1")
    target.write_text("done")

sys.argv[1:] = ["speak"]
command.main()
"""
"""The command with one more verb, which prints much and then leaves a file: ``FILE COUNT``."""


def speak(
    tmp_path: Path, redirect: str, count: int = 1, environment: Mapping[str, str] = os.environ
) -> tuple[int, str, str, bool]:
    """Run the verb in a shell; return its status, its output, its messages, and whether it did its work."""
    target = tmp_path / "done"
    command = f'"$0" -c "$1" "$2" {count} {redirect}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", command, sys.executable, SCRIPT, str(target)],
        capture_output=True,
        env={**os.environ, **environment},
        timeout=120,
    )
    return done.returncode, done.stdout.decode(), done.stderr.decode(), target.is_file()


ASCII = {"PYTHONIOENCODING": "ascii"}
POSIX = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize("environment", [ASCII, POSIX])
def test_what_the_encoding_does_not_have_is_written_out(tmp_path: Path, environment: dict[str, str]) -> None:
    status, out, err, worked = speak(tmp_path, "", environment=environment)
    assert (status, worked) == (0, True)
    assert out.splitlines() == ["46.69 \\xb1 1.62 bad\\udcff", "rich \\xb1"]
    assert err.splitlines() == ["a message \\u2026 \\u2013"]


def test_a_name_that_is_not_utf_8(tmp_path: Path) -> None:
    status, out, _, _ = speak(tmp_path, "", environment={"PYTHONIOENCODING": "utf-8"})
    assert status == 0 and out.splitlines() == ["46.69 ± 1.62 bad\\udcff", "rich ±"]


@pytest.mark.parametrize("redirect", ["2>&-", ">&- 2>&- <&-", "2>&1 | head -1", "2>/dev/full"])
def test_streams_that_take_nothing_stop_nothing(tmp_path: Path, redirect: str) -> None:
    status, _, err, worked = speak(tmp_path, redirect, count=1000)
    assert (status, worked) == (0, True) and "Traceback" not in err and "error" not in err


def test_a_full_disk_behind_standard_output_is_named(tmp_path: Path) -> None:
    status, _, err, worked = speak(tmp_path, ">/dev/full")
    assert (status, worked) == (3, True)
    assert err.splitlines()[1:] == ["error: standard output: No space left on device; what goes to files is there"]
