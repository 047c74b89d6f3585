"""Checkpoints that are none, of another family, on the hub, or to be loaded in fewer bits."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers
from huggingface_hub import constants

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine import checkpoint as checkpoint_module
from tests.support.families import FAMILIES, network_of
from tests.support.requests import ask, rows_in

Tiny = Callable[[str], Path]
COMMIT = "0123456789abcdef0123456789abcdef01234567"
WRAPPERS = {family.wrapper: name for name, family in FAMILIES.items() if name != "internvl_experts"}


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No network, and a cache of the hub that has nothing yet."""
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def cached(hub: Path, name: str, folder: Path) -> None:
    """Put a checkpoint into the cache, as a download of its branch main does."""
    place = hub / f"models--{name.replace('/', '--')}"
    shutil.copytree(folder, place / "snapshots" / COMMIT)
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text(COMMIT)


@pytest.mark.parametrize("family", WRAPPERS.values())
def test_without_network_and_cache_one_line_says_what_to_do(family: str, offline: Path) -> None:
    with pytest.raises(UserError) as raised:
        FAMILIES[family].make(Path("some-org/some-model"), revision="v2")
    assert str(raised.value) == (
        "some-org/some-model: no such checkpoint at revision v2 on this machine, and the hub does not give it;"
        " check the name, the network, or log in with `hf auth login` where it is gated"
    )


@pytest.mark.parametrize("family", WRAPPERS.values())
def test_a_checkpoint_of_another_family_names_its_wrapper(family: str, tiny: Tiny) -> None:
    other = "internvl" if family != "internvl" else "llava_onevision"
    with pytest.raises(UserError) as raised:
        FAMILIES[family].make(tiny(other))
    assert str(raised.value) == (
        f"{tiny(other)}: is a {other} checkpoint, not {family}; its wrapper is rehab_{other}, as in --model {other}"
    )


def test_a_checkpoint_with_code_of_its_own_is_refused_without_running_it(tmp_path: Path, offline: Path) -> None:
    original = {"model_type": "internvl_chat", "auto_map": {"AutoConfig": "its_config.ItsConfig"}}
    (tmp_path / "config.json").write_text(json.dumps(original))
    (tmp_path / "its_config.py").write_text("raise SystemExit('it was run')\n")
    with pytest.raises(UserError, match="many checkpoints have a conversion that it knows, named …-hf"):
        FAMILIES["internvl"].make(tmp_path)
    folder = tmp_path / "original"
    folder.mkdir()
    for name in ("config.json", "its_config.py"):
        shutil.move(tmp_path / name, folder / name)
    cached(offline, "org/original", folder)
    with pytest.raises(UserError, match=r"^org/original: not the configuration of a model that transformers knows"):
        FAMILIES["internvl"].make(Path("org/original"))


def test_the_commit_that_is_loaded_is_known_and_stays_the_same(offline: Path, tiny: Tiny) -> None:
    cached(offline, "org/tiny", tiny("llava_onevision"))
    model = FAMILIES["llava_onevision"].make(Path("org/tiny"))
    assert (model.weights or {})["revision"] == COMMIT
    by_commit = FAMILIES["llava_onevision"].make(Path("org/tiny"), revision=COMMIT)
    assert by_commit.fingerprint == model.fingerprint
    (offline / "models--org--tiny" / "refs" / "main").write_text("f" * 40)  # the branch moves on
    model.answerer.get_ready()
    assert (model.weights or {})["revision"] == COMMIT
    with pytest.raises(UserError, match="org/tiny: no such checkpoint"):
        FAMILIES["llava_onevision"].make(Path("org/tiny"))


def test_quantization_without_its_package_says_what_to_install(tiny: Tiny, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint_module, "find_spec", lambda name: None)
    with pytest.raises(UserError, match=r"quantization=4bit needs the package bitsandbytes; install it with `.*pip"):
        FAMILIES["internvl"].make(tiny("internvl"), quantization="4bit")
    with pytest.raises(UserError, match="quantization: '2bit' is none of fp8, 8bit, 4bit"):
        FAMILIES["internvl"].make(tiny("internvl"), quantization="2bit")


@pytest.mark.parametrize(("quantization", "settings"), [("8bit", "load_in_8bit"), ("4bit", "load_in_4bit")])
def test_quantization_is_asked_for_and_recorded(
    quantization: str, settings: str, tiny: Tiny, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint_module, "find_spec", lambda name: object())
    monkeypatch.setattr(checkpoint_module, "BitsAndBytesConfig", lambda **given: given)
    make, folder = FAMILIES["internvl"].make, tiny("internvl")
    usual, model = make(folder), make(folder, quantization=quantization)
    assert model.fingerprint != usual.fingerprint
    assert [(one.weights or {})["quantization"] for one in (usual, model)] == [None, quantization]
    given: dict[str, Any] = {}
    network = torch.nn.Identity()

    def from_pretrained(name: str, **arguments: Any) -> Any:
        given.update(arguments)
        return network, {"missing_keys": []}

    monkeypatch.setattr(transformers.InternVLForConditionalGeneration, "from_pretrained", from_pretrained)
    assert network_of(model).loaded.model is network
    assert given["quantization_config"][settings] is True and given["device_map"] == {"": "cpu"}


@pytest.mark.skipif(find_spec("bitsandbytes") is None, reason="bitsandbytes is not installed")
@pytest.mark.parametrize(("quantization", "layer"), [("8bit", "Linear8bitLt"), ("4bit", "Linear4bit")])
def test_quantized_linear_layers_answer(quantization: str, layer: str, tiny: Tiny, mini_dataset: Path) -> None:
    for name, family in FAMILIES.items():
        model = family.make(tiny(name), quantization=quantization, batch_size=4)
        assert all(ask(model, rows_in(mini_dataset)[:4]))
        layers = [type(part).__name__ for part in network_of(model).loaded.model.modules()]
        assert layers.count("Linear") == 1 and layers.count(layer) > 9
