"""What the work took, and agreement of raters, worked out by hand."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.convert import KnownVideos
from lmms_eval_plugins.reports.review.data import DrawnSegment, SaveVideo, Tracks
from lmms_eval_plugins.reports.review.storage import LabelStorage
from lmms_eval_plugins.reports.review.summary import DATASET, PairAgreement, WorkDone, summarize_review


def tracks(*segments: tuple[int, int, str]) -> Tracks:
    return {"right": tuple(DrawnSegment(start_ms=a, end_ms=b, label=label) for a, b, label in segments)}


def save(storage: LabelStorage, known: KnownVideos, video: str, drawn: Tracks, **changes: object) -> None:
    given = {"revision": "", "tab": "a", "draft": None, "tracks": drawn, "active_s": 30.0, "done": True, **changes}
    storage.save(known.by_id[video], SaveVideo.model_validate(given))


def test_minutes_with_and_without_a_draft(storage: LabelStorage, known: KnownVideos, data: Path) -> None:
    save(storage, known, "P01_feeding1_1", tracks((0, 2000, "idle")))
    save(storage, known, "P03_drinking1_1", tracks((0, 2000, "idle")), draft="rule", active_s=6)
    save(storage, known, "P02_RTT left side1_1", tracks((0, 100, "idle")), draft="rule", done=False)
    found = summarize_review(data / "manifest.csv")
    assert found.work == (
        WorkDone("anna", with_draft=True, n_done=1, n_started=1, video_s=2.0, active_s=6.0),
        WorkDone("anna", with_draft=False, n_done=1, n_started=0, video_s=2.0, active_s=30.0),
    )
    assert [one.minutes_per_minute for one in found.work] == [3.0, 15.0]


def test_agreement_is_over_what_both_have_done(storage: LabelStorage, known: KnownVideos, data: Path) -> None:
    half = tracks((0, 1000, "reach"), (1000, 2000, "idle"))  # the manifest's: reach, transport, reposition, idle
    save(storage, known, "P01_feeding1_1", half)
    save(storage, known, "P03_drinking1_1", half, done=False)
    other = data / "labels" / "tool" / "P01_feeding1_1.csv"
    other.parent.mkdir()
    other.write_text("Time_s,MarkerNames\n0.0,r_reach\n0.5,r_idle\n2.0,\n")
    shutil.copytree(other.parent, data / "labels" / "prediction")
    by_dataset, by_dataset_too, by_both = summarize_review(data / "manifest.csv").agreement
    assert by_both == PairAgreement("anna", "tool", 1, (100.0, None), by_both.kappa)
    # 200 steps of 10 ms: 150 agree; anna has 100 and 100, the tool 50 and 150: (0.75 − 0.5) / (1 − 0.5)
    assert by_both.kappa == pytest.approx(0.5)
    assert (by_dataset.first, by_dataset.second, by_dataset.n_videos) == (DATASET, "anna", 1)
    assert by_dataset.edit_score == (50.0, None) and by_dataset_too.second == "tool"


def test_without_a_review_there_is_nothing_to_say(data: Path) -> None:
    with pytest.raises(UserError, match="nobody has labelled a video in a review"):
        summarize_review(data / "manifest.csv")
