"""The chat template of a checkpoint, and its switch for thinking, through the engine of a real tiny checkpoint."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.family import Shape
from tests.support.families import FAMILIES, network_of

Tiny = Callable[[str], Path]

_SWITCH = "{%% if %s is defined and not %s %%}<think></think>{%% else %%}<think>{%% endif %%}"


def switched(tiny: Tiny, folder: Path, name: str) -> Path:
    """Copy a checkpoint, and put a switch for thinking at the end of its chat template."""
    shutil.copytree(tiny("qwen2_5_vl"), folder)
    template = folder / "chat_template.jinja"
    template.write_text(template.read_text(encoding="utf-8") + _SWITCH % (name, name), encoding="utf-8")
    return folder


def spelt(folder: Path, **settings: Any) -> str:
    network = network_of(FAMILIES["qwen2_5_vl"].make(folder, **settings))
    network.get_ready()
    return network.loaded.text(network.tokens("Does it move?", Shape("", ())))


@pytest.mark.parametrize("name", ["enable_thinking", "thinking"])
def test_the_switch_is_the_templates_whatever_it_calls_it(name: str, tiny: Tiny, tmp_path: Path) -> None:
    folder = switched(tiny, tmp_path / "it", name)
    usual, on, off = (spelt(folder, **given) for given in ({}, {"thinking": True}, {"thinking": "false"}))
    assert usual == on and on.endswith("<think>") and off == on + "</think>"


def test_a_template_without_a_switch_says_so(tiny: Tiny) -> None:
    with pytest.raises(UserError, match=r"^thinking=false: .*chat template has no switch for it") as one:
        spelt(tiny("qwen2_5_vl"), thinking=False)
    assert "\n" not in str(one.value)


def test_whether_it_thinks_is_another_model_and_nothing_said_is_the_one_of_before(tiny: Tiny) -> None:
    marks = [
        network_of(FAMILIES["qwen2_5_vl"].make(tiny("qwen2_5_vl"), **given)).fingerprint
        for given in ({}, {"thinking": None}, {"thinking": True}, {"thinking": False})
    ]
    assert marks[0] == marks[1] and len(set(marks)) == 3
