"""transformers alone, on any architecture: one question at a time, no padding, nothing shared, pictures or a video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor
from transformers import AutoModelForImageTextToText, AutoProcessor

from tests.support.families import FAMILIES, Reference, native_frames


@dataclass(frozen=True)
class PlainTransformers(Reference):
    """A checkpoint in plain transformers, that is shown frames as its processor takes them.

    Attributes:
        frames: ``video`` or ``images``.
    """

    frames: str = "video"

    @classmethod
    def load(cls, folder: Path, frames: str) -> PlainTransformers:
        """Load a checkpoint."""
        model = AutoModelForImageTextToText.from_pretrained(folder, dtype=torch.float32, trust_remote_code=False)
        processor = AutoProcessor.from_pretrained(folder, trust_remote_code=False)
        return cls(FAMILIES["qwen2_5_vl"], processor, model.eval(), frames)

    def inputs(self, row: Mapping[str, Any], more: tuple[int, ...] = ()) -> Any:
        """Make the inputs of a question, with the beginning of a reply behind it."""
        frames = native_frames(row["path"], row["frames"])
        n_parts = 1 if self.frames == "video" else len(frames)
        shown = [{"type": "video" if self.frames == "video" else "image"}] * n_parts
        message = {"role": "user", "content": [*shown, {"type": "text", "text": row["text"]}]}
        prompt = self.processor.apply_chat_template([message], add_generation_prompt=True)
        seen = self._video(row, frames) if self.frames == "video" else {"images": [list(map(Image.fromarray, frames))]}
        inputs = self.processor(text=[prompt], return_tensors="pt", **seen).to("cpu", torch.float32)
        inputs.pop("labels", None)
        length = inputs["input_ids"].shape[1]
        for name in [name for name, values in inputs.items() if _is_by_token(values, length)]:
            inputs[name] = _longer(inputs[name], name, more)
        return inputs

    def _video(self, row: Mapping[str, Any], frames: list[Any]) -> dict[str, Any]:
        """Two frames at least where a patch is made of two."""
        least = getattr(self.processor.video_processor, "temporal_patch_size", None) or 1
        frames = frames + [frames[-1]] * (least - len(frames))
        places = row["frames"]
        fps = row["fps"] / (places[1] - places[0]) if len(places) > 1 else row["fps"]
        metadata = {
            "fps": fps,
            "total_num_frames": len(frames),
            "frames_indices": list(range(len(frames))),
            "duration": len(frames) / fps,
        }
        return {"videos": [frames], "video_metadata": [metadata], "do_sample_frames": False}


def _is_by_token(values: object, length: int) -> bool:
    return isinstance(values, Tensor) and values.dim() > 1 and values.shape[:2] == (1, length)


def _longer(values: Tensor, name: str, more: tuple[int, ...]) -> Tensor:
    """Lengthen an input that has a value for each token by those of a reply: they are text, as its last token is."""
    if name == "input_ids":
        return torch.cat([values, torch.tensor([more], dtype=values.dtype)], dim=1)
    return torch.cat([values, *[values[:, -1:]] * len(more)], dim=1)
