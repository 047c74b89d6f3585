"""Detectors of people, each run in a process of its own."""

from __future__ import annotations

import json
import struct
import subprocess
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from types import TracebackType
from typing import IO

import numpy as np

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.pose.joints import Floats

_WORKER = Path(__file__).with_name("worker.py")


def detector_names() -> list[str]:
    """Return the names of the detectors."""
    return sorted(path.stem for path in _WORKER.with_name("detectors").glob("[a-z]*.py"))


class PeopleFinder:
    """A running detector; pictures are (height, width, 3), RGB, uint8.

    Args:
        name: of the detector.
        python: of the environment in which it is installed.

    Attributes:
        version: of the detector.
        one_person: whether it finds only one person in a picture.

    Raises:
        UserError: the detector cannot be started, or has stopped; with its last line of output.
    """

    def __init__(self, name: str, python: Path) -> None:
        self.name = name
        self._log = TemporaryFile()  # noqa: SIM115
        command = [str(python), "-I", str(_WORKER), name]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, bufsize=1 << 20
        )
        first = self._replies.readline()
        if not first:
            raise UserError(f"{name} cannot be started: {self._last_line()}")
        about = json.loads(first)
        self.version = str(about["version"])
        self.one_person = bool(about["one_person"])

    def start(self) -> None:
        """Begin a new video."""
        self._send(b"S")

    def boxes(self, image: Frames) -> Floats:
        """Return the boxes of people: (people, 4) as left, top, right, bottom in pixels."""
        self._show(b"B", image)
        return self._read(4).reshape(-1, 4)

    def heads(self, image: Frames) -> Floats:
        """Return the boxes of heads: (heads, 4) as left, top, right, bottom in pixels. MediaPipe alone finds heads."""
        self._show(b"H", image)
        return self._read(4).reshape(-1, 4)

    def show(self, image: Frames) -> None:
        """Send a picture; `seen` then returns the people in it. At most one more may be sent before that."""
        self._show(b"P", image)

    def seen(self) -> Floats:
        """Return the joints of all people in the oldest picture that is not answered: (people, 17, 3)."""
        return self._read(17 * 3).reshape(-1, 17, 3)

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()
        for stream in (self._requests, self._replies, self._log):
            with suppress(BrokenPipeError):  # a request that was not read
                stream.close()

    def __enter__(self) -> PeopleFinder:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def _requests(self) -> IO[bytes]:
        assert self._process.stdin is not None
        return self._process.stdin

    @property
    def _replies(self) -> IO[bytes]:
        assert self._process.stdout is not None
        return self._process.stdout

    def _show(self, kind: bytes, image: Frames) -> None:
        self._send(kind + struct.pack("<ii", *image.shape[:2]), np.ascontiguousarray(image).data)

    def _send(self, *parts: bytes | memoryview) -> None:
        try:
            for part in parts:
                self._requests.write(part)
            self._requests.flush()
        except BrokenPipeError:
            raise UserError(f"{self.name} broke down: {self._last_line()}") from None

    def _read(self, floats: int) -> Floats:
        head = self._replies.read(4)
        (count,) = struct.unpack("<i", head) if len(head) == 4 else (-1,)
        size = count * floats * 4
        body = self._replies.read(size) if size > 0 else b""
        if count < 0 or len(body) < size:
            raise UserError(f"{self.name} broke down: {self._last_line()}")
        return np.frombuffer(body, "<f4")

    def _last_line(self) -> str:
        self._process.wait()
        self._log.seek(0)
        lines = self._log.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it printed nothing")
