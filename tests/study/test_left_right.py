from __future__ import annotations

import math
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.study.left_right import FILE_NAME, find_hand_results, read_hand_results

HEAD = (
    "left_hand_active_crop,right_hand_active_crop,left_hand_active,right_hand_active,iou,time,id,path_l,hand_in_focus"
)
ROWS = "False,True,True,True,0.1,0.0,a,a.csv,left\nTrue,False,False,True,,0.533,a,a.csv,right\n"


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "postprocess" / FILE_NAME
    path.parent.mkdir()
    path.write_text(f"{HEAD}\n{ROWS}")
    return path


def test_hands_by_which_is_labelled(table: Path) -> None:
    first, second = read_hand_results(table, {})["a"]
    assert (first.focus, first.other, first.focus_crop, first.other_crop) == (True, True, False, True)
    assert (second.focus, second.other, second.focus_crop, second.other_crop) == (True, False, False, True)
    assert first.iou == 0.1 and first.patient == "a"
    assert math.isnan(second.iou)
    assert first.moves is None


def test_truth_is_looked_up_in_the_middle_of_the_window(table: Path) -> None:
    truth = Timeline.from_text("idle@0.000;reach@0.600;reach@3.000")
    assert [window.moves for window in read_hand_results(table, {"a": truth})["a"]] == [False, True]


def test_patients_are_those_of_the_names(table: Path) -> None:
    table.write_text(f"{HEAD}\n{ROWS}".replace(",a,", ",C00028_RTT left side1_1,"))
    (windows,) = read_hand_results(table, {}).values()
    assert {window.patient for window in windows} == {"C00028"}


def test_found_at_any_depth(table: Path) -> None:
    assert find_hand_results([str(table.parents[1])]) == table
    with pytest.raises(UserError, match=f"no {FILE_NAME}"):
        find_hand_results([str(table.parent / "elsewhere")])


def test_another_table_is_refused_by_name(table: Path) -> None:
    table.write_text("a,b\n1,2\n")
    with pytest.raises(UserError, match=f"{FILE_NAME}: not a table of left and right hands"):
        read_hand_results(table, {})
    table.write_text(f"{HEAD}\n{ROWS.replace('True', 'maybe')}")
    with pytest.raises(UserError, match="'maybe' is neither"):
        read_hand_results(table, {})
