"""The VILA code base (github.com/NVlabs/VILA, package ``llava``): NVILA, VILA, LongVILA. It needs an NVIDIA GPU.

Used of it: `llava.load`, and the model's `generate_content`; for log-probabilities, what it uses itself: its inputs to
`generate`, `_embed`, `default_generation_config`, `utils.tokenizer.tokenize_conversation`, and the language model
`llm`, which is one of transformers.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lmms_eval_plugins.models.codebases.causal import (
    Answered,
    Causal,
    is_greedy,
    local_folder,
    sampling_settings,
)
from lmms_eval_plugins.models.codebases.wire import Array, Generation, LoadSettings

if TYPE_CHECKING:
    from PIL.Image import Image


Inputs = dict[str, Any]  # tensors, and the code base's own configuration of media
"""What the code base hands to `generate`, by name."""


def load_vila(settings: LoadSettings) -> VilaAdapter:
    """Load a checkpoint of NVILA, VILA or LongVILA."""
    return VilaAdapter(settings)


class VilaAdapter:
    """A model of the VILA code base.

    Args:
        settings: see `OutsideModel`.
    """

    def __init__(self, settings: LoadSettings) -> None:
        code_base = import_module("llava")
        self._tokenize = import_module("llava.utils.tokenizer").tokenize_conversation
        self._image = import_module("llava.constants").MEDIA_TOKENS["image"]
        device = settings["device"]
        if device is not None:
            torch.cuda.set_device(device)  # the code base puts tokens on the current one
        placed = {"device": device} if device else {"device_map": settings["device_map"] or "auto"}
        self._model = code_base.load(
            local_folder(settings["pretrained"], settings["revision"]),
            attn_implementation=settings["attn_implementation"],
            **placed,
        )
        config = self._model.default_generation_config
        end = config.eos_token_id
        self._causal = Causal(
            self._model.llm,
            self._model.tokenizer,
            [end] if isinstance(end, int) else end,
            config.repetition_penalty or 1.0,
        )
        self._by_steps = settings["mode"] == "auto"

    def answer(
        self,
        frames: Array,
        fps: float,
        questions: Sequence[str],
        choices: Sequence[Sequence[str]],
        generation: Generation,
    ) -> list[Answered]:
        """Answer questions about a window; see `lmms_eval_plugins.models.codebases.llava_next.LlavaLike.answer`."""
        from PIL.Image import fromarray

        pictures = [fromarray(frame) for frame in frames]
        settings = sampling_settings(generation)
        if not (self._by_steps and is_greedy(generation)):
            config = self._model.default_generation_config
            config.update(**settings)
            return [
                (self._model.generate_content([*pictures, question], generation_config=config), None, None)
                for question in questions
            ]
        with torch.inference_mode():
            inputs = self._inputs([*pictures, questions[0]])
            tokens = inputs["input_ids"]
            tails = [self._tail(tokens), *(self._tail_of(pictures, question) for question in questions[1:])]
            embeddings = self._model._embed(tokens, inputs["media"], inputs["media_config"], None, None)[0]
            return self._causal.answers(embeddings, tails, choices, settings["max_new_tokens"])

    def _inputs(self, prompt: Sequence[Image | str]) -> Inputs:
        """Return what `generate_content` makes of a prompt: it is called, and stopped at its call of `generate`."""
        taken: Inputs = {}

        def take(**inputs: object) -> list[list[int]]:
            taken.update(inputs)
            return [[]]

        self._model.generate = take
        try:
            self._model.generate_content(prompt)
        finally:
            del self._model.generate
        return taken

    def _tail_of(self, pictures: Sequence[Image], question: str) -> list[int]:
        """Return the tokens behind the window: pictures are prepared anew only where one is alone: it may be cut."""
        if len(pictures) == 1:
            return self._tail(self._inputs([*pictures, question])["input_ids"])
        conversation = [{"from": "human", "value": self._image * len(pictures) + question}]
        return self._tail(self._tokenize(conversation, self._model.tokenizer, add_generation_prompt=True)[None])

    def _tail(self, tokens: Tensor) -> list[int]:
        listed: list[int] = tokens[0].tolist()
        image = self._model.tokenizer.media_token_ids["image"]
        return listed[len(listed) - listed[::-1].index(image) :]
