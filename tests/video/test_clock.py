"""The clock of a video: start on the container's clock, broken times, varying rates, headers alone."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.container import InputContainer
from av.video.stream import VideoStream

from lmms_eval_plugins.video import decode
from lmms_eval_plugins.video.clock import Times, check_clock, varies
from lmms_eval_plugins.video.container import TimedFrame, packet_s, timed_frames
from lmms_eval_plugins.video.decode import decode_frames
from lmms_eval_plugins.video.probe import VideoError, probe
from tests.support.painted import HEIGHT, WIDTH, film, index_of, paint, trim

MS = Fraction(1, 1000)


def filmed(
    path: Path,
    *,
    video_s: float,
    audio_s: float | None,
    n_frames: int = 60,
    codec: str = "libx264",
    bframes: int = 2,
    sound_s: float | None = None,
) -> Path:
    """Write a video of 30 frames per second whose picture and sound start at some times; the sound may be longer."""
    with av.open(str(path), "w") as container:
        options = {"bf": str(bframes)} if codec == "libx264" else {}
        video = container.add_stream(codec, rate=30, options=options)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        video.codec_context.time_base = Fraction(1, 30000)
        packets: list[av.Packet] = []
        if audio_s is not None:
            audio = container.add_stream("mp2", rate=48000)
            for number in range(int((sound_s or n_frames / 30) * 48000 / 1152)):
                silence = av.AudioFrame.from_ndarray(np.zeros((1, 1152 * 2), np.int16), format="s16", layout="stereo")
                silence.sample_rate, silence.time_base = 48000, Fraction(1, 48000)
                silence.pts = round(audio_s * 48000) + 1152 * number
                packets += audio.encode(silence)
            packets += audio.encode(None)
        for index in range(n_frames):
            frame = av.VideoFrame.from_ndarray(paint(index), format="rgb24")
            frame.pts, frame.time_base = round((video_s + index / 30) * 30000), Fraction(1, 30000)
            packets += video.encode(frame)
        packets += video.encode(None)
        for packet in sorted(packets, key=lambda one: float((one.dts or 0) * one.time_base)):
            container.mux(packet)
    return path


# Start


@pytest.mark.parametrize("bframes", [0, 2])
@pytest.mark.parametrize("name", ["v.mkv", "v.mp4", "v.mov", "v.ts", "v.mts"])
def test_a_picture_that_starts_after_its_sound_starts_there(tmp_path: Path, name: str, bframes: int) -> None:
    path = filmed(tmp_path / name, video_s=1.2, audio_s=0.0, bframes=bframes)
    for info in (probe(path), probe(path, packets=False)):
        assert info.camera.start_s == pytest.approx(1.2, abs=0.03)
        assert (info.n_frames, info.fps) == (60, 30.0)
    assert [index_of(image) for _, image in decode_frames(path, [0, 59], 30.0)] == [0, 59]


@pytest.mark.parametrize("bframes", [0, 2])
@pytest.mark.parametrize("name", ["v.mkv", "v.mp4", "v.mov", "v.ts"])
def test_picture_and_sound_that_start_together_have_no_offset(tmp_path: Path, name: str, bframes: int) -> None:
    path = filmed(tmp_path / name, video_s=0.0, audio_s=0.0, bframes=bframes)
    assert probe(path).camera.start_s == 0.0
    assert probe(path, packets=False).camera.start_s == 0.0


@pytest.mark.parametrize("name", ["v.mkv", "v.mp4", "v.avi", "v.ts", "v.flv"])
def test_a_picture_without_sound_starts_at_zero(tmp_path: Path, name: str) -> None:
    assert probe(film(tmp_path / name, 30)).camera.start_s == 0.0


def test_sound_that_starts_later_is_no_offset_of_the_picture(tmp_path: Path) -> None:
    assert probe(filmed(tmp_path / "v.mkv", video_s=0.0, audio_s=0.7)).camera.start_s == 0.0


@pytest.mark.parametrize(("name", "start_s"), [("v.mp4", 2.0), ("v.mkv", 2.0), ("v.ts", 0.0)])
def test_times_far_from_zero_count_where_the_container_has_a_zero(tmp_path: Path, name: str, start_s: float) -> None:
    path = film(tmp_path / name, 40, ticks=range(3000, 5000, 50), time_base=Fraction(1, 1500))
    assert probe(path).camera.start_s == start_s


@pytest.mark.parametrize("muxer", [{"use_editlist": "0"}, {"movflags": "negative_cts_offsets"}, {}])
def test_the_decoders_delay_is_no_offset(tmp_path: Path, muxer: dict[str, str]) -> None:
    path = film(tmp_path / "v.mp4", 30, muxer=muxer)
    assert probe(path).camera.start_s == 0.0
    assert probe(path, packets=False).camera.start_s == 0.0


def test_a_trimmed_video_starts_at_zero(tmp_path: Path) -> None:
    assert probe(trim(film(tmp_path / "v.mp4", 60), 25, 30)).camera.start_s == 0.0


@pytest.mark.parametrize(("name", "codec", "block"), [("v.ts", "libx264", 188), ("v.mpg", "mpeg2video", 2048)])
@pytest.mark.parametrize("share", [0.15, 0.3])
def test_a_recording_that_begins_in_the_middle_starts_with_the_first_frame_that_is_shown(
    tmp_path: Path, name: str, codec: str, block: int, share: float
) -> None:
    """What lies before the first key frame has packets, but no pictures; it counts on the container's clock."""
    path = film(tmp_path / name, 200, codec=codec, options={"g": "100", "bf": "2"}, size=(320, 192))
    content = path.read_bytes()
    path.write_bytes(content[int(len(content) / block * share) * block :])
    with av.open(str(path)) as container:
        zero_s = (container.start_time or 0) / av.time_base
        times = [frame.time for frame in container.decode(video=0)]
    assert times[0] > zero_s + 0.1
    for info in (probe(path), probe(path, packets=False)):
        assert info.camera.start_s == pytest.approx(times[0] - zero_s, abs=1e-5)
        assert info.n_frames == pytest.approx(len(times), abs=2)
        assert not info.camera.rate_varies
    assert probe(path).n_frames == len(times)
    shown = [index_of(image) for _, image in decode_frames(path, range(len(times)), 30.0)]
    assert shown == [*range(200 - len(times), 200)]


