"""Decoding: frames, their clock, rotation, boxes, damage and cost."""

from __future__ import annotations

import re
import subprocess
import sys
import weakref
from collections.abc import Generator, Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer

from lmms_eval_plugins.video import decode
from lmms_eval_plugins.video.decode import Frames, decode_windows
from lmms_eval_plugins.video.picture import StreamPicture
from lmms_eval_plugins.video.probe import VideoError, probe
from lmms_eval_plugins.video.windows import Box, Dense, Uniform, Window, windows
from tests.support.painted import HEIGHT, WIDTH, cut, damage, film, index_of, paint, trim, turn
from tests.video.test_probe import CLIPS, UNUSABLE, unusable

EVERY_FRAME = Dense(fps=1000, frames=1)

CONTAINERS = [
    ("v.mp4", "libx264", "yuv420p"),
    ("v.mov", "libx264", "yuv420p"),
    ("v.mkv", "libx264", "yuv420p"),
    ("v.avi", "libx264", "yuv420p"),
    ("v.avi", "mpeg4", "yuv420p"),
    ("v.avi", "mjpeg", "yuvj420p"),
    ("v.m4v", "mpeg4", "yuv420p"),
]


def window(*frames: int, box: Box | None = None) -> Window:
    return Window("", 0, 0.0, 1.0, frames, (box,) if box else ())


def indices(decoded: Iterator[tuple[Window, Frames]]) -> list[list[int]]:
    """Return the indices painted into the frames of each window."""
    return [[index_of(image) for image in frames] for _, frames in decoded]


def on_screen(path: Path, fps: float, n_frames: int) -> list[int]:
    """Return the index painted into the frame at every tick."""
    return [index for (index,) in indices(decode_windows(path, windows(n_frames, fps, EVERY_FRAME), fps))]


def naive(path: Path, cut_windows: Sequence[Window]) -> list[Frames]:
    with av.open(str(path)) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    return [np.stack([frames[i] for i in one.frames]) for one in cut_windows]


@pytest.mark.parametrize("fps", [20.2, 30, 100])
@pytest.mark.parametrize(("name", "codec", "pixels"), CONTAINERS)
def test_frame_i_is_the_ith_frame(tmp_path: Path, name: str, codec: str, pixels: str, fps: float) -> None:
    path = film(tmp_path / name, 60, fps, codec=codec, pixels=pixels)
    assert on_screen(path, probe(path).fps, 60) == list(range(60))


def test_h264_has_frames_out_of_order_here(tmp_path: Path) -> None:
    with av.open(str(film(tmp_path / "v.mkv", 60))) as container:
        times = [packet.pts for packet in container.demux(video=0) if packet.size]
    assert times != sorted(times)


@pytest.mark.parametrize(
    "sampling",
    [
        Dense(fps=15, frames=8),
        Dense(fps=15, frames=8, overlap=6),
        Dense(fps=30, frames=1),
        Dense(fps=4, frames=3, overlap=1),
        Uniform(strategy="uniform", frames=8),
        Uniform(strategy="uniform", frames=1),
        Uniform(strategy="uniform", frames=90),
    ],
)
def test_windows_are_what_a_naive_reader_cuts(tmp_path: Path, sampling: Dense | Uniform) -> None:
    path = film(tmp_path / "v.mp4", 75)
    expected = windows(75, 30.0, sampling)
    decoded = list(decode_windows(path, expected, 30.0))
    assert [one for one, _ in decoded] == list(expected)
    for (_, frames), reference in zip(decoded, naive(path, expected), strict=True):
        assert frames.dtype == np.uint8
        assert frames.flags.writeable
        assert np.array_equal(frames, reference)


