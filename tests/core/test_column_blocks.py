from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.core.column_blocks import GAP, column_blocks

widths = st.lists(st.integers(1, 60), min_size=1, max_size=12)


@given(st.lists(st.integers(1, 90), min_size=1, max_size=3), widths, st.integers(40, 160))
def test_every_column_has_one_place_and_blocks_are_no_wider_than_they_must_be(
    names: list[int], others: list[int], room: int
) -> None:
    fit = column_blocks(names, others, room)
    assert [place for block in fit.blocks for place in block] == list(range(len(others)))
    assert all(folded <= name for folded, name in zip(fit.names, names, strict=True))
    beside = sum(fit.names) + GAP * len(names)
    for block in fit.blocks:
        wide = beside + sum(others[place] for place in block) + GAP * (len(block) - 1)
        assert wide <= room or len(block) == 1


@given(widths, widths)
def test_without_a_limit_nothing_is_folded_or_divided(names: list[int], others: list[int]) -> None:
    fit = column_blocks(names, others, None)
    assert fit.names == tuple(names) and fit.blocks == (tuple(range(len(others))),)
