"""Families whose prompt has placeholder tokens, in whose place goes what the vision tower makes of the video."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import torch
from torch import Tensor

from lmms_eval_plugins.models.engine.choices import Tokens
from lmms_eval_plugins.models.engine.prefix import Prefix
from lmms_eval_plugins.models.engine.transformers_model import TransformersModel
from lmms_eval_plugins.models.engine.windowed import WindowInputs


@dataclass(frozen=True, slots=True)
class Shape:
    """What windows of one batch have in common.

    Attributes:
        text: what stands in the prompt where the video goes: placeholders, and what the family writes between them.
        size: of the window as the vision tower takes it.
    """

    text: str
    size: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class EncodedVideo:
    """What the vision tower made of some windows.

    Attributes:
        embeddings: what goes in the place of the placeholders, (visual tokens of all windows, width).
        layers: what else it made of them, for a family that uses it; each as large as ``embeddings``.
    """

    embeddings: Tensor
    layers: Sequence[Tensor] = ()


class SplicedModel(TransformersModel):
    """A family whose prompt has placeholder tokens; it says how frames are prepared, seen and placed.

    Attributes:
        placeholder: what the model's configuration calls the id of the placeholder token.
        axes: how many positions a token has: 1, or 3 for time, height and width.
    """

    placeholder = "video_token_id"
    axes: Literal[1, 3] = 1

    @abstractmethod
    def encode(self, windows: Sequence[Any]) -> EncodedVideo:
        """Send the prepared inputs of windows of one shape through the vision tower."""

    def beside(self, seen: EncodedVideo, video: Tensor) -> Mapping[str, Any]:
        """What else the language model takes; ``video`` says where the placeholders are, (windows, tokens)."""
        return {}

    @abstractmethod
    def positions(self, tokens: Sequence[int], windows: Sequence[Any]) -> Tensor:
        """Positions of the same tokens of some windows: (axes, windows, tokens)."""

    def tokens(self, text: str, shape: Shape) -> Tokens:
        """The prompt by the checkpoint's own chat template; the video stands before the text."""
        processor = self.loaded.processor
        content = [{"type": "video"}, {"type": "text", "text": text}]
        prompt = processor.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
        (whole,), _ = processor.get_text_with_replacements([prompt], videos_replacements=[shape.text])
        begun = processor.tokenizer.bos_token and whole.startswith(processor.tokenizer.bos_token)
        return tuple(processor.tokenizer(whole, add_special_tokens=not begun)["input_ids"])

    def prefill(self, windows: Sequence[WindowInputs], tokens: Sequence[int]) -> Prefix:
        """Encode the frames of some windows and send them through the language model, behind the prompt's beginning."""
        model = self.loaded.model
        inputs = [window.inputs for window in windows]
        with self.watch.phase("vision"):
            seen = self.encode(inputs)
        with self.watch.phase("prefill"):
            rows = torch.tensor([tokens] * len(windows))
            embedded = model.get_input_embeddings()(rows.to(model.device))
            video = (rows == getattr(model.config, self.placeholder)).to(embedded.device)
            embedded = embedded.masked_scatter(video[..., None], seen.embeddings.to(embedded))
            positions = self.positions(tokens, inputs)
            made = model.model.language_model(
                inputs_embeds=embedded,
                position_ids=self._position_ids(positions.to(embedded.device)),
                use_cache=True,
                **self.beside(seen, video),
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
            position_ids=self._position_ids(positions.expand(self.axes, -1, -1)),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = made.logits[:, -1].to(tokens.device, torch.float32)
        return logits

    def padded(self, batch: Sequence[tuple[WindowInputs, str]]) -> Mapping[str, Tensor]:
        """The prompts of questions, each with its own window, padded on the left."""
        tokenizer = self.loaded.processor.tokenizer
        prompts = [{"input_ids": list(self._tokens(text, window.shape))} for window, text in batch]
        padded: Mapping[str, Tensor] = tokenizer.pad(prompts, padding_side="left", return_tensors="pt")
        return padded

    def _position_ids(self, positions: Tensor) -> Tensor:
        """As the language model takes them: where a token has one position, without the axis."""
        return positions if self.axes > 1 else positions[0]


def metadata_of(n_frames: int, fps: float) -> dict[str, Any]:
    """What a processor is told of frames that follow each other at a rate."""
    return {"fps": fps, "total_num_frames": n_frames, "frames_indices": list(range(n_frames))}
