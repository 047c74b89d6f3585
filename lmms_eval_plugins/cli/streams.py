"""Standard output and standard error that end no command: closed, left by their reader, full, or ASCII only."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class _Output(io.FileIO):
    """A file descriptor; after an error of writing everything goes nowhere, so that the work is done all the same.

    Attributes:
        lost: the error, unless the reader had read enough.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.lost: OSError | None = None

    def write(self, data: ReadableBuffer, /) -> int | None:  # type: ignore[override]  # None: as of a pipe without room
        """Write bytes, or forget them."""
        try:
            return super().write(data)
        except OSError as error:
            if not isinstance(error, BrokenPipeError):
                self.lost = error
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)
            return memoryview(data).nbytes


class Streams:
    """Makes this process's streams fit for any text and any reader.

    What a stream's encoding has no character for is written out, as ``\\xb1``; what a reader does not take any more is
    forgotten. A stream that is closed counts as ``/dev/null``. Streams that a caller in this process has put in their
    places stay as they are.
    """

    def __init__(self) -> None:
        for descriptor in range(3):  # or the next file that is opened is standard output for whoever prints
            try:
                os.fstat(descriptor)
            except OSError:
                os.open(os.devnull, os.O_RDWR)
        self._out: _Output | None = None
        if sys.stdin is None:
            sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115
        sys.stdout, self._out = _fit(sys.stdout, sys.__stdout__)
        sys.stderr, _ = _fit(sys.stderr, sys.__stderr__)

    def finish(self) -> OSError | None:
        """Hand out what is still to be written; return the error for which some of the output was lost."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        return self._out.lost if self._out else None


def _fit(stream: TextIO | None, original: TextIO | None) -> tuple[TextIO, _Output | None]:
    if stream is None:
        return Path(os.devnull).open("w", encoding="utf-8", errors="backslashreplace"), None
    if stream is not original or not isinstance(stream, io.TextIOWrapper):
        return stream, None
    stream.flush()
    output = _Output(stream.fileno())
    made = io.TextIOWrapper(
        output if stream.write_through else io.BufferedWriter(output),  # as Python's own -u
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=stream.line_buffering,
        write_through=stream.write_through,
    )
    return made, output