# Broken times


@pytest.mark.parametrize("place", [0, 57, 119])
@pytest.mark.parametrize("far", [434_782_000, 20_000_000])
def test_one_broken_time_is_named(tmp_path: Path, place: int, far: int) -> None:
    ticks = [33 * i for i in range(120)]
    if place == 0:
        ticks = [0, *(far + tick for tick in ticks[1:])]
    else:
        ticks[place] += far
    if place not in (0, 119):  # an encoder takes times in order alone
        times = Times([tick / 1000 for tick in ticks], [None] * 120)
        with pytest.raises(VideoError, match=f"the time of frame {place} is broken: .* s, where the others lie around"):
            check_clock(tmp_path / "v.mkv", times)
        return
    path = film(tmp_path / "v.mkv", 120, ticks=ticks, time_base=MS, options={"bf": "0"})
    with pytest.raises(VideoError, match=r"the time of frame .* is broken: .*; write its times anew"):
        probe(path)


def test_a_pause_of_the_camera_is_not_broken(tmp_path: Path) -> None:
    ticks = [*range(0, 2000, 33), *range(17_000, 19_000, 33)]
    info = probe(film(tmp_path / "v.mkv", len(ticks), ticks=ticks, time_base=MS))
    assert info.camera.rate_varies
    assert info.duration_s == pytest.approx(19, abs=0.3)


def test_a_long_still_at_the_end_is_not_broken(tmp_path: Path) -> None:
    ticks = [*range(0, 20_000, 100), 35_000]
    assert probe(film(tmp_path / "v.mkv", len(ticks), ticks=ticks, time_base=MS)).camera.rate_varies


def test_frames_that_all_have_one_time() -> None:
    with pytest.raises(VideoError, match="all its 3 frames have the same time"):
        check_clock(Path("v.mkv"), Times([1.0, 1.0, 1.0], [None, None, None]))


def test_two_recordings_in_one_stream(tmp_path: Path) -> None:
    one = film(tmp_path / "a.ts", 60)
    path = tmp_path / "v.ts"
    path.write_bytes(one.read_bytes() * 2)
    with pytest.raises(VideoError, match=r"its clock jumps back by .* s at frame 60; write its times anew"):
        probe(path)
    with pytest.raises(VideoError, match=r"its clock jumps back from \d.* to .* s"):
        list(decode_frames(path, range(120), 30.0))


