from __future__ import annotations

import pytest

from lmms_eval_plugins.machine.hardware import Gpu, Machine, this_machine, visible_gpus

TOLD = "0, GPU-aaa, 24576, NVIDIA RTX A5000\n1, GPU-bbb, 81559, NVIDIA H100, 80GB HBM3\n\n"


def test_what_the_driver_tells() -> None:
    large, small = visible_gpus(TOLD, None)
    assert (large.name, round(large.memory_gb, 1)) == ("NVIDIA H100, 80GB HBM3", 85.5)
    assert (small.name, round(small.memory_gb, 1)) == ("NVIDIA RTX A5000", 25.8)


@pytest.mark.parametrize(
    ("visible", "names"),
    [("", []), ("0", ["NVIDIA RTX A5000"]), (" 1 ,", ["NVIDIA H100, 80GB HBM3"]), ("GPU-a", ["NVIDIA RTX A5000"])],
)
def test_only_visible_gpus_count(visible: str, names: list[str]) -> None:
    assert [gpu.name for gpu in visible_gpus(TOLD, visible)] == names


def test_a_gpu_that_does_not_tell_its_memory_is_left_out() -> None:
    assert visible_gpus("0, GPU-aaa, [N/A], NVIDIA Something\n", None) == ()


def test_in_words() -> None:
    assert Machine((), 25.3).described == "25 GB of main memory and no GPU"
    assert Machine((Gpu("A", 80.0), Gpu("B", 24.0)), 100.0).described == "104 GB of GPU memory (2 × A)"


def test_this_machine_has_memory() -> None:
    assert this_machine().memory_gb > 1
