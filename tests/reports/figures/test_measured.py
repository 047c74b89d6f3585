"""Figures of measured doses: what intervals cover, and each video's interval beside the truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.figures import FIGURES, Drawing, Results, draw
from lmms_eval_plugins.reports.figures.write import write_figures
from lmms_eval_plugins.reports.page.drawings import page_figures
from tests.support.measured_runs import few_videos, write_dose_run

MEASURED = ("coverage", "intervals")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the runs of two models about the same videos."""
    folder = tmp_path_factory.mktemp("runs")
    write_dose_run(folder, few_videos(patients=4, each=1, n_windows=16), "good")
    write_dose_run(folder, few_videos(patients=4, each=1, n_windows=16, right=0.6), "poor")
    return folder


@pytest.fixture(scope="module")
def drawings(folder: Path) -> dict[str, Drawing]:
    results = Results([str(folder)])
    return {name: draw(name, results) for name in MEASURED}


def test_coverage_has_a_line_for_each_run_all_of_them_and_stopwatches(drawings: dict[str, Drawing]) -> None:
    covers, widths = drawings["coverage"].figure.axes
    names = ["good", "poor", "all models, pooled", "stopwatch", "stopwatch, by activity"]
    assert [line.get_label() for line in widths.lines] == names
    assert [line.get_label() for line in covers.lines[1:]] == names  # the first is as wanted
    for line in (*covers.lines[1:], *widths.lines):
        values = np.asarray(line.get_ydata(), dtype=float)
        assert len(values) == 3 and (np.diff(values) >= 0).all() and np.isfinite(values).all()


def test_a_named_run_stands_beside_stopwatches_alone(folder: Path) -> None:
    drawing = draw("coverage", Results([str(folder)], ["poor"]))
    labels = [line.get_label() for line in drawing.figure.axes[1].lines]
    assert labels == ["poor", "stopwatch", "stopwatch, by activity"]
    with pytest.raises(UserError, match="no measured run has 'gone' in its name"):
        draw("coverage", Results([str(folder)], ["gone"]))


def test_every_video_and_patient_has_its_interval_estimate_and_truth(drawings: dict[str, Drawing]) -> None:
    videos, patients = drawings["intervals"].figure.axes
    for axis in (videos, patients):
        (intervals,) = axis.collections
        assert len(intervals.get_paths()) == 4
        lines = {str(line.get_label()): np.asarray(line.get_ydata(), dtype=float) for line in axis.lines}
        assert list(np.diff(lines["estimate"]) >= 0) == [True] * 3
        assert len(lines["true, not known"]) == 4
    assert sorted(text.get_text() for text in patients.get_xticklabels()) == ["P0", "P1", "P2", "P3"]


def test_nothing_is_measured_unless_asked_for(folder: Path, tmp_path: Path) -> None:
    written = write_figures("all", [str(folder)], out=tmp_path, formats=["svg"])
    assert not {file.stem for file in written.files} & {*MEASURED}
    slow = {name for name, kind in FIGURES.items() if kind.slow}
    assert slow == {*MEASURED, "risk_coverage"}
    assert sum("it takes up to half a minute" in remark for remark in written.remarks) == len(slow)


@pytest.mark.parametrize("measured", [False, True])
def test_a_report_has_them_where_runs_are_measured(
    folder: Path, measured: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_measuring = {name: kind for name, kind in FIGURES.items() if name in MEASURED}
    monkeypatch.setattr("lmms_eval_plugins.reports.page.drawings.FIGURES", of_measuring)
    figures, problems = page_figures([str(folder)], measured=measured)
    assert ([figure.name for figure in figures], problems) == ([*MEASURED] * measured, ())
