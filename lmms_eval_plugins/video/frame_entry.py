"""What the frame cache knows of the frames in one of its files, and whether they are still as they were written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from pathlib import Path
from zlib import crc32

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.video.picture import Frames


class DamagedEntry(Exception):
    """An entry that is not as it was written, or was written by a version that kept no checksums."""


class FrameEntry(BaseModel):
    """An entry of the frame cache.

    Attributes:
        name: the entry's, so that it counts under no other.
        frames: their indices, in the order in which they lie in the file.
        shape: of the file's array: frames, height, width, 3.
        checksums: CRC-32 of each frame.
        seal: a hash of all this.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    frames: tuple[int, ...]
    shape: tuple[int, int, int, int]
    checksums: tuple[int, ...]
    seal: str = ""

    def sealed(self) -> FrameEntry:
        """Return the entry with its seal."""
        return self.model_copy(update={"seal": digest(self.name, self.frames, self.shape, self.checksums)})

    def has_all(self, wanted: Sequence[int]) -> bool:
        """Return whether the entry has some frames."""
        return set(self.frames).issuperset(wanted)

    def read(self, path: Path, wanted: Sequence[int]) -> Iterator[tuple[int, Frames]]:
        """Yield some of the frames, with their indices.

        Raises:
            DamagedEntry: a frame is not as it was written, or its file ends before it.
            OSError: the file cannot be read.
        """
        place = {index: number for number, index in enumerate(self.frames)}
        with path.open("rb") as file:
            if path.stat().st_size != prod(self.shape):
                raise DamagedEntry
            for index in wanted:
                frame: Frames = np.empty(self.shape[1:], np.uint8)
                file.seek(place[index] * frame.nbytes)
                if file.readinto(frame.data) < frame.nbytes or crc32(frame.data) != self.checksums[place[index]]:
                    raise DamagedEntry
                yield index, frame


def read_entry(path: Path) -> FrameEntry:
    """Read an entry of a cache; its name is that of the file.

    Raises:
        DamagedEntry: it is not as it was written.
        OSError: the file cannot be read.
    """
    try:
        entry = FrameEntry.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DamagedEntry from error
    fits = len(entry.frames) == len(entry.checksums) == entry.shape[0] and min(entry.shape) > 0
    if not fits or entry.name != path.stem or entry != entry.sealed():
        raise DamagedEntry
    return entry
