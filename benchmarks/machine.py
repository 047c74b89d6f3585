"""What numbers depend on beside the code: processor, threads, OpenMP, versions."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import torch

from lmms_eval_plugins.models.engine.processor.units import processor_flags

FLAGS = ("avx2", "avx512f", "avx512_bf16", "amx_bf16")
"""Of processors, as Linux spells them: what float32 and bfloat16 products can be fast by."""

_LIBRARIES = re.compile(r"/(lib(?:gomp|iomp5|omp|tcmalloc|jemalloc|mimalloc)[^/]*?\.so)")


def describe_machine(device: str) -> str:
    """Return a line about processor or GPU, and a line about threads and versions."""
    name = torch.cuda.get_device_name() if device.startswith("cuda") else _processor()
    return f"{name}\n{describe_software('torch', 'transformers')}"


def describe_software(*packages: str) -> str:
    """Return versions, threads, and the OpenMP and allocator libraries in this process, the C library's left out."""
    maps = Path("/proc/self/maps")
    text = maps.read_text(encoding="utf-8", errors="replace") if maps.is_file() else ""
    libraries = sorted({re.sub(r"-[0-9a-f]{6,}", "", name) for name in _LIBRARIES.findall(text)})
    versions = ", ".join(f"{name} {import_module(name).__version__}" for name in packages)
    return f"{versions}; {torch.get_num_threads()} threads ({', '.join(libraries) or 'no OpenMP'})"


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    text = info.read_text(encoding="utf-8") if info.is_file() else ""
    name = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    has = processor_flags() or ()
    flags = ", ".join(f"{flag} {'yes' if flag in has else 'no'}" for flag in FLAGS)
    return f"{name[1] if name else 'an unknown processor'}: {flags}"
