"""evaluate.sh ended by signals: nothing is lost, nothing is left; `tests.end_to_end.kills` does it twenty times."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from tests.end_to_end.conftest import render_small
from tests.end_to_end.kills import TASKS, Kills, arguments_for


@pytest.mark.skipif(sys.platform != "linux", reason="processes are looked up in /proc")
def test_ended_by_signals_a_run_loses_nothing_and_leaves_nothing(tmp_path: Path) -> None:
    killed = Kills(tmp_path / "killed", arguments_for(render_small(tmp_path / "demo", subjects=1)))
    killed.end(signal.SIGKILL, after_answers=2, after_s=0.0)
    killed.end(signal.SIGTERM, after_answers=4, after_s=0.0)
    assert killed.counts == {"SIGKILL: -9": 1, "SIGTERM: 143": 1}
    killed.finish()
    replies = killed.replies()
    assert set(replies) == set(killed.scores()) == set(TASKS)
    for answers in replies.values():
        assert len({answer[:3] for answer in answers}) == len(answers) > 0
