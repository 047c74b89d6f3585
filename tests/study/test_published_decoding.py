"""The published answers decoded: the scores that the documentation claims, beside controls that never see a video."""

from __future__ import annotations

from pathlib import Path
from statistics import fmean

import pytest

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.data_frames.decoders import SEEDS, blind_draws, decoded_run
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.runs.data_frames.sources import DoseRun

LOGS = "logs/strokerehab_primitives_3_all_models"
EDIT, ERROR = "edit_score", "relative_counting_error"


def source_of(published: Path, model: str, reading: Policy | None = None) -> DoseRun:
    errors: list[str] = []
    (source,) = dose_sources([str(published / LOGS / model)], errors, split_runs=False, reading=reading).values()
    assert not errors
    return source


def mean(run: DoseRun, metric: str) -> float:
    value, _ = DOSE.score(run.method, [video.answered for video in run.videos]).metrics[metric]
    assert value is not None
    return value


@pytest.fixture(scope="module")
def source(published: Path) -> DoseRun:
    return source_of(published, "qwen2_5_vl_32b")


def test_targets_on_unseen_patients(source: DoseRun) -> None:
    decoded = decoded_run(source, Decoding())
    assert mean(decoded, EDIT) >= 60
    assert mean(decoded, "action_error_rate") <= 0.46
    assert mean(decoded, ERROR) <= 0.46


def test_one_draw_of_the_blind_control_flatters_what_is_compared_with_it(source: DoseRun) -> None:
    draws = blind_draws(source, by_activity=True)
    assert {(draw.model, draw.baseline) for draw in draws} == {("blind control, by activity", True)}
    errors = [mean(draw, ERROR) for draw in draws]
    assert len(errors) == SEEDS == 20
    assert errors[0] == pytest.approx(0.583, abs=0.0005)
    assert fmean(errors[:16]) == pytest.approx(0.553, abs=0.0005)
    averaged = decoded_run(source, Decoding(by_activity=True, blind=True), seeds=SEEDS)
    assert mean(averaged, ERROR) == pytest.approx(fmean(errors)) == pytest.approx(0.553, abs=0.0005)
    assert mean(averaged, EDIT) == pytest.approx(fmean(mean(draw, EDIT) for draw in draws))


def test_rule_and_decoder_read_replies_alike(published: Path) -> None:
    by_default, as_published = (source_of(published, "longva_7b", reading) for reading in (None, "published"))
    decoded = mean(decoded_run(by_default, Decoding()), EDIT)
    assert decoded - mean(by_default, EDIT) == pytest.approx(38.9, abs=0.05)
    assert decoded - mean(as_published, EDIT) == pytest.approx(52.4, abs=0.05)  # what was printed before


def test_primitives_shorter_than_a_window(source: DoseRun) -> None:
    truths = [video.answered.truth for video in source.videos]
    lengths = [segment.duration_s for truth in truths if truth for segment in truth.merged().segments]
    assert len(lengths) == 4056
    assert fmean(length < 8 / 15 for length in lengths) == pytest.approx(0.304, abs=0.0005)
    assert fmean(length <= 0.5 for length in lengths) == pytest.approx(0.288, abs=0.0005)
