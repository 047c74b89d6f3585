"""The training configuration."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.demo.training.config import DEFAULT_CONFIG, load_config


def test_the_configuration_is_checked(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(DEFAULT_CONFIG.read_text(encoding="utf-8").replace("steps:", "stepz:"), encoding="utf-8")
    with pytest.raises(UserError, match=r"mine.yaml, line \d+: recipe.ste.*"):
        load_config(path)
    path.write_text("a: [", encoding="utf-8")
    with pytest.raises(UserError, match="not valid YAML"):
        load_config(path)
    with pytest.raises(UserError, match="cannot be read"):
        load_config(tmp_path / "none.yaml")
