"""What this machine has to run a model on."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from functools import lru_cache

GB = 1e9
_MIB = 1 << 20
_ASK = ("nvidia-smi", "--query-gpu=index,uuid,memory.total,name", "--format=csv,noheader,nounits")


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
        """Its memory in words."""
        if not self.gpus:
            return f"{self.memory_gb:.0f} GB of main memory and no GPU"
        total = sum(gpu.memory_gb for gpu in self.gpus)
        return f"{total:.0f} GB of GPU memory ({len(self.gpus)} × {self.gpus[0].name})"


@lru_cache(maxsize=1)
def this_machine() -> Machine:
    """The machine that this process runs on; GPUs as the driver and ``CUDA_VISIBLE_DEVICES`` tell them."""
    try:
        told = subprocess.run(_ASK, capture_output=True, text=True, check=True, timeout=20).stdout
    except (OSError, subprocess.SubprocessError):
        told = ""
    return Machine(visible_gpus(told, os.environ.get("CUDA_VISIBLE_DEVICES")), _main_memory_gb())


def _main_memory_gb() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / GB


def visible_gpus(told: str, visible: str | None) -> tuple[Gpu, ...]:
    """GPUs of which the driver told, ``index, uuid, MiB, name`` a line, and that are visible; largest first.

    Args:
        told: the driver's lines.
        visible: ``CUDA_VISIBLE_DEVICES``: indices or beginnings of uuids with commas between; None shows all.
    """
    chosen = None if visible is None else [part.strip() for part in visible.split(",") if part.strip()]
    found = []
    for line in filter(str.strip, told.splitlines()):
        index, uuid, mib, name = (part.strip() for part in line.split(",", 3))
        if mib.isdecimal() and (chosen is None or any(one == index or uuid.startswith(one) for one in chosen)):
            found.append(Gpu(name, int(mib) * _MIB / GB))
    return tuple(sorted(found, key=lambda gpu: -gpu.memory_gb))
