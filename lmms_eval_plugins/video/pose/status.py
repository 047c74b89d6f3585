"""The status of a hand in a window."""

from __future__ import annotations

from typing import Literal

PoseStatus = Literal["abstain", "still", "moving", "fast"]
"""A hand cannot be located, does not move, moves, or moves fast."""
