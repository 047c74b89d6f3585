"""The weights shipped with the project: found by name, verified before use."""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.json_files import json_value, parse_json
from lmms_eval_plugins.core.places import checkout_root

NAME = "rehab_tiny"
"""The shipped model's name, on its card and in tables."""

VERSION = 3
"""Incremented with every training whose weights are shipped; `rehab_tiny.yaml` has the same version."""

REFERENCE = f"shipped:{NAME}"
"""The name of the weights in a model card, in place of a folder."""

CHECKSUMS_NAME = "checksums.json"

_WEIGHTS = Path(__file__).parent / "weights" / NAME


def resolved(pretrained: object) -> object:
    """Return the shipped folder where a checkpoint is called `REFERENCE`; any other value unchanged.

    Raises:
        UserError: as `weights_folder`.
    """
    return str(weights_folder()) if pretrained == REFERENCE else pretrained


def weights_folder(folder: Path = _WEIGHTS) -> Path:
    """Return the folder of the shipped model after its files are verified.

    Raises:
        UserError: a file is missing or damaged, or they are of another version; the message names the command that
            restores them.
    """
    try:
        recorded = parse_json((folder / CHECKSUMS_NAME).read_bytes())
        version, sums = json_value(recorded, "version"), json_value(recorded, "sha256")
        if not isinstance(sums, dict):
            raise TypeError("the checksums are no object")
    except (OSError, ValueError, LookupError, TypeError) as error:
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
    """Write the checksums of a finished model's files; its README is not among them."""
    names = sorted(path.name for path in folder.iterdir() if path.suffix in (".json", ".safetensors", ".jinja"))
    sums = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names if name != CHECKSUMS_NAME}
    record = {"name": NAME, "version": version, "sha256": sums}
    (folder / CHECKSUMS_NAME).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")


@lru_cache(maxsize=256)
def _sha256(path: Path, size: int, changed_ns: int) -> str:
    """Return the checksum of a file, which is read again only if its size or modification time has changed."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _restore(folder: Path) -> str:
    root = checkout_root()
    if root and folder.is_relative_to(root):
        return f"restore it with `git -C {root} restore {folder.relative_to(root)}`"
    return "restore it with `uv pip install --reinstall strokerehab-eval`"
