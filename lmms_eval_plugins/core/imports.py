"""Imports of thousands of modules: what they make stays, so looking for garbage meanwhile is lost time."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def large_imports() -> Iterator[None]:
    """Put garbage collection off until the end of the block, which imports libraries such as torch and pandas."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
