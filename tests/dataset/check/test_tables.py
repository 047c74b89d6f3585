from __future__ import annotations

from lmms_eval_plugins.dataset.check.tables import patients_written_twice, without_partner


def test_near_ids_have_a_line_each_and_the_others_one_together() -> None:
    remarks = [*without_partner(["7", "S1", "S2", "known"], {"007", "known"}, "kind", "alone")]
    assert [remark.text for remark in remarks] == ["alone: '7'; is it '007'?", "alone: 'S1', 'S2'"]
    assert [*without_partner(["known"], {"known"}, "kind", "alone")] == []


def test_a_patient_written_in_two_ways_is_named_once() -> None:
    (remark,) = patients_written_twice(["007", "7", "007", "8"])
    assert "'007' and '7'" in remark.text
