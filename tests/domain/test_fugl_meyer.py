from __future__ import annotations

import pytest

from lmms_eval_plugins.domain.fugl_meyer import ITEMS, MAX_ITEM_SCORE, SECTION_CODES, SECTIONS, infer_item_18


def test_the_31_items_and_their_sections() -> None:
    assert [item.number for item in ITEMS.values()] == list(ITEMS) == list(range(3, 34))
    assert MAX_ITEM_SCORE * len(ITEMS) == 62
    assert tuple(section.code for section in SECTIONS) == SECTION_CODES
    assert [len(section.items) for section in SECTIONS] == [6, 3, 3, 4, 5, 7, 3]
    assert [number for section in SECTIONS for number in section.items] == list(ITEMS)
    assert all(ITEMS[number].section == section.code for section in SECTIONS for number in section.items)


@pytest.mark.parametrize(
    ("number", "word", "section"), [(3, "elevation", "FS"), (18, "reflexes", "MOS"), (33, "speed", "Coord")]
)
def test_an_item(number: int, word: str, section: str) -> None:
    assert word in ITEMS[number].name and ITEMS[number].section == section


@pytest.mark.parametrize(
    ("scores", "inferred"),
    [((2, 2, 2), 2), ((2, 1, 2), 0), ((0, 0, 0), 0), ((2, None, 2), None), ((None, 1, None), 0), ((None,) * 3, None)],
)
def test_item_18(scores: tuple[int | None, ...], inferred: int | None) -> None:
    assert infer_item_18(scores) == inferred
