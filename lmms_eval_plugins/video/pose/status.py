"""What an arm's positions say of a window."""

from __future__ import annotations

from typing import Literal

PoseStatus = Literal["abstain", "still", "moving", "fast"]
"""Of the hand asked about: it cannot be located; it does not move; it moves; it moves fast."""
