"""Questions that go on from one reading of their window, side by side: its keys and values are there once for all."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor
from transformers import Cache

from lmms_eval_plugins.models.engine.network import Network, Prefix
from lmms_eval_plugins.models.engine.taps import stacked

_SHARED, _NOBODY = -1, -2


class PackedPrompts:
    """What a network has read of some prompts, and reads on.

    There is a row for each window, and in it the questions about it stand one behind the other; each token sees the
    window, and what went before of its own question. A network whose attention cannot be told so has a row for each
    question, with a copy of the window.

    Args:
        network: who reads.
        cache: keys and values, by row.
        owners: of what is in the cache, the number of the prompt, (rows, cached).
        rows: of each prompt.
    """

    def __init__(self, network: Network, cache: Cache, owners: Tensor, rows: Sequence[int]) -> None:
        self._network, self._cache, self._owners, self._rows = network, cache, owners, list(rows)

    @classmethod
    def behind(cls, network: Network, prefix: Prefix, shared: int, windows: Sequence[int]) -> PackedPrompts:
        """Begin behind what prompts share.

        Args:
            network: who reads.
            prefix: the windows, as they were read.
            shared: tokens of it.
            windows: of each prompt.
        """
        used = sorted(set(windows)) if network.packs else list(windows)
        rows = [used.index(window) for window in windows] if network.packs else range(len(windows))
        owners = torch.full((len(used), shared), _SHARED, device=prefix.next_position.device)
        every_window = used == list(range(len(prefix.next_position)))
        return cls(network, _copied(prefix.cache, None if every_window else used), owners, rows)

    def fork(self) -> PackedPrompts:
        """Return the same prompts, to read on without a trace in these."""
        return PackedPrompts(self._network, _copied(self._cache), self._owners, self._rows)

    def go_on(
        self, prompts: Sequence[int], tokens: Tensor, positions: Tensor, real: Tensor | None = None
    ) -> tuple[Tensor, Tensor | None]:
        """Read on in some prompts; the others are done with.

        Args:
            prompts: their numbers.
            tokens: of each, (prompts, tokens).
            positions: of these, (prompts, tokens).
            real: False at what only fills up, on the left, (prompts, tokens); None: nothing does.

        Returns:
            Logits after the last tokens, (prompts, vocabulary), and hidden states there, (prompts, layers, width).
        """
        self._keep_rows_of(prompts)
        place, slots = self._places(prompts)
        width, device = tokens.shape[1], tokens.device
        places = torch.tensor(place, device=device)

        def spread(values: Tensor, filler: int) -> Tensor:
            in_rows = values.new_full((len(self._owners) * slots, width), filler)
            in_rows[places] = values
            return in_rows.view(len(self._owners), -1)

        numbers = torch.tensor(prompts, device=device)[:, None].expand(-1, width)
        mine = spread(numbers if real is None else numbers.where(real, _NOBODY), _NOBODY)
        owners = torch.cat([self._owners, mine], dim=1)
        sees = (owners[:, None] == _SHARED) | (owners[:, None] == mine[:, :, None])
        sees[..., -slots * width :].tril_()
        ends = torch.arange(width - 1, slots * width, width, device=device)
        with self._network.taps.at(ends) as taken:
            logits = self._network.logits(spread(tokens, 0), sees, spread(positions, 0), self._cache, ends)
        self._owners, states = owners, stacked(taken)
        return (
            logits.flatten(0, 1)[places],
            states if states is None else states.transpose(1, 2).flatten(0, 1)[place],
        )

    def _keep_rows_of(self, prompts: Sequence[int]) -> None:
        kept = sorted({self._rows[prompt] for prompt in prompts})
        if len(kept) < len(self._owners):
            self._cache = _copied(self._cache, kept)
            self._owners = self._owners[torch.tensor(kept, device=self._owners.device)]
            self._rows = [kept.index(row) if row in kept else -1 for row in self._rows]

    def _places(self, prompts: Sequence[int]) -> tuple[list[int], int]:
        """Return where prompts go, slot by slot and row by row, and how many slots a row has."""
        taken = [0] * len(self._owners)
        slots = []
        for prompt in prompts:
            slots.append(taken[self._rows[prompt]])
            taken[self._rows[prompt]] += 1
        width = max(taken)
        return [self._rows[prompt] * width + slot for prompt, slot in zip(prompts, slots, strict=True)], width


def _copied(cache: Cache, rows: Sequence[int] | None = None) -> Cache:
    """Return a cache that grows by itself, of some rows of another or of all; a row may come more than once."""
    taken = copy.copy(cache)
    taken.layers = [copy.copy(layer) for layer in cache.layers]
    if rows is not None:
        for layer in taken.layers:
            layer.batch_select_indices(torch.tensor(rows, device=layer.device))
    return taken
