"""Where the project's own files lie: at the root of a checkout, or inside an installed wheel."""

from __future__ import annotations

import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

DATA_VARIABLE = "STROKEREHAB_DATA"
"""Environment variable: the folder with the dataset's manifest, where no other is given."""

DEMO_RECORD = "demo.json"
"""The file that marks a folder as a demo dataset."""


def checkout_root() -> Path | None:
    """The root of the checkout that this package runs from, or None when it runs from a wheel."""
    root = _PACKAGE.parent
    return root if (root / "evaluate.sh").is_file() and (root / "tasks").is_dir() else None


def shipped(name: str) -> Path:
    """The project's folder ``tasks`` or ``models``."""
    root = checkout_root()
    return root / name if root else _PACKAGE / "_shipped" / name


def working_root() -> Path:
    """Where runs and the demo dataset go: the checkout, or the current folder where there is none."""
    return checkout_root() or Path.cwd()


def default_data() -> Path:
    """The dataset folder used where none is given: ``$STROKEREHAB_DATA``, or the demo dataset's."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else demo_data()


def demo_data() -> Path:
    """Where the demo dataset lies once it is rendered."""
    return working_root() / "data" / "demo"
