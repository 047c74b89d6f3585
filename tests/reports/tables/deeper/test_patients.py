"""The table of all patients."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Value
from tests.support.logs import PERFECT, row
from tests.support.tiny_runs import add_raters, write_tiny_runs

LONG = "idle@0.000;reach@1.000;transport@2.000;idle@3.000;idle@4.000"
"""Of which three windows see idle, reach and transport."""


def cells(table: Any, section: int = 0) -> list[dict[str, Any]]:
    heads = [column.heading for column in table.columns]
    return [dict(zip(heads, one.cells, strict=True)) for one in table.sections[section].rows]


def test_totals_of_patients(write_log: Callable[..., Path]) -> None:
    """Errors of two videos of a patient cancel out in the totals."""
    more = ["YES <SEP> NO", "NO <SEP> NO", "YES <SEP> YES"]  # reach for idle, then idle, then transport
    log = write_log(
        row("S1_feeding1_1", PERFECT, LONG, "S1"),
        row("S1_drinking1_1", ["NO <SEP> NO"] * 3, "reach@0.000;idle@1.000;idle@2.000", "S1"),
        row("C2_feeding1_1", more, "reach@0.000;idle@1.000;transport@2.000;transport@3.000", "C2"),
    )
    (table,) = make_tables("dose_patients", log).tables
    first, second = cells(table)
    assert [section.title for section in table.sections] == ["Model-7B"]
    assert (first["patient"], first["videos"], first["total true"], first["total predicted"]) == ("C2", 1, 3, 3)
    assert first["RCE"] == Value(0.0) and first["minutes"] == Value(3 / 60)
    assert (second["patient"], second["cohort"], second["videos"]) == ("S1", None, 2)
    assert [second[f"reach {side}"] for side in ("true", "predicted")] == [2, 1]
    assert [second[f"idle {side}"] for side in ("true", "predicted")] == [3, 2]
    assert second["total true"] == 6 and second["total predicted"] == 4
    assert second["RCE"].value == pytest.approx(2 / 6)
    assert second["per minute true"].value == pytest.approx(60)


def test_videos_without_replies_are_left_out_and_named(write_run: Callable[..., Path]) -> None:
    said = [("v1", window, question, "Yes") for window in range(3) for question in ("motion", "grasp")]
    (table,) = make_tables("dose_patients", write_run(said, videos=("v1", "v2"))).tables
    (only,) = cells(table)
    assert only["videos"] == 1
    assert "Left out, for want of replies: v2." in table.notes


def test_further_raters_are_sections_of_their_own(tmp_path: Path) -> None:
    (run,) = write_tiny_runs(tmp_path).glob("dose/*/*")
    add_raters(run, {"anna": {"DS01_feeding1_1": "reach@0.000;idle@3.000;reach@4.000;reach@6.000"}})
    (table,) = make_tables("dose_patients", run).tables
    assert [section.title for section in table.sections] == ["tiny", "rater anna"]
    (only,) = cells(table, 1)
    assert (only["patient"], only["reach predicted"], only["reach true"]) == ("DS01", 2, 1)
    assert table.sections[1].rows[0].reference and any(note.startswith("Raters:") for note in table.notes)
