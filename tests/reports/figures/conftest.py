from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.reports.figures import Results
from tests.support.tiny_runs import write_tiny_runs


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run of every kind."""
    return write_tiny_runs(tmp_path_factory.mktemp("runs"))


@pytest.fixture(scope="session")
def results(tiny: Path) -> Results:
    return Results([str(tiny)])
