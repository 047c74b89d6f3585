"""Messages between two processes: a JSON header, then the raw bytes of arrays. Standard library and numpy only."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, BinaryIO

import numpy as np

Array = np.ndarray[Any, Any]  # numpy's own parameters: any shape, any type
Generation = Mapping[str, Any]  # as lmms-eval passes a task's settings on
"""Generation settings by name."""

LoadSettings = Mapping[str, Any]  # a model's settings as JSON has them
"""A model's settings by name, as plain values."""

_MARK = b"SRH1"
_START = struct.Struct(">4sI")
_LONGEST_HEADER = 1 << 26


class NotAMessage(Exception):
    """What was received is no message of ours, or only the beginning of one."""


@dataclass(frozen=True)
class Message:
    """One message.

    Attributes:
        kind: what it is about.
        values: plain values that JSON can hold.
        arrays: of any shape, and of any type but Python objects.
    """

    kind: str
    values: Mapping[str, Any] = field(default_factory=dict)  # JSON
    arrays: Sequence[Array] = ()


def send(stream: BinaryIO, message: Message) -> None:
    """Write a message and flush.

    Raises:
        OSError: nobody reads any more.
    """
    header = {
        "kind": message.kind,
        "values": message.values,
        "arrays": [[array.dtype.str, list(array.shape)] for array in message.arrays],
    }
    text = json.dumps(header).encode()
    stream.write(_START.pack(_MARK, len(text)) + text)
    for array in message.arrays:
        stream.write(array.tobytes())
    stream.flush()


def receive(stream: BinaryIO) -> Message | None:
    """Read a message; None where the stream ends before one begins.

    Raises:
        NotAMessage: something else comes, or the stream ends inside a message.
    """
    start = stream.read(_START.size)
    if not start:
        return None
    if len(start) < _START.size:
        raise NotAMessage(f"{start!r} and then nothing")
    mark, length = _START.unpack(start)
    if mark != _MARK or length > _LONGEST_HEADER:
        raise NotAMessage(f"{start!r} is not the beginning of a message")
    header = json.loads(_exactly(stream, length))
    arrays = []
    for dtype, shape in header["arrays"]:
        n_bytes = np.dtype(dtype).itemsize * math.prod(shape)
        arrays.append(np.frombuffer(_exactly(stream, n_bytes), dtype).reshape(shape))
    return Message(header["kind"], header["values"], tuple(arrays))


def _exactly(stream: BinaryIO, n_bytes: int) -> bytearray:
    read = bytearray(n_bytes)
    view, place = memoryview(read), 0
    while place < n_bytes:
        data = stream.read(n_bytes - place)
        if not data:
            raise NotAMessage(f"ended after {place} of {n_bytes} bytes")
        view[place : place + len(data)] = data
        place += len(data)
    return read
