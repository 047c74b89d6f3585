"""Deinterlacing: two fields of a frame become one picture of the first field's moment, by FFmpeg's ``bwdif``."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import av
from av.filter import Graph

from lmms_eval_plugins.video.container import TimedFrame


def deinterlaced(frames: Iterator[TimedFrame]) -> Iterator[TimedFrame]:
    """Yield as many frames as come in, with their times; those that are flagged as interlaced are deinterlaced.

    The filter sees the frames before and after, from the first interlaced one on; where none is, nothing is done.
    """
    graph: _Graph | None = None
    for time_s, frame in frames:
        if graph is not None and not graph.takes(frame):
            yield from graph.rest()
            graph = None
        if graph is None and frame.interlaced_frame:
            graph = _Graph(frame)
        if graph is None:
            yield time_s, frame
        else:
            yield from graph.add(time_s, frame)
    if graph is not None:
        yield from graph.rest()


class _Graph:
    """FFmpeg's filter for frames like one; it holds a frame back until the next has come."""

    def __init__(self, frame: av.VideoFrame) -> None:
        self._like = _shape(frame)
        self._graph = Graph()
        entry = self._graph.add(
            "buffer",
            video_size=f"{frame.width}x{frame.height}",
            pix_fmt=frame.format.name,
            time_base=str(frame.time_base or "1/1000"),
            pixel_aspect="1/1",
            colorspace=str(frame.colorspace),
            range=str(frame.color_range),
        )
        fields = self._graph.add("bwdif", "mode=send_frame:deint=interlaced")
        self._graph.link_nodes(entry, fields, self._graph.add("buffersink")).configure()
        self._times: deque[float | None] = deque()

    def takes(self, frame: av.VideoFrame) -> bool:
        """Whether a frame is like the first one in size, pixels and colours."""
        return _shape(frame) == self._like

    def add(self, time_s: float | None, frame: av.VideoFrame) -> Iterator[TimedFrame]:
        """Add a frame, and yield what is ready."""
        self._times.append(time_s)
        self._graph.vpush(frame)
        yield from self._ready()

    def rest(self) -> Iterator[TimedFrame]:
        """Yield what is left after the last frame."""
        self._graph.vpush(None)
        yield from self._ready()

    def _ready(self) -> Iterator[TimedFrame]:
        while self._times:
            try:
                frame = self._graph.vpull()
            except (av.error.BlockingIOError, av.error.EOFError):
                return
            yield self._times.popleft(), frame


def _shape(frame: av.VideoFrame) -> tuple[int, int, str, int, int]:
    return frame.width, frame.height, frame.format.name, frame.colorspace, frame.color_range
