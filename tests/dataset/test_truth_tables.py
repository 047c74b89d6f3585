from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.truth_tables import TruthRow, truth_table

MANIFEST = "manifest.csv"


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / MANIFEST).write_text("video_id,path,hand\na,a.mp4,left\nb,b.mp4,\n", encoding="utf-8")
    return folder


def written(dataset: Path, text: str) -> Path:
    (dataset / "truth.csv").write_text(text, encoding="utf-8")
    return dataset / MANIFEST


def test_a_column_of_the_manifest_is_of_whole_videos(dataset: Path) -> None:
    table = truth_table(dataset / MANIFEST, None, "hand")
    assert table.form == "video"
    assert table.rows == {"a": (TruthRow(2, None, None, "left"),), "b": (TruthRow(3, None, None, ""),)}


def test_segments_and_events_are_in_order_of_time(dataset: Path) -> None:
    manifest = written(dataset, "video id;start_s;end_s;x\na;1,5;2;late\na;0;1,5;early\n")
    table = truth_table(manifest, "truth.csv", "x")
    assert table.form == "segment" and [row.cell for row in table.rows["a"]] == ["early", "late"]
    manifest = written(dataset, "video_id,time_s,x\na,1.5,late\na,0.5,early\nb,,\n")
    table = truth_table(manifest, "truth.csv", "x")
    assert table.form == "event" and [row.start_s for row in table.rows["a"]] == [0.5, 1.5]
    assert table.rows["b"] == (TruthRow(4, None, None, ""),)


def test_segments_about_other_columns_may_overlap(dataset: Path) -> None:
    manifest = written(dataset, "video_id,start_s,end_s,x,y\na,0,2,one,\na,1,3,,other\n")
    assert [row.cell for row in truth_table(manifest, "truth.csv", "x").rows["a"]] == ["one", ""]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("video_id,y\na,1\n", "truth.csv: column 'x' is missing; the header has video_id, y"),
        ("video_id,x\na,1\na,2\n", "truth.csv, line 3: video 'a' is already on line 2; keep one row, or add start_s"),
        ("video_id,x\n,1\n", "truth.csv, line 2, video_id: is empty"),
        ("video_id,start_s,x\na,1,1\n", "truth.csv: the header has start_s: a table by time has start_s and end_s"),
        ("video_id,start_s,end_s,time_s,x\na,1,2,1,1\n", "the header has start_s, end_s, time_s"),
        ("video_id,start_s,end_s,x\na,1,soon,1\n", "truth.csv, line 2, end_s: not seconds such as 12.5 (found 'soon')"),
        ("video_id,start_s,end_s,x\na,-1,2,1\n", "truth.csv, line 2, start_s: not seconds"),
        ("video_id,start_s,end_s,x\na,1,,1\n", "truth.csv, line 2: start_s or end_s is empty"),
        ("video_id,start_s,end_s,x\na,2,2,1\n", "truth.csv, line 2: ends at 2 s, not after its start 2 s"),
        (
            "video_id,start_s,end_s,x\na,2,3,1\na,1,2.5,1\n",
            "truth.csv, line 2: starts at 2 s, before the segment of 'a' on line 3 ends (2.5 s)",
        ),
        ("video_id,time_s,x\na,,yes\n", "truth.csv, line 2, time_s: is empty"),
        ("video_id,time_s,x\na,,\na,1,yes\n", "truth.csv, line 2, time_s: is empty"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(dataset: Path, text: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        truth_table(written(dataset, text), "truth.csv", "x")
    assert message in str(error.value)


@pytest.mark.parametrize("table", ["../outside.csv", "/outside.csv", "link.csv"])
def test_tables_lie_in_the_datasets_folder(dataset: Path, table: str) -> None:
    outside = dataset.parent / "outside.csv"
    outside.write_text("video_id,x\na,1\n", encoding="utf-8")
    (dataset / "link.csv").symlink_to(outside)
    with pytest.raises(UserError, match=r"outside|absolute|dots"):
        truth_table(dataset / MANIFEST, table, "x")


def test_what_is_not_there_is_named(dataset: Path) -> None:
    with pytest.raises(UserError, match=r"truth\.csv: no such table of true answers"):
        truth_table(dataset / MANIFEST, "truth.csv", "x")
    (dataset / MANIFEST).unlink()
    with pytest.raises(UserError, match="make one with `strokerehab index"):
        truth_table(dataset / MANIFEST, None, "x")
