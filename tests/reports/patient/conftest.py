from __future__ import annotations

import shutil
from pathlib import Path

import pytest

RUNS = Path(__file__).parents[2] / "golden" / "fixtures" / "runs"

ON_THE_PAGE = (
    "strokerehab_primitives_3/noisy",
    "strokerehab_identification_1/noisy",
    "strokerehab_ia2_3_30",
    "strokerehab_ia2_31_33",
)


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of dose, identification and Fugl-Meyer about the same four patients."""
    folder = tmp_path_factory.mktemp("patient") / "runs"
    for name in ON_THE_PAGE:
        shutil.copytree(RUNS / name, folder / name)
    return folder
