"""The tables of pairs of raters and of all of them."""

from __future__ import annotations

import pytest

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.reports.tables.raters.agreement import agreement_tables
from lmms_eval_plugins.reports.tables.raters.gathered import RatersOfVideo
from lmms_eval_plugins.reports.tables.table import Value
from tests.reports.tables.test_make import cells

TRUTH = "reach@0;transport@1;idle@3;idle@4"
LATER = "reach@0;transport@1.5;idle@3;idle@4"
OTHER = "reach@0;stabilize@1;idle@3;idle@4"


def rated(name: str, patient: str, **timelines: str) -> RatersOfVideo:
    own = {rater: Timeline.from_text(text) for rater, text in timelines.items()}
    return RatersOfVideo(name, patient, "feeding", None, 4.0, own)


def test_pairs_of_raters_by_hand() -> None:
    videos = [rated("a", "P1", truth=TRUTH, anna=LATER), rated("b", "P2", truth=TRUTH, ben=OTHER)]
    table = agreement_tables(videos, (), False)[0]
    anna, ben = cells(table)
    assert anna["raters"] == "anna against truth" and (anna["videos"], anna["patients"]) == (1, 1)
    assert anna["ES"] == Value(100.0) and anna["RCE"] == Value(0.0)
    # 350 of 400 steps are equal; expected (100·150 + 200·150 + 100·100) / 400².
    assert anna["kappa, frames"].value == pytest.approx((350 / 400 - 55 / 160) / (1 - 55 / 160))
    assert anna["kappa, segments"] == Value(1.0) and anna["paired (%)"].value == pytest.approx(100)
    assert ben["ES"].value == pytest.approx(200 / 3) and ben["paired (%)"].value == pytest.approx(100)
    assert ben["kappa, segments"].value == pytest.approx((2 / 3 - 2 / 9) / (1 - 2 / 9))
    assert table.remarks == ("No video in common: anna and ben.",)


def test_patients_give_intervals_of_coefficients_and_with_ci_of_scores() -> None:
    videos = [
        rated(f"v{number}", f"P{number}", truth=TRUTH, anna=(LATER, OTHER, TRUTH)[number % 3]) for number in range(6)
    ]
    for ci in (False, True):
        (row,) = cells(agreement_tables(videos, (), ci)[0])
        for head in ("kappa, frames", "kappa, segments"):
            assert row[head].low < row[head].value <= row[head].high <= 1
        assert (row["ES"].low is not None) is ci
    swapped = [rated(one.video_id, one.patient, truth=TRUTH, anna=TRUTH) for one in videos]
    (row,) = cells(agreement_tables(swapped, (), True)[0])
    assert row["kappa, frames"] == Value(1.0) and row["ICC"] is None, "nothing varies"


def test_all_together_lack_no_video_that_one_of_them_did_not_label() -> None:
    videos = [rated("a", "P1", truth=TRUTH, anna=TRUTH, ben=TRUTH), rated("b", "P2", truth=TRUTH, anna=OTHER)]
    frames, segments = cells(agreement_tables(videos, (), False)[1])
    assert (frames["raters"], frames["videos"], frames["units"]) == (3, 2, 800)
    assert (segments["units"], segments["judged"]) == (6, "segments")
    # Values: 4 reach and 4 idle + 1 + 1, transport 3 + 1, stabilize 1; 2 pairs of 15 values differ.
    n, counts = 15, (5, 5, 4, 1)
    expected = 1 - sum(count * (count - 1) for count in counts) / (n * (n - 1))
    assert segments["alpha"].value == pytest.approx(1 - 2 / n / expected)
    perfect = [rated("a", "P1", truth=TRUTH, anna=TRUTH)]
    assert [row["alpha"].value for row in cells(agreement_tables(perfect, (), False)[1])] == pytest.approx([1, 1])
