"""The check of a folder in which everything is odd in one way, and of plain folders."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.check.dataset import check_dataset
from lmms_eval_plugins.dataset.check.findings import Checked, DatasetCheck
from lmms_eval_plugins.dataset.remarks import GRADES
from lmms_eval_plugins.video.windows import Uniform
from tests.conftest import make_assessment, make_dataset
from tests.dataset.check.conftest import SAMPLING
from tests.support.odd_data import FILES, LABEL_FILES, VIDEOS, shoot

EVERY = {**VIDEOS, **LABEL_FILES}


def found(checked: DatasetCheck, name: str) -> Checked:
    (one,) = [one for one in checked.all if one.name == name]
    return one


def test_there_are_thirty_odd_videos_and_thirty_odd_label_files() -> None:
    assert sum(bool(oddity.kind) for oddity in VIDEOS.values()) >= 30
    assert sum(bool(oddity.kind) for oddity in LABEL_FILES.values()) >= 30


@pytest.mark.parametrize("name", EVERY)
def test_every_oddity_is_named_by_grade_and_kind(checked: DatasetCheck, name: str) -> None:
    oddity = EVERY[name]
    remarks = [(remark.grade, remark.kind) for remark in found(checked, name).remarks]
    if oddity.kind:
        assert (oddity.grade, oddity.kind) in remarks
        assert found(checked, name).grade == oddity.grade
    else:
        assert not [kind for grade, kind in remarks if grade != "fine" and kind != "same-content"]


@pytest.mark.parametrize("name", FILES)
def test_every_table_and_file_is_named(checked: DatasetCheck, name: str) -> None:
    assert FILES[name] in [(remark.grade, remark.kind) for remark in found(checked, name).remarks]


def test_a_spreadsheets_zeros_are_pointed_out(checked: DatasetCheck) -> None:
    texts = [remark.text for remark in found(checked, "fma_scores.csv").remarks]
    assert texts == ["scores of a patient without clips: '7'; is it '007'?", "scores of a patient without clips: 'P03'"]


def test_headers_alone_find_all_but_damaged_frames(odd_data: Path, checked: DatasetCheck) -> None:
    quick = check_dataset(odd_data, SAMPLING)
    differ = {a.name for a, b in zip(quick.all, checked.all, strict=True) if a.remarks != b.remarks}
    assert differ == {name for name, oddity in EVERY.items() if oddity.frames}


def test_damage_is_named_with_its_place_and_what_is_lost(checked: DatasetCheck) -> None:
    assert [one.text for one in found(checked, "damaged").remarks] == [
        "its frames are damaged from 1.0 to 1.2 s: a run shows nothing from there on, 50% of it"
    ]
    assert [one.text for one in found(checked, "growing").remarks] == [
        "its frames change size to 96×64 at 1.0 s: 50% is lost"
    ]


def test_sums(checked: DatasetCheck) -> None:
    assert len(checked.videos) == len(EVERY) + 2
    lengths = {rate.fps: rate.window_s for rate in checked.rates}
    assert lengths[30.0] == pytest.approx(16 / 30) and lengths[10.0] == pytest.approx(0.8)
    wrong = sum(oddity.grade == "wrong" for oddity in EVERY.values())
    assert checked.n_graded("wrong") == wrong
    assert sum(checked.n_graded(grade) for grade in GRADES) == len(checked.videos)
    assert checked.kinds["wrong", "unreadable"] == 6


def test_raters_are_compared_over_the_videos_that_both_labelled(checked: DatasetCheck) -> None:
    assert found(checked, "other rater").raters["labels_2"].edit_score == 100
    (agreement,) = checked.agreement.values()
    assert agreement.n_videos == 3, "one file of two raters, two raters alike, two that disagree"
    mean, sem = agreement.edit_score
    assert mean is not None and mean == pytest.approx(200 / 3) and sem == pytest.approx(100 / 3)


def test_the_same_folder_without_tables_is_checked_as_index_finds_it(odd_data: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(odd_data, tmp_path / "data"))
    for table in (*folder.glob("*.csv"), folder / "selections.yaml"):
        table.unlink()
    shutil.rmtree(folder / "keypoints")
    (folder / "videos" / "raw.y4m").touch()
    one = check_dataset(folder, SAMPLING)
    assert [remark.kind for remark in found(one, "labels__milliseconds").remarks] == ["past-end"]
    assert [remark.kind for remark in found(one, "videos/cut off.mp4").remarks] == ["unreadable"]
    kinds = [remark.kind for remark in found(one, "data").remarks]
    assert kinds.count("not-read") == 2, "raw.y4m, and the labels of nobody"
    assert "of nobody" in " ".join(remark.text for remark in found(one, "data").remarks)
    assert len(one.videos) >= len(EVERY)


def test_a_folder_in_order_has_nothing_to_say(tmp_path: Path) -> None:
    one = check_dataset(make_dataset(tmp_path), Uniform(strategy="uniform", frames=8))
    assert [one.remarks for one in one.all if one.remarks] == []
    assert len(one.videos) == one.n_labelled == 3
    assert {rate.window_s for rate in one.rates} == {None}


def test_clips_alone_are_checked_too(tmp_path: Path) -> None:
    make_assessment(tmp_path)
    for data in (tmp_path, tmp_path / "fma_clips.csv"):
        one = check_dataset(data, SAMPLING)
        assert one.source == tmp_path / "fma_clips.csv" and len(one.videos) == 24
        assert {kind for _, kind in one.kinds} == {"slow-rate", "same-content"}, "the clips of a patient are copies"


def test_label_files_of_other_tools_are_pointed_at_index(tmp_path: Path) -> None:
    shoot(tmp_path / "one.mp4")
    (tmp_path / "one.eaf").write_text('<?xml version="1.0"?><ANNOTATION_DOCUMENT><HEADER/></ANNOTATION_DOCUMENT>')
    (remark,) = found(check_dataset(tmp_path, SAMPLING), tmp_path.name).remarks
    assert remark.kind == "labels-of-tools" and "one.eaf" in remark.text


def test_a_folder_whose_videos_are_all_unusable(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mov"):
        (tmp_path / name).touch()
    one = check_dataset(tmp_path, SAMPLING)
    assert [(video.name, video.grade) for video in one.videos] == [("a.mp4", "wrong"), ("b.mov", "wrong")]


def test_what_is_no_plain_file_is_not_waited_for(tmp_path: Path) -> None:
    shoot(tmp_path / "one.mp4")
    for name in ("one.csv", "two.mp4", "three.eaf", "four.csv"):
        os.mkfifo(tmp_path / name)
    (tmp_path / "gone.mp4").symlink_to(tmp_path / "nowhere.mp4")
    (tmp_path / "loop").symlink_to(tmp_path)
    one = check_dataset(tmp_path, SAMPLING)
    assert [(video.name, video.grade) for video in one.videos] == [("one", "fine"), ("gone.mp4", "wrong")]


def test_tables_that_are_not_valid_do_not_hide_the_videos(tmp_path: Path) -> None:
    data = make_assessment(make_dataset(tmp_path))
    (data / "selections.yaml").write_text("selections: [1, 2")
    (data / "fma_scores.csv").write_text("patient,item,score\nP1,99,7\n")
    (data / "fma_clips.csv").write_bytes(b"\xff\xfe\x00")
    one = check_dataset(data, SAMPLING)
    assert [(file.name, file.grade) for file in one.files if file.grade != "fine"] == [
        ("selections.yaml", "wrong"),
        ("fma_clips.csv", "wrong"),
        ("fma_scores.csv", "wrong"),
    ]
    assert "line 2, item: " in found(one, "fma_scores.csv").remarks[0].text and len(one.videos) == 3


def test_a_folder_without_a_video_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no video in this folder"):
        check_dataset(tmp_path, SAMPLING)
    with pytest.raises(UserError, match="no such dataset folder"):
        check_dataset(tmp_path / "gone", SAMPLING)


def test_a_video_listed_twice(tmp_path: Path) -> None:
    path = shoot(tmp_path / "one.mp4")
    table = f"video_id,path,patient,fps,n_frames,duration_s,width,height\na,{path},P1,30,60,2,64,48\n"
    (tmp_path / "manifest.csv").write_text(table + f"b,{path},P1,30,60,2,64,48\n")
    one = check_dataset(tmp_path, SAMPLING)
    assert [[remark.text for remark in video.remarks] for video in one.videos] == [
        ["is listed several times: a, b"]
    ] * 2


def test_labels_that_index_could_not_read_are_named_with_what_is_wrong_in_them(tmp_path: Path) -> None:
    path = shoot(tmp_path / "one.mp4")
    (tmp_path / "one.csv").write_text("Zeit_s,Marker\n0,r_idle\n2,\n")
    table = f"video_id,path,patient,fps,n_frames,duration_s,width,height\none,{path},P1,30,60,2,64,48\n"
    (tmp_path / "manifest.csv").write_text(table)
    (remark,) = found(check_dataset(tmp_path, SAMPLING), "one.csv").remarks
    assert (remark.grade, remark.kind) == ("doubtful", "labels-without-video")
    assert remark.text == (
        "labels of no video; is it of 'one'? Then mend it (column 'Time_s' is missing; the header has Zeit_s, Marker)"
        " and name it in the manifest's column `labels`"
    )


def test_labels_in_a_raters_folder_are_of_their_video(tmp_path: Path) -> None:
    data = make_dataset(tmp_path)
    anna = data / "labels" / "anna"
    anna.mkdir(parents=True)
    for name in ("P01_feeding1_1", "nobody"):
        (anna / f"{name}.csv").write_text("Time_s,MarkerNames\n0.0,r_reach\n2.0,\n")
    check = check_dataset(data, SAMPLING)
    assert [(file.name, remark.kind) for file in check.files for remark in file.remarks] == [
        ("labels/anna/nobody.csv", "labels-without-video")
    ]
