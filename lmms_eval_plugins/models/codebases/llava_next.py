"""The code bases LLaVA-NeXT (github.com/LLaVA-VL/LLaVA-NeXT, package ``llava``) and, of the same shape, LongVA
(github.com/EvolvingLMMs-Lab/LongVA, package ``longva``), which always computes in float16.

Used of it: `model.builder.load_pretrained_model`, `mm_utils.tokenizer_image_token`, `conversation.conv_templates`, the
image processor's `preprocess`, and the network's `generate`, or its `prepare_inputs_labels_for_multimodal` and what it
is in transformers: a `Qwen2ForCausalLM`.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module

import torch
from torch import Tensor

from lmms_eval_plugins.models.codebases.causal import (
    CUT_OFF,
    ENDED,
    Answered,
    Causal,
    SamplingSettings,
    Tokenizer,
    is_greedy,
    local_folder,
    sampling_settings,
)
from lmms_eval_plugins.models.codebases.wire import Array, Generation, LoadSettings

_FAMILY = "llava_qwen"
"""The name by which `load_pretrained_model` knows all checkpoints with a Qwen2."""

_CONFIG = ("mm_spatial_pool_mode", "mm_spatial_pool_stride", "mm_newline_position")
"""Settings that replace those of the checkpoint's configuration."""


def load_llava_next(settings: LoadSettings) -> LlavaLike:
    """Load a checkpoint of LLaVA-OneVision or LLaVA-Video."""
    return LlavaLike("llava", settings, torch_dtype=settings["dtype"])


def load_longva(settings: LoadSettings) -> LlavaLike:
    """Load a checkpoint of LongVA."""
    return LlavaLike("longva", settings)


class LlavaLike:
    """A model of the code base ``package``.

    Args:
        package: ``llava`` or ``longva``.
        settings: see `OutsideModel`.
        more: arguments of `load_pretrained_model` that not both code bases have.
    """

    def __init__(self, package: str, settings: LoadSettings, **more: object) -> None:
        builder = import_module(f"{package}.model.builder")
        self._utils = import_module(f"{package}.mm_utils")
        self._constants = import_module(f"{package}.constants")
        self._template = import_module(f"{package}.conversation").conv_templates[settings["conv_template"]]
        device = settings["device"]
        if device is not None and device.startswith("cuda"):
            torch.cuda.set_device(device)  # the code base puts its vision tower on the current one
        self._tokenizer, self._model, self._processor, _ = builder.load_pretrained_model(
            local_folder(settings["pretrained"], settings["revision"]),
            None,
            _FAMILY,
            load_8bit=settings["quantization"] == "8bit",
            load_4bit=settings["quantization"] == "4bit",
            device_map=settings["device_map"] or device or "auto",
            attn_implementation=settings["attn_implementation"],
            overwrite_config={name: settings[name] for name in _CONFIG if settings.get(name) is not None} or None,
            **more,
        )
        self._model.eval()
        own = self._model.generation_config
        self._end = _end_tokens(own.eos_token_id, self._tokenizer, self._template.sep)
        self._causal = Causal(self._model, self._tokenizer, self._end, own.repetition_penalty or 1.0)
        self._by_steps = settings["mode"] == "auto"

    def answer(
        self,
        frames: Array,
        fps: float,
        questions: Sequence[str],
        choices: Sequence[Sequence[str]],
        generation: Generation,
    ) -> list[Answered]:
        """Answer questions about a window; these code bases take no frame rate.

        Args:
            frames: RGB, (frames, height, width, 3), uint8.
            fps: frames per second at which they follow each other.
            questions: the prompts' words.
            choices: the allowed answers of each; none where it is open.
            generation: settings as lmms-eval gives them.
        """
        pixels = self._processor.preprocess(frames, return_tensors="pt")["pixel_values"]
        pixels = pixels.to(device=self._model.device, dtype=self._model.dtype)
        prompts = [self._prompt(question) for question in questions]
        settings = sampling_settings(generation)
        with torch.inference_mode():
            if not (self._by_steps and is_greedy(generation)):
                return [self._generate(prompt, pixels, settings) for prompt in prompts]
            tails = [self._tail(prompt) for prompt in prompts]
            return self._causal.answers(self._embed(prompts[0], pixels), tails, choices, settings["max_new_tokens"])

    def _prompt(self, question: str) -> Tensor:
        """Return the prompt's tokens, (1, tokens), one of which stands for the window."""
        conversation = self._template.copy()
        conversation.append_message(conversation.roles[0], f"{self._constants.DEFAULT_IMAGE_TOKEN}\n{question}")
        conversation.append_message(conversation.roles[1], None)
        tokens = self._utils.tokenizer_image_token(
            conversation.get_prompt(), self._tokenizer, self._constants.IMAGE_TOKEN_INDEX, return_tensors="pt"
        )
        return tokens.unsqueeze(0).to(self._model.device)

    def _tail(self, prompt: Tensor) -> list[int]:
        tokens: list[int] = prompt[0].tolist()
        return tokens[tokens.index(self._constants.IMAGE_TOKEN_INDEX) + 1 :]

    def _embed(self, prompt: Tensor, pixels: Tensor) -> Tensor:
        """Return the embeddings of a prompt with the window in it, (1, tokens, hidden size)."""
        made = self._model.prepare_inputs_labels_for_multimodal(
            prompt, None, None, None, None, [pixels], modalities=["video"]
        )
        return made[4]

    def _generate(self, prompt: Tensor, pixels: Tensor, settings: SamplingSettings) -> Answered:
        tokens = self._model.generate(
            prompt,
            images=[pixels],
            modalities=["video"],
            attention_mask=torch.ones_like(prompt),
            pad_token_id=self._end[0],
            eos_token_id=self._end,
            use_cache=True,
            **settings,
        )
        text = str(self._tokenizer.batch_decode(tokens, skip_special_tokens=True)[0]).strip()
        return text, None, CUT_OFF if set(self._end).isdisjoint(tokens[0].tolist()) else ENDED


def _end_tokens(configured: int | Sequence[int] | None, tokenizer: Tokenizer, separator: str) -> list[int]:
    """Return the tokens that end a reply: the configured ones, and what separates the turns of a conversation."""
    end = [configured] if isinstance(configured, int) else list(configured or ())
    between = tokenizer(separator, add_special_tokens=False)["input_ids"]
    return sorted({*end, *(between if len(between) == 1 else ())})
