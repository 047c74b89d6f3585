"""Answers for measuring: about a single video, in a dataset made for it, or about all videos of a dataset."""

from __future__ import annotations

from pathlib import Path
from shutil import copy

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.measuring import answer_to_measure
from lmms_eval_plugins.runs.run_file import read_run_file

TASK = "strokerehab_primitives_3"


def test_a_single_video_is_answered_with_the_labels_beside_it(mini_dataset: Path, tmp_path: Path) -> None:
    video = next(iter(sorted(mini_dataset.rglob("*.mp4"))))
    answered = answer_to_measure(video, "omniscient", TASK, tmp_path, Console(quiet=True))
    assert not answered.with_problems
    (folder,) = answered.runs
    (one,) = read_run_file(Path(folder)).videos
    assert one.video_id == video.stem and one.patient == video.stem.split("_")[0] and one.truth


def test_a_video_without_labels_is_answered_too(mini_dataset: Path, tmp_path: Path) -> None:
    video = copy(next(iter(sorted(mini_dataset.rglob("*.mp4")))), tmp_path / "P77_feeding1_1.mp4")
    answered = answer_to_measure(Path(video), "constant", TASK, tmp_path / "runs", Console(quiet=True))
    (one,) = read_run_file(Path(answered.runs[0])).videos
    assert (one.patient, one.truth) == ("P77", "")


def test_what_is_no_video_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"absent\.mp4: no such file or folder"):
        answer_to_measure(tmp_path / "absent.mp4", "omniscient", TASK, tmp_path / "runs", Console(quiet=True))
    (tmp_path / "P01_feeding1_1.mp4").write_text("no video")
    with pytest.raises(UserError, match=rf"^{tmp_path}/P01_feeding1_1\.mp4: cannot be decoded") as caught:
        answer_to_measure(tmp_path / "P01_feeding1_1.mp4", "omniscient", TASK, tmp_path / "runs", Console(quiet=True))
    assert "\n" not in str(caught.value)
