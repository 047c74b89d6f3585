"""Hidden states taken while a language model computes: behind a few layers, at one token, nothing else kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn


@dataclass(frozen=True, slots=True)
class Taps:
    """Layers of a language model whose hidden states are taken; without any, nothing is.

    Attributes:
        modules: number of the layer, from 1 → what computes its hidden state; sorted.
    """

    modules: Mapping[int, nn.Module] = field(default_factory=dict)

    @contextmanager
    def at(self, tokens: int | Tensor) -> Iterator[list[Tensor]]:
        """Take the states at a token, or at several, while the model is called once.

        The list fills with (rows, width) by layer; of several tokens, (rows, tokens, width).
        """
        taken: list[Tensor] = []

        def take(_module: nn.Module, _args: object, made: Tensor | tuple[Tensor, ...]) -> None:
            states = made[0] if isinstance(made, tuple) else made
            taken.append(states[:, tokens].clone())

        with ExitStack() as stack:
            for module in self.modules.values():
                stack.callback(module.register_forward_hook(take).remove)
            yield taken


NO_TAPS = Taps()


def taps_of(language_model: nn.Module, layers: Sequence[int]) -> Taps:
    """Return the taps behind some layers of a decoder.

    As in transformers' ``output_hidden_states``, number k is what the k-th layer gives, and the last number what the
    norm behind the last layer makes of it.

    Args:
        language_model: transformers' module, with ``layers`` and ``norm``.
        layers: numbers from 1, sorted.
    """
    blocks: nn.ModuleList = language_model.layers
    norm: nn.Module = language_model.norm
    return Taps({number: norm if number == len(blocks) else blocks[number - 1] for number in layers})


def stacked(taken: Sequence[Tensor]) -> Tensor | None:
    """Return taken states in the processor's memory, float32, layers behind rows; None where none were taken.

    (rows, layers, width), or (rows, layers, tokens, width) where several tokens were looked at.
    """
    return torch.stack([one.to("cpu", torch.float32) for one in taken], dim=1) if taken else None
