"""What a page says of a patient, from runs with and without labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.patient.frames import read_patient_frames
from lmms_eval_plugins.reports.patient.page_tables import remarks_on
from lmms_eval_plugins.reports.patient.render import rendered_page
from lmms_eval_plugins.reports.patient.report import patient_report
from lmms_eval_plugins.runs.data_frames import scores_df
from tests.support.tiny_runs import SYNTHETIC, write_tiny_runs


def test_counts_and_families(tmp_path: Path) -> None:
    runs = write_tiny_runs(tmp_path)
    report = patient_report(read_patient_frames([runs]), "DS02")
    dose, identified = report.runs
    assert (report.cohort, dose.model, dose.baseline) == ("moderate", "tiny", False)
    assert SYNTHETIC in dose.notes and identified.identified and not identified.videos
    (video,) = dose.videos
    row = scores_df(runs).query("patient == 'DS02' and edit_score == edit_score").iloc[0]
    assert video.counts.true is not None and sum(video.counts.true) == 5
    assert list(video.counts.predicted) == [row[f"predicted_{label}"] for label in dose.scheme.names]
    assert video.counts.error == pytest.approx(row["relative_counting_error"])
    (items,) = report.assessments
    assert {result.patient for result in items.items} == {"DS02"} and items.total is not None
    assert all(one.n == one.n_right + one.n_wrong + one.n_without for run in report.runs for one in run.questions)


def test_without_labels_there_are_predictions_alone_and_it_is_said(write_run: Callable[..., Path]) -> None:
    said = [("v1", window, question, "Yes") for window in range(3) for question in ("motion", "grasp")]
    path = write_run(said)
    file = path / "run.json"
    values = json.loads(file.read_text())
    for one in values["videos"]:
        one["truth"] = ""
    file.write_text(json.dumps(values))
    frames = read_patient_frames([path])
    (patient,) = frames.patients
    (run,) = patient_report(frames, patient).runs
    (video,) = run.videos
    assert video.truth is None and video.counts.true is None and sum(video.counts.predicted) == 1
    assert any(remark.startswith("1 of 1 videos have no labels") for remark in remarks_on(run))
    page = rendered_page(patient_report(frames, patient), "text")
    assert "\ntrue " not in page and "Predicted counts" in page and "error" not in page
    assert run.questions == () and run.wrong == ()


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="gone: no such file or folder"):
        read_patient_frames([str(tmp_path / "gone")])
    runs = write_tiny_runs(tmp_path / "runs")
    frames = read_patient_frames([str(runs), str(tmp_path / "gone")])
    assert frames.patients == ("DC01", "DS01", "DS02", "DS03")
    assert len(frames.errors) == 1 and "gone" in frames.errors[0]
