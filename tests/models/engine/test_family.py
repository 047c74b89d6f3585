from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lmms_eval_plugins.models.engine.family import processor_inputs
from lmms_eval_plugins.models.families import framewise, qwen_vl
from lmms_eval_plugins.video.decode import Frames
from tests.support.families import FAMILIES, network_of


def plain(frames: Frames, fps: float) -> dict[str, Any]:
    """What transformers documents: an array, whose colours the processor turns apart itself."""
    inputs = {**processor_inputs(frames, fps), "videos": [frames]}
    del inputs["input_data_format"]
    return inputs


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen3_vl", "llava_onevision", "llava_next_video", "internvl"])
@pytest.mark.parametrize("size", [(360, 640), (121, 87), (40, 30)], ids=["landscape", "portrait", "small"])
def test_processors_make_the_same_of_colours_side_by_side(
    family: str, size: tuple[int, int], tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = network_of(FAMILIES[family].make(tiny(family)))
    frames = np.random.default_rng(0).integers(0, 256, (3, *size, 3), dtype=np.uint8)
    quick = model.prepare(frames, 15.0)
    for module in (framewise, qwen_vl):
        monkeypatch.setattr(module, "processor_inputs", plain)
    slow = model.prepare(frames, 15.0)
    assert quick.shape == slow.shape
    one, other = (
        made.inputs if isinstance(made.inputs, torch.Tensor) else made.inputs.pixels for made in (quick, slow)
    )
    assert torch.equal(one, other) and one.stride() == other.stride()
