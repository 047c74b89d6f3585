"""The Python environments of models: where they are, whether they are made, and how to make them."""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path

from lmms_eval_plugins.core.errors import UserError, nearest
from lmms_eval_plugins.core.places import checkout_root, working_root
from lmms_eval_plugins.machine.hardware import visible_gpus
from lmms_eval_plugins.models.vllm.refusals import CPU_ENVIRONMENT, ENVIRONMENT

MAIN = "strokerehab"
"""The environment of the harness itself, in which this program runs."""

VLLM_ENVIRONMENTS = (ENVIRONMENT, CPU_ENVIRONMENT)
"""vLLM's environments: of its build for NVIDIA GPUs, and of that for processors."""

ENVS_VARIABLE = "STROKEREHAB_ENVS"
"""Environment variable: the folder of environments, where it is not ``.envs`` in the project."""


@dataclass(frozen=True, slots=True)
class EnvironmentAbout:
    """The settings of an environment (``envs/NAME.conf``) that describe it.

    Attributes:
        name: the environment.
        about: what is in it, in a few words.
        size: its size, as ``3 GB to download, 7 GB on disk``.
        python: the Python versions that it can be built on, as ``>=3.10,<3.13``.
    """

    name: str
    about: str
    size: str
    python: str


def known() -> list[EnvironmentAbout]:
    """Return all environments of the project; none where it runs from a wheel, which has no settings of them."""
    root = checkout_root()
    return [_read(path) for path in sorted((root / "envs").glob("*.conf"))] if root else []


def interpreter(name: str) -> Path:
    """Return the path of an environment's Python, whether the environment is made or not."""
    if name == MAIN:
        return Path(sys.executable)
    given = os.environ.get(ENVS_VARIABLE)
    folder = Path(given) if given else working_root() / ".envs"
    return folder.absolute() / name / "bin" / "python"


def is_installed(name: str) -> bool:
    """Return whether an environment is completely made; the main one always is."""
    python = interpreter(name)
    return name == MAIN or (python.is_file() and (python.parent.parent / "stamp").is_file())


def vllm_environment() -> str | None:
    """Return the environment in which vLLM runs here: of those that are made the one for GPUs where there is a GPU."""
    made = [name for name in VLLM_ENVIRONMENTS if is_installed(name)]
    if len(made) > 1:
        return ENVIRONMENT if visible_gpus() else CPU_ENVIRONMENT
    return made[0] if made else None


def how_to_create(name: str) -> str:
    """Return the command that makes an environment."""
    return f"bash setup_envs.sh {name}"


def check_environment(name: str) -> None:
    """Check that a model's environment is made.

    Raises:
        UserError: it is not; with the command that makes it.
    """
    if is_installed(name):
        return
    lists = {one.name: one for one in known()}
    if lists and name not in lists:
        raise UserError(f"environment: unknown name {name!r}{nearest(name, lists)}")
    size = f" ({lists[name].size})" if lists else " in a checkout of the project"
    raise UserError(
        f"its environment {name} is not made yet (no finished one in {interpreter(name).parent.parent});"
        f" make it: {how_to_create(name)}{size}"
    )


def _read(path: Path) -> EnvironmentAbout:
    settings = dict(word.split("=", 1) for word in shlex.split(path.read_text(encoding="utf-8")))
    return EnvironmentAbout(path.stem, settings["about"], settings["size"], settings["python"])
