"""Checkpoints with code in every place where transformers looks for some: it never runs, and nobody is asked."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from huggingface_hub import constants

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.family import Shape
from lmms_eval_plugins.models.engine.spliced import prompt_tokens
from lmms_eval_plugins.models.recording import Recorder
from tests.models.engine.test_checkpoint import cached
from tests.support.families import FAMILIES, network_of
from tests.support.hostile_checkpoints import IGNORED, REFUSED, everywhere, lay_bait, own_generation, unknown_classes
from tests.support.requests import ask, rows_in

Tiny = Callable[[str], Path]
HARMLESS = ("auto_map everywhere", "custom_generate")


class Yes:
    """A user, or a pipe, that says yes to everything, and counts how often somebody asks."""

    asked = 0

    def readline(self, *_: object) -> str:
        self.asked += 1
        return "y\n"


@pytest.fixture(autouse=True)
def nobody_asks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    terminal = Yes()
    monkeypatch.setattr(sys, "stdin", terminal)
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    yield
    assert terminal.asked == 0


def loaded(family: str, name: Path) -> Recorder:
    model = FAMILIES[family].make(name)
    prompt_tokens(network_of(model).loaded, "Does it move?", Shape("", ()))
    return model


def in_hub(tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a checkpoint into a cache of the hub; returns its name there."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    cached(tmp_path / "hub", "org/hostile", folder)
    return Path("org/hostile")


@pytest.mark.parametrize("name", [name for name in IGNORED if name not in HARMLESS])
def test_where_transformers_has_the_classes_code_in_any_file_is_passed_over(
    name: str, tiny: Tiny, tmp_path: Path
) -> None:
    canary = lay_bait(tiny("qwen2_5_vl"), tmp_path / "it", IGNORED[name])
    loaded("qwen2_5_vl", tmp_path / "it")
    assert not canary.exists()


@pytest.mark.parametrize("family", FAMILIES)
def test_so_it_is_in_every_family_from_a_folder_and_from_the_hub(
    family: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def bait(folder: Path, canary: Path) -> None:
        everywhere(folder, canary)
        own_generation(folder, canary)

    canary = lay_bait(tiny(family), tmp_path / "it", bait)
    for name in (tmp_path / "it", in_hub(tmp_path, tmp_path / "it", monkeypatch)):
        loaded(family, name)
    assert not canary.exists()


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("family", FAMILIES)
def test_what_needs_code_is_refused_in_one_line(
    name: str, family: str, tiny: Tiny, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bait, said = REFUSED[name]
    canary = lay_bait(tiny(family), tmp_path / "it", bait)
    for place in (tmp_path / "it", in_hub(tmp_path, tmp_path / "it", monkeypatch)):
        with pytest.raises(UserError) as raised:
            loaded(family, place)
        message = str(raised.value)
        assert said in message and "\n" not in message and (name == "a template" or message.startswith(str(place)))
    assert not canary.exists()


def test_answers_do_not_come_from_code_either(tiny: Tiny, tmp_path: Path, mini_dataset: Path) -> None:
    """A checkpoint's own generate.py, and settings of generation whose code lies on the hub."""
    canary = lay_bait(tiny("qwen2_5_vl"), tmp_path / "it", own_generation)
    model = FAMILIES["qwen2_5_vl"].make(tmp_path / "it", mode="generate")
    assert all(ask(model, rows_in(mini_dataset)[:2]))
    network_of(model).loaded.model.generation_config.dola_layers = "low"
    with pytest.raises(UserError, match=r"it: its generation_config\.json wants a way of decoding whose code lies on"):
        ask(model, rows_in(mini_dataset)[2:4])
    assert not canary.exists()


def test_unknown_classes_name_what_to_take_instead(tiny: Tiny, tmp_path: Path) -> None:
    lay_bait(tiny("internvl"), tmp_path / "it", unknown_classes)
    with pytest.raises(UserError) as raised:
        loaded("internvl", tmp_path / "it")
    assert str(raised.value) == (
        f"{tmp_path / 'it'}: it wants to run Python of its own (an auto_map in its files), which is never done;"
        " take a checkpoint in transformers' own format, many are named …-hf"
    )
