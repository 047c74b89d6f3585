from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.runs.run_request import RunRequest

Request = Callable[..., RunRequest]


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
