"""A first, small question that tells what a server takes, before any video is decoded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import product
from typing import Any

import numpy as np

from lmms_eval_plugins.models.server.client import Refused
from lmms_eval_plugins.models.server.completion import Completion
from lmms_eval_plugins.models.server.frames import WindowPayload, clip_of
from lmms_eval_plugins.models.server.request import Offer, body_of
from lmms_eval_plugins.models.server.settings import ServerSettings

_SIDE = 64
_TEXT = "This is a trial. Reply with one word: yes."
_LIMITS = ("max_tokens", "max_completion_tokens")
_FEW = 5
"""Some servers name no more tokens than so many."""

_ABOUT_FIELDS = (400, 422)
"""Statuses with which a server refuses a request for what is in it."""


def offer_of(
    ask: Callable[[Mapping[str, Any]], Completion],
    settings: ServerSettings,
    n_frames: int,
    generation: Mapping[str, Any],
) -> Offer:
    """Ask a question about grey frames in the ways that servers differ in, until one is taken.

    Args:
        ask: sends a body.
        settings: how frames are sent.
        n_frames: the most that a window has: some servers take only a few images.
        generation: generation settings of a real question.

    Raises:
        Refused: no way is taken; what the server says of the first is told.
    """
    clip = _grey(n_frames, settings)
    first: Refused | None = None
    tops = sorted({settings.top_logprobs, min(settings.top_logprobs, _FEW), 0}, reverse=True)
    for limit, top in product(_LIMITS, tops):
        offer = Offer(limit, top)
        try:
            reply = ask(body_of(settings.model, clip, _TEXT, generation, offer, True, settings.request))
        except Refused as error:
            if error.status not in _ABOUT_FIELDS:
                raise
            first = first or error
        else:
            return offer if reply.has_logprobs else Offer(limit, 0)
    assert first is not None
    raise first


def _grey(n_frames: int, settings: ServerSettings) -> WindowPayload:
    return clip_of(np.full((n_frames, _SIDE, _SIDE, 3), 128, dtype=np.uint8), 15.0, settings)
