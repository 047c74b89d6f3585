"""The places that the tests run in."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared"

_PREFIX = Path(sys.prefix)
ENVIRONMENTS = _PREFIX.parent if _PREFIX.name == "strokerehab" and (_PREFIX / "stamp").is_file() else None
"""The folder of the environments of setup_envs.sh, if the running Python is in one of them; else None."""
