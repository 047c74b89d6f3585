"""Identity of a video in the keys of its answers and frames."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.models.engine.windows import WindowInputs, WindowSource, file_identity
from lmms_eval_plugins.video.decode import Frames
from tests.support.painted import film, orient, turn


def prepare(frames: Frames, fps: float) -> WindowInputs:
    raise AssertionError("nothing is decoded for an identity")


def identity(path: Path) -> str:
    return WindowSource(prepare, None).identify({"path": str(path)})


def test_a_video_whose_pixels_never_changed_keeps_its_identity(tmp_path: Path) -> None:
    for path in (film(tmp_path / "a.mp4", 3), turn(film(tmp_path / "b.mp4", 3), 90), film(tmp_path / "c.mkv", 3)):
        assert identity(path) == file_identity(path)


def test_a_video_that_is_put_right_says_so(tmp_path: Path) -> None:
    tagged = film(tmp_path / "a.mp4", 3, options={"x264-params": "colormatrix=bt709"})
    flipped = orient(film(tmp_path / "b.mp4", 3), (-1, 0, 0, 1))
    interlaced = film(tmp_path / "c.mkv", 3, options={"x264-params": "tff=1"})
    for path in (tagged, flipped, interlaced):
        assert identity(path) == f"{file_identity(path)}-camera-1"


def test_a_file_that_is_replaced_is_looked_at_anew(tmp_path: Path) -> None:
    path = film(tmp_path / "a.mp4", 3)
    assert identity(path) == file_identity(path)
    orient(path, (1, 0, 0, -1))
    assert identity(path) == f"{file_identity(path)}-camera-1"


def test_a_file_that_is_no_video_has_the_identity_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "weights.bin"
    path.write_bytes(bytes(100))
    assert identity(path) == file_identity(path)
