"""Hashes of plain values and of files, which identify answers, runs and videos."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

_SAMPLE_BYTES = 65536


def digest(*parts: object) -> str:
    """Return the hash of plain values: 32 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).hexdigest()


def sampled_digest(path: Path, samples: int = 3) -> str:
    """Return size and hash of ``samples`` (2 or more) evenly spaced pieces of 64 KiB of a file, both ends included.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    content = hashlib.blake2b(digest_size=16)
    room = max(0, size - _SAMPLE_BYTES)
    with path.open("rb") as file:
        for start in sorted({room * i // (samples - 1) for i in range(samples)}):
            file.seek(start)
            content.update(file.read(_SAMPLE_BYTES))
    return f"{size}-{content.hexdigest()}"
