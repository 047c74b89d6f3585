"""How a checkpoint's own processor and chat template make inputs of frames and a question, without knowing which."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from transformers import PreTrainedConfig, ProcessorMixin

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.chat import chat_prompt
from lmms_eval_plugins.models.engine.family import processor_inputs, whole_patch
from lmms_eval_plugins.models.engine.windows import WindowInputs
from lmms_eval_plugins.models.settings import FramesAs
from lmms_eval_plugins.video.decode import Frames

Inputs = Mapping[str, Any]  # tensors by the processor's names; some have lists of tensors
"""What `generate` takes of a prompt about frames, beside the settings of generation."""

_PROBE = "."
_LONGER = "Look at the hand. Which of these is it? Reply with one word."
_TRIED = (2, 224, 224)
"""Frames, height and width of the window on which a processor is tried."""


@dataclass(frozen=True, slots=True)
class FramesShape:
    """What windows have in common whose prompts are the same tokens and whose inputs have the same shapes.

    Attributes:
        size: frames, height and width in pixels.
        fps: at which frames follow each other; 0 where the processor is not told.
    """

    size: tuple[int, int, int]
    fps: float


class Spelling:
    """A processor, and the way in which it takes a window.

    Args:
        name: the checkpoint's, for messages.
        processor: its processor.
        frames: how a window is to be shown; None is a video where the processor takes one, else images.
        thinking: whether the chat template is to have the model think; None leaves it to the template.

    Attributes:
        processor: as given.
        frames: whether a window is shown as a video or as images.
        because: why images; empty for a video.
        one_frame: whether the processor takes no more than one frame.
        lock: held while processor or tokenizer are at work: a tokenizer that changes between ways of padding bears no
            second caller.

    Raises:
        UserError: there is no chat template, or the processor can be shown nothing.
    """

    def __init__(
        self, name: str, processor: ProcessorMixin, frames: FramesAs | None = None, thinking: bool | None = None
    ) -> None:
        self._name, self.processor, self._thinking = name, processor, thinking
        if not _template(processor):
            raise UserError(
                f"{name}: has no chat template (chat_template.jinja), so that nobody knows how to ask it; take a"
                " checkpoint that was trained to follow instructions, often named …-Instruct, …-it or …-Chat"
            )
        self.one_frame, self.lock = False, Lock()
        self.frames, self.because = self._choose(frames)
        self._text_axes = self._find_text_axes()

    def prompt(self, text: str, n_frames: int) -> str:
        """Spell a question about a window of so many frames, with a placeholder for the video or for each image."""
        return self._prompt(text, self.frames, n_frames)

    def completed(self, frames: Frames) -> Frames:
        """Repeat the last frame of a video that has fewer than make a patch, as our families do; images stay."""
        return whole_patch(self.processor, frames) if self.frames == "video" else frames

    def prepare(self, frames: Frames, fps: float, dtype: torch.dtype) -> WindowInputs:
        """Make of frames what the network sees: all that the processor makes of them but the prompt."""
        made = self._inputs(_PROBE, frames, fps)
        seen = {name: _as(values, dtype) for name, values in made.items() if name not in self._text_axes}
        n_bytes = sum(part.nbytes for values in seen.values() for part in _tensors(values))
        shape = FramesShape(tuple(frames.shape[:3]), fps if self.frames == "video" else 0.0)
        return WindowInputs(shape, seen, n_bytes)

    def spell(self, text: str, shape: FramesShape) -> dict[str, Tensor]:
        """Make of a question about windows of a shape what depends on its words: tokens, masks, kinds of tokens."""
        made = self._inputs(text, np.zeros((*shape.size, 3), np.uint8), shape.fps or 1.0)
        return {name: made[name] for name in self._text_axes}

    def longer(self, spelt: Mapping[str, Tensor], more: Sequence[int]) -> dict[str, Tensor]:
        """Put tokens of a reply behind a prompt: they are as its last token is, but for what they say."""
        grown = dict(spelt)
        if more:
            for name, values in spelt.items():
                axis = self._text_axes[name]
                last = values.narrow(axis, values.shape[axis] - 1, 1)
                grown[name] = torch.cat([values, *[last] * len(more)], dim=axis)
            grown["input_ids"][:, -len(more) :] = torch.tensor(more)
        return grown

    def beginning(self, spelt: Mapping[str, Tensor], length: int) -> dict[str, Tensor]:
        """Cut a prompt behind so many tokens."""
        return {name: values.narrow(self._text_axes[name], 0, length) for name, values in spelt.items()}

    def _choose(self, wanted: FramesAs | None) -> tuple[FramesAs, str]:
        """Try to show a video, then images."""
        frames = np.zeros((*_TRIED, 3), np.uint8)
        refused = "as frames=images says" if wanted == "images" else self._refusal("video", frames)
        if not refused:
            return "video", ""
        if wanted == "video":
            raise UserError(f"{self._name}: frames=video: {refused}")
        because, refused = refused, self._refusal("images", frames)
        if refused:
            self.one_frame = not self._refusal("images", frames[:1])
            if not self.one_frame:
                raise UserError(f"{self._name}: takes neither a video ({because}) nor images in a chat ({refused})")
        return "images", because

    def _refusal(self, way: FramesAs, frames: Frames) -> str | None:
        """Return why a window cannot be shown in a way; None where it can."""
        part, several = ("video_processor", "videos") if way == "video" else ("image_processor", "images")
        if not getattr(self.processor, part, None):
            return f"its processor takes no {several}"
        try:
            if self._prompt(_PROBE, way, len(frames)) == self._prompt(_PROBE, way, 0):
                return f"its chat template has no place for {several}"
            self._call(way, self._prompt(_PROBE, way, len(frames)), frames, 1.0)
        except UserError:
            raise
        except Exception as error:  # whatever a processor finds wrong with it
            said = " ".join(str(error).split())[:200] or type(error).__name__
            return f"its processor takes no {several} of a chat: {said}"
        return None

    def _find_text_axes(self) -> dict[str, int]:
        """Return the inputs that a longer question makes longer, and along which axis."""
        n_frames = 1 if self.one_frame else _TRIED[0]
        frames = np.zeros((n_frames, *_TRIED[1:], 3), np.uint8)
        short, long = self._inputs(_PROBE, frames, 1.0), self._inputs(_LONGER, frames, 1.0)
        axes = {}
        for name, values in short.items():
            if isinstance(values, Tensor) and values.shape != long[name].shape:
                axes[name] = next(
                    i for i, (a, b) in enumerate(zip(values.shape, long[name].shape, strict=True)) if a != b
                )
        return axes

    def _inputs(self, text: str, frames: Frames, fps: float) -> dict[str, Any]:
        return self._call(self.frames, self._prompt(text, self.frames, len(frames)), frames, fps)

    def _prompt(self, text: str, way: FramesAs, n_frames: int) -> str:
        """Spell a prompt; frames stand before the text, none at all where there are none."""
        n_parts = min(n_frames, 1) if way == "video" else n_frames
        parts = [{"type": "video" if way == "video" else "image"}] * n_parts
        return chat_prompt(self.processor, [*parts, {"type": "text", "text": text}], self._thinking)

    def _call(self, way: FramesAs, prompt: str, frames: Frames, fps: float) -> dict[str, Any]:
        if way == "video":
            shown = processor_inputs(whole_patch(self.processor, frames), fps)
        else:
            shown = {"images": [[Image.fromarray(frame) for frame in frames]], "return_tensors": "pt"}
        begun = self.processor.tokenizer.bos_token and prompt.startswith(self.processor.tokenizer.bos_token)
        more = {"add_special_tokens": False} if begun else {}
        with self.lock:
            made = dict(self.processor(text=[prompt], **shown, **more))
        made.pop("labels", None)  # for training
        return made


def check_fits(name: str, spelling: Spelling, config: PreTrainedConfig, shape: FramesShape, text: str) -> None:
    """Check that a checkpoint can be asked about a window; no network is loaded.

    Args:
        name: the checkpoint's, for messages.
        spelling: how its processor is called.
        config: its configuration.
        shape: of the window.
        text: the question.

    Raises:
        UserError: its processor takes one frame only, or its context is shorter than the prompt.
    """
    n_frames, height, width = shape.size
    if n_frames > 1 and spelling.one_frame:
        raise UserError(
            f"{name}: its processor takes one image only, and windows have {n_frames} frames; give"
            " max_frames_num=1, or take a checkpoint that takes several images or a video"
        )
    n_tokens = spelling.spell(text, shape)["input_ids"].shape[1]
    longest = getattr(config.get_text_config(), "max_position_embeddings", None)
    if longest and n_tokens >= longest:
        raise UserError(
            f"{name}: a window of {n_frames} frames of {width}x{height} and its question are"
            f" {n_tokens:,} tokens, more than its context of {longest:,} holds; give fewer frames (max_frames_num)"
        )


def _template(processor: ProcessorMixin) -> object:
    return getattr(processor, "chat_template", None) or getattr(processor.tokenizer, "chat_template", None)


def _tensors(values: object) -> list[Tensor]:
    if isinstance(values, Tensor):
        return [values]
    return [part for one in values for part in _tensors(one)] if isinstance(values, list | tuple) else []


def _as(values: Any, dtype: torch.dtype) -> Any:
    """Return pixels in the network's dtype; times and sizes, which have at most one axis, as they are."""
    if isinstance(values, list | tuple):
        return [_as(one, dtype) for one in values]
    pixels = isinstance(values, Tensor) and values.is_floating_point() and values.dim() > 1
    return values.to(dtype).contiguous() if pixels else values