def test_windows_of_several_tasks_share_a_pass(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "v.mp4", 75)
    several = [window(70), *windows(75, 30.0, Dense(fps=15, frames=8)), *windows(75, 30.0, Dense(fps=3, frames=2))]
    several += windows(75, 30.0, Uniform(strategy="uniform", frames=8), "whole")
    converted: list[av.VideoFrame] = []
    convert = decode.to_rgb

    def counted(frame: av.VideoFrame, stream: StreamPicture) -> Frames:
        converted.append(frame)
        return convert(frame, stream)

    monkeypatch.setattr(decode, "to_rgb", counted)
    decoded = list(decode_windows(path, several, 30.0))
    assert sorted(one.frames for one, _ in decoded) == sorted(one.frames for one in several)
    assert all([index_of(image) for image in frames] == list(one.frames) for one, frames in decoded)
    assert [one.frames[-1] for one, _ in decoded] == sorted(one.frames[-1] for one in several)
    assert len(converted) == len({index for one in several for index in one.frames})


def test_a_window_comes_before_the_rest_is_read(tmp_path: Path) -> None:
    path = cut(film(tmp_path / "v.mkv", 300), 0.6)
    decoded = decode_windows(path, windows(300, 30.0, Dense(fps=15, frames=8)), 30.0)
    assert next(decoded)[0].frames[0] == 0
    assert isinstance(decoded, Generator)
    decoded.close()


def test_stopping_early_closes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "v.mp4", 60)
    opened: list[InputContainer] = []
    open_av = av.open

    def recorded(name: str, metadata_errors: str) -> InputContainer:
        opened.append(open_av(name, metadata_errors=metadata_errors))
        return opened[-1]

    monkeypatch.setattr(av, "open", recorded)
    decoded = decode_windows(path, windows(60, 30.0, EVERY_FRAME), 30.0)
    next(decoded)
    assert isinstance(decoded, Generator)
    decoded.close()
    (container,) = opened
    with pytest.raises((ValueError, AssertionError)):
        next(container.demux())


def test_no_windows_no_file(tmp_path: Path) -> None:
    assert list(decode_windows(tmp_path / "missing.mp4", [], 30.0)) == []


@pytest.mark.parametrize(("name", "size", "pixels"), [("v.mkv", (161, 97), "yuv444p"), ("v.mp4", (90, 70), "yuv420p")])
def test_sizes_that_are_no_multiple_of_the_line(tmp_path: Path, name: str, size: tuple[int, int], pixels: str) -> None:
    path = film(tmp_path / name, 3, size=size, pixels=pixels)
    ((_, frames),) = decode_windows(path, [window(0, 1, 2)], 30.0)
    assert frames.shape == (3, size[1], size[0], 3)
    assert np.array_equal(frames, naive(path, [window(0, 1, 2)])[0])


