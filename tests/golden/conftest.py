from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
GOLDEN = HERE / "fixtures"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the fixtures to work in, the current folder; nothing of it is kept beside the fixtures."""
    folder = Path(shutil.copytree(GOLDEN, tmp_path_factory.mktemp("golden") / "copy"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("STROKEREHAB_CACHE", str(folder / "cache"))
        patch.setenv("COLUMNS", "200")
        patch.delenv("STROKEREHAB_FRAMES", raising=False)
        yield folder
