"""The published answers of Qwen2.5-VL-32B, decoded: the scores that the documentation claims."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.runs.score_decoded import score_decoded
from lmms_eval_plugins.runs.scored import ScoredRun

LOGS = "logs/strokerehab_primitives_3_all_models/qwen2_5_vl_32b"


@pytest.fixture(scope="module")
def rows(published: Path) -> tuple[ScoredRun, ...]:
    return score_decoded([str(published / LOGS)], Decoding()).rows


def mean(row: ScoredRun, metric: str) -> float:
    value, _ = row.score.metrics[metric]
    assert value is not None
    return value


def test_targets_on_unseen_patients(rows: tuple[ScoredRun, ...]) -> None:
    assert mean(rows[0], "edit_score") >= 60
    assert mean(rows[0], "action_error_rate") <= 0.46
    assert mean(rows[0], "relative_counting_error") <= 0.46


def test_the_blind_control_is_far_behind(rows: tuple[ScoredRun, ...]) -> None:
    decoded, control = rows
    assert mean(control, "edit_score") < mean(decoded, "edit_score") - 8
    assert mean(control, "relative_counting_error") > mean(decoded, "relative_counting_error") + 0.15
