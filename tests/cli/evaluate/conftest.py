from __future__ import annotations

import io

import pytest
from rich.console import Console


@pytest.fixture
def console() -> Console:
    """A terminal of 80 columns whose output is recorded."""
    return Console(width=80, record=True, file=io.StringIO())
