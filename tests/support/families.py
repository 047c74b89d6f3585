"""transformers alone, by its documented usage: one question at a time, no padding, nothing shared."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForImageTextToText, AutoProcessor

from lmms_eval_plugins.execution.harness import make_lmms_model
from lmms_eval_plugins.models.answering import NOTHING_LENT, Session
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.engine.choices import surface_forms
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.models.recording import Recorder

PIXELS: dict[str, Any] = {"min_pixels": 3136, "max_pixels": 12544}
"""Of a frame: 64x48 ones become 4 tokens each."""

Frames = list[Any]


@dataclass(frozen=True)
class Family:
    """A family as tests know it.

    Attributes:
        wrapper: its name in lmms-eval's registry.
        arguments: of the wrapper.
        shown: the frames as the processor is to get them, and its other arguments.
    """

    wrapper: str
    arguments: Mapping[str, Any]
    shown: Callable[[Frames], tuple[Frames, dict[str, Any]]]

    def make(self, folder: Path, session: Session = NOTHING_LENT, **arguments: Any) -> Recorder:
        """Make the registered model, on a CPU."""
        args = {"pretrained": str(folder), "device": "cpu", **self.arguments, **arguments}
        model = make_lmms_model(self.wrapper, args, session)
        assert isinstance(model, Recorder)
        return model


def as_they_are(frames: Frames) -> tuple[Frames, dict[str, Any]]:
    return frames, {}


def in_pairs(frames: Frames) -> tuple[Frames, dict[str, Any]]:
    """Qwen3-VL: two frames at least, and limits of all pixels together."""
    frames = frames * 2 if len(frames) == 1 else frames
    least, most = (limit * len(frames) for limit in PIXELS.values())
    size = {"shortest_edge": least, "longest_edge": most}
    return frames, {"size": size, "cap_pixels_per_frame": False}


def engine_of(model: Recorder) -> Engine:
    """Return the engine of a registered model."""
    assert isinstance(model.answerer, Engine)
    return model.answerer


def network_of(model: Recorder) -> TransformersModel:
    """Return the network of a registered model."""
    network = engine_of(model).model
    assert isinstance(network, TransformersModel)
    return network


FAMILIES = {
    "qwen2_5_vl": Family("rehab_qwen2_5_vl", PIXELS, as_they_are),
    "qwen3_vl": Family("rehab_qwen3_vl", PIXELS, in_pairs),
    "llava_onevision": Family("rehab_llava_onevision", {}, as_they_are),
    "llava_next_video": Family("rehab_llava_next_video", {}, as_they_are),
    "internvl": Family("rehab_internvl", {}, as_they_are),
    "internvl_experts": Family("rehab_internvl", {}, as_they_are),
}
"""By the name of the checkpoint in `tests.tiny_checkpoints.BUILDERS`."""


@dataclass(frozen=True)
class Reference:
    """A checkpoint in plain transformers."""

    family: Family
    processor: Any
    model: Any

    @classmethod
    def of(cls, family: Family, folder: Path) -> Reference:
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, trust_remote_code=False)
        return cls(family, AutoProcessor.from_pretrained(folder, trust_remote_code=False), model.eval())

    def inputs(self, row: Mapping[str, Any], more: tuple[int, ...] = ()) -> Any:
        """Make the inputs of a question, with the beginning of a reply behind it."""
        content = [{"type": "video"}, {"type": "text", "text": row["text"]}]
        prompt = self.processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        places = row["frames"]
        fps = row["fps"] / (places[1] - places[0]) if len(places) > 1 else row["fps"]
        frames, arguments = self.family.shown(native_frames(row["path"], places))
        metadata = {"fps": fps, "total_num_frames": len(frames), "frames_indices": list(range(len(frames)))}
        inputs = self.processor(
            text=[prompt],
            videos=[frames],
            video_metadata=[metadata],
            do_sample_frames=False,
            return_tensors="pt",
            **arguments,
        )
        for name, values in (
            ("input_ids", more),
            ("attention_mask", [1] * len(more)),
            ("mm_token_type_ids", [0] * len(more)),
        ):
            if name in inputs:
                inputs[name] = torch.cat([inputs[name], torch.tensor([values], dtype=inputs[name].dtype)], dim=1)
        return inputs

    def answer(self, row: Mapping[str, Any], max_new_tokens: int) -> str:
        """The reply, without the token that ends it."""
        inputs = self.inputs(row)
        tokens = self.model.generate(**inputs, max_new_tokens=max_new_tokens, do_sample=False)
        end = np.atleast_1d(self.model.generation_config.eos_token_id)
        reply = [token for token in tokens[0, inputs["input_ids"].shape[1] :].tolist() if token not in end]
        return str(self.processor.batch_decode([reply], skip_special_tokens=True)[0])

    @torch.inference_mode()  # type: ignore[untyped-decorator]
    def next_token(self, row: Mapping[str, Any], path: tuple[int, ...]) -> Tensor:
        """Return the log-probabilities of what follows the beginning of a reply."""
        return torch.log_softmax(self.model(**self.inputs(row, path)).logits[0, -1], dim=-1)

    def choice_logprobs(self, row: Mapping[str, Any]) -> dict[str, float]:
        """By the definition: the ways to begin an answer, as far as they tell it from the others, one by one."""
        forms = {option: self._ways(option) for option in row["choices"]}
        found, after = {}, cache(partial(self.next_token, row))
        for option, ways in forms.items():
            others = [way for other, ways in forms.items() if other != option for way in ways]
            begun = {
                next(way[:n] for n in range(1, len(way) + 1) if all(other[:n] != way[:n] for other in others))
                for way in ways
            }
            likely = [sum(float(after(way[:n])[token]) for n, token in enumerate(way)) for way in begun]
            found[option] = float(np.logaddexp.reduce(likely))
        return found

    def _ways(self, option: str) -> set[tuple[int, ...]]:
        """As tokens; ways that begin with a blank token only where there are no others, and then without it, too."""
        tokenizer = self.processor.tokenizer
        ways = {tuple(tokenizer(form, add_special_tokens=False)["input_ids"]) for form in surface_forms(option)}
        blank = {way for way in ways if not tokenizer.decode([way[0]]).strip()}
        return ways - blank or {way[n:] for way in blank if len(way) == 2 for n in (0, 1)}


def native_frames(path: str, places: tuple[int, ...]) -> Frames:
    with av.open(path) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return [frames[place] for place in places]
