from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest
import torch
from transformers import AutoProcessor, Qwen2_5_VLForConditionalGeneration

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.wrappers.qwen2_5_vl import WindowedQwen2_5_VL
from lmms_eval_plugins.wrappers.recording import Ask
from lmms_eval_plugins.wrappers.windowed import Shown
from tests.wrappers.asking import GREEDY, ask, rows_in

PIXELS: dict[str, Any] = {"min_pixels": 3136, "max_pixels": 12544}
"""The tiny processor's own limits: 64x48 frames become 4 tokens each."""

Make = Callable[..., WindowedQwen2_5_VL]


@pytest.fixture
def make(tiny_qwen: Path) -> Make:
    def _make(folder: Path = tiny_qwen, **arguments: Any) -> WindowedQwen2_5_VL:
        return WindowedQwen2_5_VL(str(folder), device="cpu", **(PIXELS | arguments))

    return _make


@pytest.fixture(scope="module")
def rows(mini_dataset: Path) -> list[dict[str, Any]]:
    """Windows of eight and of six frames, and of one: less than the model's temporal patch of two."""
    rows = rows_in(mini_dataset)
    return [*rows, *(row | {"frames": row["frames"][:1]} for row in rows[:4])]


def native_frames(path: str, indices: tuple[int, ...]) -> list[Any]:
    with av.open(path) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return [frames[i] for i in indices]


@pytest.fixture(scope="module")
def expected(tiny_qwen: Path, rows: list[dict[str, Any]]) -> list[str]:
    """The answers by transformers' documented usage: one question at a time, no padding."""
    processor = AutoProcessor.from_pretrained(tiny_qwen)
    model = Qwen2_5_VLForConditionalGeneration.from_pretrained(tiny_qwen, dtype=torch.float32)
    answers = []
    for row in rows:
        content = [{"type": "video"}, {"type": "text", "text": row["text"]}]
        prompt = processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        frames = row["frames"]
        fps = row["fps"] / (frames[1] - frames[0]) if len(frames) > 1 else row["fps"]
        inputs = processor(
            text=[prompt],
            videos=[native_frames(row["path"], frames)],
            video_metadata=[{"fps": fps, "total_num_frames": len(frames), "frames_indices": list(range(len(frames)))}],
            do_sample_frames=False,
            return_tensors="pt",
        )
        assert inputs["second_per_grid_ts"][0] == pytest.approx(2 / fps)
        tokens = model.generate(**inputs, max_new_tokens=GREEDY["max_new_tokens"], do_sample=False)
        answers += processor.batch_decode(tokens[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
    return answers


@pytest.mark.parametrize("batch_size", [1, 2, 7])
def test_answers_are_those_of_plain_transformers(
    batch_size: int, make: Make, rows: list[dict[str, Any]], expected: list[str]
) -> None:
    assert ask(make(batch_size=batch_size), rows) == expected


def test_answers_depend_on_the_video_and_on_the_question(rows: list[dict[str, Any]], expected: list[str]) -> None:
    motion, grasp = (
        [a for r, a in zip(rows, expected, strict=True) if r["question_id"] == q] for q in ("motion", "grasp")
    )
    assert len(set(motion)) > 1 and len(set(grasp)) > 1
    assert motion != grasp


def shown_to(model: WindowedQwen2_5_VL, shown: list[Shown]) -> dict[str, Any]:
    """What the model's `generate` is given."""
    model.get_ready()
    assert model._loaded is not None
    given: dict[str, Any] = {}
    real = model._loaded.model.generate

    def generate(**inputs: Any) -> Any:
        given.update(inputs)
        return real(**inputs)

    model._loaded.model.generate = generate
    model.answer_batch(shown)
    return given


def show(frames: int, fps: float, generation: dict[str, Any] | None = None) -> Shown:
    import numpy as np

    image = np.zeros((frames, 48, 64, 3), dtype=np.uint8)
    return Shown(Ask("key", {}, "Does it move?", GREEDY if generation is None else generation), image, fps)


def test_the_true_rate_is_told_or_the_declared_one(make: Make) -> None:
    batch = [show(8, 15.0), show(8, 20.2)]
    assert [float(s) for s in shown_to(make(), batch)["second_per_grid_ts"]] == pytest.approx([2 / 15, 2 / 20.2])
    assert [float(s) for s in shown_to(make(declared_fps=4), batch)["second_per_grid_ts"]] == [0.5, 0.5]


def test_pixel_limits_reach_the_model(make: Make) -> None:
    small = shown_to(make(), [show(2, 15.0)])["video_grid_thw"]
    large = shown_to(make(min_pixels=28 * 28 * 16, max_pixels=28 * 28 * 32), [show(2, 15.0)])["video_grid_thw"]
    assert 4 <= small.prod() // 4 <= 16 <= large.prod() // 4 <= 32


def test_settings_of_generation(make: Make) -> None:
    greedy = shown_to(make(), [show(2, 15.0)])
    assert (greedy["do_sample"], greedy["max_new_tokens"], greedy["temperature"]) == (False, 8, None)
    warm = shown_to(make(), [show(2, 15.0, {"max_new_tokens": 2, "temperature": 0.5, "until": ["\n"]})])
    assert (warm["do_sample"], warm["max_new_tokens"], warm["temperature"]) == (True, 2, 0.5)
    assert "until" not in warm


def test_out_of_memory_says_what_to_do(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make(batch_size=2)
    model.get_ready()
    assert model._loaded is not None

    def generate(**inputs: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate")

    monkeypatch.setattr(model._loaded.model, "generate", generate)
    with pytest.raises(UserError, match="batch_size: 2 questions at once do not fit into the memory of cpu"):
        model.answer_batch([show(2, 15.0)] * 2)


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


def test_the_checkpoint_is_loaded_only_when_there_is_something_to_ask(
    make: Make, rows: list[dict[str, Any]], tmp_path: Path
) -> None:
    first, again = (make(answers=tmp_path / "answers.jsonl") for _ in range(2))
    assert ask(first, rows[:2]) == ask(again, rows[:2])
    assert first._loaded is not None and again._loaded is None


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
        make(copy).get_ready()
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
    ],
)
def test_arguments_are_checked(tiny_qwen: Path, arguments: dict[str, Any], field: str) -> None:
    with pytest.raises(UserError, match=field):
        WindowedQwen2_5_VL(**({"pretrained": str(tiny_qwen)} | arguments))


def test_a_device_that_is_not_there(make: Make, tiny_qwen: Path) -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has a GPU")
    with pytest.raises(UserError, match="device: 'cuda' cannot hold the model"):
        WindowedQwen2_5_VL(str(tiny_qwen), device="cuda", **PIXELS).get_ready()
