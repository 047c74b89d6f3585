"""What is sent to a server: chat requests about a window, and a first small one that tells what the server takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Generation
from lmms_eval_plugins.models.server.client import Refused
from lmms_eval_plugins.models.server.frames import WindowPayload, payload_of
from lmms_eval_plugins.models.server.responses import Completion
from lmms_eval_plugins.models.server.settings import ServerSettings

Body = dict[str, Any]  # JSON
"""A request's body."""

_SIDE = 64
_TEXT = "This is a trial. Reply with one word: yes."
_LIMITS = ("max_tokens", "max_completion_tokens")
_FEW = 5
"""Some servers name no more tokens than so many."""

_ABOUT_FIELDS = (400, 422)
"""Statuses with which a server refuses a request for what is in it."""


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
    payload: WindowPayload,
    text: str,
    generation: Generation,
    offer: Offer,
    wants_logprobs: bool,
    more: Mapping[str, object],
) -> Body:
    """Make the body of a request; the same frames come first, so that a server's prefix cache knows them again.

    As in the other engines, a temperature means sampling and none the likeliest.

    Args:
        model: the model's name at the server.
        payload: the frames.
        text: the prompt's words.
        generation: generation settings, as the task gives them.
        offer: what the server takes.
        wants_logprobs: whether the question has allowed answers.
        more: further fields; None takes a field away.

    Raises:
        UserError: a server cannot generate in the way that is wanted.
    """
    if (generation.get("num_beams") or 1) > 1:
        raise UserError(f"num_beams: {generation['num_beams']!r}: servers do not search with beams")
    temperature = generation.get("temperature") or 0
    body: Body = {
        "model": model,
        "messages": [{"role": "user", "content": [*payload.parts, {"type": "text", "text": text}]}],
        "temperature": temperature,
        "top_p": generation.get("top_p") if temperature else None,
        offer.limit: generation.get("max_new_tokens"),
        **payload.request,
    }
    if wants_logprobs and offer.top_logprobs:
        body |= {"logprobs": True, "top_logprobs": offer.top_logprobs}
    return {name: value for name, value in (body | dict(more)).items() if value is not None}


def offer_of(
    send: Callable[[Body], Completion],
    settings: ServerSettings,
    n_frames: int,
    generation: Generation,
) -> Offer:
    """Send a request about grey frames in the ways that servers differ in, until one is taken.

    Args:
        send: sends a body.
        settings: how frames are sent.
        n_frames: the most that a window has: some servers take only a few images.
        generation: generation settings of a real question.

    Raises:
        Refused: no way is taken; the error is the server's about the first.
    """
    payload = _grey(n_frames, settings)
    first: Refused | None = None
    tops = sorted({settings.top_logprobs, min(settings.top_logprobs, _FEW), 0}, reverse=True)
    for limit, top in product(_LIMITS, tops):
        offer = Offer(limit, top)
        try:
            reply = send(body_of(settings.model, payload, _TEXT, generation, offer, True, settings.request))
        except Refused as error:
            if error.status not in _ABOUT_FIELDS:
                raise
            first = first or error
        else:
            return offer if reply.has_logprobs else Offer(limit, 0)
    assert first is not None
    raise first


def _grey(n_frames: int, settings: ServerSettings) -> WindowPayload:
    return payload_of(np.full((n_frames, _SIDE, _SIDE, 3), 128, dtype=np.uint8), 15.0, settings)
