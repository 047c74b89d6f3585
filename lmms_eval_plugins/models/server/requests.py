"""What is sent to a server: chat requests about a window, and a first one that tells what the server takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import product
from typing import Any

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.answering import Generation
from lmms_eval_plugins.models.server.client import Refused
from lmms_eval_plugins.models.server.frames import WindowPayload, grey_payload
from lmms_eval_plugins.models.server.load import Load
from lmms_eval_plugins.models.server.responses import Completion
from lmms_eval_plugins.models.server.settings import ServerSettings

Body = dict[str, Any]  # JSON
"""A request's body."""

TRIAL_TEXT = "This is a trial. Reply with one word: yes."
"""The end of a question whose answer is of no interest."""

_FPS = 15.0
_LIMITS = ("max_tokens", "max_completion_tokens")
_FEW = 5
"""Some servers name no more tokens than so many."""

_ABOUT_CONTENT = (400, 422)
"""Statuses with which a server refuses a request for what is in it."""


@dataclass(frozen=True, slots=True)
class Offer:
    """What a server takes, as far as servers differ.

    Attributes:
        limit: the field for the longest reply: ``max_tokens``, or ``max_completion_tokens`` as newer ones call it.
        top_logprobs: how many likely tokens it names; 0 where it gives no log-probabilities.
        prompt_tokens: of the request that it took, as it counts them; 0 where it does not say.
    """

    limit: str
    top_logprobs: int
    prompt_tokens: int = 0


def about_content(error: Refused) -> bool:
    """Return whether a server refuses a request for what is in it, and may take another."""
    return error.status in _ABOUT_CONTENT


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


def offer_of(send: Callable[[Body], Completion], settings: ServerSettings, load: Load) -> Offer:
    """Send the largest request, about grey frames, in the ways that servers differ in, until one is taken.

    Args:
        send: sends a body.
        settings: how frames are sent.
        load: of the largest request.

    Raises:
        Refused: no way is taken; the error is the server's about the first.
    """
    payload = grey_payload(load.n_frames, load.height, load.width, _FPS, settings)
    text = f"{load.text}\n\n{TRIAL_TEXT}"
    first: Refused | None = None
    tops = sorted({settings.top_logprobs, min(settings.top_logprobs, _FEW), 0}, reverse=True)
    for limit, top in product(_LIMITS, tops):
        offer = Offer(limit, top)
        try:
            reply = send(body_of(settings.model, payload, text, load.generation, offer, True, settings.fields))
        except Refused as error:
            if not about_content(error):
                raise
            first = first or error
        else:
            return Offer(limit, top if reply.has_logprobs else 0, reply.prompt_tokens)
    assert first is not None
    raise first
