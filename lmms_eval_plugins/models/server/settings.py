"""The settings of a server: where it is, how frames are sent to it, how long it is waited for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

import httpx
from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from typing_extensions import Self

from lmms_eval_plugins.core.errors import UserError, describe_validation
from lmms_eval_plugins.core.redaction import IN_USE
from lmms_eval_plugins.models.settings import ModelSettings

_EXAMPLE = "http://localhost:8000/v1"

USUAL_VARIABLE = "OPENAI_API_KEY"

FramesAs = Literal["auto", "images", "video", "mp4"]


class ServerSettings(ModelSettings):
    """The arguments of ``--model server``.

    Attributes:
        base_url: where the server's ``/chat/completions`` is, as ``http://localhost:8000/v1``.
        model: the model's name there.
        api_key_env: the environment variable that holds the key.
        frames_as: ``images`` sends a window's frames one by one, which every server takes; ``video`` as one video that
            is a list of pictures, which vLLM takes; ``mp4`` as a video file, which SGLang and others take; ``auto`` is
            ``video`` where a vLLM takes it, else ``images``.
        image_format: ``png`` changes no pixel; ``jpeg`` is a quarter of that.
        quality: of ``jpeg``, 1 to 100.
        max_pixels: a frame larger than so many pixels is reduced.
        min_pixels: a frame smaller than so many pixels is enlarged, where `token_side` is known; None is 128 visual
            tokens, or a quarter of `max_pixels` where that is fewer.
        token_side: pixels along the side of the model's visual token: frames are sent in whole tokens, resized as the
            model's own processor does it, so that nothing is left to resize on the server; None sends them as they are.
        declared_fps: frames per second that a video is declared to have; None declares the true rate.
        top_logprobs: how many of the likeliest first tokens are requested, to record the log-probabilities of the
            allowed answers; 0 requests none.
        concurrency: windows that are under way at once; the questions of a window follow each other.
        timeout: seconds after which a request without an answer is dropped and sent again.
        patience: seconds for which a server that is away is waited for.
        seed: of the server's draws, where a temperature makes it draw; a field of every request.
        request: further fields of every request, for a card to give; None takes a field away.

    Raises:
        UserError: `base_url` is no bare address, or the rate and the way frames are sent do not go together.
    """

    # A UserError of a validator comes through as it is; pydantic's message would repeat the value, maybe a password.
    base_url: str
    model: str = Field(min_length=1)
    api_key_env: str = USUAL_VARIABLE
    frames_as: FramesAs = "auto"
    image_format: Literal["png", "jpeg"] = "png"
    quality: int = Field(default=95, ge=1, le=100)
    max_pixels: int = Field(default=768 * 28 * 28, ge=28 * 28)
    min_pixels: int | None = Field(default=None, ge=1)
    token_side: int | None = Field(default=None, ge=1, le=1024)
    declared_fps: float | None = Field(default=None, gt=0, lt=float("inf"))
    top_logprobs: int = Field(default=20, ge=0)
    concurrency: int = Field(default=8, ge=1, le=1024)
    timeout: float = Field(default=600.0, gt=0, lt=float("inf"))
    patience: float = Field(default=300.0, ge=0, lt=float("inf"))
    seed: int | None = Field(default=None, ge=0)
    request: Mapping[str, Any] = Field(default_factory=dict)  # JSON

    @classmethod
    def of(cls, args: Mapping[str, object]) -> Self:
        """Make settings of model arguments; None leaves one at its default.

        Raises:
            UserError: an argument is unknown, missing or not valid; one line with its name.
        """
        return super().of({name: value for name, value in args.items() if value is not None})

    @classmethod
    def _complaint(cls, error: ValidationError) -> str:
        return describe_validation(error, cls)

    @field_validator("base_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        if any(mark in url for mark in "@?#"):  # not shown: it may be a password
            raise UserError(f"base_url: holds a user, a key or a query; give the bare address, as {_EXAMPLE}")
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0 and httpx.URL(url)
        except (ValueError, httpx.InvalidURL):
            usable = None
        if not usable:
            raise UserError(f"base_url: {url!r} is no address; one begins with http:// or https://, as {_EXAMPLE}")
        return url.rstrip("/")

    @model_validator(mode="after")
    def _has_a_clock(self) -> ServerSettings:
        if self.frames_as == "images" and self.declared_fps is not None:
            raise UserError("declared_fps: single images have no frame rate; it goes with frames_as=video or mp4")
        if self.frames_as == "mp4" and self.declared_fps is None:
            raise UserError(
                "frames_as=mp4 needs declared_fps: a server picks frames of a video file by its clock, and of half a"
                " second at its true rate most servers keep one; declared_fps=2 is the rate at which they pick"
            )
        return self

    @model_validator(mode="after")
    def _has_sizes(self) -> ServerSettings:
        if self.min_pixels is not None and self.min_pixels > self.max_pixels:
            raise UserError(f"min_pixels: {self.min_pixels} is more than max_pixels ({self.max_pixels})")
        return self

    @model_validator(mode="after")
    def _has_one_seed(self) -> ServerSettings:
        if self.seed is not None and self.request.get("seed") not in (None, self.seed):
            raise UserError(f"seed: {self.seed} is not the one under `request` ({self.request['seed']!r})")
        return self

    @property
    def fields(self) -> Mapping[str, Any]:
        """Further fields of every request, the seed among them."""
        return self.request if self.seed is None else {**self.request, "seed": self.seed}

    def decided(self, frames_as: FramesAs, token_side: int | None = None) -> ServerSettings:
        """Return the settings with ``frames_as`` decided.

        Args:
            frames_as: how frames are sent.
            token_side: of the model, where the settings leave it open.

        Raises:
            UserError: it does not go together with the other settings.
        """
        decided = {"frames_as": frames_as, "token_side": self.token_side or token_side}
        return self.model_validate(self.model_dump(exclude_unset=True) | decided)

    def changing_answers(self) -> dict[str, object]:
        """Return the settings that change what is answered or recorded, once ``frames_as`` is decided."""
        changing = {"model", "frames_as", "max_pixels", "declared_fps", "top_logprobs", "request"}
        if self.token_side is not None:
            changing |= {"token_side", "min_pixels"}
        if self.frames_as != "mp4":
            changing |= {"image_format"} | ({"quality"} if self.image_format == "jpeg" else set())
        dumped = self.model_dump(mode="json", include=changing)
        return dumped if self.seed is None else {**dumped, "request": {**dumped["request"], "seed": self.seed}}


def read_key(variable: str) -> SecretStr | None:
    """Return the key in an environment variable; None where the usual one is not set.

    Raises:
        UserError: another one is not set, or what is in it cannot be a key. Neither is shown: somebody may have given
            the key in place of the variable's name.
    """
    key = os.environ.get(variable, "").strip()
    if key and not re.fullmatch(r"[!-~]+", key):
        raise UserError(
            "api_key_env: the key holds characters that no key has, such as blanks or line breaks; set it anew"
        )
    if not key and variable != USUAL_VARIABLE:
        raise UserError("api_key_env: names no environment variable that is set; it takes the name, not the key itself")
    IN_USE.add([key])
    return SecretStr(key) if key else None
