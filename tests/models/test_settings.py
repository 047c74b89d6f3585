from __future__ import annotations

from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.baselines.settings import (
    ConstantSettings,
)
from lmms_eval_plugins.models.settings import (
    CheckpointSettings,
    CodeBaseSettings,
    EncoderSettings,
    LlavaNextSettings,
    LongVASettings,
    ModelSettings,
    Qwen3Settings,
    Qwen25Settings,
    TransformersSettings,
)

HIDDEN = {"pretrained": "x", "record": "hidden"}
UNTRAINED = {"pretrained": "x", "untrained": True}


@pytest.mark.parametrize("batch_size", [0, -1, "auto", "1.5", ""])
def test_a_batch_size_that_is_none(batch_size: int | str) -> None:
    with pytest.raises(UserError, match=f"batch_size: '?{batch_size}'? is not a whole number"):
        CheckpointSettings.of({"pretrained": "x", "batch_size": batch_size})


def test_values_as_command_lines_give_them() -> None:
    given = {"pretrained": 7, "revision": 12, "batch_size": "4", "declared_fps": "2", "max_pixels": "1e6", "threads": 1}
    settings = Qwen25Settings.of(given)
    assert (settings.pretrained, settings.revision, settings.batch_size) == ("7", "12", 4)
    assert (settings.declared_fps, settings.max_pixels, settings.threads) == (2.0, 1_000_000, 1)
    assert ConstantSettings.of({"answer": 1}).answer == "1"


@pytest.mark.parametrize(("given", "layers"), [(None, None), (9, (9,)), ("27+9+18", (9, 18, 27)), ("3+3", (3,))])
def test_layers_as_command_lines_give_them(given: object, layers: tuple[int, ...] | None) -> None:
    assert TransformersSettings.of(HIDDEN | {"layers": given}).layers == layers


@pytest.mark.parametrize(
    ("args", "quantization"),
    [
        ({}, None),
        ({"quantization": "int8"}, "8bit"),
        ({"quantization": "8bit"}, "8bit"),
        ({"quantization": "4bit"}, "4bit"),
        ({"quantization": "fp8", "engine": "vllm"}, "fp8"),
    ],
)
def test_int8_is_another_name_of_8bit_and_fp8_is_vllms(args: dict[str, str], quantization: str | None) -> None:
    assert TransformersSettings.of({"pretrained": "x", **args}).quantization == quantization


def test_limits_follow_the_size_of_a_visual_token() -> None:
    sizes = [kind.of({"pretrained": "x"}).size for kind in (Qwen25Settings, Qwen3Settings)]
    assert sizes == [{"shortest_edge": 128 * side**2, "longest_edge": 768 * side**2} for side in (28, 32)]


@pytest.mark.parametrize(
    ("kind", "args", "problem"),
    [
        (ModelSettings, {"sed": 1}, r"^sed: unknown argument; known are: batch_size, device$"),
        (TransformersSettings, {"pretraind": "x"}, r"^pretraind: unknown argument; did you mean 'pretrained'\?$"),
        (TransformersSettings, {}, "^which checkpoint"),
        (TransformersSettings, {"pretrained": "x", "dtype": "fp16"}, r"^dtype: 'fp16' is none of float32, bfloat16, f"),
        (TransformersSettings, {"pretrained": "x", "threads": 0}, "^threads: 0 is not a number above 0$"),
        (Qwen25Settings, {"pretrained": "x", "max_pixels": 1}, r"^min_pixels: 100352 is more than max_pixels \(1\)$"),
        (CodeBaseSettings, {"pretrained": "x", "device": "cpu"}, "^device: 'cpu' is no GPU"),
        (TransformersSettings, HIDDEN | {"record": "states"}, "^record: 'states' is none of hidden$"),
        (TransformersSettings, HIDDEN | {"layers": "9+x"}, r"^layers: '9\+x' is not numbers of layers from 1 up, as 9"),
        (TransformersSettings, HIDDEN | {"layers": 0}, "^layers: 0 is not numbers of layers"),
        (TransformersSettings, {"pretrained": "x", "layers": 9}, "^layers: .*; give it with record=hidden$"),
        (TransformersSettings, HIDDEN | {"mode": "generate"}, "^record=hidden: mode=generate gives no hidden states"),
        (TransformersSettings, UNTRAINED | {"quantization": "4bit"}, "^untrained: .* leave quantization=4bit out$"),
        (TransformersSettings, {"pretrained": "x", "quantization": "fp8"}, "^quantization=fp8: .* give engine=vllm wi"),
        (LongVASettings, {"pretrained": "x", "quantization": "fp8"}, "^quantization: 'fp8' is none of 8bit, 4bit$"),
        (EncoderSettings, {"pretrained": "x", "thinking": True}, "^thinking: "),
        (TransformersSettings, UNTRAINED | {"device_map": "auto"}, "^untrained: .* give device_map=cuda, not auto$"),
    ],
)
def test_what_is_wrong_is_one_line(kind: type[ModelSettings], args: dict[str, Any], problem: str) -> None:
    with pytest.raises(UserError, match=problem) as raised:
        kind.of(args)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("kind", "own"),
    [
        (CodeBaseSettings, set()),
        (LlavaNextSettings, {"dtype", "quantization", "conv_template", "mm_spatial_pool_mode", "mm_newline_position"}),
        (LongVASettings, {"quantization", "conv_template", "mm_spatial_pool_mode", "mm_spatial_pool_stride"}),
    ],
)
def test_the_settings_of_a_code_base_that_a_fingerprint_hashes(kind: type[CodeBaseSettings], own: set[str]) -> None:
    changing = kind.of({"pretrained": "x", "device": "cuda:1", "batch_size": 4, "revision": "v1"}).changing_answers
    assert changing.keys() == own | {"mode", "attn_implementation"}
