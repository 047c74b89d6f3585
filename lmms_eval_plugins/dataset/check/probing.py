"""Measuring many video files: in parallel, and each only once, since what was measured is kept on disk."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from uuid import uuid4

import av
from pydantic import TypeAdapter

import lmms_eval_plugins.video
from lmms_eval_plugins.core.digest import digest
from lmms_eval_plugins.core.places import cache_folder
from lmms_eval_plugins.dataset.remarks import Remark
from lmms_eval_plugins.video.probe import VideoInfo

_KIND = "probes"
"""What is kept, in the name of its folder beside the manifest."""

_THREADS = min(8, (os.cpu_count() or 1) + 2)
"""Files that are open at once: FFmpeg works, and waits for disks, without the interpreter's lock."""

ProbeProgress = Callable[[int, int, str], None]
"""Called with the number of files measured, the number to measure, and the file's name."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The measures of a video file.

    Attributes:
        info: its measures; None where it cannot be used.
        reason: why it cannot be used.
        is_missing: whether there is no such file.
        breaks_off: whether what comes before can be shown nevertheless.
        damage: what is wrong with its frames, a line each; only where they were decoded.
    """

    info: VideoInfo | None
    reason: str = ""
    is_missing: bool = False
    breaks_off: bool = False
    damage: tuple[str, ...] = ()

    @property
    def unusable(self) -> Remark:
        """The remark about a file that cannot be used."""
        return Remark("wrong", "missing-file" if self.is_missing else "unreadable", self.reason)


_MEASURED = TypeAdapter(Measured)


class Probes:
    """The measures of the video files of a dataset, kept in a file until a video or the code that measures changes.

    What cannot be read is measured again; what cannot be written is done without.

    Args:
        folder: the dataset's; what was measured is kept in it, or in the user's cache where it is read-only.
        name: of the file.
        measure: measures a file.
    """

    def __init__(self, folder: Path, name: str, measure: Callable[[Path], Measured]) -> None:
        self._file = cache_folder(folder, _KIND) / f"{name}.jsonl"
        self._folder, self._measure = folder.absolute(), measure
        self._kept: dict[str, Measured] = _read(self._file)

    def measure(
        self, paths: Iterable[Path], progress: ProbeProgress = lambda done, total, name: None
    ) -> dict[Path, Measured]:
        """Return the measures of files, in their order.

        Args:
            paths: the files.
            progress: see `ProbeProgress`; not called for files whose measures are kept.
        """
        keys = {path: self._key(path) for path in paths}
        found = {path: self._kept[key] for path, key in keys.items() if key in self._kept}
        new = [path for path in keys if path not in found]
        if new:
            pool = ThreadPoolExecutor(min(_THREADS, len(new)))
            try:
                jobs = {pool.submit(self._measure, path): path for path in new}
                for done, job in enumerate(as_completed(jobs), start=1):
                    path = jobs[job]
                    found[path] = job.result()
                    if (key := keys[path]) and key == self._key(path):  # nothing was written to it meanwhile
                        self._kept[key] = found[path]
                    progress(done, len(new), path.name)
            finally:
                pool.shutdown(cancel_futures=True)
                _write(self._file, self._kept)
        return {path: found[path] for path in keys}

    def _key(self, path: Path) -> str:
        """Return what a file is known by; empty where there is no file."""
        try:
            about = path.stat()
        except OSError:
            return ""
        name = os.path.relpath(path, self._folder)
        return json.dumps([name, about.st_size, about.st_mtime_ns])


@cache
def _version() -> str:
    """Hash the code that measures, with PyAV's version."""
    content = hashlib.sha256(f"{av.__version__} {av.library_versions}".encode())
    for file in sorted(Path(lmms_eval_plugins.video.__file__).parent.glob("*.py")):
        content.update(file.read_bytes())
    return content.hexdigest()[:16]


def _read(file: Path) -> dict[str, Measured]:
    kept: dict[str, Measured] = {}
    try:
        with file.open(encoding="utf-8") as lines:
            if json.loads(next(lines)) != _version():
                return {}
            for line in lines:
                key, values, seal = json.loads(line)
                if seal != digest(key, values):
                    return {}
                kept[key] = _MEASURED.validate_python(values)
    except (OSError, ValueError, TypeError, RecursionError, StopIteration):
        return {}
    return kept


def _line(key: str, measured: Measured) -> str:
    values = json.loads(json.dumps(asdict(measured)))
    return json.dumps([key, values, digest(key, values)]) + "\n"


def _write(file: Path, kept: Mapping[str, Measured]) -> None:
    part = file.with_name(f"{file.name}.{uuid4().hex}.part")  # processes on several hosts may share the folder
    newest = {json.loads(key)[0]: key for key in kept}
    with suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with part.open("w", encoding="utf-8") as lines:
            lines.write(json.dumps(_version()) + "\n")
            lines.writelines(_line(key, kept[key]) for key in newest.values())
        part.replace(file)
    with suppress(OSError):
        part.unlink(missing_ok=True)
