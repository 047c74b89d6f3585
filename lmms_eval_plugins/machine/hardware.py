"""What this machine has: GPUs, memory, and the versions of what is installed."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from lmms_eval_plugins.core.places import checkout_root

GB = 1e9
_MIB = 1 << 20
_QUERY = ("nvidia-smi", "--query-gpu=index,uuid,memory.total,name", "--format=csv,noheader,nounits")


@dataclass(frozen=True, slots=True)
class Gpu:
    """A GPU that this process may use: its name and its memory in 10⁹ bytes."""

    name: str
    memory_gb: float


@dataclass(frozen=True, slots=True)
class Machine:
    """GPUs that this process may use, largest first, and main memory in 10⁹ bytes."""

    gpus: tuple[Gpu, ...]
    memory_gb: float

    @property
    def described(self) -> str:
        """The memory in words."""
        if not self.gpus:
            return f"{self.memory_gb:.0f} GB of main memory and no GPU"
        total = sum(gpu.memory_gb for gpu in self.gpus)
        return f"{total:.0f} GB of GPU memory ({len(self.gpus)} × {self.gpus[0].name})"


def this_machine() -> Machine:
    """Return the machine that this process runs on."""
    return Machine(gpus_reported(_driver_report(), _visible()), _main_memory_gb())


def visible_gpus() -> tuple[str, ...]:
    """Return the GPUs that this process may use, each as ``CUDA_VISIBLE_DEVICES`` names it.

    They are those in this variable, or else those in the driver's report; without either, those with a device file.
    """
    if (visible := _visible()) is not None:
        return visible
    if report := _driver_report():
        return tuple(line.partition(",")[0].strip() for line in report.splitlines() if line.strip())
    return tuple(str(number) for number in range(len(list(Path("/dev").glob("nvidia[0-9]*")))))


def gpus_reported(report: str, visible: tuple[str, ...] | None) -> tuple[Gpu, ...]:
    """Return the visible GPUs in a report of the driver, largest first; one without a known memory is left out.

    Args:
        report: ``index, uuid, MiB, name`` a line.
        visible: indices or beginnings of uuids, as ``CUDA_VISIBLE_DEVICES`` has them; None shows all.
    """
    found = []
    for line in filter(str.strip, report.splitlines()):
        index, uuid, mib, name = (part.strip() for part in line.split(",", 3))
        if mib.isdecimal() and (visible is None or any(one == index or uuid.startswith(one) for one in visible)):
            found.append(Gpu(name, int(mib) * _MIB / GB))
    return tuple(sorted(found, key=lambda gpu: -gpu.memory_gb))


@lru_cache(maxsize=1)
def _driver_report() -> str:
    try:
        return subprocess.run(_QUERY, capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        return ""


def _visible() -> tuple[str, ...] | None:
    given = os.environ.get("CUDA_VISIBLE_DEVICES")
    return None if given is None else tuple(part.strip() for part in given.split(",") if part.strip())


def _main_memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB


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
