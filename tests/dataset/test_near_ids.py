from __future__ import annotations

import pytest

from lmms_eval_plugins.dataset.near_ids import id_key, ids_alike, near_id_lines, near_ids


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("007", "7"),
        ("S0007", "S7"),
        ("S007", "s7"),
        ("P 7", "P7"),
        ("P-07", "P7"),
        ("p_7", "P 007"),
        ("7.0", "007"),
        ("Ａ１", "A1"),
        ("Zoe\u0308", "Zo\u00eb"),
        (" 7 ", "7"),
        ("001-02", "1-2"),
    ],
)
def test_ids_that_are_one(one: str, other: str) -> None:
    assert id_key(one) == id_key(other)
    assert near_ids([one], [other, "x"]) == {one: other}


@pytest.mark.parametrize(
    ("one", "other"), [("7", "70"), ("0", "00x"), ("1-2", "12"), ("S1", "P1"), ("100", "1"), ("10", "1"), ("", "0")]
)
def test_ids_that_are_not(one: str, other: str) -> None:
    assert near_ids([one], [other]) == {}


def test_an_id_with_a_partner_or_with_two_near_ones_has_no_near_one() -> None:
    assert near_ids(["7", "8"], ["7", "007", "08", "008"]) == {}


def test_all_ids_that_are_alike_are_returned_in_their_order() -> None:
    assert ids_alike(["7", "8", "9"], ["08", "7", "008"]) == {"8": ["08", "008"], "9": []}


def test_a_line_names_both_tables() -> None:
    assert near_id_lines(["7"], ["007"], "scores.csv", "clips.csv") == [
        "scores.csv has '7', which is not in clips.csv; that has '007': write both the same way"
    ]
