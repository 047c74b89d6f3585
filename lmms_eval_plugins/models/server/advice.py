"""What to start a server with, by the words in which it refuses the largest request of a run."""

from __future__ import annotations

import re

from lmms_eval_plugins.models.server.load import Load

TRUSTING = "--trust-request-mm-kwargs"
"""vLLM's option for requests that say how their video is read; the clock of a video is sent in no other way."""

NO_CLOCK = f"refuses the clock of a video; start vLLM with {TRUSTING}, or give frames_as=images"

_TRUST = re.compile(rf"{TRUSTING}|(?:media_io|mm_processor)_kwargs are disabled", re.IGNORECASE)
_LIMIT = re.compile(r"at most (\d+) (image|video)", re.IGNORECASE)
_CONTEXT = re.compile(
    r"(?:context|model) length|context (?:window|size)|context_length_exceeded|max_model_len|max_seq_len", re.IGNORECASE
)
_ENCODER = re.compile(r"encoder cache", re.IGNORECASE)


def wants_trust(refusal: str) -> bool:
    """Return whether a server refuses the clock of a video."""
    return _TRUST.search(refusal) is not None


def advice_about(refusal: str, load: Load) -> str:
    """Return what would make a server take a request, as the end of its refusal; empty where its words do not say.

    Args:
        refusal: the server's words.
        load: of the request.
    """
    if found := _LIMIT.search(refusal):
        kind = found[2].lower()
        count = load.n_frames if kind == "image" else 1
        return f"; start vLLM with --limit-mm-per-prompt '{{\"{kind}\": {count}}}'"
    if _ENCODER.search(refusal):
        return f"; {_largest(load)}: raise --max-num-batched-tokens of vLLM, or lower max_pixels"
    if _CONTEXT.search(refusal):
        return f"; {_largest(load)}: raise the server's context (--max-model-len of vLLM), or lower max_pixels"
    return ""


def cut_short(prompt_tokens: int, context: int, load: Load) -> str:
    """Return a warning that the longest replies do not fit beside the largest prompt; empty where they do.

    Args:
        prompt_tokens: of the largest request, as the server counts them; 0 where it does not say.
        context: tokens of prompt and reply that the server takes; 0 where it does not say.
        load: of the request.
    """
    needed = prompt_tokens + load.max_new_tokens
    if not prompt_tokens or not 0 < context < needed:
        return ""
    return (
        f"the largest request takes {prompt_tokens:,} tokens and its reply up to {load.max_new_tokens:,}, the server"
        f" {context:,} in all: replies may be cut; raise the server's context to {needed:,} (--max-model-len of vLLM)"
    )


def _largest(load: Load) -> str:
    return (
        f"the largest request has {load.n_frames} frames of {load.width} × {load.height}"
        f" and a reply of up to {load.max_new_tokens} tokens"
    )
