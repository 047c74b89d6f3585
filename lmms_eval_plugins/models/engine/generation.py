"""How replies are generated: what ``generate`` gets, and when our own greedy decoding does the same."""

from __future__ import annotations

from transformers import GenerationConfig

from lmms_eval_plugins.models.answering import Generation
from lmms_eval_plugins.models.engine.checkpoint import LoadedCheckpoint
from lmms_eval_plugins.models.engine.prefix import Greedy
from lmms_eval_plugins.questions.reading import answer_line_ended

_GENERATION_KEYS = ("max_new_tokens", "temperature", "top_p", "num_beams")
_SHAPING = (
    "bad_words_ids",
    "begin_suppress_tokens",
    "diversity_penalty",
    "encoder_no_repeat_ngram_size",
    "encoder_repetition_penalty",
    "exponential_decay_length_penalty",
    "forced_bos_token_id",
    "forced_eos_token_id",
    "guidance_scale",
    "min_length",
    "min_new_tokens",
    "no_repeat_ngram_size",
    "sequence_bias",
    "stop_strings",
    "suppress_tokens",
    "watermarking_config",
)
"""Settings of generation that our own greedy decoding does not know; where a checkpoint has one, `generate` answers."""


def generation_settings(settings: Generation) -> Generation:
    """Return what ``generate`` gets; as in lmms-eval's backends, a temperature means sampling, none the likeliest."""
    chosen = {key: settings[key] for key in _GENERATION_KEYS if settings.get(key) is not None}
    if chosen.get("temperature"):
        return chosen | {"do_sample": True}
    return chosen | {"do_sample": False, "temperature": None, "top_p": None, "top_k": None}


def greedy_of(settings: Generation, loaded: LoadedCheckpoint) -> Greedy | None:
    """Return how to decode greedily; None where only ``generate`` can do what is wanted."""
    usual, own = GenerationConfig(), loaded.model.generation_config
    limit = settings.get("max_new_tokens") or own.max_new_tokens
    shaped = any(getattr(own, name, None) != getattr(usual, name, None) for name in _SHAPING)
    if settings["do_sample"] or (settings.get("num_beams") or 1) > 1 or shaped or limit is None:
        return None
    end = own.eos_token_id
    return Greedy(
        max_new_tokens=int(limit),
        end=frozenset([end] if isinstance(end, int) else end or ()),
        repetition_penalty=own.repetition_penalty or 1.0,
        ended=answer_line_ended,
        text=loaded.text,
    )
