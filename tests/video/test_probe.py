"""Measures of video files, and errors about unusable ones."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from lmms_eval_plugins.video.probe import VideoError, VideoInfo, probe
from tests.support.painted import HEIGHT, WIDTH, cut, damage, film, song, sound, turn

CLIPS = Path(__file__).resolve().parents[3] / "shared/videos"


@pytest.mark.parametrize("fps", [20.2, 59.94, 100])
@pytest.mark.parametrize(
    ("name", "codec", "pixels"),
    [
        ("v.mp4", "libx264", "yuv420p"),
        ("v.mov", "libx264", "yuv420p"),
        ("v.mkv", "libx264", "yuv420p"),
        ("v.avi", "libx264", "yuv420p"),
        ("v.avi", "mpeg4", "yuv420p"),
        ("v.avi", "mjpeg", "yuvj420p"),
        ("v.webm", "libvpx", "yuv420p"),
        ("v.m4v", "mpeg4", "yuv420p"),
    ],
)
def test_frames_clock_and_size_are_exact(tmp_path: Path, name: str, codec: str, pixels: str, fps: float) -> None:
    options = {"deadline": "realtime", "cpu-used": "8"} if codec == "libvpx" else {}
    info = probe(film(tmp_path / name, 40, fps, codec=codec, pixels=pixels, options=options))
    assert info.fps == pytest.approx(fps, abs=1e-5)
    assert (info.n_frames, info.width, info.height) == (40, WIDTH, HEIGHT)
    assert info.duration_s == pytest.approx(40 / fps, abs=1e-5)


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv", "v.avi"])
def test_one_frame(tmp_path: Path, name: str) -> None:
    assert probe(film(tmp_path / name, 1)) == VideoInfo(30.0, 1, WIDTH, HEIGHT)


@pytest.mark.parametrize("name", ["v.mp4", "v.mkv"])
def test_times_that_do_not_start_at_zero(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name, 40, ticks=range(3000, 5000, 50), time_base=Fraction(1, 1500))
    assert probe(path) == VideoInfo(30.0, 40, WIDTH, HEIGHT)


def test_a_varying_rate_counts_on_the_mean_clock(tmp_path: Path) -> None:
    ticks = [*range(40), *range(60, 101)]
    info = probe(film(tmp_path / "v.mkv", len(ticks), ticks=ticks, time_base=Fraction(1, 30)))
    assert info.fps == pytest.approx(30 * 80 / 100, abs=0.01)
    assert info.n_frames == len(ticks)


def test_empty_chunks_of_an_avi_keep_their_time(tmp_path: Path) -> None:
    info = probe(film(tmp_path / "v.avi", 20, 25, codec="mpeg4", ticks=[*range(10), *range(20, 30)]))
    assert info.n_frames == 20
    assert info.fps == pytest.approx(25 * 19 / 29, abs=1e-4)


@pytest.mark.parametrize("clockwise", [0, 90, 180, 270])
def test_size_is_as_shown(tmp_path: Path, clockwise: int) -> None:
    info = probe(turn(film(tmp_path / "v.mp4", 2), clockwise))
    assert (info.width, info.height) == ((HEIGHT, WIDTH) if clockwise % 180 else (WIDTH, HEIGHT))


def test_odd_size(tmp_path: Path) -> None:
    info = probe(film(tmp_path / "v.mkv", 3, size=(161, 97), pixels="yuv444p"))
    assert (info.width, info.height) == (161, 97)


def test_names_that_ffmpeg_would_take_for_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "concat:12:30 50% größer.mkv"
    film(tmp_path / "v.mkv", 5).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert probe(Path(name)).n_frames == 5


def test_a_title_in_another_encoding(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mkv", 5, metadata={"title": "Uebung"})
    content = path.read_bytes()
    assert b"Uebung" in content
    path.write_bytes(content.replace(b"Uebung", b"\xdcebung"))
    assert probe(path).n_frames == 5


@pytest.mark.parametrize(
    ("name", "n_frames", "fps", "size"),
    [
        ("asl_book.mkv", 109, 30, (640, 480)),
        ("asl_help.mkv", 58, 30, (640, 480)),
        ("asl_walk.mkv", 89, 30, (640, 480)),
        ("bottle-detection.mp4", 1189, 29.833333, (640, 360)),
    ],
)
def test_real_clips(name: str, n_frames: int, fps: float, size: tuple[int, int]) -> None:
    if not CLIPS.is_dir():
        pytest.skip(f"no real clips at {CLIPS}")
    assert probe(CLIPS / name) == VideoInfo(fps, n_frames, *size)


@pytest.mark.parametrize(
    ("name", "codec", "muxer"),
    [("v.mkv", "libx264", {"live": "1"}), ("v.webm", "libvpx", {"live": "1"}), ("v.flv", "libx264", {})],
)
def test_a_header_without_a_length_is_not_taken_for_a_short_video(
    tmp_path: Path, name: str, codec: str, muxer: dict[str, str]
) -> None:
    options = {"deadline": "realtime", "cpu-used": "8"} if codec == "libvpx" else {}
    path = film(tmp_path / name, 400, codec=codec, muxer=muxer, options=options)
    assert probe(path, packets=False).n_frames == probe(path).n_frames == 400


def unusable(folder: Path, what: str) -> Path:
    """Make a file that is no usable video."""
    path = folder / "v.mp4"
    if what == "a folder":
        path.mkdir()
    elif what == "empty":
        path.touch()
    elif what == "text":
        path.write_text("Time_s, MarkerNames\n" * 50)
    elif what == "noise":
        path.write_bytes(bytes(range(256)) * 40)
    elif what == "sound only":
        sound(path)
    elif what == "song with a cover":
        song(path)
    elif what == "index missing":
        cut(film(path, 60), 0.6)
    elif what == "unknown codec":
        path = film(folder / "v.avi", 5, codec="mpeg4")
        path.write_bytes(path.read_bytes().replace(b"FMP4", b"ZZZZ"))
    return path


UNUSABLE = [
    ("missing", "no such video file"),
    ("a folder", "not a file"),
    ("empty", "empty .0 bytes."),
    ("text", "cannot be decoded"),
    ("noise", "cannot be decoded"),
    ("sound only", "no video stream"),
    ("song with a cover", "no video stream"),
    ("index missing", "cannot be decoded .*; the file is truncated or damaged"),
    ("unknown codec", "codec is not known"),
]


@pytest.mark.parametrize(("what", "reason"), UNUSABLE)
def test_unusable_files(tmp_path: Path, what: str, reason: str, capfd: pytest.CaptureFixture[str]) -> None:
    path = unusable(tmp_path, what)
    with pytest.raises(VideoError, match=reason) as caught:
        probe(path)
    assert str(caught.value) == f"{path}: {caught.value.reason}"
    assert "\n" not in str(caught.value)
    assert caught.value.path == path
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "codec", "muxer"),
    [("v.mkv", "libx264", {}), ("v.avi", "mpeg4", {}), ("v.mp4", "libx264", {"movflags": "faststart"})],
)
@pytest.mark.parametrize("share", [0.5, 0.65, 0.8])
def test_a_truncated_file_is_not_taken_for_a_short_one(
    tmp_path: Path, name: str, codec: str, muxer: dict[str, str], share: float, capfd: pytest.CaptureFixture[str]
) -> None:
    path = cut(film(tmp_path / name, 300, codec=codec, muxer=muxer), share)
    with pytest.raises(VideoError, match="truncated"):
        probe(path)
    assert capfd.readouterr() == ("", "")


def test_a_file_that_lacks_its_last_bytes(tmp_path: Path) -> None:
    path = cut(film(tmp_path / "v.mp4", 300, muxer={"movflags": "faststart"}), 0.995)
    with pytest.raises(VideoError, match=r"its data breaks off after frame 29\d; it is truncated"):
        probe(path)


@pytest.mark.parametrize("name", ["v.mkv", "v.mp4"])
def test_sound_that_lasts_longer_is_no_truncation(tmp_path: Path, name: str) -> None:
    assert probe(film(tmp_path / name, 9, silence_s=3)).n_frames == 9


def test_damage_inside_is_left_to_the_decoder(tmp_path: Path) -> None:
    assert probe(damage(film(tmp_path / "v.mkv", 60), 30)).n_frames == 60
