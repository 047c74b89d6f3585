from __future__ import annotations

from typing import Any

import pytest

from lmms_eval_plugins.machine.fits import fits, memory_needed_gb, too_large
from lmms_eval_plugins.machine.hardware import Gpu, Machine
from lmms_eval_plugins.models.cards import ModelCard

NO_GPU = Machine((), 50.0)
ONE = Machine((Gpu("H100", 80.0),), 100.0)
TWO = Machine((Gpu("H100", 80.0), Gpu("H100", 80.0)), 100.0)


def card(name: str = "model", **values: Any) -> ModelCard:
    return ModelCard(name=name, about="x", wrapper="constant", **values)


@pytest.mark.parametrize(
    ("values", "given", "machine", "needed"),
    [
        ({}, {}, ONE, None),
        ({"parameters_b": 10}, {}, ONE, 24.0),
        ({"parameters_b": 10, "memory_gb": 30}, {}, ONE, 30.0),
        ({"parameters_b": 10}, {}, NO_GPU, 48.0),
        ({"parameters_b": 10}, {"device": "cpu"}, ONE, 48.0),
        ({"parameters_b": 10}, {"dtype": "bfloat16"}, NO_GPU, 24.0),
        ({"parameters_b": 10, "args": {"quantization": "8bit"}}, {}, ONE, 13.2),
        ({"parameters_b": 10}, {"quantization": "4bit"}, ONE, 7.68),
        ({"parameters_b": 10}, {"quantization": "int8"}, ONE, 13.2),
        ({"parameters_b": 10, "mixture_of_experts": True}, {"quantization": "4bit"}, ONE, 24.0),
        ({"parameters_b": 10, "mixture_of_experts": True}, {"quantization": "fp8"}, ONE, 13.2),
        ({"parameters_b": 10}, {"pretrained": "somewhere"}, ONE, None),
    ],
)
def test_memory_needed(values: dict[str, Any], given: dict[str, Any], machine: Machine, needed: float | None) -> None:
    assert memory_needed_gb(card(**values), given, machine) == (needed and pytest.approx(needed))


def test_only_a_model_that_is_spread_counts_every_gpu() -> None:
    assert not fits(card(memory_gb=100), {}, TWO)
    assert fits(card(memory_gb=100, args={"device_map": "auto"}), {}, TWO)
    assert fits(card(memory_gb=100), {"device_map": "auto"}, TWO)
    assert not fits(card(memory_gb=200, args={"device_map": "auto"}), {}, TWO)


def test_the_message_about_a_model_that_is_too_large() -> None:
    others = [card(f"m{size}", parameters_b=size) for size in (1, 2, 3, 20, 30, 33, 40)]
    large = card(parameters_b=35, gpus=2, args={"device_map": "auto"})
    assert too_large(large, {}, ONE, others) == (
        "needs 84 GB on 2 GPUs, and this machine has 80 GB of GPU memory (1 × H100);"
        " smaller models fit, such as m33, m30, m20; or load it in four bits (--model_args quantization=4bit)"
    )
    assert too_large(large, {}, NO_GPU, others[-1:]) == (
        "needs 168 GB, and this machine has 50 GB of main memory and no GPU; no smaller model fits either"
    )
    assert "four bits" not in too_large(large, {"quantization": "8bit"}, ONE, others)
