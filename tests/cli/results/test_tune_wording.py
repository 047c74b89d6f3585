"""The verb ``tune-wording``."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.reports.tables.table import Column, Table, TableRow, TableSection
from lmms_eval_plugins.reports.tuning import make
from tests.golden.conftest import GOLDEN
from tests.support.command import Call


def test_tables_are_printed_and_errors_end_with_status_3(call: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table("tune_wording", "Gains", (Column("question"),), (TableSection("", (TableRow(("motion",)),)),))
    given = []

    def tuned(*arguments: object) -> make.Tuned:
        given.append(arguments)
        return make.Tuned((table,), ("run b: damaged",) * (len(given) > 1))

    monkeypatch.setattr(make, "tuned_wordings", tuned)
    done = call("tune-wording", "a", "b", "--metric", "accuracy", "--reading", "default", "--format", "csv")
    assert (done.status, done.out.split()) == (0, ["section,question", ",motion"])
    assert call("tune-wording", "a").status == 3
    assert given == [(["a", "b"], "accuracy", "default"), (["a"], "auc", None)]


def test_runs_in_one_wording_are_one_line(call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_CACHE", str(tmp_path))
    done = call("tune-wording", GOLDEN / "runs" / "strokerehab_primitives_3" / "noisy")
    assert done.status == 2 and "none of the runs given asked its questions in other wordings" in done.line
