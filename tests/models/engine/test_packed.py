"""Questions side by side: each token sees its window and its own question, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor
from transformers import DynamicCache

from lmms_eval_plugins.models.engine.network import Prefix
from lmms_eval_plugins.models.engine.packed import PackedPrompts
from lmms_eval_plugins.models.engine.taps import NO_TAPS, Taps

SHARED = 3


@dataclass
class Reader:
    """A network whose "logits" are the sum of the tokens that were seen, and how many; it keeps tokens as keys."""

    packs: bool
    taps: Taps = NO_TAPS
    shapes: list[tuple[int, ...]] = field(default_factory=list)

    def prefill(self, windows: Sequence[Any], tokens: Sequence[int]) -> Prefix:
        raise NotImplementedError

    def logits(self, tokens: Tensor, sees: Tensor, positions: Tensor, cache: Any, last: Tensor) -> Tensor:
        keys, _ = cache.update(tokens[:, None, :, None].float(), tokens[:, None, :, None].float(), 0)
        self.shapes.append(tuple(sees.shape))
        seen = torch.einsum("rtc,rc->rt", sees.float(), keys[:, 0, :, 0])
        return torch.stack([seen, sees.sum(-1).float()], dim=-1)[:, last]


def begun(reader: Reader, windows: Sequence[int], n_windows: int) -> PackedPrompts:
    cache = DynamicCache()
    keys = 1000.0 * torch.arange(1, n_windows + 1)[:, None, None, None].expand(-1, 1, SHARED, 1)
    cache.update(keys, keys, 0)
    ends = torch.full((n_windows,), SHARED)
    return PackedPrompts.behind(reader, Prefix(cache, ends, ends), SHARED, windows)


def read(packed: PackedPrompts, prompts: Sequence[int], suffixes: Sequence[Sequence[int]]) -> list[list[float]]:
    width = max(map(len, suffixes))
    tokens = torch.tensor([[7] * (width - len(suffix)) + list(suffix) for suffix in suffixes])
    real = torch.arange(width) >= width - torch.tensor([len(suffix) for suffix in suffixes])[:, None]
    found, states = packed.go_on(prompts, tokens, torch.zeros_like(tokens), real)
    assert states is None
    return found.tolist()  # type: ignore[no-any-return]


@pytest.mark.parametrize("packs", [True, False])
@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.lists(st.integers(1, 99), min_size=1, max_size=4), st.booleans()),
        min_size=1,
        max_size=7,
    )
)
def test_a_question_sees_its_window_and_itself(packs: bool, asked: list[tuple[int, list[int], bool]]) -> None:
    packed = begun(Reader(packs), [window for window, _, _ in asked], 4)
    whole = [[3000.0 * (window + 1) + sum(suffix), SHARED + len(suffix)] for window, suffix, _ in asked]
    assert read(packed, range(len(asked)), [suffix for _, suffix, _ in asked]) == whole
    going = [number for number, (_, _, goes_on) in enumerate(asked) if goes_on]
    if going:
        aside = read(packed.fork(), going, [[50, 50]] * len(going))
        assert aside == [[whole[number][0] + 100, whole[number][1] + 2] for number in going]
        assert read(packed, going, [[5]] * len(going)) == [[whole[n][0] + 5, whole[n][1] + 1] for n in going]


def test_a_window_is_there_once_and_goes_with_its_last_question() -> None:
    reader = Reader(packs=True)
    packed = begun(reader, [0, 2, 2, 2], 3)
    read(packed, range(4), [[1], [2], [3, 4], [5]])
    read(packed, [1, 3], [[1], [1]])
    assert reader.shapes == [(2, 6, SHARED + 6), (1, 2, SHARED + 6 + 2)]
