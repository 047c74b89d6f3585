"""Freed memory stays with the process."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lmms_eval_plugins.models.engine.processor.allocator import keep_freed_memory

AGAIN = """
import resource, numpy
from lmms_eval_plugins.models.engine.processor.allocator import keep_freed_memory
{first}
for _ in range(2):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    numpy.zeros(1 << 26, numpy.uint8).fill(1)
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


def test_what_was_freed_is_taken_again_without_a_page_fault() -> None:
    if not keep_freed_memory():
        pytest.skip("this C library is not glibc")
    faults = {
        first: int(subprocess.run([sys.executable, "-c", AGAIN.format(first=first)], stdout=-1, check=True).stdout)
        for first in ("", "keep_freed_memory()")
    }
    assert faults["keep_freed_memory()"] < 16 < faults[""]
