"""The frame cache of a run: a folder of the user's, or a temporary one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.video.frame_cache import FrameCache

FOLDER_VARIABLE, SIZE_VARIABLE = "STROKEREHAB_FRAMES", "STROKEREHAB_FRAMES_GB"
_GIB = 1 << 30
_KEPT_GB, _RUN_GB = 50.0, 4.0
"""Largest size of the user's folder and of the cache of one run, in GiB."""


def kept_frames() -> FrameCache | None:
    """Return the cache in the user's folder; None where the user names none.

    Raises:
        UserError: its size is not a number above 0.
    """
    folder = os.environ.get(FOLDER_VARIABLE)
    if not folder:
        return None
    size = os.environ.get(SIZE_VARIABLE) or str(_KEPT_GB)
    try:
        budget = float(size)
    except ValueError:
        budget = 0.0
    if not 0 < budget < float("inf"):
        raise UserError(f"{SIZE_VARIABLE}: {size!r} is not a number of GiB above 0")
    return FrameCache(Path(folder).expanduser(), round(budget * _GIB), replace=True)


@contextmanager
def frames_for(uses: int) -> Iterator[FrameCache | None]:
    """Open the user's cache, or a temporary one where frames are used more than once.

    Args:
        uses: passes through the videos.
    """
    if (kept := kept_frames()) is not None:
        yield kept
    elif uses < 2:
        yield None
    else:
        cache = FrameCache.temporary(round(_RUN_GB * _GIB))
        try:
            yield cache
        finally:
            cache.remove()
