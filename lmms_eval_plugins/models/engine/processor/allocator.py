"""Memory that the C library has once been given stays with the process: the next batch needs it again.

Left to itself, glibc gives every large tensor back to the system as it is freed, and gets it anew for the next
operation, page by page and zeroed: for a batch of four windows a hundred thousand pages, for which all threads wait.
"""

from __future__ import annotations

import ctypes
import platform
from functools import lru_cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""glibc's numbers of two of its settings."""

_KEPT_BYTES = 1 << 30
"""Freed memory above that goes back to the system, and a tensor as large does at once."""


@lru_cache(maxsize=1)
def keep_freed_memory() -> bool:
    """Let glibc keep freed memory; return whether that is what this process uses."""
    if platform.libc_ver()[0] != "glibc":
        return False
    mallopt = ctypes.CDLL(None).mallopt
    return all(mallopt(setting, _KEPT_BYTES) == 1 for setting in (_TRIM_THRESHOLD, _MMAP_THRESHOLD))
