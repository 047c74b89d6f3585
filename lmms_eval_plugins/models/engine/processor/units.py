"""What this computer's processor can do; whether it multiplies numbers of type bfloat16 itself."""

from __future__ import annotations

import re
from pathlib import Path

_UNITS = ("amx_bf16", "avx512_bf16", "bf16")
"""Flags by which Linux says so: of Intel and AMD, the last one of ARM."""

_DESCRIPTION = Path("/proc/cpuinfo")


def bfloat16_units() -> tuple[str, ...] | None:
    """Return the processor's flags that stand for arithmetic in bfloat16; None where the system does not tell."""
    flags = processor_flags()
    return None if flags is None else tuple(flag for flag in _UNITS if flag in flags)


def processor_flags() -> frozenset[str] | None:
    """Return what the processor can do, as Linux calls it; None where the system does not tell."""
    try:
        text = _DESCRIPTION.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    line = re.search(r"^(?:flags|Features)\s*:(.*)$", text, re.MULTILINE)
    return frozenset(line[1].split()) if line else None
