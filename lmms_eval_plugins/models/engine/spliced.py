"""A network whose prompt has placeholder tokens, in whose place goes what the vision tower makes of the video."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from jinja2 import TemplateError
from torch import Tensor
from transformers import Cache

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.choices import Tokens
from lmms_eval_plugins.models.engine.family import Family, Shape
from lmms_eval_plugins.models.engine.prefix import Prefix
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.taps import NO_TAPS, Taps, stacked
from lmms_eval_plugins.models.engine.windows import WindowInputs


@dataclass(frozen=True, slots=True)
class SplicedNetwork:
    """A loaded checkpoint as `lmms_eval_plugins.models.engine.prefix.Network`.

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
            with self.taps.at(last_visual) as taken:
                made = model.model.language_model(
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

    def logits(self, tokens: Tensor, mask: Tensor, positions: Tensor, cache: Cache) -> Tensor:
        """Return the logits after the last token."""
        made = self.loaded.model(
            input_ids=tokens,
            attention_mask=mask,
            position_ids=self._position_ids(positions.expand(self.family.axes, -1, -1)),
            past_key_values=cache,
            use_cache=True,
            logits_to_keep=1,
        )
        logits: Tensor = made.logits[:, -1].to(tokens.device, torch.float32)
        return logits

    def _position_ids(self, positions: Tensor) -> Tensor:
        """Return positions as the language model takes them: where a token has one, without the axis."""
        return positions if self.family.axes > 1 else positions[0]


def prompt_tokens(loaded: LoadedCheckpoint, text: str, shape: Shape) -> Tokens:
    """Spell a prompt by the checkpoint's own chat template; the video stands before the text.

    Raises:
        UserError: the template is damaged, or reaches for more than its messages: it runs in jinja's sandbox.
    """
    processor = loaded.processor
    content = [{"type": "video"}, {"type": "text", "text": text}]
    try:
        prompt = processor.apply_chat_template(
            [{"role": "user", "content": content}], tokenize=False, add_generation_prompt=True
        )
    except TemplateError as error:
        raise UserError(f"the checkpoint's chat template cannot be used ({' '.join(str(error).split())})") from error
    (whole,), _ = processor.get_text_with_replacements([prompt], videos_replacements=[shape.text])
    begun = processor.tokenizer.bos_token and whole.startswith(processor.tokenizer.bos_token)
    return tuple(processor.tokenizer(whole, add_special_tokens=not begun)["input_ids"])
