"""A worker process that finds people in pictures, in the environment where the detector is installed.

Run as a script: ``python -I worker.py DETECTOR``; it imports numpy and the detector alone. It writes one JSON line
about the detector to standard output, and then replies to requests from standard input. ``S`` begins a new video, and
has no reply. ``B``, ``H`` and ``P`` come with a picture: its height and width as 32-bit integers, and its RGB bytes.
The reply is a number as a 32-bit integer, of people or for ``H`` of heads, and for each, as 32-bit floats, its box (4)
or for ``P`` its joints (17 × 3).
"""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import sys
from pathlib import Path
from typing import BinaryIO, Protocol

import numpy as np
import numpy.typing as npt


class Detector(Protocol):
    """A detector of people in RGB pictures (height, width, 3), as the modules of ``detectors/`` define it."""

    version: str

    def start(self) -> None:
        """Begin a new video."""

    def boxes(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the boxes of people: (people, 4) as left, top, right, bottom in pixels."""

    def heads(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the boxes of heads: (heads, 4) as left, top, right, bottom in pixels; only MediaPipe's has it."""

    def people(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Return the joints of people: (people, 17, 3)."""


def serve(detector: Detector, requests: BinaryIO, replies: BinaryIO) -> None:
    """Reply to requests until there are no more."""
    while kind := requests.read(1):
        if kind == b"S":
            detector.start()
            continue
        height, width = struct.unpack("<ii", requests.read(8))
        image = np.frombuffer(requests.read(height * width * 3), np.uint8).reshape(height, width, 3)
        if kind == b"H":
            found = detector.heads(image)
        else:
            found = detector.boxes(image) if kind == b"B" else detector.people(image)
        replies.write(struct.pack("<i", len(found)) + np.ascontiguousarray(found, "<f4").tobytes())
        replies.flush()


def run_worker(name: str) -> None:
    """Serve a detector by its name; its own output goes to standard error."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    path = Path(__file__).with_name("detectors") / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"detector_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    detector = module.DETECTOR()
    about = {"version": detector.version, "one_person": module.ONE_PERSON}
    replies.write(json.dumps(about).encode() + b"\n")
    replies.flush()
    serve(detector, sys.stdin.buffer, replies)


if __name__ == "__main__":
    run_worker(sys.argv[1])
