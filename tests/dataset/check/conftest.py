from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.check.dataset import check_dataset
from lmms_eval_plugins.dataset.check.findings import DatasetCheck
from lmms_eval_plugins.video.windows import Dense
from tests.support.odd_data import make_odd_data

SAMPLING = Dense(fps=15, frames=8)


@pytest.fixture(scope="session")
def odd_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of odd videos, labels and tables; do not change it."""
    return make_odd_data(tmp_path_factory.mktemp("odd") / "data")


@pytest.fixture(scope="session")
def checked(odd_data: Path) -> DatasetCheck:
    """The check of the odd data with all frames."""
    return check_dataset(odd_data, SAMPLING, frames=True)
