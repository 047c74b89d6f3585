"""Interlaced video: combs are gone, frames and clock stay."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.filter import Graph

from lmms_eval_plugins.video.decode import decode_frames
from lmms_eval_plugins.video.deinterlace import deinterlaced
from lmms_eval_plugins.video.picture import conversion_of
from lmms_eval_plugins.video.probe import probe
from tests.support.painted import film, index_of, orient, paint

SIZE = (160, 96)


def bar(left: int) -> npt.NDArray[np.uint8]:
    """Paint a white bar on black."""
    image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
    image[:, left : left + 24] = 255
    return image


def woven(first: npt.NDArray[np.uint8], second: npt.NDArray[np.uint8], *, top_first: bool) -> npt.NDArray[np.uint8]:
    """Weave two moments into a frame: its lines alternate between them."""
    image = np.array(first, np.uint8)
    image[int(top_first) :: 2] = second[int(top_first) :: 2]
    return image


def interlaced(path: Path, images: Sequence[npt.NDArray[np.uint8]], *, top_first: bool = True, first: int = 0) -> Path:
    """Write frames of two fields each, numbered from ``first``; the encoder takes the order of fields from them."""
    marked = Graph()
    source = marked.add("buffer", video_size=f"{SIZE[0]}x{SIZE[1]}", pix_fmt="yuv420p", time_base="1/25")
    fields = marked.add("setfield", "tff" if top_first else "bff")
    marked.link_nodes(source, fields, marked.add("buffersink")).configure()
    with av.open(str(path), "w") as container:
        options = {"x264-params": "tff=1" if top_first else "bff=1", "crf": "6", "g": "10"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        for pts, image in enumerate(images, start=first):
            frame = av.VideoFrame.from_ndarray(image, format="rgb24").reformat(format="yuv420p")
            frame.pts, frame.time_base = pts, Fraction(1, 25)
            marked.vpush(frame)
            container.mux(stream.encode(marked.vpull()))
        container.mux(stream.encode(None))
    return path


def combing(image: npt.NDArray[np.uint8]) -> float:
    """Return how much neighbouring lines differ more than lines two apart."""
    grey = image.astype(float).mean(axis=2)
    return float(np.abs(np.diff(grey, axis=0)).mean() - np.abs(grey[2:] - grey[:-2]).mean())


@pytest.mark.parametrize("top_first", [True, False])
def test_two_fields_become_the_moment_of_the_first(tmp_path: Path, top_first: bool) -> None:
    images = [woven(bar(4 * i), bar(4 * i + 2), top_first=top_first) for i in range(20)]
    path = interlaced(tmp_path / "v.mkv", images, top_first=top_first)
    info = probe(path)
    assert info.camera.interlaced
    assert (info.n_frames, info.fps) == (20, 25.0)
    assert conversion_of(path)
    shown = dict(decode_frames(path, range(20), 25.0))
    assert sorted(shown) == list(range(20))
    for index in range(2, 18):
        assert combing(images[index]) > 5
        assert combing(shown[index]) < 1.5
        assert np.abs(shown[index].astype(int) - bar(4 * index)).mean() < 3


@pytest.mark.parametrize("name", ["v.mkv", "v.mp4", "v.ts", "v.mts", "v.avi"])
def test_frame_i_stays_the_ith_frame(tmp_path: Path, name: str) -> None:
    path = interlaced(tmp_path / name, [paint(i, *SIZE) for i in range(40)])
    info = probe(path)
    assert (info.n_frames, info.camera.interlaced) == (40, True)
    assert [index_of(image) for _, image in decode_frames(path, range(40), info.fps)] == list(range(40))


def test_the_last_frames_come_too(tmp_path: Path) -> None:
    path = interlaced(tmp_path / "v.mkv", [paint(i, *SIZE) for i in range(5)])
    assert [(i, index_of(image)) for i, image in decode_frames(path, [4, 6], 25.0)] == [(4, 4), (6, 4)]


def test_a_single_interlaced_frame(tmp_path: Path) -> None:
    path = interlaced(tmp_path / "v.mkv", [paint(9, *SIZE)])
    assert [index_of(image) for _, image in decode_frames(path, [0], 25.0)] == [9]


def test_progressive_video_goes_through_no_filter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "v.mp4", 9)
    monkeypatch.setattr("lmms_eval_plugins.video.deinterlace.Graph", None)
    assert len(list(decode_frames(path, range(9), 30.0))) == 9
    assert not probe(path).camera.interlaced


@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_stream_that_is_interlaced_in_part_has_a_key_of_its_own(tmp_path: Path, place: int) -> None:
    """It is deinterlaced there, which earlier releases did not do."""
    path = tmp_path / "v.ts"
    parts = []
    for number in range(3):
        part, at = tmp_path / f"{number}.ts", 50 * number
        if number == place:
            interlaced(part, [paint(at + i, *SIZE) for i in range(50)], first=at)
        else:
            film(part, 50, 25, size=SIZE, ticks=range(at, at + 50), options={"g": "10"})
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))
    assert conversion_of(path) == "camera-1"


def test_interlaced_video_may_be_turned(tmp_path: Path) -> None:
    path = orient(interlaced(tmp_path / "v.mp4", [paint(i, *SIZE) for i in range(4)]), (0, 1, 1, 0))
    ((_, image),) = decode_frames(path, [3], 25.0)
    assert image.shape == (160, 96, 3)
    assert index_of(image.swapaxes(0, 1)) == 3


def test_frames_may_change_their_size(tmp_path: Path) -> None:
    def frames() -> Iterator[tuple[float | None, av.VideoFrame]]:
        for name, size in (("a.mkv", SIZE), ("b.mkv", (80, 48))):
            path = interlaced(tmp_path / name, [paint(i, *SIZE) for i in range(3)])
            with av.open(str(path)) as container:
                for frame in container.decode(video=0):
                    again = Graph()
                    source = again.add("buffer", video_size=f"{SIZE[0]}x{SIZE[1]}", pix_fmt="yuv420p", time_base="1/25")
                    scaled = again.add("scale", f"{size[0]}:{size[1]}")
                    again.link_nodes(source, scaled, again.add("buffersink")).configure()
                    again.vpush(frame)
                    yield frame.time, again.vpull()

    assert [frame.width for _, frame in deinterlaced(frames())] == [160, 160, 160, 80, 80, 80]
