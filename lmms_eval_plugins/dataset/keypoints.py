"""Keypoints beside a manifest: the place of every joint of the patient in every frame, from any tool.

They are a folder with a file for each video, named after it, as ``strokerehab localize`` writes them, or one file for
all videos with the column ``video_id``. Files are Parquet or CSV (also ``.csv.gz``) with one row for each frame and
joint and the columns ``frame``, ``joint`` (a COCO name or its number, 0 to 16), ``x``, ``y`` (pixels; the centre of the
first pixel is 0, 0) and ``confidence`` (0 to 1).
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pandas as pd

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.errors import NotInDataset, UserError, nearest
from lmms_eval_plugins.core.safe_names import LONGEST_NAME, inside
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, manifest_in
from lmms_eval_plugins.video.container import MISSING_TAIL_S
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Keypoints

KEYPOINTS_NAME = "keypoints"
KEYPOINT_COLUMNS = ("frame", "joint", "x", "y", "confidence")
_HASH_DIGITS = 16
_SUFFIXES = (".parquet", ".csv.gz", ".csv")
_JOINTS = {name: place for place, name in enumerate(COCO_JOINTS)} | {str(i): i for i in range(len(COCO_JOINTS))}


def find_keypoints(folder: Path, named: Path | None) -> Path:
    """Find the keypoints of a dataset: the named ones, else what is called ``keypoints`` in its folder.

    Args:
        folder: the dataset's folder.
        named: a file or folder relative to the dataset's folder; or None.

    Raises:
        NotInDataset: there are none.
    """
    names = [str(named)] if named else [KEYPOINTS_NAME, *(KEYPOINTS_NAME + suffix for suffix in _SUFFIXES)]
    for name in names:
        if (folder / name).exists():
            return folder / name
    what = str(named) if named else f"{KEYPOINTS_NAME}/ or {KEYPOINTS_NAME}.parquet"
    raise NotInDataset(
        f"{folder}: has no {what}, which locate the hands; make them with `strokerehab localize --data {folder}`"
    )


def keypoint_file(folder: Path, video_id: str) -> Path:
    """Return the file of a video in a folder of keypoints; a name too long for a file ends in a hash."""
    name = quote(video_id, safe=" ", errors="surrogatepass")
    if len(name) > LONGEST_NAME:
        name = f"{name[: LONGEST_NAME - _HASH_DIGITS - 1]}-{digest(video_id)[:_HASH_DIGITS]}"
    return folder / f"{name}.parquet"


def write_keypoints(path: Path, keypoints: Keypoints, about: Mapping[str, str]) -> None:
    """Write the keypoints of a video, one row for each frame and joint; the file is written whole or not at all.

    Args:
        path: see `keypoint_file`.
        keypoints: the patient's keypoints; (frames, 17, 3).
        about: how they were made, for `about_keypoints`.

    Raises:
        UserError: the file cannot be written.
    """
    n_frames, n_joints = keypoints.shape[:2]
    points = keypoints.reshape(-1, 3)
    table = pd.DataFrame(
        {
            "frame": np.repeat(np.arange(n_frames, dtype=np.int32), n_joints),
            "joint": pd.Categorical.from_codes(
                np.tile(np.arange(n_joints), n_frames), categories=pd.Index(COCO_JOINTS)
            ),
            "x": points[:, 0],
            "y": points[:, 1],
            "confidence": points[:, 2],
        }
    )
    table.attrs = dict(about)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = inside(path.parent, path.with_name(f".{path.name}.{os.getpid()}.part"))
    try:
        table.to_parquet(part, index=False)
        part.replace(path)
    except OSError as error:
        raise UserError(f"{path}: cannot be written ({error.strerror})") from error
    finally:
        part.unlink(missing_ok=True)


def about_keypoints(path: Path) -> dict[str, str]:
    """Read how a file of `write_keypoints` was made; empty where there is no file."""
    if not path.is_file():
        return {}
    try:
        return {str(key): str(value) for key, value in pd.read_parquet(path, columns=["frame"]).attrs.items()}
    except (OSError, ValueError):
        return {}


class KeypointFiles:
    """Reader of the keypoints of a dataset's videos, one at a time.

    Attributes:
        path: the folder, or the file for all videos.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, video_id: str, n_frames: int, fps: float) -> Keypoints:
        """Read the keypoints of a video; (n_frames, 17, 3), unknown ones NaN with confidence 0.

        Raises:
            UserError: there are none, the file cannot be read, or they belong to a video of another length.
        """
        table, where = self._table(video_id)
        if missing := [column for column in KEYPOINT_COLUMNS if column not in table]:
            raise UserError(f"{where}: has no column {missing[0]!r}{nearest(missing[0], map(str, table.columns))}")
        try:
            frames = table["frame"].to_numpy(dtype=np.int64)
            values = table[["x", "y", "confidence"]].to_numpy(dtype=np.float32)
        except (ValueError, TypeError) as error:
            raise UserError(f"{where}: frame, x, y and confidence must be numbers ({error})") from error
        joints = table["joint"].astype(str).map(_JOINTS)
        if joints.isna().any():
            unknown = str(table["joint"][joints.isna()].iloc[0])
            raise UserError(f"{where}: joint {unknown!r} is not of the COCO layout{nearest(unknown, COCO_JOINTS)}")
        if not len(frames) or frames.min() < 0 or frames.max() >= n_frames or _ends_early(frames, n_frames, fps):
            last = f"to frame {frames.max()}" if len(frames) else "for no frame"
            raise UserError(
                f"{where}: has keypoints {last} of {video_id}, which has frames 0 to {n_frames - 1};"
                " they belong to another version of the video, localize it again"
            )
        keypoints = np.full((n_frames, len(COCO_JOINTS), 3), np.nan, dtype=np.float32)
        keypoints[frames, joints.to_numpy(dtype=np.int64)] = values
        keypoints[..., 2] = np.where(np.isfinite(keypoints).all(axis=-1), keypoints[..., 2], 0)
        return keypoints

    def _table(self, video_id: str) -> tuple[pd.DataFrame, Path]:
        """Return a video's rows, and their file."""
        if self.path.is_dir():
            beside = keypoint_file(self.path, video_id)
            plain = beside.name.removesuffix(".parquet")
            file = next((path for end in _SUFFIXES if (path := self.path / (plain + end)).is_file()), None)
            if file is None:
                raise UserError(f"{beside}: no such file: the video is not localized yet (`strokerehab localize`)")
            return _read(file), file
        if video_id not in self._by_video:
            raise UserError(f"{self.path}: has no keypoints of {video_id}")
        return self._by_video[video_id], self.path

    @cached_property
    def _by_video(self) -> dict[str, pd.DataFrame]:
        table = _read(self.path)
        if "video_id" not in table:
            raise UserError(f"{self.path}: has no column 'video_id', so it must be the file of one video in a folder")
        return {str(video_id): rows for video_id, rows in table.groupby("video_id", sort=False)}


def _read(path: Path) -> pd.DataFrame:
    try:
        if path.suffix == ".parquet":
            return pd.read_parquet(path)
        return pd.read_csv(path, dtype={"video_id": str, "joint": str})
    except (OSError, ValueError, EOFError) as error:
        raise UserError(f"{path}: cannot be read as keypoints ({' '.join(str(error).split())})") from error


def _ends_early(frames: np.ndarray[tuple[int], np.dtype[np.int64]], n_frames: int, fps: float) -> bool:
    """Return whether the last listed frame lies more than half a second before the video's end."""
    return bool((n_frames - 1 - frames.max()) / fps > MISSING_TAIL_S)


def keypoints_folder(data: Path) -> Path:
    """Return the keypoints folder of a dataset."""
    return manifest_in(data, MANIFEST_NAME).parent / KEYPOINTS_NAME
