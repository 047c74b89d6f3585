"""The published answers of Qwen2.5-VL-32B, decoded: what the project says of them is true."""

import pytest

from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.runs.score_decoded import score_decoded

LOGS = "logs/strokerehab_primitives_3_all_models/qwen2_5_vl_32b"


@pytest.fixture(scope="module")
def rows(published):
    return score_decoded([str(published / LOGS)], Decoding()).rows


def test_targets_on_unseen_patients(rows):
    metrics = rows[0].score.metrics
    assert metrics["edit_score"][0] >= 60
    assert metrics["action_error_rate"][0] <= 0.46
    assert metrics["relative_counting_error"][0] <= 0.46


def test_the_blind_control_is_far_behind(rows):
    decoded, control = (row.score.metrics for row in rows)
    assert control["edit_score"][0] < decoded["edit_score"][0] - 8
    assert control["relative_counting_error"][0] > decoded["relative_counting_error"][0] + 0.15
