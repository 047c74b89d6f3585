from __future__ import annotations

import pytest

from lmms_eval_plugins.dataset.labels.label_file import LabelledHand, LabelReading
from lmms_eval_plugins.dataset.raters import RaterScores, compare_raters, on_hand, summarize_raters
from lmms_eval_plugins.domain.timeline import Timeline

TRUTH = LabelledHand("right", Timeline.from_text("idle@0;reach@1;transport@2;idle@3;idle@4"))


def reading(text: str, hand: str = "right", other: str = "") -> LabelReading:
    return LabelReading(
        LabelledHand("left" if hand == "left" else "right", Timeline.from_text(text)),
        LabelledHand("right" if hand == "left" else "left", Timeline.from_text(other)) if other else None,
        (),
    )


def test_scores_of_a_video() -> None:
    assert compare_raters(TRUTH, reading("idle@0;reach@1.1;transport@2.2;idle@3;idle@4")) == RaterScores(
        100.0, 0.0, 0.0
    )
    assert compare_raters(TRUTH, reading("idle@0;transport@2.2;idle@3;idle@4")) == RaterScores(75.0, 0.25, 0.25)


def test_the_true_hand_is_compared_where_a_file_is_about_the_other() -> None:
    found = reading("reach@0;reach@4", hand="left", other="idle@0;reach@1;transport@2;idle@3;idle@4")
    assert on_hand(found, "right") == TRUTH.timeline
    assert compare_raters(TRUTH, found) == RaterScores(100.0, 0.0, 0.0)
    assert compare_raters(TRUTH, reading("reach@0;reach@4", hand="left")) is None
    assert compare_raters(TRUTH, LabelReading(None, None, ())) is None
    assert compare_raters(LabelledHand("right", Timeline(())), found) is None


def test_mean_and_sem_over_videos() -> None:
    found = summarize_raters([RaterScores(100.0, 0.0, 0.0), RaterScores(75.0, 0.25, 0.5)])
    assert found.n_videos == 2
    assert found.edit_score == pytest.approx((87.5, 12.5))
    assert found.describe() == (
        "edit score 87.5 ± 12.5, action error rate 0.125 ± 0.125, relative counting error 0.250 ± 0.250, n = 2"
    )
    assert summarize_raters([RaterScores(100.0, 0.0, 0.0)]).describe().startswith("edit score 100.0, action")
    assert summarize_raters([]).describe() == ("edit score —, action error rate —, relative counting error —, n = 0")
