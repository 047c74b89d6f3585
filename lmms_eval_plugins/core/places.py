"""The folders of the project: at the root of a checkout, or inside an installed wheel."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]

DATA_VARIABLE = "STROKEREHAB_DATA"
"""Environment variable: the dataset's folder where none is given."""

CACHE_VARIABLE = "STROKEREHAB_CACHE"
"""Environment variable: the folder for what is kept about files; without it that lies beside them where it can."""

DEMO_RECORD = "demo.json"
"""The file that marks a folder as a demo dataset."""


def checkout_root() -> Path | None:
    """Return the root of the checkout that this package runs from; None where it runs from a wheel."""
    root = _PACKAGE.parent
    return root if (root / "evaluate.sh").is_file() and (root / "tasks").is_dir() else None


def shipped(name: str) -> Path:
    """Return the project's folder ``tasks`` or ``models``."""
    root = checkout_root()
    return root / name if root else _PACKAGE / "_shipped" / name


def working_root() -> Path:
    """Return the folder of environments and of the demo dataset: the checkout, else the current folder."""
    return checkout_root() or Path.cwd()


RUNS = Path("runs")
"""The folder of runs where none is given: as any path that is, of the current folder."""


def default_data() -> Path:
    """Return the dataset folder where none is given: ``$STROKEREHAB_DATA``, else that of the demo dataset."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else demo_data()


def demo_data() -> Path:
    """Return the folder of the demo dataset, which need not exist yet."""
    return working_root() / "data" / "demo"


_WRITABLE = 0o222


def cache_folder(folder: Path, kind: str) -> Path:
    """Return the folder for what is kept about a folder's files.

    Where ``STROKEREHAB_CACHE`` names a folder, it is there, and nothing is written beside the files. Else it is in
    their own folder, or in ``~/.cache/strokerehab`` where that is read-only: a folder without any permission to write
    is left alone even by those whom permissions do not bind.

    Args:
        folder: the files' folder.
        kind: what is kept, the name of the cache's folder.
    """
    home = os.environ.get(CACHE_VARIABLE)
    if not home:
        try:
            if folder.stat().st_mode & _WRITABLE and os.access(folder, os.W_OK):
                return folder / f".{kind}"
        except OSError:
            pass
        home = str(Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache", "strokerehab"))
    return Path(home).expanduser() / kind / hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:16]
