"""What can be wrong with a video."""

from __future__ import annotations

from pathlib import Path

from lmms_eval_plugins.errors import UserError


class VideoError(UserError):
    """One video cannot be used; ``path`` is its file, ``reason`` what is wrong. Other videos are not affected."""

    def __init__(self, path: Path | str, reason: str) -> None:
        super().__init__(f"{path}: {reason}")
        self.path = Path(path)
        self.reason = reason
