from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.support.command import Call
from tests.support.logs import row


def test_reproduce_what_is_there(call: Call, tmp_path: Path, write_log: Any) -> None:
    write_log(row(), folder="all_models/nvila_8b/org__Model")
    done = call("reproduce", tmp_path, "--out", tmp_path / "docs" / "report.md")
    assert done.status == 0
    assert "0 of 6 checked numbers are equal" in " ".join(done.out.split())
    text = (tmp_path / "docs" / "report.md").read_text()
    one_video = "| NVILA 8B | 36.98±2.09 / .75±.09 / .76±.09 | 100.00±- / .00±- / .00±- | differs |"  # so without SEM
    assert one_video in text
    assert "no log 'all_models/qwen2_5_vl_7b/' among the available ones" in text
