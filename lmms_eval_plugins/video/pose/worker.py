"""A process of its own that finds people in pictures, in whichever environment the detector is installed.

Run as a script: ``python -I worker.py DETECTOR``; it imports numpy and the detector alone. It says on standard output
one JSON line about itself, and then answers requests from standard input. ``S`` says that a new video begins, and has
no answer. ``B`` and ``P`` come with a picture: its height and width as 32-bit integers, and its RGB bytes. The answer
is the number of people as a 32-bit integer and, as 32-bit floats, the box of each (4) or the joints of each (17 × 3).
"""

from __future__ import annotations

import importlib.util
import json
import os
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np


def serve(detector: Any, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until there are no more."""
    while kind := requests.read(1):
        if kind == b"S":
            detector.start()
            continue
        height, width = struct.unpack("<ii", requests.read(8))
        image = np.frombuffer(requests.read(height * width * 3), np.uint8).reshape(height, width, 3)
        found = detector.boxes(image) if kind == b"B" else detector.people(image)
        answers.write(struct.pack("<i", len(found)) + np.ascontiguousarray(found, "<f4").tobytes())
        answers.flush()


def run_worker(name: str) -> None:
    """Serve a detector by its name; whatever it prints itself goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    path = Path(__file__).with_name("detectors") / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"detector_{name}", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    detector = module.DETECTOR()
    about = {"version": detector.version, "one_person": module.ONE_PERSON}
    answers.write(json.dumps(about).encode() + b"\n")
    answers.flush()
    serve(detector, sys.stdin.buffer, answers)


if __name__ == "__main__":
    run_worker(sys.argv[1])
