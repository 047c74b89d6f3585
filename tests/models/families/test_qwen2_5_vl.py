from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Request, Session
from lmms_eval_plugins.models.engine.family import Shape
from lmms_eval_plugins.models.engine.spliced import SplicedNetwork
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.models.engine.windows import Shown
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.models.registered import RehabQwen25VL
from lmms_eval_plugins.runs.answers import Reply
from tests.support.families import FAMILIES, engine_of, network_of
from tests.support.requests import GREEDY, ask, rows_in

Make = Callable[..., Recorder]


@pytest.fixture
def make(tiny_qwen: Path) -> Make:
    def _make(folder: Path = tiny_qwen, **arguments: Any) -> Recorder:
        return FAMILIES["qwen2_5_vl"].make(folder, **arguments)

    return _make


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> list[dict[str, Any]]:
    return rows_in(mini_dataset)


def show(network: TransformersModel, frames: int, fps: float, generation: dict[str, Any] | None = None) -> Shown:
    network.get_ready()
    image = np.zeros((frames, 48, 64, 3), dtype=np.uint8)
    request = Request("key", {"choices": ()}, "Does it move?", GREEDY if generation is None else generation)
    return Shown((request,), network.prepare(image, fps))


def answer(network: TransformersModel, shown: Shown) -> list[list[Reply]]:
    return [[one.reply for one in network.answer_batch([shown], 1, Stopwatch())]]


