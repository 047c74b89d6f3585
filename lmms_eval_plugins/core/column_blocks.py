"""How the columns of a table are divided so that no line is wider than there is room for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GAP = 2
"""So many blanks stand between two columns."""

_LEAST_NAME = 28
"""A column of names is not folded to less than this where the table can be divided instead."""


@dataclass(frozen=True, slots=True)
class ColumnBlocks:
    """A table's columns as they fit.

    Attributes:
        names: the width of each column of names, in which longer ones are folded; these columns stand in every block.
        blocks: the places of the other columns in each block.
    """

    names: tuple[int, ...]
    blocks: tuple[tuple[int, ...], ...]


def column_blocks(names: Sequence[int], others: Sequence[int], room: int | None) -> ColumnBlocks:
    """Divide columns into blocks that fit.

    Names are folded first, down to a width at which they still read well; only if that is not enough are the other
    columns divided. A column that is wider than the room stands alone.

    Args:
        names: the widths of the columns of names as they are.
        others: those of the other columns, which are never folded.
        room: the width that there is; None for as much as is needed.

    >>> column_blocks([50], [10, 10, 10], 120)
    ColumnBlocks(names=(50,), blocks=((0, 1, 2),))
    >>> column_blocks([50], [10, 10, 10], 80)
    ColumnBlocks(names=(44,), blocks=((0, 1, 2),))
    >>> column_blocks([20], [15, 15, 15, 15], 60)
    ColumnBlocks(names=(20,), blocks=((0, 1), (2, 3)))
    """
    every = tuple(range(len(others)))
    needed = sum(others) + GAP * (len(names) + len(others) - 1)
    if room is None:
        return ColumnBlocks(tuple(names), (every,))
    folded = _folded(names, room - needed)
    if sum(folded) <= room - needed or len(others) < 2:
        return ColumnBlocks(folded, (every,))
    folded = _folded(names, room // 2)
    left = room - sum(folded) - GAP * (len(names) - 1)
    blocks: list[list[int]] = [[]]
    taken = 0
    for place in every:
        if blocks[-1] and taken + GAP + others[place] > left:
            blocks.append([])
            taken = 0
        blocks[-1].append(place)
        taken += GAP + others[place]
    return ColumnBlocks(folded, tuple(map(tuple, blocks)))


def _folded(widths: Sequence[int], room: int) -> tuple[int, ...]:
    """Return widths of which the widest are made less until they fit, or none can be."""
    folded = list(widths)
    while sum(folded) > room and max(folded, default=0) > _LEAST_NAME:
        folded[folded.index(max(folded))] -= 1
    return tuple(folded)
