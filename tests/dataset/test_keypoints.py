from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.keypoints import (
    KeypointFiles,
    about_keypoints,
    find_keypoints,
    keypoint_file,
    write_keypoints,
)
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Keypoints

N = 30
VIDEO = "P1_RTT left side1/2"


def made(n: int = N) -> Keypoints:
    keypoints = np.random.default_rng(0).uniform(0.1, 1, (n, 17, 3)).astype(np.float32)
    keypoints[3, 4] = (np.nan, np.nan, 0)
    return keypoints


def rows(n: int = N) -> pd.DataFrame:
    """Make keypoints as another tool may write them: the right arm only, joints by number."""
    table: pd.DataFrame = pd.DataFrame(
        [(frame, joint, 10.0, 20.0, 0.95) for frame in range(n) for joint in (8, 10)],
        columns=["frame", "joint", "x", "y", "confidence"],
    )
    return table


def test_what_is_written_is_read(tmp_path: Path) -> None:
    file = keypoint_file(tmp_path / "keypoints", VIDEO)
    write_keypoints(file, made(), {"detector": "mine 1"})
    assert file.name == "P1_RTT left side1%2F2.parquet" and [path.name for path in file.parent.iterdir()] == [file.name]
    assert about_keypoints(file) == {"detector": "mine 1"} and about_keypoints(tmp_path / "none.parquet") == {}
    found = KeypointFiles(find_keypoints(tmp_path, None)).read(VIDEO, N, 30)
    assert np.array_equal(found, made(), equal_nan=True)


def test_long_names_get_files_of_their_own(tmp_path: Path) -> None:
    names = ["P1_" + "é" * 90, "P1_" + "é" * 91]
    files = [keypoint_file(tmp_path / "keypoints", name) for name in names]
    for file in files:
        write_keypoints(file, made(), {})
    assert len({file.name for file in files}) == 2 and all(len(file.name) <= 208 for file in files)
    found = KeypointFiles(find_keypoints(tmp_path, None)).read(names[0], N, 30)
    assert np.array_equal(found, made(), equal_nan=True)


@pytest.mark.parametrize("name", ["keypoints.parquet", "keypoints.csv", "keypoints.csv.gz", "mine.csv"])
def test_one_file_for_all_videos(tmp_path: Path, name: str) -> None:
    table = pd.concat([rows().assign(video_id=video) for video in ("a", "7")])
    path = tmp_path / name
    table.to_parquet(path) if name.endswith("parquet") else table.to_csv(path, index=False)
    files = KeypointFiles(find_keypoints(tmp_path, Path(name) if name == "mine.csv" else None))
    for video in ("a", "7"):
        found = files.read(video, N, 30)
        assert found[:, COCO_JOINTS.index("right_wrist")].tolist() == [[10.0, 20.0, pytest.approx(0.95)]] * N
        assert np.isnan(found[:, COCO_JOINTS.index("left_wrist"), :2]).all()
        assert (found[:, COCO_JOINTS.index("left_wrist"), 2] == 0).all()
    with pytest.raises(UserError, match="has no keypoints of b"):
        files.read("b", N, 30)


def folder_with(tmp_path: Path, table: pd.DataFrame) -> KeypointFiles:
    table.to_csv(tmp_path / "v.csv", index=False)
    return KeypointFiles(tmp_path)


def test_what_is_not_a_number_is_not_known(tmp_path: Path) -> None:
    table = rows()
    table.loc[2, "x"] = np.nan
    found = folder_with(tmp_path, table).read("v", N, 30)
    assert found[1, COCO_JOINTS.index("right_elbow"), 2] == 0
    assert found[1, COCO_JOINTS.index("right_wrist"), 2] > 0


def test_frames_without_a_row_are_not_known(tmp_path: Path) -> None:
    found = folder_with(tmp_path, rows().query("frame % 2 == 1")).read("v", N, 30)
    assert (found[::2, :, 2] == 0).all() and (found[1::2, 10, 2] > 0).all()


def test_a_video_may_be_a_little_longer(tmp_path: Path) -> None:
    assert folder_with(tmp_path, rows(N - 15)).read("v", N, 30).shape == (N, 17, 3)


@pytest.mark.parametrize("listed", [N - 16, N + 1])
def test_keypoints_of_another_version_of_the_video(tmp_path: Path, listed: int) -> None:
    with pytest.raises(UserError, match=rf"to frame {listed - 1} of v, which has frames 0 to 29; .*localize it again"):
        folder_with(tmp_path, rows(listed)).read("v", N, 30)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda table: table.rename(columns={"confidence": "score"}), "has no column 'confidence'"),
        (lambda table: table.assign(joint="left_hand"), "joint 'left_hand' is not of the COCO layout"),
        (lambda table: table.assign(joint=17), "joint '17' is not of the COCO layout"),
        (lambda table: table.assign(x="left"), "must be numbers"),
        (lambda table: table.assign(frame=-1), "localize it again"),
        (lambda table: table[:0], "for no frame of v"),
    ],
)
def test_errors_name_the_file(tmp_path: Path, change: Callable[[pd.DataFrame], pd.DataFrame], message: str) -> None:
    with pytest.raises(UserError, match=message) as raised:
        folder_with(tmp_path, change(rows())).read("v", N, 30)
    assert str(tmp_path / "v.csv") in str(raised.value)


def test_there_are_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"has no keypoints/ or keypoints.parquet.*strokerehab localize --data"):
        find_keypoints(tmp_path, None)
    with pytest.raises(UserError, match=r"has no other\.csv"):
        find_keypoints(tmp_path, Path("other.csv"))
    with pytest.raises(UserError, match=r"v\.parquet: no such file: the video is not localized yet"):
        KeypointFiles(tmp_path).read("v", N, 30)
    (tmp_path / "keypoints.csv").write_text("frame,joint\n", encoding="utf-8")
    with pytest.raises(UserError, match="has no column 'video_id'"):
        KeypointFiles(tmp_path / "keypoints.csv").read("v", N, 30)
    (tmp_path / "keypoints.parquet").write_bytes(b"no parquet")
    with pytest.raises(UserError, match="cannot be read as keypoints"):
        KeypointFiles(tmp_path / "keypoints.parquet").read("v", N, 30)
