"""How fast a run was: what each of its processes measured, and one line about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_PHASES = ("decode", "preprocess", "vision", "prefill", "choices", "generate")


def describe_speed(speeds: Sequence[Mapping[str, Any]]) -> str:
    """One line about what some processes did side by side; empty where they asked nothing."""
    questions, windows = (sum(speed[name] for speed in speeds) for name in ("questions", "windows"))
    seconds = max((speed["seconds"] for speed in speeds), default=0.0)
    if not questions or not seconds:
        return ""
    said = [
        f"{windows:,} windows, {questions:,} questions in {seconds:.1f} s:"
        f" {windows / seconds:.1f} windows/s, {questions / seconds:.1f} questions/s"
    ]
    if busy := [speed["device_busy"] for speed in speeds if speed.get("device_busy") is not None]:
        said.append(f"device busy {sum(busy) / len(busy):.0%}")
    phases = [(name, sum(speed.get("phase_seconds", {}).get(name, 0.0) for speed in speeds)) for name in _PHASES]
    if told := ", ".join(f"{name} {spent:.1f}" for name, spent in phases if spent >= 0.05):
        said.append(f"seconds of {told}")
    for name, what in (("answers_reused", "answers"), ("frames_reused", "frames")):
        if reused := sum(speed.get(name, 0) for speed in speeds):
            said.append(f"{reused:,} {what} reused")
    for name, where in (("peak_memory_mib", "memory"), ("peak_gpu_memory_mib", "GPU memory")):
        if peak := max((speed.get(name, 0) for speed in speeds), default=0):
            said.append(f"peak {where} {peak / 1024:.1f} GiB")
    return "; ".join(said)
