"""Pictures of windows: the frames that a run's model got, whatever it was shown."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from lmms_eval_plugins.models.answering import Request
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown, WindowInputs, WindowSource
from lmms_eval_plugins.reports.page.filmed import filmed_videos
from lmms_eval_plugins.reports.page.pictures.strips import StripFiles, frame_size, write_strips
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.tasks.rows import RequestRow
from lmms_eval_plugins.video.decode import Frames, decode_windows
from lmms_eval_plugins.video.perturb import PERTURBATIONS
from lmms_eval_plugins.video.windows import Dense, Window
from tests.conftest import HEIGHT, WIDTH
from tests.support.filmed_runs import write_filmed_run
from tests.support.logs import row, write_log
from tests.tasks.test_hands import asked, localized

__all__ = ["write_log"]

CUT_OUT = "P02_RTT left side1_1"
"""The video whose hand has no keypoints in its first frames."""


@pytest.fixture(scope="module")
def data(mini_dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return localized(mini_dataset, tmp_path_factory.mktemp("strips") / "data", P02=slice(0, 16))


def shown(path: Path) -> Frames:
    picture = cv2.imread(str(path))
    assert picture is not None
    return np.asarray(picture[..., ::-1], np.uint8)


def written(folder: Path, data: Path, *runs: Path) -> tuple[ReportRuns, StripFiles]:
    folder.mkdir(exist_ok=True)
    read = ReportRuns(runs)
    return read, write_strips(read, filmed_videos([data]).by_id, folder)


def assert_shows(path: Path, video: Path, window: Window, fps: float) -> None:
    """The picture has the frames that the model's side decodes for the window, side by side."""
    ((_, frames),) = decode_windows(video, [window], fps)
    assert np.abs(shown(path).astype(int) - np.concatenate(list(frames), axis=1)).mean() < 8


def test_whole_frames_side_by_side_in_one_file_per_window_shared_by_equal_runs(data: Path, tmp_path: Path) -> None:
    settings, prepared, _ = asked(data)
    runs, strips = written(
        tmp_path / "page",
        data,
        write_filmed_run(tmp_path / "task" / "a", settings, prepared),
        write_filmed_run(tmp_path / "task" / "b", settings, prepared),
    )
    assert not strips.problems and strips.by_video.keys() == {0, 1, 2}
    for video in prepared.videos:
        place = runs.places[video.video_id]
        (of_video,) = strips.by_video[place]
        assert of_video.runs == (0, 1) and (of_video.width, of_video.height) == (WIDTH, HEIGHT)
        assert of_video.counts == tuple(len(window.frames) for window in video.windows)
        for window in video.windows:
            address = strips.picture(1, place, window.index)
            assert address == of_video.pattern.replace("{window}", str(window.index))
            assert_shows(tmp_path / "page" / address, video.path, window, video.fps)
    assert strips.picture(2, 0, 0) is strips.picture(0, 3, 0) is strips.picture(0, 0, 99) is None


def test_hands_are_cut_out_as_for_the_model_and_windows_without_questions_have_no_picture(
    data: Path, tmp_path: Path
) -> None:
    settings, prepared, _ = asked(data, do_crop=True, do_postprocess=True)
    plain, also = asked(data)[:2]
    runs, strips = written(
        tmp_path / "page",
        data,
        write_filmed_run(tmp_path / "task" / "cropped", settings, prepared),
        write_filmed_run(tmp_path / "task" / "whole", plain, also),
    )
    video = next(video for video in prepared.videos if video.video_id == CUT_OUT)
    place = runs.places[CUT_OUT]
    cropped, whole = strips.by_video[place]
    assert (cropped.runs, whole.runs) == ((0,), (1,)) and (cropped.width, cropped.height) == (16, 16)
    assert cropped.counts[:2] == (0, 0) and all(cropped.counts[2:]), "a hand that is not located decides the window"
    assert strips.picture(0, place, 0) is None and strips.picture(1, place, 0) is not None
    for window in video.requested_windows:
        address = strips.picture(0, place, window.index)
        assert address is not None
        assert_shows(tmp_path / "page" / address, video.path, window, video.fps)


