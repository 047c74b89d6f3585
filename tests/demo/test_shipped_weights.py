"""The shipped weights: found by name, complete, of this version; and the errors where they are not."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped as shipped_folder
from lmms_eval_plugins.demo import shipped_weights as shipped
from lmms_eval_plugins.demo.shipped_weights import CHECKSUMS_NAME, REFERENCE, VERSION, resolved, weights_folder
from lmms_eval_plugins.demo.training.config import load_config
from lmms_eval_plugins.models.cards import load_card

MOST_BYTES = 12 * 2**20


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of the shipped weights that may be damaged."""
    return Path(shutil.copytree(weights_folder(), tmp_path / "rehab_tiny"))


def test_the_shipped_weights_are_whole_and_small() -> None:
    folder = weights_folder()
    assert {"model.safetensors", "config.json", "README.md", CHECKSUMS_NAME} <= {path.name for path in folder.iterdir()}
    assert sum(path.stat().st_size for path in folder.iterdir()) <= MOST_BYTES
    recorded = json.loads((folder / CHECKSUMS_NAME).read_text(encoding="utf-8"))
    not_checked = {path.name for path in folder.iterdir()} - set(recorded["sha256"])
    assert not_checked == {"README.md", CHECKSUMS_NAME}


def test_versions_agree() -> None:
    assert load_config().version == VERSION


def test_the_card_names_the_weights_and_the_pixels_that_they_were_trained_with() -> None:
    card = load_card(shipped_folder("models") / "rehab_tiny.yaml")
    pictures = load_config().pictures
    assert card.args["pretrained"] == REFERENCE
    assert (card.args["min_pixels"], card.args["max_pixels"]) == (pictures.min_pixels, pictures.max_pixels)
    assert Path(str(resolved(card.args["pretrained"]))) == weights_folder()
    assert resolved("Qwen/Qwen2.5-VL-7B-Instruct") == "Qwen/Qwen2.5-VL-7B-Instruct"


def test_a_damaged_file_is_named_with_the_command_that_restores_it(copied: Path) -> None:
    weights_folder(copied)
    path = copied / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"model\.safetensors: damaged .* restore it with `.+`") as caught:
        weights_folder(copied)
    assert "\n" not in str(caught.value)


def test_a_missing_file_is_named(copied: Path) -> None:
    (copied / "tokenizer.json").unlink()
    with pytest.raises(UserError, match=r"tokenizer\.json: missing; restore it with"):
        weights_folder(copied)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"version": 1, "sha256": 3}'])
def test_damaged_checksums_are_an_error(copied: Path, content: str) -> None:
    (copied / CHECKSUMS_NAME).write_text(content, encoding="utf-8")
    with pytest.raises(UserError, match=r"checksums\.json: missing or damaged; restore it with"):
        weights_folder(copied)


def test_another_version_is_an_error(copied: Path) -> None:
    path = copied / CHECKSUMS_NAME
    recorded = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**recorded, "version": VERSION + 1}), encoding="utf-8")
    with pytest.raises(UserError, match=rf"version {VERSION + 1} of rehab_tiny, this program needs {VERSION}"):
        weights_folder(copied)


def test_in_a_checkout_git_restores(monkeypatch: pytest.MonkeyPatch, copied: Path) -> None:
    monkeypatch.setattr(shipped, "checkout_root", lambda: copied.parent)
    (copied / CHECKSUMS_NAME).unlink()
    with pytest.raises(UserError, match=r"restore it with `git -C .* restore rehab_tiny`"):
        weights_folder(copied)


def test_files_are_read_again_only_where_they_changed(monkeypatch: pytest.MonkeyPatch, copied: Path) -> None:
    weights_folder(copied)
    monkeypatch.setattr(hashlib, "sha256", None)
    weights_folder(copied)
    os.utime(copied / "model.safetensors", ns=(1, 1))
    with pytest.raises(TypeError):
        weights_folder(copied)