@pytest.mark.parametrize(
    ("fps", "declared", "per_second", "grids"),
    [
        (15.0, None, 2, [0, 0, 0, 0]),  # the published regime: a cast to whole numbers makes all grids one moment
        (20.2, None, 2, [0, 0, 0, 0]),
        (15.0, 4.0, 2, [0, 1, 2, 3]),
        (15.0, 1.0, 2, [0, 4, 8, 12]),
        (2.0, None, 2, [0, 2, 4, 6]),
        (15.0, None, 16, [0, 2, 4, 6]),
    ],
)
def test_the_declared_rate_or_the_true_one_sets_the_positions_in_time(
    fps: float, declared: float | None, per_second: int, grids: list[int], make: Make
) -> None:
    network = network_of(make(declared_fps=declared) if declared else make())
    config = network.loaded.model.config
    config.vision_config.tokens_per_second = per_second  # 2 in Qwen2.5-VL, 16 in rehab_tiny
    shown = show(network, 8, fps)
    tokens = network.tokens("Does it move?", shown.prepared.shape)
    (positions,) = network.family.positions(network.loaded, tokens, [shown.prepared.inputs])[:1, 0]
    video = positions[torch.tensor(tokens) == config.video_token_id]
    assert (video - video[0]).unique().tolist() == sorted(set(grids))
    assert (video - video[0]).tolist() == [moment for moment in grids for _ in range(len(video) // 4)]


def test_pixel_limits_reach_the_model(make: Make) -> None:
    def tokens_of_a_frame(model: Recorder) -> float:
        shape = show(network_of(model), 2, 15.0).prepared.shape
        assert isinstance(shape, Shape)
        return float(np.prod(shape.size)) / 4

    assert 4 <= tokens_of_a_frame(make()) <= 16
    assert 16 <= tokens_of_a_frame(make(min_pixels=28 * 28 * 16, max_pixels=28 * 28 * 32)) <= 32


def generated_with(model: Recorder, generation: dict[str, Any]) -> dict[str, Any]:
    """Return what `generate` is given; nothing where it is not called."""
    given: dict[str, Any] = {}
    network = network_of(model)
    shown = show(network, 2, 15.0, generation)
    real = network.loaded.model.generate

    def generate(**inputs: Any) -> Any:
        given.update(inputs)
        return real(**inputs)

    network.loaded.model.generate = generate
    answer(network, shown)
    return given


def test_settings_of_generation(make: Make) -> None:
    assert generated_with(make(), GREEDY) == {}
    greedy = generated_with(make(mode="generate"), GREEDY)
    assert (greedy["do_sample"], greedy["max_new_tokens"], greedy["temperature"]) == (False, 8, None)
    warm = generated_with(make(), {"max_new_tokens": 2, "temperature": 0.5, "until": ["\n"]})
    assert (warm["do_sample"], warm["max_new_tokens"], warm["temperature"]) == (True, 2, 0.5)
    assert "until" not in warm
    assert generated_with(make(), {"max_new_tokens": 2, "num_beams": 2})["num_beams"] == 2


def test_what_only_generate_can_do_is_left_to_it(make: Make, copy: Path) -> None:
    settings = json.loads((copy / "generation_config.json").read_text())
    (copy / "generation_config.json").write_text(json.dumps(settings | {"no_repeat_ngram_size": 2}))
    assert generated_with(make(copy), GREEDY)["max_new_tokens"] == 8


@pytest.mark.parametrize("mode", ["auto", "generate"])
def test_a_batch_that_is_too_large_is_halved(
    mode: str, make: Make, rows: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make(batch_size=8, mode=mode)
    network, name, most = network_of(model).loaded.model, "generate", 3
    if mode == "auto":  # a row for each window, and two questions about each
        network, name, most = network.model.language_model, "forward", 1
    real = getattr(network, name)

    def cramped(*args: Any, **inputs: Any) -> Any:
        if len(inputs.get("input_ids", ())) > most:
            raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate")
        return real(*args, **inputs)

    monkeypatch.setattr(network, name, cramped)
    assert ask(model, rows) == ask(make(batch_size=2, mode=mode), rows)
    assert engine_of(model).batch_size == 2


def test_a_reply_ends_with_its_answer_line(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    network = network_of(make())
    shown = show(network, 2, 15.0, {"max_new_tokens": 30})
    words = network.loaded.processor.tokenizer("FINAL_SCORE: 1\nand more to say")["input_ids"]
    step = iter(words)

    def logits(self: SplicedNetwork, tokens: Tensor, *_: Any) -> Tensor:
        return torch.nn.functional.one_hot(torch.tensor([[next(step)]]), 1008).float()

    monkeypatch.setattr(SplicedNetwork, "logits", logits)
    assert answer(network, shown) == [[Reply("FINAL_SCORE: 1\n", finish_reason="stop")]]


@pytest.mark.parametrize("mode", ["auto", "generate"])
def test_a_reply_says_whether_the_limit_ended_it(make: Make, mode: str) -> None:
    network = network_of(make(mode=mode))
    ((cut,),) = answer(network, show(network, 2, 15.0, {"max_new_tokens": 3}))
    assert cut.finish_reason == "length"
    first = network.loaded.processor.tokenizer(cut.text, add_special_tokens=False)["input_ids"]
    network.loaded.model.generation_config.eos_token_id = [1007, first[0]]
    ((ended,),) = answer(network, show(network, 2, 15.0, {"max_new_tokens": 3}))
    assert ended.finish_reason == "stop"


@pytest.fixture
def copy(tiny_qwen: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_qwen, tmp_path / "copy"))


def test_the_fingerprint_changes_with_all_that_changes_answers(make: Make, copy: Path) -> None:
    before = make().fingerprint
    assert make(copy).fingerprint == before
    assert make(batch_size=7).fingerprint == before
    changed = [
        make(dtype="bfloat16").fingerprint,
        make(attn_implementation="eager").fingerprint,
        make(min_pixels=3137).fingerprint,
        make(max_pixels=12545).fingerprint,
        make(declared_fps=4).fingerprint,
        make(mode="generate").fingerprint,
    ]
    weights = copy / "model.safetensors"
    content = bytearray(weights.read_bytes())
    for place in (len(content) // 3, len(content) // 2, len(content) * 2 // 3):
        content[place] ^= 1
        weights.write_bytes(content)
        changed.append(make(copy).fingerprint)
    template = copy / "chat_template.jinja"
    template.write_text(template.read_text() + " ")
    changed.append(make(copy).fingerprint)
    assert len({before, *changed}) == 1 + len(changed)


def test_the_checkpoint_is_loaded_only_when_there_is_something_to_answer(
    make: Make, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    first, again = (make(session=Session(answers=tmp_path / "answers.jsonl")) for _ in range(2))
    assert ask(first, rows[:2]) == ask(again, rows[:2])
    assert network_of(first)._loaded is not None and network_of(again)._loaded is None


def bad(**files: str | None) -> Callable[[Path], None]:
    def damage(folder: Path) -> None:
        for name, content in files.items():
            path = next(folder.glob(f"{name}.*"))
            path.unlink() if content is None else path.write_text(content)

    return damage


def truncate(folder: Path) -> None:
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])


def lose_a_layer(folder: Path) -> None:
    from safetensors.torch import load_file, save_file

    weights = load_file(folder / "model.safetensors")
    save_file(
        {name: w for name, w in weights.items() if "layers.1.mlp" not in name},
        folder / "model.safetensors",
        metadata={"format": "pt"},
    )


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (shutil.rmtree, "no such folder"),
        (bad(config=None), r"holds no checkpoint \(no config.json\)"),
        (bad(config="{not json"), r"config\.json: not the configuration of a model"),
        (bad(config="{}"), r"config\.json: not the configuration of a model"),
        (bad(config='{"model_type": "qwen9"}'), r"config\.json: not the configuration of a model"),
        (bad(config=json.dumps({"model_type": "bert"})), "is a bert checkpoint, not qwen2_5_vl"),
        (bad(model=None), r"holds no weights"),
        (truncate, "cannot be loaded"),
        (lose_a_layer, "lacks 3 of its weights"),
        (bad(tokenizer="{"), "cannot be loaded"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_checkpoint_that_is_none(copy: Path, make: Make, damage: Callable[[Path], None], reason: str) -> None:
    damage(copy)
    with pytest.raises(UserError, match=reason) as raised:
        make(copy).answerer.get_ready()
    assert "\n" not in str(raised.value) and str(copy) in str(raised.value)


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        ({"pretrained": None}, "pretrained"),
        ({"dtype": "fp16"}, "dtype"),
        ({"min_pixels": "many"}, "min_pixels"),
        ({"max_pixels": 0}, "max_pixels"),
        ({"min_pixels": 5000, "max_pixels": 4000}, "min_pixels"),
        ({"declared_fps": 0}, "declared_fps"),
        ({"declared_fps": "nan"}, "declared_fps"),
        ({"batch_size": "auto"}, "batch_size"),
        ({"mode": "fast"}, "mode"),
    ],
)
def test_arguments_are_checked(tiny_qwen: Path, arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError, match=field):
        RehabQwen25VL(**({"pretrained": str(tiny_qwen)} | arguments))


def test_a_device_that_is_not_there(make: Make) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(UserError, match="device: 'cuda' cannot hold the model"):
        make(device="cuda").answerer.get_ready()
