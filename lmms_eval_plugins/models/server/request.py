"""What is sent: a question about a clip as the body of a chat request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.server.frames import WindowPayload


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server takes, as far as servers differ.

    Attributes:
        limit: the field for the longest reply: ``max_tokens``, or ``max_completion_tokens`` as newer ones call it.
        top_logprobs: how many likely tokens it names; 0 where it gives no log-probabilities.
    """

    limit: str
    top_logprobs: int


def body_of(
    model: str,
    clip: WindowPayload,
    text: str,
    generation: Mapping[str, Any],
    offer: Offer,
    wants_logprobs: bool,
    more: Mapping[str, Any],
) -> dict[str, Any]:
    """The body of a request; the same frames come first, so that a server's prefix cache knows them again.

    As in the other wrappers, a temperature means sampling and none the likeliest.

    Args:
        model: the model's name at the server.
        clip: the frames.
        text: the question.
        generation: generation settings, as the task gives them.
        offer: what the server takes.
        wants_logprobs: whether the question has allowed answers.
        more: further fields; None takes a field away.

    Raises:
        UserError: a server cannot generate in the way that is asked for.
    """
    if (generation.get("num_beams") or 1) > 1:
        raise UserError(f"num_beams: {generation['num_beams']!r}: servers do not search with beams")
    temperature = generation.get("temperature") or 0
    body: dict[str, Any] = {
        "model": model,
        "messages": [{"role": "user", "content": [*clip.parts, {"type": "text", "text": text}]}],
        "temperature": temperature,
        "top_p": generation.get("top_p") if temperature else None,
        offer.limit: generation.get("max_new_tokens"),
        **clip.request,
    }
    if wants_logprobs and offer.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": offer.top_logprobs}
    return {name: value for name, value in (body | dict(more)).items() if value is not None}
