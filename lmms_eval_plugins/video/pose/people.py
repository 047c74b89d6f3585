"""Other people's detectors, asked through a process of their own."""

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
import numpy.typing as npt

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.video.decode import Frames

Floats = npt.NDArray[np.float32]

_WORKER = Path(__file__).with_name("worker.py")


def detector_names() -> list[str]:
    """The detectors that there are."""
    return sorted(path.stem for path in _WORKER.with_name("detectors").glob("[a-z]*.py"))


class PeopleFinder:
    """A detector at work; pictures are (height, width, 3), RGB, uint8.

    Args:
        name: of the detector.
        python: of the environment in which it is installed.

    Attributes:
        version: of the detector.
        one_person: whether it sees only one person in a picture.

    Raises:
        UserError: it cannot be started there.
    """

    def __init__(self, name: str, python: Path) -> None:
        self.name = name
        self._said = TemporaryFile()  # noqa: SIM115
        command = [str(python), "-I", str(_WORKER), name]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._said, bufsize=1 << 20
        )
        first = self._answers.readline()
        if not first:
            raise UserError(f"{name} cannot be started: {self._last_words()}")
        about = json.loads(first)
        self.version = str(about["version"])
        self.one_person = bool(about["one_person"])

    def start(self) -> None:
        """A new video begins."""
        self._send(b"S")

    def boxes(self, image: Frames) -> Floats:
        """Where people are: (people, 4) as left, top, right, bottom in pixels."""
        self._show(b"B", image)
        return self._read(4).reshape(-1, 4)

    def show(self, image: Frames) -> None:
        """Show a picture; `seen` then says who is in it. The next one may be shown before that, but no further one."""
        self._show(b"P", image)

    def seen(self) -> Floats:
        """The joints of everybody in the first picture shown and not yet asked for: (people, 17, 3)."""
        return self._read(17 * 3).reshape(-1, 17, 3)

    def close(self) -> None:
        """End the process."""
        self._process.terminate()
        self._process.wait()
        for stream in (self._requests, self._answers, self._said):
            with suppress(BrokenPipeError):  # what was on its way to it
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
    def _answers(self) -> IO[bytes]:
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
            raise UserError(f"{self.name} broke down: {self._last_words()}") from None

    def _read(self, floats: int) -> Floats:
        head = self._answers.read(4)
        (count,) = struct.unpack("<i", head) if len(head) == 4 else (-1,)
        size = count * floats * 4
        body = self._answers.read(size) if size > 0 else b""
        if count < 0 or len(body) < size:
            raise UserError(f"{self.name} broke down: {self._last_words()}")
        return np.frombuffer(body, "<f4")

    def _last_words(self) -> str:
        self._process.wait()
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
