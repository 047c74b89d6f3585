from __future__ import annotations

from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.cli.evaluate.models import show_models
from lmms_eval_plugins.machine.hardware import Machine
from lmms_eval_plugins.models.cards import ModelCard
from tests.support.command import shown


def test_models_at_80_columns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, console: Console) -> None:
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path))
    cards = [
        ModelCard(name="baseline", about="x", wrapper="x", kind="blind"),
        ModelCard(name="large", about="x", wrapper="x", parameters_b=100, gpus=4),
        ModelCard(name="beyond", about="x", wrapper="x", parameters_b=3, beyond_study=True),
        ModelCard(name="new", about="x", wrapper="x", parameters_b=4, beyond_study=True, current=True),
        ModelCard(name="elsewhere", about="x", wrapper="x", parameters_b=2, environment="strokerehab_else"),
    ]
    show_models(cards, Machine((), 32.0), console)
    assert shown(console) == [
        "model       size  GPUs  memory  environment       here",
        "elsewhere    2 B     1    5 GB  strokerehab_else  no: environment not made",
        "beyond       3 B     1    7 GB  strokerehab       yes, but slow: no GPU",
        "new          4 B     1   10 GB  strokerehab       yes, but slow: no GPU",
        "large      100 B     4  240 GB  strokerehab       no: too large",
        "baseline                        strokerehab       yes",
        "",
        "this machine: 32 GB of main memory and no GPU",
        "strokerehab_else is not made yet: bash setup_envs.sh strokerehab_else",
        "small (below 15 billion parameters): 1",
        "medium (from 15 and below 60 billion parameters): 0",
        "big (from 60 billion parameters): 1",
        "all (of every size): 2",
        "current (open models of today): 1",
        "in no alias, beyond the study: beyond",
    ]
