"""The weights that come with the project: found by name, checked before use."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import checkout_root

NAME = "rehab_tiny"
"""The shipped model's name, on its card and in tables."""

VERSION = 3
"""Goes up with every training whose weights are shipped; `rehab_tiny.yaml` has the same."""

REFERENCE = f"shipped:{NAME}"
"""What a model card says in place of a folder."""

CHECKSUMS_NAME = "checksums.json"

_WEIGHTS = Path(__file__).parent / "weights" / NAME


def resolved(pretrained: object) -> object:
    """The shipped folder where a checkpoint is called `REFERENCE`; anything else as it is.

    Raises:
        UserError: as `weights_folder`.
    """
    return str(weights_folder()) if pretrained == REFERENCE else pretrained


def weights_folder(folder: Path = _WEIGHTS) -> Path:
    """The folder of the shipped model, whose files are as they were shipped.

    Raises:
        UserError: a file is missing or damaged, or they are of another version; the message names the command that
            restores them.
    """
    try:
        recorded = json.loads((folder / CHECKSUMS_NAME).read_text(encoding="utf-8"))
        version, sums = recorded["version"], dict(recorded["sha256"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UserError(f"{folder / CHECKSUMS_NAME}: missing or damaged; {_restore(folder)}") from error
    if version != VERSION:
        raise UserError(f"{folder}: version {version} of {NAME}, this program needs {VERSION}; {_restore(folder)}")
    for name, expected in sums.items():
        path = folder / name
        if not path.is_file():
            raise UserError(f"{path}: missing; {_restore(folder)}")
        status = path.stat()
        if _sha256(path, status.st_size, status.st_mtime_ns) != expected:
            raise UserError(f"{path}: damaged (its checksum is wrong); {_restore(folder)}")
    return folder


def write_checksums(folder: Path, version: int) -> None:
    """Record what the files of a finished model are; the model card is for readers and not among them."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix in (".json", ".safetensors", ".jinja"))
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names if name != CHECKSUMS_NAME}
    record = {"name": NAME, "version": version, "sha256": sums}
    (folder / CHECKSUMS_NAME).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    """Read again only where size or time of change differ."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _restore(folder: Path) -> str:
    root = checkout_root()
    if root and folder.is_relative_to(root):
        return f"restore it with `git -C {root} restore {folder.relative_to(root)}`"
    return "restore it with `uv pip install --reinstall strokerehab-eval`"
