"""Marks and scores of Fugl-Meyer clips on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.trial import FmaClip
from lmms_eval_plugins.reports.review.clips import ClipStorage
from lmms_eval_plugins.reports.review.data import ClipMarks, SaveClip
from lmms_eval_plugins.reports.review.rater_folder import RaterFolder
from lmms_eval_plugins.reports.review.storage import SaveConflict

MARKS = ClipMarks(start_ms=250, end_ms=1900, scores={31: 2, 33: 0})


def clip(name: str = "P01_FM31_33_A_F") -> FmaClip:
    return FmaClip(
        path=Path(f"{name}.mp4"), patient="P01", item_low=31, item_high=33, laterality="A", view="F", duration_s=2
    )


def to_save(marks: ClipMarks = MARKS, revision: str = "") -> SaveClip:
    return SaveClip(revision=revision, tab="a", marks=marks, active_s=4, done=True)


@pytest.fixture
def storage(anna: RaterFolder) -> ClipStorage:
    return ClipStorage(anna)


def test_what_is_saved_is_read_again(storage: ClipStorage, anna: RaterFolder) -> None:
    assert storage.read(clip()).marks is None
    revision = storage.save(clip(), to_save())
    other = storage.save(clip("other"), to_save(ClipMarks(start_ms=None, end_ms=None, scores={})))
    found = ClipStorage(anna).read(clip())
    assert (found.revision, found.marks) == (revision, MARKS) and other != revision
    assert found.record and (found.record.state, found.record.active_s) == ("done", 4)
    assert (anna.path / "fma_marks.csv").read_text().splitlines() == [
        "clip,start_s,end_s,item,score",
        "P01_FM31_33_A_F,0.250,1.900,31,2",
        "P01_FM31_33_A_F,0.250,1.900,32,",
        "P01_FM31_33_A_F,0.250,1.900,33,0",
        "other,,,31,",
        "other,,,32,",
        "other,,,33,",
    ]


def test_a_clip_that_another_tab_saved_is_told(storage: ClipStorage) -> None:
    revision = storage.save(clip(), to_save())
    storage.save(clip("other"), to_save())
    assert storage.save(clip(), to_save()) == revision, "a save whose answer was lost"
    with pytest.raises(SaveConflict) as refused:
        storage.save(clip(), to_save(ClipMarks(start_ms=0, end_ms=1, scores={})))
    assert refused.value.revision == revision, "the other clip in the table is another matter"


@pytest.mark.parametrize(
    ("marks", "message"),
    [
        (ClipMarks(start_ms=1000, end_ms=1000, scores={}), "ends at 1.000 s, which is not after its start"),
        (ClipMarks(start_ms=None, end_ms=2001, scores={}), "the end at 2.001 s is after the clip"),
        (ClipMarks(start_ms=None, end_ms=None, scores={5: 1}), "item 5 is not shown in this clip"),
    ],
)
def test_marks_that_cannot_be(storage: ClipStorage, marks: ClipMarks, message: str) -> None:
    with pytest.raises(UserError, match=message):
        storage.save(clip(), to_save(marks))
    assert storage.read(clip()).marks is None


def test_a_table_from_elsewhere_is_not_written_over(storage: ClipStorage, anna: RaterFolder) -> None:
    table = anna.path / "fma_marks.csv"
    table.write_text("mine\n")
    with pytest.raises(SaveConflict, match="was not written here"):
        storage.save(clip(), to_save())
    assert table.read_text() == "mine\n"
