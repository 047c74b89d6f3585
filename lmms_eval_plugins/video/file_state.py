"""Whether a video file stays as it is while it is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.video.container import VideoError


@dataclass(frozen=True, slots=True)
class FileState:
    """What the file system says of a file; writing to it, or putting another in its place, changes it.

    On a file system whose clock is coarse, two writes within one of its ticks can leave it the same.

    Attributes:
        n_bytes: the size.
        modified_ns: when the content was last written, by the file system's clock; programs can set it back.
        changed_ns: when anything of it last changed; no program can set it.
        device: the file system.
        inode: the file's number in it.
    """

    n_bytes: int
    modified_ns: int
    changed_ns: int
    device: int
    inode: int


class ChangedVideo(VideoError):
    """A file that was written to or replaced while it was read: what came of it may belong to neither content."""

    def __init__(self, path: Path | str) -> None:
        super().__init__(path, "changed while it was read: no answer counts of what came after; run again")


def file_state(path: Path) -> FileState:
    """Return the state of a file.

    Raises:
        VideoError: it is not there, or cannot be reached.
    """
    try:
        about = path.stat()
    except OSError as error:
        raise VideoError(path, f"cannot be read ({error.strerror})") from error
    return FileState(about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_dev, about.st_ino)


def check_unchanged(path: Path, state: FileState) -> None:
    """Check that a file is still in the state in which it was.

    Raises:
        ChangedVideo: it is not.
        VideoError: it is gone.
    """
    if file_state(path) != state:
        raise ChangedVideo(path)
