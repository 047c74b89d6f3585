"""Hashes of plain values, which identify answers and runs."""

from __future__ import annotations

import hashlib
import json


def digest(*parts: object) -> str:
    """Return the hash of plain values: 32 hexadecimal digits."""
    text = json.dumps(parts, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
