from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.convert import KnownVideos, LabelReader, ReadLabels, apart
from lmms_eval_plugins.dataset.labels.mapping import LabelMapping
from lmms_eval_plugins.dataset.trial import Trial

OURS = "Time_s,MarkerNames\n0,l_reach\n1,l_idle\n2,\n"
TABLE = "start,stop,label\n0,1,l_reach\n1,2,l_idle\n"


def trial(path: str, **more: object) -> Trial:
    facts = {"fps": 30, "n_frames": 60, "duration_s": 2, "width": 8, "height": 8}
    name = Path(path).stem
    return Trial.model_validate({"video_id": name, "path": path, "patient": "P", **facts, **more})


def put(folder: Path, name: str, text: str = TABLE) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def names(found: list[ReadLabels]) -> list[tuple[str, str]]:
    return [(one.video.name, one.video.rater) for one in found if one.video]


def test_videos_are_found_by_the_names_of_tools() -> None:
    known = KnownVideos(
        [trial("/v/P1.MP4"), trial("/v/a/x.mp4", video_id="a__x"), trial("/v/b/x.mp4", video_id="b__x")]
    )
    for name in ("p1", "P1"):
        assert (one := known.find(name)) and one.video_id == "P1"
    assert known.find("x") is None
    assert (one := known.find("b__x")) and known.label_name(one) == "b__x"


def test_a_folder_of_files_of_any_format(tmp_path: Path) -> None:
    put(tmp_path, "a.csv", OURS)
    put(tmp_path, "sub/b.tsv", TABLE.replace(",", "\t"))
    put(tmp_path, "c.json", '{"no": "labels"}')
    put(tmp_path, ".hidden.csv", OURS)
    found = list(LabelReader().read_folder(tmp_path))
    assert names(found) == [("a", ""), ("b", "")]
    (bad,) = [one for one in found if one.video is None]
    assert (bad.name, bad.remarks[0].kind) == ("c.json", "file")
    with pytest.raises(UserError, match="no label file"):
        list(LabelReader().read_folder(tmp_path / "none"))


def test_both_hands_of_our_own_files(tmp_path: Path) -> None:
    path = put(tmp_path, "a.csv", "Time_s,MarkerNames\n0,l_reach\n0.5,r_idle\n2,\n")
    (one,) = LabelReader().read_file(path)
    assert one.video and set(one.video.hands) == {"left", "right"}


def test_a_dataset_tells_rate_length_and_offset(tmp_path: Path) -> None:
    path = put(tmp_path, "P1.csv", "start_frame,stop_frame,label\n0,30,l_reach\n30,60,l_idle\n")
    (one,) = LabelReader(KnownVideos([trial("/v/P1.mp4", offset_s=1.0)])).read_file(path)
    assert one.video
    assert [(s.start_s, s.end_s) for s in one.video.hands["left"].segments] == [(1.0, 2.0), (2.0, 3.0)]


def test_a_mapping_renames_videos(tmp_path: Path) -> None:
    path = put(tmp_path, "tape7.csv")
    (one,) = LabelReader(KnownVideos([trial("/v/P1.mp4")]), LabelMapping(videos={"Tape7": "P1"})).read_file(path)
    assert one.video and (one.video.name, one.video.fps) == ("P1", 30.0)


def test_labels_of_a_manifest_and_further_raters(tmp_path: Path) -> None:
    first, second = put(tmp_path, "x/P1.csv", OURS), put(tmp_path, "y/P1.csv", OURS)
    found = list(
        LabelReader().read_trials([trial("/v/P1.mp4", labels=first, other_labels=[second]), trial("/v/P2.mp4")])
    )
    assert names(found) == [("P1", "truth"), ("P1", "y")]


def test_namesakes_are_raters_by_their_folders(tmp_path: Path) -> None:
    put(tmp_path, "anna/P1.csv", OURS)
    put(tmp_path, "bea/P1.csv", OURS)
    assert names(apart(list(LabelReader().read_folder(tmp_path)))) == [("P1", "anna"), ("P1", "bea")]


def test_the_same_labels_twice_are_refused_by_name(tmp_path: Path) -> None:
    put(tmp_path, "P1.csv", OURS)
    put(tmp_path, "P1.tsv", TABLE.replace(",", "\t"))
    found = apart(list(LabelReader().read_folder(tmp_path)))
    assert len(names(found)) == 1
    assert [remark.kind for one in found if one.video is None for remark in one.remarks] == ["twice"]


def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    path = put(tmp_path, "x.csv", "video,start,stop,label\n..,0,1,l_reach\n")
    (one,) = LabelReader().read_file(path)
    assert one.video is None and "name" in {remark.kind for remark in one.remarks}
