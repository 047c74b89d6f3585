"""Where detectors of people are installed."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.machine import detectors
from lmms_eval_plugins.machine.detectors import POSE_ENVIRONMENT, python_of


def test_an_unknown_detector_is_named_with_the_nearest() -> None:
    with pytest.raises(UserError, match="no detector is named 'mediapip'; did you mean 'mediapipe'"):
        python_of("mediapip")


def test_this_python_comes_before_that_of_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    other = tmp_path / POSE_ENVIRONMENT / "bin" / "python"
    other.parent.mkdir(parents=True)
    other.touch()
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    monkeypatch.setattr(detectors, "_has", lambda python, module: True)
    assert python_of("rtmlib") == Path(sys.executable)
    monkeypatch.setattr(detectors, "_has", lambda python, module: python == other)
    assert python_of("rtmlib") == other


def test_what_is_installed_nowhere_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(detectors, "_has", lambda python, module: False)
    with pytest.raises(
        UserError, match=f"^rtmlib is not installed: bash setup_envs.sh {POSE_ENVIRONMENT}, then install"
    ):
        python_of("rtmlib")
    with pytest.raises(UserError, match=f"^mediapipe is not installed: bash setup_envs.sh {POSE_ENVIRONMENT}$"):
        python_of("mediapipe")
