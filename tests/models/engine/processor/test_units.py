from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from lmms_eval_plugins.machine import doctor
from lmms_eval_plugins.models.engine import batches
from lmms_eval_plugins.models.engine.batches import Engine
from lmms_eval_plugins.models.engine.processor import units


@pytest.mark.parametrize(
    ("text", "flags"),
    [
        ("model name\t: X\nflags\t\t: fpu avx512_bf16 amx_bf16 amx_tile\n", ("amx_bf16", "avx512_bf16")),
        ("flags\t\t: fpu avx512f\n", ()),
        ("Features\t: fp asimd bf16 i8mm\n", ("bf16",)),
        ("processor\t: 0\n", None),
        (None, None),
    ],
)
def test_units_are_read_of_what_linux_says(
    text: str | None, flags: tuple[str, ...] | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(units, "_DESCRIPTION", tmp_path / "cpuinfo")
    if text is not None:
        (tmp_path / "cpuinfo").write_text(text)
    assert units.bfloat16_units() == flags
    lines = [finding.message for finding in doctor.examine_processor()]
    assert len(lines) == (flags is not None)
    assert any("dtype=bfloat16" in line for line in lines) == bool(flags)


@pytest.mark.parametrize(
    ("device", "dtype", "units", "shown"),
    [
        ("cpu", "float32", ("amx_bf16",), "cpu"),
        ("cuda", "bfloat16", ("amx_bf16",), "cuda"),
        ("cpu", "bfloat16", ("amx_bf16", "avx512_bf16"), "cpu (bfloat16 by amx_bf16, avx512_bf16)"),
        ("cpu", "bfloat16", None, "cpu (bfloat16 by no unit of its own)"),
    ],
)
def test_what_computes_in_bfloat16_is_recorded(
    device: str, dtype: str, units: tuple[str, ...] | None, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "bfloat16_units", lambda: units)
    model: Any = SimpleNamespace(device=device, weights={"dtype": dtype}, prepare=None)
    engine = Engine(model, 1)
    assert engine.device == engine.numerics["device"] == shown
