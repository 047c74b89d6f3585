"""The videos that a page plays: linked, or copied small."""

from __future__ import annotations

import shutil
from pathlib import Path
from urllib.parse import unquote

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import DEMO_RECORD
from lmms_eval_plugins.reports.page.filmed import filmed_videos
from lmms_eval_plugins.reports.page.pictures.blur import Blur
from lmms_eval_plugins.reports.page.pictures.footage import write_footage
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.video.decode import decode_frames
from lmms_eval_plugins.video.probe import probe
from tests.reports.page.pictures.test_blur import OneHead
from tests.support.filmed_runs import write_filmed_run
from tests.support.painted import film, index_of
from tests.tasks.test_hands import asked


@pytest.fixture
def data(mini_dataset: Path, tmp_path: Path) -> Path:
    """Three videos: H.264 of 30 and of 60 pictures a second, and one that browsers do not play."""
    folder = Path(shutil.copytree(mini_dataset, tmp_path / "data set"))
    for path, fps in ((folder / "P01/P01_feeding1_1.mp4", 30), (folder / "P03/P03_drinking1_1.mp4", 60)):
        film(path, 2 * fps, fps)
    return folder


@pytest.fixture
def runs(data: Path, tmp_path: Path) -> ReportRuns:
    settings, prepared, _ = asked(data)
    return ReportRuns([write_filmed_run(tmp_path / "task" / "a", settings, prepared)])


def test_links_are_relative_to_the_page_and_only_to_what_browsers_play(
    data: Path, runs: ReportRuns, tmp_path: Path
) -> None:
    page = tmp_path / "some" / "page"
    footage = write_footage(runs, filmed_videos([data]).by_id, page, "links")
    first, second, third = footage.media
    assert first == "../../data%20set/P01/P01_feeding1_1.mp4" and third is not None and second is None
    page.mkdir(parents=True)
    assert (page / unquote(third)).is_file()
    (line,) = footage.problems
    assert line == (
        "P02_RTT left side1_1: not every browser plays mpeg4 (yuv420p) in .mp4: choose --with-video proxies"
    )


def test_copies_are_small_slow_and_in_time(data: Path, runs: ReportRuns, tmp_path: Path) -> None:
    page = tmp_path / "page"
    page.mkdir()
    done: list[int] = []
    footage = write_footage(
        runs, filmed_videos([data]).by_id, page, "proxies", progress=lambda number, total: done.append(number)
    )
    assert footage.media == ("videos/00000.mp4", "videos/00001.mp4", "videos/00002.mp4") and done == [1, 2, 3]
    assert not footage.problems
    for address, every in (("videos/00000.mp4", 2), ("videos/00002.mp4", 4)):
        video = probe(page / address)
        assert (video.fps, video.n_frames, video.width, video.height) == (15, 30, 160, 96)
        assert [index_of(frame) for _, frame in decode_frames(page / address, [0, 7, 29], 15)] == [
            0,
            7 * every,
            29 * every,
        ]


def test_a_large_video_is_copied_at_360_lines(tmp_path: Path, data: Path, runs: ReportRuns) -> None:
    film(data / "P01/P01_feeding1_1.mp4", 4, 4, size=(1280, 720))
    page = tmp_path / "page"
    page.mkdir()
    write_footage(runs, filmed_videos([data]).by_id, page, "proxies")
    video = probe(page / "videos/00000.mp4")
    assert (video.width, video.height, video.fps) == (640, 360, 4)


def test_videos_that_moved_or_cannot_be_decoded_are_a_line_each_and_the_rest_goes_on(
    data: Path, runs: ReportRuns, tmp_path: Path
) -> None:
    filmed = filmed_videos([data]).by_id
    (data / "P01/P01_feeding1_1.mp4").unlink()
    (data / "P02/P02_RTT left side1_1.mp4").write_bytes(b"no video")
    page = tmp_path / "page"
    page.mkdir()
    footage = write_footage(runs, filmed, page, "proxies")
    assert footage.media == (None, None, "videos/00002.mp4")
    assert [path.name for path in (page / "videos").iterdir()] == ["00002.mp4"], "nothing half written is left"
    moved, damaged = footage.problems
    assert moved == "1 video not where the dataset says: P01_feeding1_1; index it anew"
    assert damaged.startswith("P02_RTT left side1_1: cannot be decoded") and str(tmp_path) not in damaged
    none = write_footage(runs, {}, page, "links")
    assert none.media == (None, None, None)
    assert none.problems[0].startswith("3 videos of the runs in no dataset: P01_feeding1_1, ")


def test_unasked_only_painted_videos_are_linked(data: Path, runs: ReportRuns, tmp_path: Path) -> None:
    assert write_footage(runs, filmed_videos([data]).by_id, tmp_path, None).media == (None, None, None)
    (data / DEMO_RECORD).write_text("{}")
    footage = write_footage(runs, filmed_videos([data]).by_id, tmp_path, None)
    assert footage.media[0] == "data%20set/P01/P01_feeding1_1.mp4"


def test_heads_are_blurred_in_copies_and_never_promised_of_links(data: Path, runs: ReportRuns, tmp_path: Path) -> None:
    filmed = filmed_videos([data]).by_id
    with pytest.raises(UserError, match="--blur-faces cannot blur videos that are only linked"):
        write_footage(runs, filmed, tmp_path / "page", "links", Blur(OneHead()))
    page = tmp_path / "page"
    page.mkdir()
    write_footage(runs, filmed, page, "proxies", Blur(OneHead((0, 0, 160, 96))))
    (_, frame), *_ = decode_frames(page / "videos/00000.mp4", [15], 15)
    (_, clear), *_ = decode_frames(data / "P01/P01_feeding1_1.mp4", [30], 30)
    assert frame.std() < clear.std(), "a blurred picture has less contrast"


def test_a_disk_that_takes_no_copy_ends_it(data: Path, runs: ReportRuns, tmp_path: Path) -> None:
    (tmp_path / "page").write_text("a file where the folder should be")
    with pytest.raises(UserError, match="cannot be written"):
        write_footage(runs, filmed_videos([data]).by_id, tmp_path / "page", "proxies")
