"""Files of the same content under several names, found without reading every file whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from hashlib import blake2b
from pathlib import Path

from lmms_eval_plugins.core.digest import sampled_digest

_BLOCK = 1 << 20


def same_content(paths: Iterable[Path]) -> list[tuple[Path, ...]]:
    """Return the groups of files with the same content, each in the given order, without files that cannot be read.

    Only files of one size are opened, and only those with the same beginning, middle and end are read whole. Two names
    of one file, as links make them, are the same content.
    """
    groups = [list(dict.fromkeys(paths))]
    for alike in (_size, sampled_digest, _whole):
        groups = [part for group in groups for part in _divided(group, alike) if len(part) > 1]
    return [tuple(group) for group in groups]


def _divided(paths: Iterable[Path], alike: Callable[[Path], object]) -> list[list[Path]]:
    groups: dict[object, list[Path]] = defaultdict(list)
    for path in paths:
        try:
            key = alike(path)
        except OSError:
            continue
        groups[key].append(path)
    return list(groups.values())


def _size(path: Path) -> int:
    return path.stat().st_size


def _whole(path: Path) -> bytes:
    digest = blake2b()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.digest()
