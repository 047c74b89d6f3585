"""What is seen: orientation, pixel shape and colours, against formulas of the standards and FFmpeg's own filters."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest
from av.filter import Graph

from lmms_eval_plugins.video.camera import Orientation, orientation_of
from lmms_eval_plugins.video.decode import decode_frames
from lmms_eval_plugins.video.picture import conversion_of
from lmms_eval_plugins.video.probe import probe
from tests.support.painted import HEIGHT, WIDTH, film, index_of, orient, paint

Plane = npt.NDArray[np.uint16]

ORIENTATIONS = [
    # entries a, b, c, d; what is seen of a stored picture; quarter turns and mirroring
    ((1, 0, 0, 1), lambda image: image, (0, False)),
    ((0, 1, -1, 0), lambda image: np.rot90(image, -1), (3, False)),
    ((-1, 0, 0, -1), lambda image: np.rot90(image, 2), (2, False)),
    ((0, -1, 1, 0), lambda image: np.rot90(image, 1), (1, False)),
    ((-1, 0, 0, 1), lambda image: image[:, ::-1], (0, True)),
    ((1, 0, 0, -1), lambda image: image[::-1], (2, True)),
    ((0, 1, 1, 0), lambda image: image.swapaxes(0, 1), (1, True)),
    ((0, -1, -1, 0), lambda image: np.rot90(image, 2).swapaxes(0, 1), (3, True)),
]


def shown(path: Path, index: int = 0) -> npt.NDArray[np.int64]:
    ((_, image),) = decode_frames(path, [index], probe(path).fps)
    return image.astype(np.int64)


# Orientation


@pytest.mark.parametrize(("abcd", "seen", "camera"), ORIENTATIONS)
def test_all_eight_orientations_are_put_upright(tmp_path, abcd, seen, camera) -> None:  # type: ignore[no-untyped-def]
    path = orient(film(tmp_path / "v.mp4", 10, size=(176, 96)), abcd)
    expected = seen(paint(9, 176, 96))
    image = shown(path, 9)
    assert image.shape == expected.shape
    assert np.abs(image - expected).mean() < 4
    info = probe(path)
    assert (info.camera.quarter_turns, info.camera.mirrored) == camera
    assert (info.height, info.width, 3) == image.shape


@pytest.mark.parametrize(("abcd", "seen", "camera"), ORIENTATIONS)
def test_only_flips_change_the_key_of_frames(tmp_path, abcd, seen, camera) -> None:  # type: ignore[no-untyped-def]
    path = orient(film(tmp_path / "v.mp4", 2), abcd)
    assert bool(conversion_of(path)) == camera[1]


@pytest.mark.parametrize(("tag", "turns"), [("90", 3), ("180", 2), ("270", 1), ("0", 0), ("no", 0), ("nan", 0)])
def test_a_rotate_tag_of_old_files_turns_clockwise(tmp_path: Path, tag: str, turns: int) -> None:
    path = tmp_path / "v.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.metadata["rotate"] = tag
        container.mux(stream.encode(av.VideoFrame.from_ndarray(paint(9), format="rgb24")))
        container.mux(stream.encode(None))
    assert probe(path).camera.quarter_turns == turns
    image = shown(path)
    assert np.abs(image - np.rot90(paint(9), turns)).mean() < 4
    assert bool(conversion_of(path)) == (turns > 0)


def test_a_matrix_counts_and_not_the_tag(tmp_path: Path) -> None:
    path = orient(film(tmp_path / "v.mp4", 2, metadata={"rotate": "90"}), (-1, 0, 0, -1))
    assert probe(path).camera.quarter_turns == 2


@pytest.mark.parametrize(("rotation", "expected"), [(-90, Orientation(3)), (180, Orientation(2)), (0, None)])
def test_side_data_that_pyav_has_no_name_for(rotation: int, expected: Orientation | None) -> None:
    class Frame:
        @property
        def side_data(self) -> object:
            raise ValueError("29 is not a valid Type")

    frame = Frame()
    frame.rotation = rotation  # type: ignore[attr-defined]
    assert orientation_of(frame) == expected


def test_an_odd_size_may_be_turned_and_flipped(tmp_path: Path) -> None:
    path = orient(film(tmp_path / "v.mp4", 2, size=(161, 97), pixels="yuv444p"), (0, 1, 1, 0))
    assert shown(path).shape == (161, 97, 3)


# Pixel shape


@pytest.mark.parametrize(
    ("size", "shape", "width"),
    [
        ((1440, 1080), Fraction(4, 3), 1920),
        ((720, 576), Fraction(16, 15), 768),
        ((720, 576), Fraction(64, 45), 1024),
        ((720, 480), Fraction(8, 9), 640),
        ((720, 480), Fraction(10, 11), 655),
        ((720, 480), Fraction(1, 1), 720),
        ((640, 480), Fraction(320, 321), 640),
        ((640, 480), Fraction(0, 1), 640),
        ((640, 480), Fraction(1, 90), 640),
    ],
)
def test_oblong_pixels_become_square_by_the_width(
    tmp_path: Path, size: tuple[int, int], shape: Fraction, width: int
) -> None:
    path = filmed_with(tmp_path / "v.mp4", [paint(9, *size)], shape=shape)
    info = probe(path)
    assert (info.width, info.height) == (width, size[1])
    image = shown(path)
    assert image.shape == (size[1], width, 3)
    assert index_of(image.astype(np.uint8)) == 9
    assert info.camera.pixel_shape == (1.0 if width == size[0] else pytest.approx(float(shape)))
    assert bool(conversion_of(path)) == (width != size[0])


def test_a_turned_anamorphic_video_is_squared_before_it_is_turned(tmp_path: Path) -> None:
    path = orient(filmed_with(tmp_path / "v.mp4", [paint(9, 144, 108)], shape=Fraction(4, 3)), (0, 1, -1, 0))
    assert shown(path).shape == (192, 108, 3)
    assert (probe(path).width, probe(path).height) == (108, 192)
    assert index_of(np.rot90(shown(path)).astype(np.uint8)) == 9


@pytest.mark.parametrize("pixels", ["gray", "rgb24", "yuvj420p", "yuv420p10le"])
def test_squaring_leaves_colours_alone(tmp_path: Path, pixels: str) -> None:
    blocks = np.kron(COLOURS.reshape(3, 4, 3), np.ones((32, 32, 1))).astype(np.uint8)
    blocks = blocks if pixels != "gray" else np.repeat(blocks[:, :, 1:2], 3, axis=2)
    frame = av.VideoFrame.from_ndarray(blocks, format="rgb24").reformat(format=pixels)
    square = film_of(tmp_path / "a.mkv", frame, shape=Fraction(1))
    oblong = film_of(tmp_path / "b.mkv", frame, shape=Fraction(4, 3))
    centres = np.s_[16::32]
    assert np.abs(shown(square)[centres, 16::32] - shown(oblong)[centres][:, [21, 64, 107, 149]]).max() <= 3


# Colours: standards' coefficients in floating point

_rng = np.random.default_rng(7)
COLOURS = _rng.integers(0, 256, (12, 3)).astype(np.float64)

# Kr and Kb of the matrix by its number in ISO/IEC 23091-2.
LUMA = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}


def to_yuv(rgb: npt.NDArray[np.float64], matrix: int, full: bool, bits: int) -> list[npt.NDArray[np.float64]]:
    """Return Y, Cb and Cr of RGB from 0 to 255, as ITU-R BT.601, 709 and 2020 define them, not rounded."""
    kr, kb = LUMA[matrix]
    red, green, blue = (rgb[..., i] / 255 for i in range(3))
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = (blue - luma) / (2 * (1 - kb)), (red - luma) / (2 * (1 - kr))
    top = (1 << bits) - 1
    scale = float(1 << (bits - 8))
    if full:
        return [luma * top, *(one * top + 128 * scale for one in chroma)]
    return [(16 + 219 * luma) * scale, *((128 + 224 * one) * scale for one in chroma)]


def filmed_with(path: Path, images: list[npt.NDArray[np.uint8]], *, shape: Fraction) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=30, options={"preset": "ultrafast"})
        stream.height, stream.width = images[0].shape[:2]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.sample_aspect_ratio = shape
        for image in images:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def film_of(
    path: Path,
    frame: av.VideoFrame,
    *,
    matrix: int = 2,
    full: bool | None = None,
    transfer: int = 2,
    shape: Fraction | None = None,
) -> Path:
    """Write a frame, twice, without loss, with colour tags."""
    with av.open(str(path), "w") as container:
        name = frame.format.name  # FFV1 has no JPEG pixels, and no place for their shape
        codec = "libx264rgb" if name == "rgb24" else "libx264" if shape or name.startswith("yuvj") else "ffv1"
        stream = container.add_stream(codec, rate=30, options={} if codec == "ffv1" else {"qp": "0"})
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, frame.format.name
        context = stream.codec_context
        context.colorspace, context.color_trc, context.color_primaries = matrix, transfer, matrix if matrix != 5 else 6
        context.color_range = 0 if full is None else 2 if full else 1
        if shape:
            context.sample_aspect_ratio = shape
        for pts in range(2):
            frame.pts = pts
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def frame_of(planes: list[npt.NDArray[np.float64]], pixels: str) -> av.VideoFrame:
    """Make a frame of full-size Y, Cb and Cr that are constant where chroma is shared."""
    frame = av.VideoFrame(planes[0].shape[1], planes[0].shape[0], pixels)
    for plane, values in zip(frame.planes, planes, strict=True):
        down, across = values.shape[0] // plane.height, values.shape[1] // plane.width
        stored = np.rint(values[::down, ::across]).astype("<u2" if "10" in pixels else np.uint8)
        lines = np.zeros((plane.height, plane.line_size), np.uint8)
        lines[:, : stored.shape[1] * stored.itemsize] = stored.view(np.uint8).reshape(plane.height, -1)
        plane.update(lines.tobytes())
    return frame


KINDS = [
    # pixels, matrix of the tag, full range of the tag, transfer, matrix meant, full range meant, words, key changes
    ("yuv420p", 2, None, 2, 5, False, "untagged, read as BT.601, limited range, 8 bit", False),
    ("yuv420p", 5, False, 2, 5, False, "BT.601, limited range, 8 bit", False),
    ("yuv420p", 6, False, 6, 5, False, "BT.601, limited range, 8 bit", False),
    ("yuv420p", 1, False, 1, 1, False, "BT.709, limited range, 8 bit", True),
    ("yuv420p", 1, True, 1, 1, True, "BT.709, full range, 8 bit", True),
    ("yuv420p", 6, True, 6, 5, True, "BT.601, full range, 8 bit", True),
    ("yuv420p", 2, True, 2, 5, True, "untagged, read as BT.601, full range, 8 bit", True),
    ("yuvj420p", 2, None, 2, 5, True, "untagged, read as BT.601, full range, 8 bit", False),
    ("yuv422p", 1, False, 1, 1, False, "BT.709, limited range, 8 bit", True),
    ("yuv444p", 1, False, 1, 1, False, "BT.709, limited range, 8 bit", True),
    ("yuv444p", 2, None, 2, 5, False, "untagged, read as BT.601, limited range, 8 bit", False),
    ("yuv411p", 6, False, 6, 5, False, "BT.601, limited range, 8 bit", True),
    ("yuv420p", 4, False, 4, 4, False, "FCC, limited range, 8 bit", True),
    ("yuv420p", 7, False, 7, 7, False, "SMPTE 240M, limited range, 8 bit", True),
    ("yuv420p", 9, False, 14, 9, False, "BT.2020, limited range, 8 bit", True),
    ("yuv420p10le", 2, None, 2, 5, False, "untagged, read as BT.601, limited range, 10 bit", True),
    ("yuv420p10le", 1, False, 1, 1, False, "BT.709, limited range, 10 bit", True),
    ("yuv420p10le", 1, True, 1, 1, True, "BT.709, full range, 10 bit", True),
    ("yuv422p10le", 1, False, 1, 1, False, "BT.709, limited range, 10 bit", True),
    ("yuv420p10le", 9, False, 18, 9, False, "HLG, BT.2020, limited range, 10 bit; not tone-mapped", True),
    ("yuv420p10le", 9, False, 16, 9, False, "PQ, BT.2020, limited range, 10 bit; not tone-mapped", True),
]


@pytest.mark.parametrize(("pixels", "matrix", "full", "transfer", "meant", "meant_full", "words", "changes"), KINDS)
def test_colours_are_those_of_the_standards(  # type: ignore[no-untyped-def]
    tmp_path: Path, pixels, matrix, full, transfer, meant, meant_full, words, changes
) -> None:
    rgb = np.asarray(np.kron(COLOURS.reshape(3, 4, 3), np.ones((32, 32, 1))), np.float64)
    bits = 10 if "10" in pixels else 8
    frame = frame_of(to_yuv(rgb, meant, meant_full, bits), pixels)
    path = film_of(tmp_path / "v.mkv", frame, matrix=matrix, full=full, transfer=transfer)
    difference = np.abs(shown(path) - rgb)
    inside = np.s_[8:24]  # away from the edges of a block, where chroma is interpolated
    within = np.stack(
        [difference[32 * i : 32 * i + 32, 32 * j : 32 * j + 32][inside, inside] for i in range(3) for j in range(4)]
    )
    # FFmpeg's scaler calculates in integers and rounds down, by up to 2 levels on average; a wrong matrix is 5 off.
    assert within.mean() < 2.0
    assert within.max() <= 5
    assert probe(path).camera.colour == words
    assert bool(conversion_of(path)) == changes


def filtered(frame: av.VideoFrame) -> npt.NDArray[np.int64]:
    """Convert a frame as FFmpeg's own filter does, by the frame's tags."""
    graph = Graph()
    entry = graph.add(
        "buffer",
        video_size=f"{frame.width}x{frame.height}",
        pix_fmt=frame.format.name,
        time_base="1/30",
        pixel_aspect="1/1",
        colorspace=str(frame.colorspace),
        range=str(frame.color_range),
    )
    graph.link_nodes(entry, graph.add("scale"), graph.add("format", "rgb24"), graph.add("buffersink")).configure()
    graph.vpush(frame)
    return graph.vpull().to_ndarray().astype(np.int64)


def textured() -> npt.NDArray[np.uint8]:
    """Return a picture with soft and hard edges in all colours."""
    coarse = _rng.integers(0, 256, (12, 20, 3)).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(coarse, format="rgb24").reformat(160, 96, interpolation="BICUBIC")
    image = frame.to_ndarray(format="rgb24")
    image[20:40, 30:90] = (250, 10, 30)
    image[50:80, 11:60] = (0, 255, 0)
    return np.asarray(image, np.uint8)


@pytest.mark.parametrize(("pixels", "matrix", "full", "transfer", "meant", "meant_full", "words", "changes"), KINDS)
def test_pixels_are_those_of_ffmpegs_filter(  # type: ignore[no-untyped-def]
    tmp_path: Path, pixels, matrix, full, transfer, meant, meant_full, words, changes
) -> None:
    image = av.VideoFrame.from_ndarray(textured(), format="rgb24").reformat(format=pixels)
    path = film_of(tmp_path / "v.mkv", image, matrix=matrix, full=full, transfer=transfer)
    with av.open(str(path)) as container:
        reference = filtered(next(container.decode(video=0)))
    assert np.abs(shown(path) - reference).mean() < 0.1


@pytest.mark.parametrize("pixels", ["gray", "gray10le", "bgra", "bgr0", "yuva420p", "gbrp10le"])
def test_grey_rgb_and_transparent_pixels_stay_what_they_were(tmp_path: Path, pixels: str) -> None:
    image = av.VideoFrame.from_ndarray(textured(), format="rgb24").reformat(format=pixels)
    path = film_of(tmp_path / "v.mkv", image)
    with av.open(str(path)) as container:
        plain = next(container.decode(video=0)).reformat(format="rgb24").to_ndarray()
    assert np.array_equal(shown(path), plain)
    assert conversion_of(path) == ""


# What the study's kind of video looks like does not change


@pytest.mark.parametrize(
    ("pixels", "options"),
    [("yuv420p", {}), ("yuv420p", {"x264-params": "colormatrix=smpte170m"}), ("yuvj420p", {})],
)
@pytest.mark.parametrize("size", [(704, 480), (1056, 704), (1920, 1080)])
def test_pixels_of_8_bit_h264_without_a_bt709_tag_are_pinned(
    tmp_path: Path, pixels: str, options: dict[str, str], size: tuple[int, int]
) -> None:
    path = film(tmp_path / "v.mp4", 3, size=size, pixels=pixels, options={"preset": "ultrafast", **options})
    with av.open(str(path)) as container:
        plain = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    for index, image in decode_frames(path, range(3), 30.0):
        assert np.array_equal(image, plain[index])
    assert conversion_of(path) == ""


def test_the_formula_pins_untagged_pixels(tmp_path: Path) -> None:
    """Four colours in BT.601, limited range: the values that earlier releases showed."""
    planes = [np.full((16, 64), 0.0) for _ in range(3)]
    for place, ycc in enumerate([(81, 90, 240), (145, 54, 34), (41, 240, 110), (126, 128, 128)]):
        for plane, value in zip(planes, ycc, strict=True):
            plane[:, 16 * place : 16 * place + 16] = value
    path = film_of(tmp_path / "v.mkv", frame_of(planes, "yuv420p"))
    assert shown(path)[8, 8::16].tolist() == [[253, 0, 0], [0, 254, 0], [0, 0, 254], [128, 128, 128]]


def _paths(folder: Path) -> Iterator[Path]:
    yield folder / "missing.mp4"
    empty = folder / "empty.mp4"
    empty.touch()
    yield empty


def test_a_file_that_cannot_be_opened_has_no_conversion(tmp_path: Path) -> None:
    assert [conversion_of(path) for path in _paths(tmp_path)] == ["", ""]
