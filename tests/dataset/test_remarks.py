from __future__ import annotations

import pytest

from lmms_eval_plugins.dataset.remarks import (
    GRADES,
    Remark,
    few_of_each,
    first_wrong,
    name_remark,
    remark_lines,
    worst_first,
    worst_grade,
)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("line 3, Time_s: 'x' is no number", "a.csv, line 3, Time_s: 'x' is no number"),
        ("line 3: 'reach' has no length", "a.csv, line 3: 'reach' has no length"),
        ("MarkerNames: no marker names a side", "a.csv, MarkerNames: no marker names a side"),
        ("the labels end at 1 s: too early", "a.csv: the labels end at 1 s: too early"),
    ],
)
def test_a_remark_with_its_file(text: str, line: str) -> None:
    assert name_remark("a.csv", Remark("wrong", "kind", text)) == line


def test_many_remarks_of_a_kind_are_one_line() -> None:
    few = [("a", Remark("doubtful", "open-end", "no row closes")), ("b", Remark("doubtful", "gap", "2 s"))]
    many = [(name, Remark("doubtful", "short-label", f"{name} is short")) for name in "ccdef"]
    assert remark_lines([*few, *many], "video") == [
        "a: no row closes",
        "b: 2 s",
        "short-label in 4 videos (c, d, e, f); the first: c: c is short",
    ]


def test_the_worst_remark_comes_first() -> None:
    fine, doubtful, wrong = (Remark(grade, "kind", "text") for grade in reversed(GRADES))
    assert worst_first([fine, doubtful, fine, wrong]) == (wrong, doubtful, fine)
    assert worst_grade([fine, doubtful]) == "doubtful" and worst_grade([]) is None
    assert first_wrong([fine, wrong]) is wrong and first_wrong([fine, doubtful]) is None


def test_many_remarks_of_a_kind_on_one_file_are_one_with_their_number() -> None:
    gap = Remark("fine", "gap", "2 s")
    short = [Remark("doubtful", "short-label", f"line {line}: short") for line in range(2, 7)]
    assert few_of_each([*short[:3], gap]) == [*short[:3], gap]
    assert few_of_each([*short, gap]) == [
        Remark("doubtful", "short-label", "line 2: short; 4 more like this"),
        gap,
    ]
