from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors import safe_open
from transformers import AutoConfig, AutoModelForImageTextToText

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine import checkpoint as checkpoint_module
from lmms_eval_plugins.models.engine.memory import QUANTIZATIONS, Parameters, check_room, free_bytes, parameters_of
from tests.support.families import FAMILIES, network_of

GIB = 1 << 30
SEVEN = Parameters(linear=6 * GIB, other=GIB)
COUNTS = st.integers(0, 10**12)


def stored(folder: Path) -> dict[str, int]:
    """Parameters in a weight file, by name."""
    with safe_open(folder / "model.safetensors", framework="pt") as file:
        return {name: file.get_tensor(name).numel() for name in file.keys()}  # noqa: SIM118


@pytest.mark.parametrize("family", FAMILIES)
def test_parameters_are_counted_as_they_lie_in_the_weight_file(family: str, tiny: Callable[[str], Path]) -> None:
    folder = tiny(family)
    model_class = type(AutoModelForImageTextToText.from_pretrained(folder, trust_remote_code=False))
    counted = parameters_of(model_class, AutoConfig.from_pretrained(folder, trust_remote_code=False))
    assert counted.linear + counted.other == sum(stored(folder).values())
    assert counted.linear > counted.other / 4


def test_embeddings_the_last_layer_and_experts_stay_as_they_are(tiny: Callable[[str], Path]) -> None:
    folder = tiny("internvl_experts")
    model_class = type(AutoModelForImageTextToText.from_pretrained(folder, trust_remote_code=False))
    counted = parameters_of(model_class, AutoConfig.from_pretrained(folder, trust_remote_code=False))
    kept = ("embed_tokens", "lm_head", "mlp.experts")
    assert counted.other >= sum(n for name, n in stored(folder).items() if any(part in name for part in kept)) > 0


@given(COUNTS, COUNTS, st.sampled_from([2, 4]))
def test_fewer_bits_never_take_more(linear: int, other: int, width: int) -> None:
    parameters = Parameters(linear, other)
    four, eight, whole = (parameters.n_bytes(width, choice) for choice in ("4bit", "8bit", None))
    assert other * width <= four <= eight <= whole == (linear + other) * width


@given(COUNTS, COUNTS, st.lists(COUNTS, max_size=4), st.sampled_from([None, *QUANTIZATIONS]))
def test_weights_are_refused_just_where_they_do_not_fit(
    linear: int, other: int, free: list[int], quantization: str | None
) -> None:
    parameters = Parameters(linear, other)
    fits = not free or parameters.n_bytes(2, quantization) <= sum(free)  # type: ignore[arg-type]
    try:
        check_room("org/model", parameters, torch.bfloat16, quantization, free)  # type: ignore[arg-type]
    except UserError as error:
        assert not fits and "\n" not in str(error)
    else:
        assert fits


@pytest.mark.parametrize(
    ("free", "quantization", "message"),
    [
        (
            [10 * GIB],
            None,
            "org/model: its weights take 14.0 GiB in bfloat16, and the GPU has 10.0 GiB free; take quantization=8bit"
            " (8.0 GiB), quantization=4bit (5.4 GiB), device_map=auto over more GPUs or a smaller model",
        ),
        ([3 * GIB, 3 * GIB], None, "the 2 GPUs have 6.0 GiB free; take quantization=4bit (5.4 GiB), device_map=auto"),
        ([7 * GIB], "8bit", "take 8.0 GiB in 8bit, and the GPU has 7.0 GiB free; take quantization=4bit (5.4 GiB)"),
        ([GIB], None, "free; take device_map=auto over more GPUs or a smaller model"),
    ],
)
def test_what_there_is_what_is_needed_and_what_may_help(
    free: list[int], quantization: str | None, message: str
) -> None:
    with pytest.raises(UserError, match=re.escape(message)):
        check_room("org/model", SEVEN, torch.bfloat16, quantization, free)  # type: ignore[arg-type]


def test_without_a_gpu_nothing_is_checked() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    assert free_bytes("cuda", None) == free_bytes("cpu", "auto") == []


def test_the_gpus_that_a_model_is_put_on_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    memory = {0: (10, 80), 1: (70, 80), torch.device("cuda:1"): (70, 80)}
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda place: memory[place])
    assert free_bytes("cuda", "auto") == [10, 70]
    assert free_bytes("cuda:1", None) == free_bytes("cuda", "cuda:1") == [70]
    assert free_bytes("cpu", None) == free_bytes("cuda", "cpu") == free_bytes("graphics", None) == []


def test_a_model_that_does_not_fit_is_not_loaded(tiny: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> None:
    model = FAMILIES["internvl"].make(tiny("internvl"))
    monkeypatch.setattr(checkpoint_module, "free_bytes", lambda device, device_map: [1000])
    monkeypatch.setattr(
        network_of(model).family.model_class, "from_pretrained", lambda *_, **__: pytest.fail("it was loaded")
    )
    with pytest.raises(UserError, match=r"its weights take 0\.0 GiB in float32, and the GPU has 0\.0 GiB free"):
        model.answerer.get_ready()
