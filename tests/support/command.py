"""The command line in tests: requests about a small dataset, and the command called in this process."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli import main
from lmms_eval_plugins.core.errors import DEBUG_VARIABLE
from lmms_eval_plugins.runs.run_request import RunRequest

Request = Callable[..., RunRequest]


@dataclass(frozen=True)
class Done:
    """How a call of the command ended."""

    status: int
    out: str
    err: str

    @property
    def line(self) -> str:
        """What stands on stderr, if that is one line."""
        (line,) = self.err.splitlines()
        return line


Call = Callable[..., Done]


@pytest.fixture
def request_for(mini_dataset: Path, tmp_path: Path) -> Request:
    """A command line about the small dataset, with some of it changed."""

    def make(**changes: object) -> RunRequest:
        values: dict[str, object] = {
            "models": "omniscient",
            "tasks": "strokerehab_primitives_3",
            "model_args": "",
            "log_path": tmp_path / "runs",
            "data": mini_dataset,
        }
        return RunRequest(**{**values, **changes})  # type: ignore[arg-type]

    return make


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    """Run the command in this process."""

    def run(*arguments: object) -> Done:
        monkeypatch.setattr(sys, "argv", ["strokerehab", *map(str, arguments)])
        monkeypatch.setenv(DEBUG_VARIABLE, "")  # which the command sets, and a process of its own would take along
        with pytest.raises(SystemExit) as end:
            main()
        printed = capsys.readouterr()
        assert isinstance(end.value.code, int)
        return Done(end.value.code, printed.out, printed.err)

    return run


def shown(console: Console) -> list[str]:
    """Return the lines that a recording console printed."""
    return [line.rstrip() for line in console.export_text().splitlines()]
