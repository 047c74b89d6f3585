"""Tiny videos whose frames show their index in large blocks."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
from av.container import OutputContainer
from av.stream import Disposition

WIDTH, HEIGHT = 160, 96
_BITS, _COLUMNS = 12, 6


def paint(index: int, width: int = WIDTH, height: int = HEIGHT) -> npt.NDArray[np.uint8]:
    """Paint a frame with the twelve bits of its index as white and black blocks, lowest bit at the top left."""
    bits = np.array([255 * (index >> bit & 1) for bit in range(_BITS)], np.uint8).reshape(-1, _COLUMNS)
    rows = np.arange(height) * len(bits) // height
    columns = np.arange(width) * _COLUMNS // width
    return np.repeat(bits[rows][:, columns][:, :, None], 3, axis=2)


def index_of(image: npt.NDArray[np.uint8]) -> int:
    """Return the index painted into a frame."""
    height, width = image.shape[:2]
    n_rows = _BITS // _COLUMNS
    index = 0
    for bit in range(_BITS):
        row, column = divmod(bit, _COLUMNS)
        y, x = (2 * row + 1) * height // (2 * n_rows), (2 * column + 1) * width // (2 * _COLUMNS)
        index |= int(image[y - 2 : y + 3, x - 2 : x + 3].mean() > 127) << bit
    return index


def film(
    path: Path,
    n_frames: int,
    fps: float = 30,
    *,
    codec: str = "libx264",
    size: tuple[int, int] = (WIDTH, HEIGHT),
    pixels: str = "yuv420p",
    ticks: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    options: dict[str, str] | None = None,
    muxer: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    silence_s: int = 0,
) -> Path:
    """Write a video; ``ticks`` are the frames' times in ``time_base``, one per frame at ``fps`` if not given."""
    rate = Fraction(str(fps)).limit_denominator(1001)
    with av.open(str(path), "w", options=muxer or {}) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height = size
        stream.pix_fmt = pixels
        stream.codec_context.time_base = time_base or 1 / rate
        if silence_s:
            _add_silence(container, silence_s)
        for index in range(n_frames):
            frame = av.VideoFrame.from_ndarray(paint(index, *size), format="rgb24")
            frame.pts = index if ticks is None else ticks[index]
            frame.time_base = time_base or 1 / rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def sound(path: Path) -> Path:
    """Write a second of silence."""
    with av.open(str(path), "w") as container:
        _add_silence(container, 1)
    return path


def song(path: Path) -> Path:
    """Write a second of silence with a cover picture."""
    with av.open(str(path), "w") as container:
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = WIDTH, HEIGHT, "yuvj420p"
        cover.disposition = Disposition.attached_pic.value
        _add_silence(container, 1)
        frame = av.VideoFrame.from_ndarray(paint(1), format="rgb24")
        frame.pts = 0
        container.mux(cover.encode(frame))
        container.mux(cover.encode(None))
    return path


def _add_silence(container: OutputContainer, seconds: int) -> None:
    stream = container.add_stream("aac", rate=8000)
    frame = av.AudioFrame.from_ndarray(np.zeros((1, 8000 * seconds), np.float32), format="fltp", layout="mono")
    frame.sample_rate, frame.pts = 8000, 0
    container.mux(stream.encode(frame))
    container.mux(stream.encode(None))


def turn(path: Path, clockwise: int) -> Path:
    """Set the display matrix of an mp4 to a clockwise rotation, as a phone does.

    ISO 14496-12 maps a stored point (x, y), y down, to (a x + c y + tx, b x + d y + ty) on screen.
    """
    return orient(path, {0: (1, 0, 0, 1), 90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}[clockwise])


def orient(path: Path, abcd: tuple[int, int, int, int]) -> Path:
    """Set the first four entries of an mp4's display matrix; see `turn`."""
    a, b, c, d = abcd
    matrix = [a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30]
    content = bytearray(path.read_bytes())
    start = content.index(b"tkhd") + 4 + 40
    content[start : start + 36] = b"".join(value.to_bytes(4, "big", signed=True) for value in matrix)
    path.write_bytes(content)
    return path


def trim(path: Path, first: int, n_frames: int) -> Path:
    """Set the edit list of an mp4 of 30 frames per second to some of its frames, as a phone does."""
    content = bytearray(path.read_bytes())
    start = content.index(b"elst") + 12
    for at, step, value in ((start, 1000, n_frames), (start + 4, 15360, first)):
        old = int.from_bytes(content[at : at + 4], "big") if step == 15360 else 0
        content[at : at + 4] = (old + value * step // 30).to_bytes(4, "big")
    path.write_bytes(content)
    return path


def cut(path: Path, share: float) -> Path:
    """Keep only the first part of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    return path


def damage(path: Path, packet: int) -> Path:
    """Overwrite the data of one packet with noise."""
    with av.open(str(path)) as container:
        packets = [(p.pos, p.size) for p in container.demux(video=0) if p.size]
    position, size = packets[packet]
    content = bytearray(path.read_bytes())
    noise = np.random.default_rng(0).integers(0, 256, size - 12, np.uint8)
    content[position + 12 : position + size] = noise.tobytes()
    path.write_bytes(content)
    return path
