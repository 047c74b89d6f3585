"""The Pythons in which detectors of people are installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.machine.environments import how_to_create, interpreter
from lmms_eval_plugins.video.pose.people import detector_names

POSE_ENVIRONMENT = "strokerehab_pose"


def python_of(detector: str) -> Path:
    """Return the Python in which a detector is installed: this one, or that of the environment for poses.

    Raises:
        UserError: there is no detector of that name, or it is installed in neither.
    """
    if detector not in (known := detector_names()):
        raise UserError(f"no detector is named {detector!r}{nearest(detector, known)}")
    for python in (Path(sys.executable), interpreter(POSE_ENVIRONMENT)):
        if python.is_file() and _has(python, detector):
            return python
    further = "" if detector == "mediapipe" else f", then install {detector} in it"
    raise UserError(f"{detector} is not installed: {how_to_create(POSE_ENVIRONMENT)}{further}")


def _has(python: Path, module: str) -> bool:
    code = f"import importlib.util, sys; sys.exit(importlib.util.find_spec({module!r}) is None)"
    return subprocess.run([str(python), "-I", "-c", code], capture_output=True).returncode == 0
