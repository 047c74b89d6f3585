from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmms_eval_plugins.models.engine.family import Shape
from lmms_eval_plugins.models.engine.windows import WindowInputs
from tests.support.families import FAMILIES, network_of

Prepare = Callable[..., tuple[WindowInputs, list[str]]]


def size_of(window: WindowInputs) -> tuple[int, ...]:
    assert isinstance(window.shape, Shape)
    return window.shape.size


@pytest.fixture(scope="module")
def prepare(tiny: Callable[[str], Path]) -> Prepare:
    """Black frames at a rate, prepared, and the times in the prompt."""

    def _prepare(frames: int, fps: float, **arguments: Any) -> tuple[WindowInputs, list[str]]:
        model = network_of(FAMILIES["qwen3_vl"].make(tiny("qwen3_vl"), **arguments))
        prepared = model.prepare(np.zeros((frames, 48, 64, 3), dtype=np.uint8), fps)
        prompt = model.loaded.processor.tokenizer.decode(model.tokens("Does it move?", prepared.shape))
        return prepared, re.findall(r"<([\d.]+) seconds>", prompt)

    return _prepare


@pytest.mark.parametrize(
    ("frames", "fps", "declared", "times"),
    [
        (8, 15.0, None, ["0.0", "0.2", "0.3", "0.4"]),
        (8, 15.0, 4.0, ["0.1", "0.6", "1.1", "1.6"]),
        (5, 2.0, None, ["0.2", "1.2", "2.0"]),
        (1, 15.0, None, ["0.0"]),
    ],
)
def test_each_pair_of_frames_stands_behind_its_time_at_the_declared_rate_or_the_true_one(
    frames: int, fps: float, declared: float | None, times: list[str], prepare: Prepare
) -> None:
    _, found = prepare(frames, fps, **({"declared_fps": declared} if declared else {}))
    assert found == times


def test_only_windows_with_the_same_times_share_a_batch(prepare: Prepare) -> None:
    given = ((8, 2.0), (7, 2.0), (8, 2.0), (8, 5.0))
    eight, seven, again, faster = (prepare(frames, fps)[0] for frames, fps in given)
    assert eight.shape == again.shape
    assert size_of(eight) == size_of(seven) == size_of(faster)
    assert len({eight.shape, seven.shape, faster.shape}) == 3


@pytest.mark.parametrize("frames", [1, 2, 8])
def test_pixel_limits_are_those_of_a_frame_however_many_there_are(frames: int, prepare: Prepare) -> None:
    limits = {"min_pixels": 32 * 32 * 16, "max_pixels": 32 * 32 * 32}
    _, height, width = size_of(prepare(frames, 15.0, **limits)[0])
    assert 16 <= height * width / 4 <= 32
