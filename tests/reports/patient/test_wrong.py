"""Which wrong answers stand first."""

from __future__ import annotations

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.reports.patient.wrong import wrong_answers


def answers(values: list[str | None], truth: str = "no", probabilities: list[str | None] | None = None) -> pd.DataFrame:
    n = len(values)
    table: pd.DataFrame = pd.DataFrame(
        {
            "video_id": "v",
            "window": range(n),
            "start_s": [float(place) for place in range(n)],
            "end_s": [place + 1.0 for place in range(n)],
            "question": "motion",
            "truth": truth,
            "value": values,
            "right": pd.array([value == truth for value in values], dtype="boolean"),
            "probabilities": probabilities or [None] * n,
        }
    )
    return table


def test_single_slips_come_first_without_probabilities() -> None:
    found = wrong_answers(answers(["yes", "yes", "yes", "no", "no", "no", "yes", "no"]))
    assert [(wrong.start_s, wrong.disagreeing) for wrong in found] == [(6, 3), (2, 2), (1, 1), (0, 0)]
    assert {wrong.probability for wrong in found} == {None}


def test_the_most_probable_come_first_and_others_last() -> None:
    found = wrong_answers(answers(["yes"] * 3, "no", ['{"Yes": 0.6, "No": 0.4}', None, '{"yes": 0.9, "no": 0.1}']))
    assert [(wrong.start_s, wrong.probability) for wrong in found] == [(2, 0.9), (0, 0.6), (1, None)]


@given(st.lists(st.sampled_from(["yes", "no", None]), max_size=12))
def test_no_answer_is_no_wrong_answer(values: list[str | None]) -> None:
    found = wrong_answers(answers(values))
    assert sorted(wrong.start_s for wrong in found) == [place for place, value in enumerate(values) if value == "yes"]
    assert [wrong.disagreeing for wrong in found] == sorted((wrong.disagreeing for wrong in found), reverse=True)