def test_a_decoder_stops_at_a_broken_time_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It would show one frame until the end of the video."""
    path = film(tmp_path / "v.mkv", 60, options={"bf": "0"})

    def broken(path: Path, container: InputContainer, stream: VideoStream) -> Iterator[TimedFrame]:
        for place, (time_s, frame) in enumerate(timed_frames(path, container, stream)):
            yield (time_s or 0.0) + 1000 * (place == 20), frame

    monkeypatch.setattr(decode, "timed_frames", broken)
    with pytest.raises(VideoError, match=r"its clock jumps back from 1,000\.7 to 0\.7 s; .*, after frame 18"):
        list(decode_frames(path, range(60), 30.0))


def test_a_rate_that_no_camera_has(tmp_path: Path) -> None:
    path = film(tmp_path / "v.mp4", 60, ticks=range(60), time_base=Fraction(1, 90000))
    with pytest.raises(VideoError, match="frames per second, which no camera has"):
        probe(path)


# Rate


@pytest.mark.parametrize(
    ("gaps", "expected"),
    [
        ([33, 33, 34] * 30, False),
        ([40] * 100, False),
        ([40] * 60 + [80] + [40] * 60, False),
        ([40] * 20 + [80] + [40] * 20, True),
        ([33, 50] * 40, True),
        ([33] * 1000 + [5000], True),
        ([8, 17, 33, 40, 67] * 20, True),
        ([30, 33, 36, 31, 35] * 20, False),
        ([1, 2] * 100, False),
        ([40], False),
        ([], False),
    ],
)
def test_a_varying_rate_is_flagged(gaps: Sequence[int], expected: bool) -> None:
    assert varies((np.cumsum([0, *gaps]) / 1000).tolist()) is expected


def test_a_phones_varying_rate_is_flagged_by_all_packets_and_by_the_header(tmp_path: Path) -> None:
    steps = np.random.default_rng(3).choice([16, 33, 33, 50, 67], 150)
    path = film(tmp_path / "v.mp4", 151, ticks=[0, *np.cumsum(steps).tolist()], time_base=MS)
    assert probe(path).camera.rate_varies
    assert probe(path, packets=False).camera.rate_varies


# Headers alone


@pytest.mark.parametrize("n_frames", [1, 60, 400])
@pytest.mark.parametrize("name", ["v.mp4", "v.mov", "v.mkv", "v.avi", "v.ts", "v.webm"])
@pytest.mark.parametrize("fps", [25, 29.97])
def test_a_header_says_what_the_packets_say(tmp_path: Path, name: str, n_frames: int, fps: float) -> None:
    codec = {"v.webm": "libvpx", "v.avi": "mpeg4"}.get(name, "libx264")
    options = {"deadline": "realtime", "cpu-used": "8"} if codec == "libvpx" else {}
    path = film(tmp_path / name, n_frames, fps, codec=codec, options=options)
    whole, header = probe(path), probe(path, packets=False)
    assert header.camera == whole.camera
    assert (header.width, header.height) == (whole.width, whole.height)
    assert header.fps == pytest.approx(whole.fps, rel=1e-4)
    assert header.n_frames == pytest.approx(whole.n_frames, abs=2)


@pytest.mark.parametrize("n_frames", [20, 200])
def test_a_header_with_another_rate_than_the_frames_is_not_believed(tmp_path: Path, n_frames: int) -> None:
    """As FFmpeg copies H.264 into AVI: chunks of 60 per second, every other one of which is there."""
    path = film(tmp_path / "v.avi", n_frames, 60, ticks=range(0, 2 * n_frames, 2), options={"bf": "0"})
    with av.open(str(path)) as container:
        assert container.streams.video[0].average_rate == 60
    info = probe(path, packets=False)
    assert (info.fps, info.n_frames, info.camera.rate_varies) == (30.0, n_frames, False)
    assert info == probe(path)


def test_a_header_is_read_without_the_packets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = film(tmp_path / "v.mp4", 300, options={"preset": "ultrafast"})
    packets: list[av.Packet] = []

    def counted(container: InputContainer, packet: av.Packet) -> float | None:
        packets.append(packet)
        return packet_s(container, packet)

    monkeypatch.setattr("lmms_eval_plugins.video.probe.packet_s", counted)
    assert probe(path, packets=False).n_frames == 300
    assert len(packets) < 100


def test_a_trimmed_videos_header(tmp_path: Path) -> None:
    info = probe(trim(film(tmp_path / "v.mp4", 600), 25, 300), packets=False)
    assert info.n_frames == pytest.approx(300, abs=1)


@pytest.mark.parametrize(("name", "codec"), [("v.wmv", "wmv2"), ("v.asf", "wmv2")])
def test_sound_that_is_longer_than_the_picture_is_no_truncation(tmp_path: Path, name: str, codec: str) -> None:
    path = filmed(tmp_path / name, video_s=0, audio_s=0, codec=codec, sound_s=4.0)
    assert [probe(path, packets=packets).n_frames for packets in (True, False)] == [60, 60]
