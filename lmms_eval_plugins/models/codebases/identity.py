"""What tells a checkpoint, and the environment of a code base, from others; both are only looked at from outside."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import Distribution, distributions
from pathlib import Path
from urllib.parse import unquote, urlparse

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.models.engine.windows import file_identity

_CONFIG = "config.json"
_FILES = (".safetensors", ".bin", ".json", ".jinja", ".txt")
_WEIGHTS = (".safetensors", ".bin")
_SAMPLES = 33


@dataclass(frozen=True, slots=True)
class CheckpointIdentity:
    """A checkpoint that is there.

    Attributes:
        name: a folder, or a name on the hub.
        revision: its commit on the hub; None for a folder.
        marks: plain values that differ where weights or settings do.
    """

    name: str
    revision: str | None
    marks: object


def checkpoint_identity(pretrained: str, revision: str | None) -> CheckpointIdentity:
    """Find a checkpoint, without its weights where it is on the hub.

    Raises:
        UserError: it is not there, not complete, or the hub does not give it.
    """
    folder = Path(pretrained).expanduser()
    if folder.is_dir():
        files = sorted(path for path in folder.rglob("*") if path.suffix in _FILES)
        if not (folder / _CONFIG).is_file():
            raise UserError(f"{folder}: holds no checkpoint (no {_CONFIG})")
        if not any(path.suffix in _WEIGHTS for path in files):
            raise UserError(f"{folder}: holds no weights (*.safetensors, *.bin); is it copied completely?")
        marks = [[str(path.relative_to(folder)), file_identity(path, _SAMPLES)] for path in files]
        return CheckpointIdentity(str(folder), None, marks)
    if pretrained.startswith(("/", ".", "~")):
        raise UserError(f"{pretrained}: no such folder; give a checkpoint's folder, or its name on the hub")
    from huggingface_hub import hf_hub_download

    try:
        config = hf_hub_download(pretrained, _CONFIG, revision=revision)
    except Exception as error:  # of the hub, of the network under it, or that the name cannot be one
        at = f" at revision {revision}" if revision else ""
        raise UserError(
            f"{pretrained}: no such checkpoint{at} on this machine, and the hub does not give it"
            f" ({_first_line(error)}); check the name, the network, or log in with `hf auth login` where it is gated"
        ) from error
    commit = Path(config).parent.name  # the hub's cache has a folder per commit
    return CheckpointIdentity(pretrained, commit, [pretrained, commit])


def installed(python: Path, packages: Sequence[str]) -> dict[str, str | None]:
    """Return the versions of an environment's packages, and the commit of those that come from a source repository.

    None stands for a package that is not there, or is there without the usual records.
    """
    places = [str(place) for place in python.parent.parent.glob("lib/python3*/site-packages")]
    found = {of.metadata["Name"].replace("_", "-").lower(): of for of in distributions(path=places)}
    return {name: _version(found[name]) if name in found else None for name in packages}


def _version(of: Distribution) -> str:
    origin = json.loads(of.read_text("direct_url.json") or "{}")
    commit = origin.get("vcs_info", {}).get("commit_id")
    if origin.get("dir_info", {}).get("editable"):
        head = Path(unquote(urlparse(origin["url"]).path), ".git", "HEAD")
        commit = head.read_text().strip() if head.is_file() else None
    return f"{of.version} at {commit}" if commit else of.version


def _first_line(error: Exception) -> str:
    return str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
