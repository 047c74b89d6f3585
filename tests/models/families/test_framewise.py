from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.video.decode import Frames
from tests.support.families import FAMILIES, network_of

Tiny = Callable[[str], Path]


def made(family: str, folder: Path) -> TransformersModel:
    return network_of(FAMILIES[family].make(folder))


def prompt(model: TransformersModel, frames: Frames) -> str:
    shape = model.prepare(frames, 15.0).shape
    return str(model.loaded.processor.tokenizer.decode(model.tokens("Does it move?", shape)))


def portrait(margin: int) -> Frames:
    """Two frames, 80 pixels high and 48 wide, with something above and below the square in the middle."""
    frames = np.random.default_rng(0).integers(0, 255, (2, 80, 48, 3), dtype=np.uint8)
    frames[:, :8] = frames[:, -8:] = margin
    return frames


@pytest.mark.parametrize(
    ("family", "sees_it"), [("llava_onevision", True), ("llava_next_video", False), ("internvl", True)]
)
def test_what_lies_outside_the_middle_square(family: str, sees_it: bool, tiny: Tiny) -> None:
    model = made(family, tiny(family))
    dark, light = (model.prepare(portrait(margin), 15.0).inputs for margin in (0, 255))
    assert dark.shape == light.shape == (2, 3, 56, 56)
    assert bool((dark != light).any()) == sees_it


@pytest.mark.parametrize(
    ("family", "video"),
    [
        ("llava_onevision", "<video>" * (2 * 4 + 1)),
        ("llava_next_video", "<video>" * 2 * 4),
        ("internvl", "\n".join(f"Frame{n}: <img>{'<IMG_CONTEXT>' * 4}</img>" for n in (1, 2))),
    ],
)
def test_a_video_in_the_prompt(family: str, video: str, tiny: Tiny) -> None:
    spelt = prompt(made(family, tiny(family)), portrait(0))
    assert f"{video}\nDoes it move?" in spelt


def test_no_frame_rate_changes_what_is_seen(tiny: Tiny) -> None:
    for family in ("llava_onevision", "llava_next_video", "internvl"):
        model = made(family, tiny(family))
        slow, fast = (model.prepare(portrait(0), fps) for fps in (1.0, 60.0))
        assert slow.shape == fast.shape and bool((slow.inputs == fast.inputs).all())


@pytest.mark.parametrize("begins", ["", "<s>"])
def test_a_prompt_begins_once(begins: str, tiny: Tiny, tmp_path: Path) -> None:
    """Llama's tokenizer puts a token before everything; some chat templates do so, too."""
    folder = Path(shutil.copytree(tiny("llava_next_video"), tmp_path / "copy"))
    template = folder / "chat_template.jinja"
    template.write_text(begins + template.read_text())
    model = made("llava_next_video", folder)
    tokens = model.tokens("Does it move?", model.prepare(portrait(0), 15.0).shape)
    assert tokens[0] == model.loaded.processor.tokenizer.bos_token_id and tokens.count(tokens[0]) == 1
