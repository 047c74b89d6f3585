"""Equal sums in fewer passes: what a quickened network computes is what transformers computes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from accelerate import dispatch_model  # type: ignore[import-untyped]
from transformers import AutoModelForImageTextToText
from transformers.models.qwen2_5_vl.modeling_qwen2_5_vl import apply_rotary_pos_emb_vision

from lmms_eval_plugins.models.engine.processor.kernels import quicken, rotated

FAMILIES = ("qwen2_5_vl", "qwen3_vl", "llava_onevision", "llava_next_video", "internvl", "internvl_experts")


def language_model(folder: Path, **arguments: Any) -> Any:
    model = AutoModelForImageTextToText.from_pretrained(folder, trust_remote_code=False, **arguments).eval()
    return model.model.language_model


def replaced(network: torch.nn.Module) -> set[str]:
    return {type(module).__name__ for module in network.modules() if "forward" in vars(module)}


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_rotation_is_that_of_transformers(dtype: torch.dtype) -> None:
    draw = torch.Generator().manual_seed(0)
    states = torch.randn(5, 6, 16, generator=draw).to(dtype)
    angles = torch.randn(5, 8, generator=draw).repeat(1, 2)
    wanted = torch.cat(apply_rotary_pos_emb_vision(*states.chunk(2, dim=1), angles.cos(), angles.sin()), dim=1)
    found = rotated(states, angles.cos(), angles.sin())
    assert found.dtype == dtype
    torch.testing.assert_close(found, wanted, atol=1e-6, rtol=1e-2 if dtype == torch.bfloat16 else 1e-5)


@pytest.mark.parametrize("family", FAMILIES)
@torch.inference_mode()  # type: ignore[untyped-decorator]
def test_a_quickened_network_computes_the_same(family: str, tiny: Callable[[str], Path]) -> None:
    plain, quick = (language_model(tiny(family), dtype=torch.float32) for _ in range(2))
    quicken(quick)
    assert {name.rpartition("RMS")[1] or name[-3:] for name in replaced(quick)} >= {"RMS", "ion"}
    tokens = torch.arange(24).view(2, 12)
    allowed = torch.ones(12, 12, dtype=torch.bool).tril()
    allowed[6:, 3:6] = False
    masked = torch.zeros(2, 1, 12, 12).masked_fill(~allowed, torch.finfo(torch.float32).min)
    for mask in (None, masked):
        (wanted, kept), (found, also_kept) = (
            (made.last_hidden_state, made.past_key_values)
            for made in (one(input_ids=tokens, attention_mask=mask, use_cache=True) for one in (plain, quick))
        )
        torch.testing.assert_close(found, wanted, atol=1e-5, rtol=1e-5)
        for layer, other in zip(kept.layers, also_kept.layers, strict=True):
            torch.testing.assert_close(other.keys, layer.keys, atol=1e-5, rtol=1e-5)


def test_what_is_spread_over_devices_or_attends_otherwise_is_left_alone(tiny: Callable[[str], Path]) -> None:
    eager = language_model(tiny("qwen2_5_vl"), attn_implementation="eager")
    quicken(eager)
    assert not any(name.endswith("Attention") for name in replaced(eager))
    spread = dispatch_model(language_model(tiny("qwen2_5_vl")), {"": "cpu"}, force_hooks=True)
    before = {id(vars(module).get("forward")) for module in spread.modules()}
    quicken(spread)
    assert {id(vars(module).get("forward")) for module in spread.modules()} == before
