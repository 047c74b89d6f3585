"""What the engine needs of a network: to read windows once, and to go on from there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from torch import Tensor
from transformers import Cache

from lmms_eval_plugins.models.engine.taps import Taps
from lmms_eval_plugins.models.engine.windows import WindowInputs


@dataclass(frozen=True, slots=True)
class Prefix:
    """Windows that went through the network, up to where their questions part.

    Attributes:
        cache: keys and values, a row for each window.
        next_position: where the text of a question goes on: (windows,).
        highest_position: the highest position so far, video included: (windows,).
        states: hidden states behind the last visual token, (windows, layers, width); None where none are taken.
    """

    cache: Cache
    next_position: Tensor
    highest_position: Tensor
    states: Tensor | None = None


class Network(Protocol):
    """A network that can go on from what it has read."""

    @property
    def taps(self) -> Taps:
        """Return where hidden states are taken."""

    @property
    def packs(self) -> bool:
        """Return whether each token of a row may see tokens of its own choice."""

    def prefill(self, windows: Sequence[WindowInputs], tokens: Sequence[int]) -> Prefix:
        """Send windows of one shape through the network, each behind and within the same tokens."""

    def logits(self, tokens: Tensor, sees: Tensor, positions: Tensor, cache: Cache, last: Tensor) -> Tensor:
        """Logits, float32 (rows, last, vocabulary), after some of the tokens; the cache grows by all of them.

        Args:
            tokens: (rows, tokens).
            sees: which tokens of the cache and of these each of these sees, (rows, tokens, cached + tokens); where the
                network does not pack, all see what the last one does, up to themselves.
            positions: of the tokens, (rows, tokens).
            cache: what went before.
            last: the places of tokens after which logits are wanted.
        """
