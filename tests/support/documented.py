"""Commands of a page of the documentation, run as a reader would run them on golden runs."""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.golden.conftest import GOLDEN
from tests.golden.outputs import call

DOCS = Path(__file__).parents[2] / "docs"


def commands_in(page: str) -> list[str]:
    """The lines of a page's bash blocks."""
    blocks = re.findall(r"```bash\n(.*?)```", page, flags=re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def copy_golden(runs: Iterable[tuple[str, str]], folder: Path) -> Path:
    """Copy golden runs, or whole tasks of them, to where a reader has them below a folder; return the folder."""
    for there, here in runs:
        shutil.copytree(GOLDEN / "runs" / there, folder / "runs" / here)
    return folder


def run_documented(command: str) -> tuple[list[str], str]:
    """Run a command of strokerehab here, which must succeed; return its arguments and what it printed."""
    program, *arguments = shlex.split(command)
    assert program == "strokerehab"
    status, out, err = call(*arguments)
    assert status == 0, err
    return arguments, out
