"""How frames are sent where the user leaves it open: as a video to a server that takes it, else as single images."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from lmms_eval_plugins.models.server.advice import TRUSTING, wants_trust
from lmms_eval_plugins.models.server.client import Refused
from lmms_eval_plugins.models.server.frames import WindowPayload, grey_payload
from lmms_eval_plugins.models.server.requests import TRIAL_TEXT, Body, Offer, about_content, body_of
from lmms_eval_plugins.models.server.responses import Completion, Served
from lmms_eval_plugins.models.server.settings import ServerSettings

_VLLM = "vllm"
"""What vLLM calls the owner of its models."""

_N_FRAMES, _SIDE, _FPS = 4, 56, 15.0
"""Of a first small video."""

_LEARNED_FROM_VIDEO = re.compile(r"qwen[\d._-]*(?:vl|omni)|video|onevision|longva|vila|rehab_tiny", re.IGNORECASE)
_TOKEN_SIDES = (
    (re.compile(r"qwen2(\.5|_5)?[-_]?vl", re.IGNORECASE), 28),
    (re.compile(r"qwen3[-_]?vl", re.IGNORECASE), 32),
)


@dataclass(frozen=True, slots=True)
class Regime:
    """How frames are sent.

    Attributes:
        settings: with ``frames_as`` decided.
        note: what a reader of the answers should know; empty where there is nothing.
        is_choice: whether it was decided here.
    """

    settings: ServerSettings
    note: str = ""
    is_choice: bool = False


def regime_for(settings: ServerSettings, served: Served, send: Callable[[Body], Completion]) -> Regime:
    """Decide how frames are sent, where the settings leave it open; the same server gets the same decision.

    vLLM is sent a small video. Other servers take videos in ways of their own, if at all, and are not tried.

    Args:
        settings: as given.
        served: the model in the server's list.
        send: sends a body.

    Raises:
        Refused: the server refuses, and not for what it was sent.
        UserError: it will be single images, and a frame rate was given.
    """
    of_video = learned_from_video(served)
    if settings.frames_as != "auto":
        return Regime(settings, _note(served, "") if of_video and settings.frames_as == "images" else "")
    way_out = "; where the server takes videos, give frames_as=video or mp4"
    if served.owned_by.lower() == _VLLM:
        video = settings.decided("video", token_side_of(served))
        payload = grey_payload(_N_FRAMES, _SIDE, _SIDE, _FPS, video)
        refusal = _refusal(payload, video, send)
        if refusal is None:
            return Regime(video, is_choice=True)
        way_out = f"; it refuses a video: {refusal}"
        if wants_trust(str(refusal)):
            way_out = f"; start vLLM with {TRUSTING}, and it takes the video"
            of_video = of_video or _refusal(WindowPayload(payload.parts), video, send) is None
    return Regime(settings.decided("images"), _note(served, way_out) if of_video else "", is_choice=True)


def learned_from_video(served: Served) -> bool:
    """Return whether a model's name, or that of its checkpoint, is one of a model that learned from videos."""
    return bool(_LEARNED_FROM_VIDEO.search(f"{served.id} {served.root}"))


def token_side_of(served: Served) -> int | None:
    """Return the pixels along the side of a model's visual token, by its name; None where the name does not say."""
    names = f"{served.id} {served.root}"
    return next((side for pattern, side in _TOKEN_SIDES if pattern.search(names)), None)


def _refusal(payload: WindowPayload, settings: ServerSettings, send: Callable[[Body], Completion]) -> Refused | None:
    """Return why a server refuses frames; None where it takes them."""
    body = body_of(
        settings.model, payload, TRIAL_TEXT, {"max_new_tokens": 1}, Offer("max_tokens", 0), False, settings.fields
    )
    try:
        send(body)
    except Refused as error:
        if not about_content(error):
            raise
        return error
    return None


def _note(served: Served, way_out: str) -> str:
    return (
        f"frames are sent as single images, and {served.id} learned from videos: its answers may be far from those"
        f" about a video{way_out}"
    )
