from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def cache_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the tables of read-only logs go in a test."""
    folder = tmp_path / "user_cache"
    monkeypatch.setenv("STROKEREHAB_CACHE", str(folder))
    return folder