def test_grey_video_is_rgb(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mkv", 3, codec="ffv1", pixels="gray")
    ((_, frames),) = decode_windows(path, [window(2)], 30.0)
    assert np.array_equal(frames[0], paint(2))


# The clock


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv"])
def test_times_that_do_not_start_at_zero(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name, 40, ticks=range(3000, 5000, 50), time_base=Fraction(1, 1500))
    assert on_screen(path, 30.0, 40) == list(range(40))


def test_a_video_trimmed_on_the_phone_starts_where_it_was_trimmed(tmp_path: Path) -> None:
    path = trim(film(tmp_path / "v.mp4", 60), 25, 30)
    assert probe(path).n_frames == 30
    assert on_screen(path, 30.0, 30) == list(range(25, 55))


@pytest.mark.parametrize(("name", "codec"), [("v.mp4", "libx264"), ("v.mkv", "libx264"), ("v.avi", "mpeg4")])
def test_a_frame_stays_until_the_next_one(tmp_path: Path, name: str, codec: str) -> None:
    path = film(tmp_path / name, 20, 30, codec=codec, ticks=[*range(10), *range(15, 25)], time_base=Fraction(1, 30))
    assert on_screen(path, 30.0, 25) == [*range(10), 9, 9, 9, 9, 9, *range(10, 20)]


def test_a_slower_clock_leaves_frames_out(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mkv", 60, 60)
    assert on_screen(path, 20.0, 20) == pytest.approx([3 * i for i in range(20)], abs=0)


def test_a_faster_clock_repeats_frames(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mkv", 20, 20)
    assert on_screen(path, 60.0, 58) == pytest.approx([i / 3 for i in range(58)], abs=0.7)


def test_jitter_moves_no_frame(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(-12, 13, 60)
    noise[0] = 0
    path = film(tmp_path / "v.mkv", 60, ticks=[33 * i + int(noise[i]) for i in range(60)], time_base=Fraction(1, 1000))
    assert on_screen(path, 1000 / 33, 60) == list(range(60))


@pytest.mark.parametrize("seed", range(5))
def test_a_varying_rate_keeps_true_time(tmp_path: Path, seed: int) -> None:
    steps = np.random.default_rng(seed).choice([8, 17, 33, 40, 67, 200], 150)
    ticks = [0, *np.cumsum(steps).tolist()]
    path = film(tmp_path / "v.mkv", len(ticks), ticks=ticks, time_base=Fraction(1, 1000))
    info = probe(path)
    tolerance = decode._JITTER / info.fps + 0.002
    for tick, shown in enumerate(on_screen(path, info.fps, info.n_frames)):
        now = tick / info.fps
        assert ticks[shown] / 1000 <= now + tolerance
        if shown + 1 < len(ticks):
            assert ticks[shown + 1] / 1000 > now


@pytest.mark.parametrize("more", [-20, -3, 1, 3, 14])
@pytest.mark.parametrize("sampling", [Dense(fps=15, frames=8), EVERY_FRAME, Uniform(strategy="uniform", frames=8)])
def test_a_manifest_that_counts_some_frames_more_or_fewer(tmp_path: Path, more: int, sampling: Dense | Uniform) -> None:
    path = film(tmp_path / "v.mp4", 60)
    expected = windows(60 + more, 30.0, sampling)
    decoded = list(decode_windows(path, expected, 30.0))
    assert [one for one, _ in decoded] == list(expected)
    for one, frames in decoded:
        assert [index_of(image) for image in frames] == [min(index, 59) for index in one.frames]


@pytest.mark.parametrize("sampling", [Dense(fps=15, frames=8), Uniform(strategy="uniform", frames=8)])
def test_a_manifest_that_counts_far_more_frames(tmp_path: Path, sampling: Dense | Uniform) -> None:
    path = film(tmp_path / "v.mp4", 60)
    with pytest.raises(VideoError, match=r"ends at frame 59, 1\.0 s before its last window; it is truncated"):
        list(decode_windows(path, windows(90, 30.0, sampling), 30.0))


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv", "v.avi"])
def test_one_frame(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name, 1, codec="mpeg4" if name.endswith("avi") else "libx264")
    assert on_screen(path, 30.0, 1) == [0]


# Pictures


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_a_turned_phone_is_shown_upright(tmp_path: Path, clockwise: int) -> None:
    stored = paint(0b000111_010001)
    path = turn(film(tmp_path / "v.mp4", 0b000111_010001 + 1, options={"preset": "ultrafast"}), clockwise)
    ((_, frames),) = decode_windows(path, [window(0b000111_010001)], 30.0)
    expected = np.rot90(stored, -clockwise // 90)
    assert frames[0].shape == expected.shape
    assert np.abs(frames[0].astype(int) - expected).mean() < 4
    info = probe(path)
    assert frames[0].shape == (info.height, info.width, 3)


def test_turning_follows_the_iso_matrix(tmp_path: Path) -> None:
    """Clockwise by 90: what is stored at the top left is shown at the top right."""
    path = turn(film(tmp_path / "v.mp4", 2), 90)
    ((_, frames),) = decode_windows(path, [window(1)], 30.0)
    assert frames[0][5, -5].mean() > 200
    assert frames[0][5, 5].mean() < 50


def test_a_box_is_cut_out(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mp4", 9)
    box = Box(10, 20, 110, 90)
    (whole,) = naive(path, [window(3, 5, 7)])
    ((_, frames),) = decode_windows(path, [window(3, 5, 7, box=box)], 30.0)
    assert np.array_equal(frames, whole[:, 20:90, 10:110])


def test_a_box_is_cut_out_of_the_upright_frame(tmp_path: Path) -> None:
    path = turn(film(tmp_path / "v.mp4", 2), 90)
    ((_, whole),) = decode_windows(path, [window(1)], 30.0)
    ((_, frames),) = decode_windows(path, [window(1, box=Box(0, 100, 96, 160))], 30.0)
    assert np.array_equal(frames, whole[:, 100:160])


def test_a_box_ends_where_the_frame_ends(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mp4", 1)
    (whole,) = naive(path, [window(0)])
    ((_, frames),) = decode_windows(path, [window(0, box=Box(-30, -10, 50, 4000))], 30.0)
    assert np.array_equal(frames, whole[:, :, :50])


@pytest.mark.parametrize("box", [Box(160, 0, 200, 90), Box(-50, 0, -10, 90), Box(0, -9, 9, 0), Box(50, 0, 40, 90)])
def test_a_box_with_nothing_in_it(tmp_path: Path, box: Box) -> None:
    path = film(tmp_path / "v.mp4", 1)
    with pytest.raises(VideoError, match=r"Box\(.*\) lies outside its frames, which are 160x96"):
        list(decode_windows(path, [window(0, box=box)], 30.0))


def test_frames_that_change_size(tmp_path: Path) -> None:
    path = tmp_path / "v.avi"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        for index in range(6):
            encoder = av.CodecContext.create("mjpeg", "w")
            encoder.width, encoder.height = (WIDTH, HEIGHT) if index < 3 else (WIDTH // 2, HEIGHT // 2)
            encoder.pix_fmt, encoder.time_base = "yuvj420p", Fraction(1, 30)
            frame = av.VideoFrame.from_ndarray(paint(index, encoder.width, encoder.height), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 30)
            for packet in [*encoder.encode(frame.reformat(format="yuvj420p")), *encoder.encode(None)]:
                packet.stream = stream
                container.mux(packet)
    decoded = decode_windows(path, [window(0, 1), window(2, 3), window(4, 5)], 30.0)
    assert next(decoded)[0].frames == (0, 1)
    with pytest.raises(VideoError, match="size of its frames changes before frame 3"):
        next(decoded)


# Damage


@pytest.mark.parametrize(("what", "reason"), UNUSABLE)
def test_unusable_files(tmp_path: Path, what: str, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = unusable(tmp_path, what)
    with pytest.raises(VideoError, match=reason) as caught:
        list(decode_windows(path, [window(0)], 30.0))
    assert str(caught.value) == f"{path}: {caught.value.reason}"
    assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def good_until_error(path: Path, n_frames: int) -> int:
    """Return the number of frames that are yielded, all correct, before the one error."""
    shown: list[int] = []
    with pytest.raises(VideoError, match=r"frame \d+") as caught:
        for one, frames in decode_windows(path, windows(n_frames, 30.0, EVERY_FRAME), 30.0):
            assert one.index == len(shown)
            shown.append(index_of(frames[0]))
    # At the cut, frames are missing before one that they build on: their neighbours stand in.
    assert shown[:-3] == list(range(len(shown) - 3))
    assert shown[-3:] == pytest.approx(range(len(shown) - 3, len(shown)), abs=1)
    assert len(shown) - 1 <= int(re.findall(r"frame (\d+)", str(caught.value))[-1]) <= len(shown)
    return len(shown)


@pytest.mark.parametrize("share", [0.5, 0.8])
@pytest.mark.parametrize(
    ("name", "codec", "muxer"),
    [("v.mkv", "libx264", {}), ("v.avi", "mpeg4", {}), ("v.mp4", "libx264", {"movflags": "faststart"})],
)
def test_a_truncated_file_is_good_up_to_its_end(
    tmp_path: Path, name: str, codec: str, muxer: dict[str, str], share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    path = cut(film(tmp_path / name, 300, codec=codec, muxer=muxer), share)
    assert good_until_error(path, 300) > 100 * share
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(("name", "codec"), [("v.mkv", "libx264"), ("v.avi", "mpeg4"), ("v.avi", "mjpeg")])
def test_damage_inside_ends_the_video(tmp_path: Path, name: str, codec: str, capfd: pytest.CaptureFixture[str]) -> None:
    pixels = "yuvj420p" if codec == "mjpeg" else "yuv420p"
    path = damage(film(tmp_path / name, 300, codec=codec, pixels=pixels), 150)
    assert 140 < good_until_error(path, 300) <= 151
    assert capfd.readouterr() == ("", "")


def test_damage_does_not_hang_with_the_log_level_of_another_library(tmp_path: Path) -> None:
    """FFmpeg's threads report damage; where Python gets its log, closing the file deadlocks. Torchvision gets it."""
    path = film(tmp_path / "v.avi", 300, codec="mpeg4")
    for packet in range(100, 110):
        damage(path, packet)
    script = (
        "import av.logging; av.logging.set_level(av.logging.ERROR)\n"
        "from lmms_eval_plugins.video.decode import *; from lmms_eval_plugins.video.windows import *\n"
        "for _ in range(20):\n"
        f"    try: list(decode_windows(Path({str(path)!r}), windows(300, 30.0, Dense(fps=30, frames=1)), 30.0))\n"
        "    except VideoError: pass\n"
    )
    done = subprocess.run([sys.executable, "-c", script], timeout=60, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("", "")


# Cost


@pytest.mark.parametrize("n_frames", [200, 2000])
def test_memory_holds_only_what_open_windows_need(
    tmp_path: Path, n_frames: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = film(tmp_path / "v.mkv", n_frames, size=(48, 32), options={"preset": "ultrafast"})
    several = windows(n_frames, 30.0, Dense(fps=15, frames=8, overlap=4))
    several += windows(n_frames, 30.0, Uniform(strategy="uniform", frames=5))
    images: list[int] = []
    alive: set[int] = set()
    convert = decode.to_rgb

    def counted(frame: av.VideoFrame, stream: StreamPicture) -> Frames:
        image: Frames = convert(frame, stream).copy()
        alive.add(id(image))
        weakref.finalize(image, alive.discard, id(image))
        images.append(len(alive))
        return image

    monkeypatch.setattr(decode, "to_rgb", counted)
    for _ in decode_windows(path, several, 30.0):
        pass
    assert len(images) > n_frames / 2 - 5
    assert max(images) <= 8 + 5 + 2


# Real clips


@pytest.mark.skipif(not CLIPS.is_dir(), reason=f"no real clips at {CLIPS}")
@pytest.mark.parametrize(
    ("name", "n_frames"),
    [("asl_book.mkv", 109), ("asl_help.mkv", 58), ("asl_walk.mkv", 89), ("bottle-detection.mp4", 1189)],
)
def test_real_clips(name: str, n_frames: int) -> None:
    fps = probe(CLIPS / name).fps
    expected = windows(n_frames, fps, Dense(fps=15, frames=8))
    sums: dict[int, int] = {}
    for one, frames in decode_windows(CLIPS / name, expected, fps):
        sums.update(zip(one.frames, frames.sum(axis=(1, 2, 3), dtype=np.int64).tolist(), strict=True))
    with av.open(str(CLIPS / name)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index in sums:
                assert frame.to_ndarray(format="rgb24").sum(dtype=np.int64) == sums.pop(index)
    assert (index + 1, sums) == (n_frames, {})


def test_boxes_may_follow_something_from_frame_to_frame(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mp4", 8)
    (whole,) = naive(path, [window(3, 5)])
    boxes = (Box(0, 10, 40, 50), Box(8, 12, 48, 52))
    ((_, frames),) = decode_windows(path, [Window("", 0, 0.0, 1.0, (3, 5), boxes)], 30.0)
    assert np.array_equal(frames, [whole[0, 10:50, :40], whole[1, 12:52, 8:48]])


def test_boxes_that_lie_partly_outside_are_an_error(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mp4", 2)
    boxes = (Box(0, 0, 40, 40), Box(-10, 0, 30, 40))
    with pytest.raises(VideoError, match="its boxes lie partly outside its frames"):
        list(decode_windows(path, [Window("", 0, 0.0, 1.0, (0, 1), boxes)], 30.0))
