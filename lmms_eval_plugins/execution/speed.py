"""How fast a run was, in one line."""

from __future__ import annotations

from collections.abc import Sequence

from lmms_eval_plugins.runs.run_file import Speed

_PHASES = ("decode", "preprocess", "vision", "prefill", "choices", "generate")
_SHOWN_FROM_S = 0.05


def describe_speed(speeds: Sequence[Speed]) -> str:
    """Return one line about what some processes did side by side; empty where they put nothing to the model."""
    questions, windows = sum(speed.questions for speed in speeds), sum(speed.windows for speed in speeds)
    seconds = max((speed.seconds for speed in speeds), default=0.0)
    if not questions or not seconds:
        return ""
    parts = [
        f"{windows:,} windows, {questions:,} questions in {seconds:.1f} s:"
        f" {windows / seconds:.1f} windows/s, {questions / seconds:.1f} questions/s"
    ]
    if busy := [speed.device_busy for speed in speeds if speed.device_busy is not None]:
        parts.append(f"device busy {sum(busy) / len(busy):.0%}")
    phases = [(name, sum(speed.phase_seconds.get(name, 0.0) for speed in speeds)) for name in _PHASES]
    if by_phase := ", ".join(f"{name} {spent:.1f}" for name, spent in phases if spent >= _SHOWN_FROM_S):
        parts.append(f"seconds of {by_phase}")
    if answers := sum(speed.answers_reused for speed in speeds):
        parts.append(f"{answers:,} answers reused")
    if frames := sum(speed.frames_reused for speed in speeds):
        parts.append(f"{frames:,} frames reused")
    if peak := max(speed.peak_memory_mib for speed in speeds):
        parts.append(f"peak memory {peak / 1024:.1f} GiB")
    if peak := max(speed.peak_gpu_memory_mib for speed in speeds):
        parts.append(f"peak GPU memory {peak / 1024:.1f} GiB")
    return "; ".join(parts)
