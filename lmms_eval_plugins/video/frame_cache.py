"""The frame cache: decoded frames on disk, for every later request for the same frames of a video."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

import av
import numpy as np

from lmms_eval_plugins.video.decode import Frames

_FRAMES, _ENTRY, _PART = ".rgb", ".json", ".part"


@dataclass(frozen=True, slots=True)
class Usage:
    """The content of a cache: number of entries, and bytes on disk."""

    entries: int
    n_bytes: int


class FrameCache:
    """A cache of video frames as raw pixels, one file for each set of frames, read through a memory map.

    The key of an entry is the video file's identity, the clock and the decoder's version; it serves every request for
    some of its frames. Several processes may share a folder: an entry is complete once its list of frames exists.

    Args:
        folder: of the cache.
        budget_bytes: the most bytes in the folder.
        replace: whether new entries replace the least recently used ones; otherwise entries that do not fit are not
            stored, which is better where all videos are read in the same order again.

    Attributes:
        n_reused: number of frames that were read instead of decoded.
    """

    def __init__(self, folder: Path, budget_bytes: int, *, replace: bool) -> None:
        self.folder, self._budget, self._replace = folder, budget_bytes, replace
        self.n_reused = 0
        self._counting = threading.Lock()

    @classmethod
    def temporary(cls, budget_bytes: int) -> FrameCache:
        """Make a cache for one run, in the system's folder for temporary files; `remove` it afterwards."""
        return cls(Path(mkdtemp(prefix="strokerehab-frames-")), budget_bytes, replace=False)

    def remove(self) -> None:
        """Delete the folder and its content."""
        shutil.rmtree(self.folder, ignore_errors=True)

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
        if (found := self._find(key, needed)) is not None:
            with self._counting:
                self.n_reused += len(needed)
            yield from found
            return
        yield from self._stored(self.folder / f"{key}-{_hash(str(needed))}", len(needed), decode())

    def _find(self, key: str, needed: list[int]) -> Iterator[tuple[int, Frames]] | None:
        for path in self.folder.glob(f"{key}-*{_ENTRY}"):
            try:
                entry = json.loads(path.read_text(encoding="utf-8"))
                place = {index: number for number, index in enumerate(entry["frames"])}
                if not all(index in place for index in needed):
                    continue
                os.utime(path)
                pixels = np.memmap(path.with_suffix(_FRAMES), np.uint8, mode="r", shape=tuple(entry["shape"]))
            except (OSError, ValueError, KeyError):
                continue  # pruned by another process meanwhile
            return ((index, np.array(pixels[place[index]])) for index in needed)
        return None

    def _stored(self, stem: Path, count: int, frames: Iterator[tuple[int, Frames]]) -> Iterator[tuple[int, Frames]]:
        """Yield frames, and store them on the way; an error of storing is ignored."""
        part = stem.with_name(f"{stem.name}.{os.getpid()}{_PART}")
        file: BinaryIO | None = None
        shape: tuple[int, ...] | None = None
        written = []
        try:
            for index, frame in frames:
                if shape is None:
                    shape = frame.shape
                    file = self._open(part, count * frame.nbytes)
                if file is not None and frame.shape == shape:
                    try:
                        file.write(np.ascontiguousarray(frame).data)
                        written.append(index)
                    except OSError:
                        file.close()
                        file = None
                yield index, frame
            if file is not None and shape is not None and len(written) == count:
                file.close()
                with suppress(OSError):  # pruned meanwhile, or the disk is full
                    part.rename(stem.with_suffix(_FRAMES))
                    part.write_text(json.dumps({"frames": written, "shape": [count, *shape]}), encoding="utf-8")
                    part.rename(stem.with_suffix(_ENTRY))
        finally:
            with suppress(OSError):
                if file is not None:
                    file.close()
                part.unlink(missing_ok=True)

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
    path.with_suffix(_ENTRY).unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _hash(*parts: str) -> str:
    return blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
