"""The models as lmms-eval's registry and its own command line make them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from lmms_eval.api.model import lmms
from lmms_eval.models import get_model

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.manifests import CLASSES, SETTINGS
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.registered import RehabServer
from tests.support.fake_server import MODEL, Fake
from tests.support.families import FAMILIES

ALWAYS_GIVEN = {"batch_size": "1", "max_batch_size": None, "device": None}
"""What lmms-eval's command line gives every model, beside ``--model_args``."""


@pytest.mark.parametrize("model_id", CLASSES)
def test_every_model_is_a_recorder_with_settings(model_id: str) -> None:
    model_class = get_model(model_id)
    assert model_class.__mro__[1:3] == (Recorder, lmms), "two below lmms-eval's own class"
    assert {"batch_size", "device"} <= model_class.settings_type.names()
    assert model_class.settings_type is SETTINGS[model_id]


@pytest.mark.parametrize(
    ("model_id", "args"),
    [
        ("omniscient", ""),
        ("always_transport", ""),
        ("constant", "answer=1"),
        ("bot", "seed=3"),
        ("markov", "fit=test"),
        ("item_prior", ""),
        ("most_frequent", ""),
        ("stopwatch", ""),
    ],
)
def test_baselines_by_the_stock_command_line(model_id: str, args: str) -> None:
    assert isinstance(get_model(model_id).create_from_arg_string(args, ALWAYS_GIVEN), Recorder)


def test_a_checkpoint_by_the_stock_command_line(tiny_qwen: Path) -> None:
    family = FAMILIES["qwen2_5_vl"]
    args = f"pretrained={tiny_qwen},max_pixels=12544,min_pixels=3136,declared_fps=4"
    made = get_model(family.wrapper).create_from_arg_string(args, ALWAYS_GIVEN | {"device": "cpu"})
    assert made.fingerprint == family.make(tiny_qwen, declared_fps=4).fingerprint


def test_a_server_by_the_stock_command_line() -> None:
    with Fake() as server:
        args = f"base_url={server.base_url},model={MODEL}"
        made = RehabServer.create_from_arg_string(args, ALWAYS_GIVEN)
    assert isinstance(made, RehabServer) and made.device_name == f"{server.base_url} (fake)"


@pytest.mark.parametrize("model_id", ["rehab_llava_next", "rehab_longva", "rehab_vila"])
def test_code_bases_by_the_stock_command_line(model_id: str, tmp_path: Path) -> None:
    """They need the interpreter that a run of ours lends, and say so when they are used."""
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    made = get_model(model_id).create_from_arg_string(f"pretrained={tmp_path}", ALWAYS_GIVEN)
    with pytest.raises(UserError, match=r"run it by evaluate\.sh"):
        _ = made.fingerprint


def test_the_manifests_may_be_imported_before_the_registry() -> None:
    code = (
        "from lmms_eval_plugins.models import manifests\n"
        "assert len(manifests.MANIFESTS) == len(manifests.CLASSES)\n"
        "from lmms_eval.models import MODEL_REGISTRY_V2\n"
        "assert set(manifests.CLASSES) <= set(MODEL_REGISTRY_V2.list_model_names())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "Failed to load" not in done.stderr, done.stderr
