from __future__ import annotations

import re

import pytest

from lmms_eval_plugins.machine import hardware
from lmms_eval_plugins.machine.hardware import git_revision, versions


def test_versions() -> None:
    found = versions()
    assert {"python", "torch", "transformers", "lmms-eval", "av", "strokerehab-eval"} <= set(found)


def test_revision(monkeypatch: pytest.MonkeyPatch) -> None:
    revision = git_revision()
    assert revision is None or re.fullmatch(r"[0-9a-f]{40}\+?", revision)
    monkeypatch.setattr(hardware, "checkout_root", lambda: None)
    assert git_revision() is None


def test_no_git_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert git_revision() is None
