"""The datasets of a report's runs, and why nothing could be made of some of their videos."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.page.filmed import Failures, filmed_videos, videos_on_disk
from lmms_eval_plugins.video.container import VideoError


def test_videos_that_fail_for_one_reason_are_one_line_without_their_paths(mini_dataset: Path) -> None:
    filmed = filmed_videos([mini_dataset]).by_id
    failures = Failures()
    for name, video in filmed.items():
        failures.add(name, video, VideoError(video.path, "a frame is damaged"))
    first = next(iter(filmed))
    failures.add(first, filmed[first], UserError(f"which hand of {filmed[first].path}?"))
    assert failures.lines == [f"{', '.join(filmed)}: a frame is damaged", f"{first}: which hand of {first}?"]


def test_videos_that_are_nowhere_are_named_by_what_is_missing(mini_dataset: Path, tmp_path: Path) -> None:
    problems: list[str] = []
    filmed = filmed_videos([mini_dataset, tmp_path / "none"])
    assert len(filmed.by_id) == 3 and len(filmed.problems) == 1
    names = list(filmed.by_id)
    there = videos_on_disk(["unknown", *names], filmed.by_id, problems)
    assert list(there) == names and problems == ["1 video of the runs in no dataset: unknown"]