def test_a_whole_frame_among_cut_out_ones_keeps_its_shape_on_black(data: Path, tmp_path: Path) -> None:
    settings, prepared, _ = asked(data, task="primitives_3", do_crop=True)
    runs, strips = written(tmp_path / "page", data, write_filmed_run(tmp_path / "task" / "a", settings, prepared))
    place = runs.places[CUT_OUT]
    address = strips.picture(0, place, 0)
    assert address is not None
    picture = shown(tmp_path / "page" / address)
    assert picture.shape == (16, 8 * 16, 3), "64 × 48 in 16 × 16: two black lines above, two below"
    assert picture[0].max() < 60 and picture[-1].max() < 60 and picture[8].max() > 60


@pytest.mark.parametrize(
    ("size", "longest", "expected"),
    [((1920, 1080), 8, (398, 224)), ((64, 48), 8, (64, 48)), ((1920, 1080), 128, (125, 70)), ((9, 9000), 8, (1, 224))],
)
def test_the_size_of_a_frame(size: tuple[int, int], longest: int, expected: tuple[int, int]) -> None:
    """At most 224 pixels down, never enlarged, and a file no wider than browsers show."""
    assert frame_size(*size, longest) == expected


def test_perturbed_frames_are_those_that_reach_the_model(data: Path, tmp_path: Path) -> None:
    """Of every perturbation, and of other videos where they stood in, each picture shows what the engine prepares."""
    runs, rows = [], {}
    for how in PERTURBATIONS:
        settings, prepared, rows[how] = asked(data, task="primitives_3", perturb=how)
        runs.append(write_filmed_run(tmp_path / "task" / how, settings, prepared))
    read, strips = written(tmp_path / "page", data, *runs)
    assert not strips.problems
    for place, name in enumerate(read.names):
        how = next(how for how in PERTURBATIONS if how in name)
        for request, frames in reaching(rows[how]):
            address = strips.picture(place, read.places[request["video_id"]], request["window"])
            assert address is not None
            shows = shown(tmp_path / "page" / address).astype(int)
            assert np.abs(shows - np.concatenate(list(frames), axis=1)).mean() < 8, (how, request)
        about = {(request.video_id, request.window) for request in rows[how]}
        own = [one for video in strips.by_video.values() for one in video if place in one.runs]
        assert len(about) == sum(count > 0 for one in own for count in one.counts), "nothing else has a picture"


def reaching(rows: Sequence[RequestRow]) -> Iterator[tuple[dict[str, Any], Frames]]:
    """Yield the first request about each window, and the frames that are prepared for the network."""
    source = WindowSource(lambda frames, rate: WindowInputs(frames.shape, frames, frames.nbytes), None)
    source.begin(Stopwatch())
    requests = {(row.video_id, row.window): Request("", row.as_dict(), "", {}) for row in reversed(rows)}
    for made in source.shown(list(requests.values())):
        assert isinstance(made, Shown)
        yield dict(made.requests[0].row), made.prepared.inputs


def test_what_has_no_pictures_is_said_in_a_line_each_and_the_rest_goes_on(data: Path, tmp_path: Path) -> None:
    own = Path(shutil.copytree(data, tmp_path / "data"))
    settings, prepared, _ = asked(own)
    run = write_filmed_run(tmp_path / "task" / "a", settings, prepared)
    moved, damaged, whole = (video.path for video in prepared.videos)
    moved.unlink()
    damaged.write_bytes(damaged.read_bytes()[:2000])
    runs, strips = written(tmp_path / "page", own, run)
    moved_line, damaged_line = strips.problems
    assert moved_line == f"1 video not where the dataset says: {moved.stem}; index it anew"
    assert damaged_line.startswith(f"{damaged.stem}: cannot be decoded") and str(own) not in damaged_line
    assert strips.by_video[runs.places[whole.stem]] and not strips.by_video[runs.places[damaged.stem]]


def test_windows_that_are_not_those_of_the_settings_are_not_shown(data: Path, tmp_path: Path) -> None:
    settings, prepared, _ = asked(data)
    other = settings.model_copy(update={"sampling": Dense(fps=5, frames=2)})
    _, strips = written(tmp_path / "page", data, write_filmed_run(tmp_path / "task" / "a", other, prepared))
    (line,) = strips.problems
    assert line.endswith("its windows are not those that its settings make") and not strips.by_video


def test_published_logs_have_no_pictures(tmp_path: Path, write_log: Callable[..., Path]) -> None:
    _, strips = written(tmp_path / "page", tmp_path, write_log(row()))
    (line,) = strips.problems
    assert line.startswith("no frames of published logs, which do not record what was shown: ")
