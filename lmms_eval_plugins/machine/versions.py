"""The versions of the program and its packages."""

from __future__ import annotations

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version

from lmms_eval_plugins.core.places import checkout_root

_PACKAGES = ("strokerehab-eval", "lmms-eval", "torch", "transformers", "av", "numpy")


def versions() -> dict[str, str | None]:
    """Return the versions of Python and of the packages that can change an answer; None where one is missing."""
    found: dict[str, str | None] = {"python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = None
    return found


def git_revision() -> str | None:
    """Return the commit of the checkout, with ``+`` where files have changed since; None outside git."""
    root = checkout_root()
    if root is None:
        return None
    try:
        described = subprocess.run(
            ["git", "-C", str(root), "describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"],
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return described.stdout.strip()
