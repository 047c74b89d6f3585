from __future__ import annotations

import pytest

from lmms_eval_plugins.machine import hardware
from lmms_eval_plugins.machine.hardware import Gpu, Machine, gpus_reported, this_machine

SMALL, LARGE = "NVIDIA RTX A5000", "NVIDIA H100, 80GB HBM3"
REPORT = f"0, GPU-aaa, 24576, {SMALL}\n1, GPU-bbb, 81559, {LARGE}\n\n"


def test_gpus_in_the_report_of_the_driver() -> None:
    large, small = gpus_reported(REPORT, None)
    assert (large.name, round(large.memory_gb, 1)) == ("NVIDIA H100, 80GB HBM3", 85.5)
    assert (small.name, round(small.memory_gb, 1)) == ("NVIDIA RTX A5000", 25.8)


@pytest.mark.parametrize(
    ("visible", "names"),
    [
        ((), []),
        (("0",), ["NVIDIA RTX A5000"]),
        (("1",), ["NVIDIA H100, 80GB HBM3"]),
        (("GPU-a",), ["NVIDIA RTX A5000"]),
    ],
)
def test_only_visible_gpus_count(visible: tuple[str, ...], names: list[str]) -> None:
    assert [gpu.name for gpu in gpus_reported(REPORT, visible)] == names


def test_a_gpu_without_a_known_memory_is_left_out() -> None:
    assert gpus_reported("0, GPU-aaa, [N/A], NVIDIA Something\n", None) == ()


def test_in_words() -> None:
    assert Machine((), 25.3).described == "25 GB of main memory and no GPU"
    assert Machine((Gpu("A", 80.0), Gpu("B", 24.0)), 100.0).described == "104 GB of GPU memory (2 × A)"


def test_this_machine_has_memory() -> None:
    assert this_machine().memory_gb > 1


@pytest.mark.parametrize(
    ("visible", "report", "names"),
    [
        ("", REPORT, ()),
        ("0,2", REPORT, ("0", "2")),
        (" GPU-a ,", "", ("GPU-a",)),
        (None, REPORT, ("0", "1")),
    ],
)
def test_names_of_the_visible_gpus(
    monkeypatch: pytest.MonkeyPatch, visible: str | None, report: str, names: tuple[str, ...]
) -> None:
    monkeypatch.setattr(hardware, "_driver_report", lambda: report)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert hardware.visible_gpus() == names
