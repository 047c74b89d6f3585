"""A network whose prompt has placeholder tokens, in whose place goes what the vision tower makes of the video."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor
from transformers import Cache, PreTrainedModel

from lmms_eval_plugins.models.engine.chat import chat_prompt
from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.choices import Tokens
from lmms_eval_plugins.models.engine.family import Family, Shape
from lmms_eval_plugins.models.engine.network import Prefix
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.taps import NO_TAPS, Taps, stacked
from lmms_eval_plugins.models.engine.windows import WindowInputs


@dataclass(frozen=True, slots=True)
class SplicedNetwork:
    """A loaded checkpoint as `lmms_eval_plugins.models.engine.network.Network`.

    Attributes:
        family: how the checkpoint's network is fed.
        loaded: model and processor.
        watch: takes the seconds of the windows' ``vision`` and ``prefill``.
        taps: where hidden states are taken.
    """

    family: Family
    loaded: LoadedCheckpoint
    watch: Stopwatch
    taps: Taps = NO_TAPS

    def prefill(self, windows: Sequence[WindowInputs], tokens: Sequence[int]) -> Prefix:
        """Encode the frames of some windows and send them through the language model, behind the prompt's beginning."""
        model, family = self.loaded.model, self.family
        inputs = [window.inputs for window in windows]
        with self.watch.phase("vision"):
            seen = family.encode(self.loaded, inputs)
        with self.watch.phase("prefill"):
            rows = torch.tensor([tokens] * len(windows))
            embedded = model.get_input_embeddings()(rows.to(model.device))
            placeholder = getattr(model.config, family.placeholder)
            video = (rows == placeholder).to(embedded.device)
            embedded = embedded.masked_scatter(video[..., None], seen.embeddings.to(embedded))
            positions = family.positions(self.loaded, tokens, inputs)
            last_visual = max(place for place, token in enumerate(tokens) if token == placeholder)
            with self.taps.at(last_visual) as taken, self._unread_left_out():
                made = self._language_model(
                    inputs_embeds=embedded,
                    position_ids=self._position_ids(positions.to(embedded.device)),
                    use_cache=True,
                    **family.beside(seen, video),
                )
        return Prefix(
            made.past_key_values,
            (positions[:, :, -1].amax(dim=0) + 1).to(model.device),
            positions.amax(dim=(0, 2)).to(model.device),
            stacked(taken),
        )

    @contextmanager
    def _unread_left_out(self) -> Iterator[None]:
        """Leave out the larger half of the last layer: of what is only gone on from, its keys and values suffice."""
        layers = self._language_model.layers
        if len(layers) in self.taps.modules:
            yield
            return
        larger_half = layers[-1].mlp
        its_own = vars(larger_half).get("forward")
        larger_half.forward = lambda states: states
        try:
            yield
        finally:
            del larger_half.forward
            if its_own is not None:
                larger_half.forward = its_own

    @property
    def packs(self) -> bool:
        """Return whether attention takes a mask of each token, as transformers' own two ways do, and sees all."""
        config = self._language_model.config
        sees_all = "sliding_attention" not in (getattr(config, "layer_types", None) or ())
        return config._attn_implementation in ("sdpa", "eager") and sees_all

    @property
    def _language_model(self) -> PreTrainedModel:
        language_model: PreTrainedModel = self.loaded.model.model.language_model
        return language_model

    def logits(self, tokens: Tensor, sees: Tensor, positions: Tensor, cache: Cache, last: Tensor) -> Tensor:
        """Return the logits after some of the tokens."""
        model = self.loaded.model
        mask = sees[:, -1].long()
        if self.packs:
            hidden = torch.zeros((), dtype=model.dtype, device=sees.device)
            mask = hidden.masked_fill(~sees[:, None], torch.finfo(model.dtype).min)
        made = self._language_model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=self._position_ids(positions.expand(self.family.axes, -1, -1)),
            past_key_values=cache,
            use_cache=True,
        )
        states = made.last_hidden_state
        logits: Tensor = model.get_output_embeddings()(states[:, last.to(states.device)])
        return logits.to(tokens.device, torch.float32)

    def _position_ids(self, positions: Tensor) -> Tensor:
        """Return positions as the language model takes them: where a token has one, without the axis."""
        return positions if self.family.axes > 1 else positions[0]


def prompt_tokens(loaded: LoadedCheckpoint, text: str, shape: Shape, thinking: bool | None = None) -> Tokens:
    """Spell a prompt by the checkpoint's own chat template; the video stands before the text.

    Raises:
        UserError: as `chat_prompt`.
    """
    processor = loaded.processor
    prompt = chat_prompt(processor, [{"type": "video"}, {"type": "text", "text": text}], thinking)
    (whole,), _ = processor.get_text_with_replacements([prompt], videos_replacements=[shape.text])
    begun = processor.tokenizer.bos_token and whole.startswith(processor.tokenizer.bos_token)
    return tuple(processor.tokenizer(whole, add_special_tokens=not begun)["input_ids"])
