"""Where these tests run."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"

_PREFIX = Path(sys.prefix)
ENVIRONMENTS = _PREFIX.parent if _PREFIX.name == "strokerehab" and (_PREFIX / "stamp").is_file() else None
"""The folder of environments that setup_envs.sh made, where the running Python is one of them; else None."""
