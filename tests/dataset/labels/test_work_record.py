"""Records of a rater's work."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.work_record import WorkRecord, read_record, record_path


def test_a_record_is_read_and_none_is_none(tmp_path: Path) -> None:
    work = WorkRecord(state="done", draft="rule", active_s=1.5, first_saved="2026", last_saved="2026")
    path = record_path(tmp_path, "P1/v")
    path.parent.mkdir(parents=True)
    path.write_text(work.model_dump_json())
    assert read_record(tmp_path, "P1/v") == work and read_record(tmp_path, "v") is None


@pytest.mark.parametrize("content", ['{"state": "started"', "[]", '{"state": "new"}'])
def test_a_damaged_record_is_named(tmp_path: Path, content: str) -> None:
    path = record_path(tmp_path, "v")
    path.parent.mkdir(parents=True)
    path.write_text(content)
    with pytest.raises(UserError, match=r"v\.json: .*move it away"):
        read_record(tmp_path, "v")
