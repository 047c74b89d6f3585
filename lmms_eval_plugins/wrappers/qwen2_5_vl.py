"""Qwen2.5-VL through transformers, on the engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from transformers import Qwen2_5_VLForConditionalGeneration

from lmms_eval_plugins.errors import UserError
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.wrappers.checkpoint import DTYPES, Checkpoint
from lmms_eval_plugins.wrappers.choices import Tokens
from lmms_eval_plugins.wrappers.prefix import Prefix
from lmms_eval_plugins.wrappers.qwen_vision import Grid, Tower
from lmms_eval_plugins.wrappers.transformers_model import Mode, TransformersModel, positive
from lmms_eval_plugins.wrappers.windowed import Prepared


@dataclass(frozen=True, slots=True)
class _Patches:
    """A window as patches of pixels, (patches, values); its grid; seconds from one step of the grid to the next."""

    pixels: Tensor
    grid: Grid
    step_s: float


class WindowedQwen2_5_VL(TransformersModel):
    """Qwen2.5-VL from a local folder or the hub, on CPU or GPU.

    Args:
        pretrained: folder of a checkpoint, or its name on the hub.
        revision: branch, tag or commit on the hub.
        device: see `Checkpoint`, as ``device_map``, ``dtype`` and ``attn_implementation``.
        min_pixels: a frame smaller than so many pixels is enlarged.
        max_pixels: a frame larger than so many pixels is reduced.
        declared_fps: see `TransformersModel`, as ``threads``, ``mode``, ``batch_size`` and ``answers``.

    Raises:
        UserError: there is no such checkpoint, it is of another family, or an argument is not valid.
    """

    model_type = "qwen2_5_vl"
    model_class = Qwen2_5_VLForConditionalGeneration

    def __init__(
        self,
        pretrained: str | None = None,
        revision: str | None = None,
        device: str | None = None,
        device_map: str | None = None,
        dtype: str | None = None,
        attn_implementation: str | None = None,
        min_pixels: int = 128 * 28 * 28,
        max_pixels: int = 768 * 28 * 28,
        declared_fps: float | None = None,
        threads: int | None = None,
        mode: Mode = "auto",
        batch_size: int | str = 1,
        max_batch_size: int | None = None,
        answers: str | Path | None = None,
    ) -> None:
        self._size = {
            "shortest_edge": int(positive("min_pixels", min_pixels)),
            "longest_edge": int(positive("max_pixels", max_pixels)),
        }
        if self._size["shortest_edge"] > self._size["longest_edge"]:
            raise UserError(f"min_pixels: {min_pixels} is more than max_pixels ({max_pixels})")
        checkpoint = Checkpoint(pretrained, revision, device, device_map, dtype, attn_implementation)
        super().__init__(checkpoint, declared_fps, threads, mode, batch_size, answers, self._size)

    def prepare(self, frames: Frames, fps: float) -> Prepared:
        """Reduce frames to the pixel limits and cut them into patches."""
        processor = self.loaded.processor.video_processor
        count, told = len(frames), self.told_fps(fps)
        made = processor(
            videos=[frames],
            video_metadata=[{"fps": told, "total_num_frames": count, "frames_indices": list(range(count))}],
            do_sample_frames=False,
            size=self._size,
            return_tensors="pt",
        )
        time, height, width = made["video_grid_thw"][0].tolist()
        pixels = made["pixel_values_videos"].to(DTYPES[self._checkpoint.dtype])
        patches = _Patches(pixels, (time, height, width), processor.temporal_patch_size / told)
        return Prepared((patches.grid,), patches, pixels.nbytes)

    def tokens(self, text: str, shape: Any) -> Tokens:
        """The prompt, with a placeholder for every merged patch."""
        processor = self.loaded.processor
        content = [{"type": "video"}, {"type": "text", "text": text}]
        prompt = processor.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        replacement = processor.replace_video_token({"video_grid_thw": torch.tensor(shape)}, 0)
        whole, _ = processor.get_text_with_replacements([prompt], videos_replacements=[replacement])
        return tuple(processor.tokenizer(whole)["input_ids"][0])

    def prefill(self, windows: Sequence[Prepared], tokens: Sequence[int]) -> Prefix:
        """Encode the frames of some windows and send them through the language model, behind the system prompt."""
        model = self.loaded.model
        patches: list[_Patches] = [window.inputs for window in windows]
        with self.watch.phase("vision"):
            pixels = torch.cat([one.pixels.to(model.device) for one in patches])
            seen = self._tower.encode(pixels, [one.grid for one in patches])
        with self.watch.phase("prefill"):
            rows = torch.tensor([tokens] * len(windows))
            embedded = model.get_input_embeddings()(rows.to(model.device))
            video = (rows == model.config.video_token_id).to(model.device)
            embedded = embedded.masked_scatter(video[..., None], seen.to(embedded))
            positions = self._positions(tokens, patches)
            made = model.model.language_model(
                inputs_embeds=embedded, position_ids=positions.to(embedded.device), use_cache=True
            )
        return Prefix(
            made.past_key_values,
            (positions[:, :, -1].amax(dim=0) + 1).to(model.device),
            positions.amax(dim=(0, 2)).to(model.device),
        )

    def logits(self, tokens: Tensor, mask: Tensor, positions: Tensor, cache: Any) -> Tensor:
        """Logits after the last token."""
        made = self.loaded.model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=positions.expand(3, -1, -1),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = made.logits[:, -1].to(tokens.device, torch.float32)
        return logits

    def whole_inputs(self, batch: Sequence[tuple[Prepared, str]]) -> Mapping[str, Any]:
        """The inputs of transformers' documented usage."""
        processor, device = self.loaded.processor, self.loaded.model.device
        patches: list[_Patches] = [window.inputs for window, _ in batch]
        prompts = [{"input_ids": list(self._tokens(text, window.shape))} for window, text in batch]
        tokens = processor.tokenizer.pad(prompts, padding_side="left", return_tensors="pt")
        kinds = torch.tensor(processor.create_mm_token_type_ids(tokens["input_ids"]))
        return {
            **tokens.to(device),
            "mm_token_type_ids": kinds.to(device),
            "pixel_values_videos": torch.cat([one.pixels for one in patches]).to(device),
            "video_grid_thw": torch.tensor([one.grid for one in patches], device=device),
            "second_per_grid_ts": torch.tensor([one.step_s for one in patches], device=device),
        }

    @cached_property
    def _tower(self) -> Tower:
        return Tower(self.loaded.model.model.visual)

    def _positions(self, tokens: Sequence[int], patches: Sequence[_Patches]) -> Tensor:
        """Positions of the same tokens of some windows of one grid in time, height and width: (3, windows, tokens).

        Windows whose frames follow each other at the same rate have the same positions.
        """
        steps = list(dict.fromkeys(one.step_s for one in patches))
        rows = torch.tensor([tokens] * len(steps))
        positions, _ = self.loaded.model.model.get_rope_index(
            rows,
            torch.tensor(self.loaded.processor.create_mm_token_type_ids(rows)),
            video_grid_thw=torch.tensor([patches[0].grid] * len(steps)),
            second_per_grid_ts=torch.tensor(steps),
        )
        of_windows: Tensor = positions[:, [steps.index(one.step_s) for one in patches]]
        return of_windows
