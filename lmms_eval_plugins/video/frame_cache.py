"""The frame cache: decoded frames on disk, for every later request for the same frames of a video."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO
from uuid import uuid4
from zlib import crc32

import av
import numpy as np

from lmms_eval_plugins.core.console import say, stderr
from lmms_eval_plugins.core.disk import sync_folder
from lmms_eval_plugins.core.temporary import temporary_folder
from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.frame_entry import DamagedEntry, FrameEntry, read_entry

_FRAMES, _ENTRY, _PART = ".rgb", ".json", ".part"


@dataclass(frozen=True, slots=True)
class Usage:
    """The content of a cache: number of entries, and bytes on disk."""

    entries: int
    n_bytes: int


class FrameCache:
    """A cache of video frames as raw pixels, one file for each set of frames.

    The key of an entry is the video file's identity, the clock and the decoder's version; it serves every request for
    some of its frames. Several processes may share a folder: an entry is complete once its list of frames exists, with
    their checksums. A frame that is not as it was written is never handed out: its entry is deleted, and the frames
    are decoded again.

    Args:
        folder: of the cache.
        budget_bytes: the most bytes in the folder.
        replace: whether new entries replace the least recently used ones; otherwise entries that do not fit are not
            stored, which is better where all videos are read in the same order again.
        lasting: whether entries are to survive a power cut.

    Attributes:
        n_reused: number of frames that were read instead of decoded.
    """

    def __init__(self, folder: Path, budget_bytes: int, *, replace: bool, lasting: bool = True) -> None:
        self.folder, self._budget, self._replace, self._lasting = folder, budget_bytes, replace, lasting
        self.n_reused = 0
        self._told = False
        self._counting = threading.Lock()

    @classmethod
    @contextmanager
    def temporary(cls, budget_bytes: int) -> Iterator[FrameCache]:
        """Open a cache for one run, in the system's folder for temporary files.

        Raises:
            UserError: that folder cannot be written.
        """
        with temporary_folder("frames") as folder:
            yield cls(folder, budget_bytes, replace=False, lasting=False)

    def usage(self) -> Usage:
        """Count the entries and their bytes."""
        sizes = [size for _, size, _ in _entries(self.folder)]
        return Usage(len(sizes), sum(sizes))

    def prune(self, budget_bytes: int) -> None:
        """Delete the least recently used entries until the rest fits."""
        entries = sorted(_entries(self.folder))
        left = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if left <= budget_bytes:
                break
            _delete(path)
            left -= size

    def prune_older(self, days: float) -> Usage:
        """Delete the entries that were last used at least so many days ago, and return what was deleted."""
        before = time.time() - days * 86400
        old = [(size, path) for used, size, path in _entries(self.folder) if used <= before]
        for _, path in old:
            _delete(path)
        return Usage(len(old), sum(size for size, _ in old))

    def frames(
        self, identity: str, fps: float, wanted: Iterable[int], decode: Callable[[], Iterator[tuple[int, Frames]]]
    ) -> Iterator[tuple[int, Frames]]:
        """Yield some frames of a video in order, with their indices: from disk, or decoded and stored.

        Args:
            identity: of the video file.
            fps: the clock of the indices, frames per second.
            wanted: indices of the frames.
            decode: decodes these frames, called where the cache does not have them.
        """
        needed = sorted(set(wanted))
        key = _hash(identity, repr(fps), av.__version__, str(sorted(av.library_versions.items())))
        handed_out = 0
        for entry in sorted(self.folder.glob(f"{key}-*{_ENTRY}")):
            for index, frame in self._kept(entry, needed[handed_out:]):
                yield index, frame
                handed_out += 1
                with self._counting:
                    self.n_reused += 1
            if handed_out == len(needed):
                return
        # What is decoded is all of it, since an entry holds all frames of a request.
        for place, found in enumerate(self._stored(f"{key}-{_hash(str(needed))}", len(needed), decode())):
            if place >= handed_out:
                yield found

    def _kept(self, path: Path, needed: list[int]) -> Iterator[tuple[int, Frames]]:
        """Yield frames from an entry that has all of them, up to one that is damaged; then the entry is deleted."""
        try:
            entry = read_entry(path)
            if entry.has_all(needed):
                os.utime(path)
                yield from entry.read(path.with_suffix(_FRAMES), needed)
        except DamagedEntry:
            _delete(path.with_suffix(_FRAMES))
            self._tell()
        except OSError:
            pass  # pruned by another process meanwhile

    def _tell(self) -> None:
        with self._counting:
            told, self._told = self._told, True
        if not told:
            say(
                stderr(),
                f"warning: {self.folder}: some kept frames are not as they were written, or of an earlier version;"
                " they are decoded again",
                "yellow",
            )

    def _stored(self, name: str, count: int, frames: Iterator[tuple[int, Frames]]) -> Iterator[tuple[int, Frames]]:
        """Yield frames, and store them on the way; an error of storing is ignored."""
        part = self.folder / f"{name}.{uuid4().hex}{_PART}"  # videos, processes and hosts may be at the same frames
        file: BinaryIO | None = None
        shape: tuple[int, ...] | None = None
        written: list[int] = []
        checksums: list[int] = []
        try:
            for index, frame in frames:
                if shape is None:
                    shape = frame.shape
                    file = self._open(part, count * frame.nbytes)
                if file is not None and frame.shape == shape:
                    pixels = np.ascontiguousarray(frame)
                    try:
                        file.write(pixels.data)
                    except OSError:
                        file.close()
                        file = None
                    written.append(index)
                    checksums.append(crc32(pixels.data))
                yield index, frame
            if file is not None and shape is not None and len(written) == count:
                entry = FrameEntry(
                    name=name,
                    frames=tuple(written),
                    shape=(count, shape[0], shape[1], shape[2]),
                    checksums=tuple(checksums),
                )
                with suppress(OSError):  # pruned meanwhile, or the disk is full
                    self._complete(part, file, entry.sealed())
        finally:
            with suppress(OSError):
                if file is not None:
                    file.close()
            with suppress(OSError):
                part.unlink(missing_ok=True)

    def _complete(self, part: Path, file: BinaryIO, entry: FrameEntry) -> None:
        """Put the frames, then the list of them, in their places; each is on the disk before it has its name."""
        self._close(file)
        part.rename(self.folder / f"{entry.name}{_FRAMES}")
        with part.open("wb") as listed:
            listed.write(entry.model_dump_json().encode())
            self._close(listed)
        part.rename(self.folder / f"{entry.name}{_ENTRY}")
        if self._lasting:
            sync_folder(self.folder)

    def _close(self, file: BinaryIO) -> None:
        file.flush()
        if self._lasting:
            os.fsync(file.fileno())
        file.close()

    def _open(self, path: Path, n_bytes: int) -> BinaryIO | None:
        """Open a new file, if there is room for so many bytes."""
        room = self._budget - n_bytes
        if room < 0:
            return None
        if self._replace:
            self.prune(room)
        elif self.usage().n_bytes > room:
            return None
        try:
            if self._lasting:
                self.folder.mkdir(parents=True, exist_ok=True)
            return path.open("wb")
        except OSError:
            return None


def _entries(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Yield last use, size and file of frames of each entry, those that are being written included."""
    for path in folder.glob("*"):
        if path.suffix not in (_FRAMES, _PART):
            continue
        listed = path.with_suffix(_ENTRY)
        try:
            yield (listed if listed.exists() else path).stat().st_mtime, path.stat().st_size, path
        except OSError:
            continue


def _delete(path: Path) -> None:
    for file in (path.with_suffix(_ENTRY), path):
        with suppress(OSError):
            file.unlink(missing_ok=True)


def _hash(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
