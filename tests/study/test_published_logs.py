"""Every published number that the shared logs hold, from the raw replies."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmms_eval_plugins.assessments.dose.summary import DoseScore, video_metrics
from lmms_eval_plugins.assessments.dose.video import predict_timeline
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.scored import ScoreReport
from lmms_eval_plugins.study.log_formats import LogReader, format_of
from lmms_eval_plugins.study.logs import read_log

DOUBLE = "logs/strokerehab_primitives_1/qwen2_5_vl_7b/Qwen__Qwen2.5-VL-7B-Instruct/20250923_000219_samples_strokerehab_primitives_1.jsonl"  # noqa: E501
LONGVA = "logs/strokerehab_primitives_3_all_models/longva_7b/lmms-lab__LongVA-7B/20251102_133255_samples_strokerehab_primitives_3.jsonl"  # noqa: E501
FINISHED = "logs_qwen2_5_sig_gen_final/20251104_095353_samples_strokerehab_primitives_3.jsonl"
STORED = ("edit_score", "action_error_rate", "mae_reach", "mae_idle", "mae_avg", "count_reach", "count_idle")
"""Metrics as the logs name them; their counts are the true ones."""


@pytest.fixture(scope="module")
def report(published: Path) -> ScoreReport:
    return score_paths([f"{published}/logs", f"{published}/logs_qwen2_5_sig_gen_final"])


def test_all_scores(report: ScoreReport, published: Path) -> None:
    expected = json.loads((published / "EXPECTED.json").read_text())
    scores = report.to_json()
    assert len(scores) == len(expected) == 30
    for name, values in expected.items():
        found = scores[f"{published}/{name}"]
        for metric in values.keys() & found.keys():
            assert found[metric] == pytest.approx(values[metric], abs=1e-9), (name, metric)
        assert len(values.keys() & found.keys()) == len(found)


def test_the_file_of_two_runs_is_the_only_error(report: ScoreReport, published: Path) -> None:
    assert len(report.errors) == 1
    assert report.errors[0].startswith(f"{published}/{DOUBLE}: holds 2 runs")


def test_the_file_of_two_runs_split(published: Path) -> None:
    path = f"{published}/{DOUBLE}"
    scores = score_paths([path], split_runs=True).to_json()
    for name, values in {f"{path}#1": (50, 37.21, 1.03, 1.23), f"{path}#2": (50, 16.15, 5.13, 5.32)}.items():
        found = scores[name]
        names = ("n", "edit_score", "action_error_rate", "relative_counting_error")
        assert [found[metric] for metric in names] == pytest.approx(values, abs=6e-3)


def test_longva_is_misread_by_the_published_reading(report: ScoreReport, published: Path) -> None:
    path = f"{published}/{LONGVA}"
    row = next(row for row in report.rows if row.path == path)
    assert row.to_json()["edit_score"] == pytest.approx(5.03, abs=5e-3)
    assert row.n_read_otherwise == 8094
    honest = score_paths([path], policy="default").to_json()[path]
    names = ("edit_score", "action_error_rate", "relative_counting_error")
    assert [honest[metric] for metric in names] == pytest.approx([18.58, 0.82, 0.88], abs=6e-3)


def test_the_default_reading_agrees_on_plain_replies(published: Path) -> None:
    path = f"{published}/{FINISHED}"
    assert score_paths([path]).to_json() == score_paths([path], policy="default").to_json()


@pytest.mark.parametrize("folder", ["ablation_direct_primitives_2", "strokerehab_primitives_1"])
def test_parts_and_timelines_equal_the_stored_ones(published: Path, report: ScoreReport, folder: str) -> None:
    _compare_with_stored(published, report, folder)


@pytest.mark.parametrize("folder", ["ablation_decomposed_primitives_3", "strokerehab_primitives_3_all_models"])
def test_the_rule_equals_the_stored_timelines(published: Path, report: ScoreReport, folder: str) -> None:
    _compare_with_stored(published, report, folder)


def _compare_with_stored(published: Path, report: ScoreReport, folder: str) -> None:
    rows = [row for row in report.rows if f"/{folder}/" in row.path]
    assert rows
    for row in rows:
        with open(row.path) as file:  # noqa: PTH123
            stored = [json.loads(line) for line in file]
        (log,) = read_log(Path(row.path))
        reader = LogReader(format_of(log), "published")
        assert isinstance(row.score, DoseScore)
        for video, score, line in zip(log.videos, row.score.videos, stored, strict=True):
            predicted = predict_timeline(reader.windows(video), reader.format.method).to_text()
            assert predicted == line["filtered_resps"][0].lower()
            metrics = video_metrics(score)
            assert [metrics[name.replace("count_", "true_")] for name in STORED] == [line[name] for name in STORED]
            assert len(score.count_predicted) == 5
