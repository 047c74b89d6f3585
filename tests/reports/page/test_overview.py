"""What the overview says of runs of every family, and that it holds together: places, names, what is said to whom."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.page import overview
from lmms_eval_plugins.reports.page.data.overview import Overview
from lmms_eval_plugins.reports.page.families import named_activities
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.reports.page.tasks import video_scores
from tests.reports.page.conftest import OWN, overview_of
from tests.support.tiny_runs import STAMP


def test_runs_are_named_and_of_their_families(page_overview: Overview) -> None:
    assert [(run.name, run.family, run.baseline, run.demo) for run in page_overview.runs] == [
        ("guesses, assessment", "fugl_meyer", True, False),
        ("tiny, assessment", "fugl_meyer", False, True),
        ("guesses, dose", "dose", True, False),
        ("tiny, dose", "dose", False, True),
        ("guesses, identification", "identification", True, False),
        ("tiny, identification", "identification", False, True),
        ("tiny, own", "dose", False, False),
    ]


def test_places_are_of_what_there_is(page_overview: Overview) -> None:
    runs, videos = range(len(page_overview.runs)), range(len(page_overview.videos))
    assert [scheme.name for scheme in page_overview.schemes] == ["primitives", "own"]
    assert [run.scheme for run in page_overview.runs] == [0] * 6 + [1]
    for task in page_overview.tasks:
        keys = {metric.key for metric in task.metrics}
        assert keys and all(set(row.values) == keys and row.run in runs for row in task.rows)
        assert all(set(line.values) <= keys and set(line.runs) <= set(runs) for line in task.lines)
    for window in page_overview.wrong:
        assert window.run in runs and window.video in videos
        assert window.picture == f"{window.run}-{window.video}-{window.window}.jpg"
        assert window.question in [question.id for question in page_overview.runs[window.run].questions]
        for line in window.around:
            scheme = page_overview.schemes[line.scheme]
            assert all(window.from_ms <= at <= window.to_ms for at in (*line.starts, *line.ends))
            assert all(place in range(len(scheme.labels)) for place in line.labels)
    assert [label.name for label in page_overview.schemes[1].labels] == list(OWN.names)
    assert [video.file for video in page_overview.videos] == [f"data-{n}" for n in videos]


def test_it_is_plain_json(page_overview: Overview) -> None:
    assert json.loads(json.dumps(asdict(page_overview), allow_nan=False))["title"] == "Title"


def test_wrong_windows_of_models_come_first(page_overview: Overview) -> None:
    baselines = [page_overview.runs[window.run].baseline for window in page_overview.wrong]
    assert baselines == sorted(baselines) and {False, True} == set(baselines)


def test_a_video_without_windows_is_passed_over(every_family: Path, tmp_path: Path) -> None:
    for family in ("dose", "identification"):
        folder = Path(shutil.copytree(every_family / family / "tiny", tmp_path / family / "tiny")) / STAMP
        values = json.loads((folder / "run.json").read_text())
        values["videos"][0]["windows"] = []
        (folder / "run.json").write_text(json.dumps(values))
        left_out = json.dumps(values["videos"][0]["video_id"])
        answers = (folder / "answers.jsonl").read_text().splitlines(keepends=True)
        (folder / "answers.jsonl").write_text("".join(line for line in answers if left_out not in line))
    runs = ReportRuns([tmp_path])
    assert len(runs.videos) == 5  # one is in both
    for run in runs.each():
        scores = video_scores(run, runs.places)
        assert scores is not None and len(scores.videos) == 3
    assert len(named_activities(runs.read(1), runs.places).videos) == 3


def test_of_too_many_windows_no_figure_is_drawn(every_family: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overview, "_MOST_DRAWN", 3)
    made = overview_of(next(every_family.glob("identification/tiny/*")))
    assert made.figures == ()
    assert made.problems == ("odd", "figures: none are drawn of 4 windows; `strokerehab figure all` writes them")


def test_an_assessment_that_cannot_be_scored_is_a_line(every_family: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise UserError("runs/x: damaged")

    monkeypatch.setattr(overview, "page_assessment", fails)
    monkeypatch.setattr(overview, "page_figures", lambda paths, loaded, measured: ((), ()))
    made = overview_of(next(every_family.glob("assessment/tiny/*")))
    assert made.problems == ("odd", "runs/x: damaged")
    assert made.assessments == () and len(made.runs) == 1
