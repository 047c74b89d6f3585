"""What a service asks for tokens, and how it counts the tokens of a frame."""

from __future__ import annotations

import math

from pydantic import BaseModel, ConfigDict, Field, model_validator

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.numbers import Real, Whole


class Price(BaseModel):
    """What a service asks for a million tokens.

    Attributes:
        input: of prompts.
        output: of replies.
        currency: in which currency, as ``USD``.
        frame_tokens: tokens that it counts for a frame of any size; None where that is not known.
        patch_side: pixels along the side of the square patches by which it counts a frame instead.
        patch_tokens: tokens that it counts for a patch.

    Raises:
        UserError: frames are counted in both ways.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    input: Real = Field(ge=0)
    output: Real = Field(ge=0)
    currency: str = Field(default="USD", pattern=r"^[A-Za-z]{3}$")
    frame_tokens: Real | None = Field(default=None, ge=0)
    patch_side: Whole | None = Field(default=None, ge=1)
    patch_tokens: Real = Field(default=1.0, gt=0)

    @model_validator(mode="after")
    def _counts_in_one_way(self) -> Price:
        if self.frame_tokens is not None and self.patch_side is not None:
            raise UserError("price_per_million: frame_tokens and patch_side are two ways of counting; give one")
        return self

    def of_patches(self, width: int, height: int) -> float | None:
        """Return the tokens of a frame of so many pixels by its patches; None where it is not counted by them."""
        if self.patch_side is None:
            return None
        return math.ceil(width / self.patch_side) * math.ceil(height / self.patch_side) * self.patch_tokens

    @property
    def in_words(self) -> str:
        """The price of prompts and of replies."""
        return f"{self.input:g} {self.currency} for a million tokens of prompts, {self.output:g} of replies"

    def of(self, prompts: float, replies: float) -> float:
        """Return what so many tokens of prompts and of replies cost."""
        return (prompts * self.input + replies * self.output) / 1e6
