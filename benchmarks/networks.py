"""Random networks as the engine's models; nothing of lmms-eval."""

from __future__ import annotations

from pathlib import Path

import torch

from benchmarks.checkpoint import SHAPES, make_network, save
from lmms_eval_plugins.models.engine.checkpoint import DTYPES, LoadedCheckpoint
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.models.families.qwen2_5_vl import Qwen25VL
from lmms_eval_plugins.models.settings import Qwen25Settings

PIXELS = {"min_pixels": 3136, "max_pixels": 224 * 224}


def network_of(pretrained: Path | str, device: str, dtype: str | None = None) -> TransformersModel:
    """Return the project's Qwen2.5-VL with a checkpoint; it is loaded when first needed."""
    settings = settings_of(pretrained, device, dtype)
    return TransformersModel(Qwen25VL(settings), settings)


def settings_of(pretrained: Path | str, device: str, dtype: str | None) -> Qwen25Settings:
    """Return how the project's Qwen2.5-VL runs a checkpoint; frames keep their size, 224 pixels wide."""
    given = {"pretrained": str(pretrained), "device": device, "dtype": dtype, "threads": torch.get_num_threads()}
    return Qwen25Settings.of({**given, **PIXELS})


def as_published(model: TransformersModel) -> LoadedCheckpoint:
    """Return the same network as transformers runs it: on a processor loaded again, without what makes ours faster."""
    loaded = model.loaded
    if loaded.model.device.type != "cpu":
        return loaded
    network = (
        type(loaded.model)
        .from_pretrained(loaded.model.name_or_path, dtype=loaded.dtype, trust_remote_code=False)
        .eval()
    )
    return LoadedCheckpoint(network, loaded.processor, loaded.dtype)


def in_place(shape: str, device: str, dtype: str, folder: Path) -> TransformersModel:
    """Return a random network that was never on disk, in the place of a small one's."""
    network, processor = make_network(SHAPES[shape], device, DTYPES[dtype])
    model = network_of(save(SHAPES["tiny"], folder / "tiny"), device, dtype)
    model._loaded = LoadedCheckpoint(network, processor, DTYPES[dtype])
    return model


def describe_network(model: TransformersModel) -> str:
    """Return how large a network is, and of what dtype."""
    n_weights = sum(weight.numel() for weight in model.loaded.model.parameters()) / 1e6
    dtype = str(model.loaded.dtype).removeprefix("torch.")
    return f"{n_weights:,.{0 if n_weights > 10 else 1}f} M random weights, {dtype}"
