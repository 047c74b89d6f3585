"""Doses with intervals in a report: of videos and sessions, what could not be measured, and how far to trust it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.decoding.measuring.calibration import LEVELS
from lmms_eval_plugins.decoding.measuring.instrument import Dose, MeasuredDoses
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.reports.page import overview
from lmms_eval_plugins.reports.page.data.measured import PageMeasured, PageVideoDoses
from lmms_eval_plugins.reports.page.make import ReportOptions, make_report
from lmms_eval_plugins.reports.page.measured import ReportMeasurements, coverage_of, in_days, page_doses
from lmms_eval_plugins.reports.page.runs import ReportRuns
from lmms_eval_plugins.runs.measuring.frame import FUSED, measured_frames
from lmms_eval_plugins.runs.measuring.groups import recordings_in
from tests.support.measured_runs import few_videos, write_dose_run
from tests.support.tiny_runs import write_tiny_runs

DATES = ("2026-01-30", "2026-02-03")


def filmed(patients: int = 5) -> list[AnsweredVideo[Timeline]]:
    """Return two videos each of some patients: of the first on two days, of the second by two cameras."""
    videos = few_videos(patients)
    for number, date in enumerate(DATES):
        videos[number] = replace(videos[number], date=date, repetition=1)
    for place, view in ((2, "1"), (3, "2")):
        videos[place] = replace(videos[place], activity="drinking", repetition=1, view=view)
    return videos


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_dose_run(tmp_path_factory.mktemp("measured"), filmed())


def measured_with(
    paths: Sequence[Path], *, as_days: bool = False
) -> tuple[list[PageMeasured], list[str], list[dict[str, PageVideoDoses]]]:
    runs = ReportRuns(paths)
    measurements = ReportMeasurements(runs.places, as_days=as_days)
    doses = [dict(measurements.add(one)) for one in runs.each()]
    return measurements.measured, measurements.problems, doses


def test_every_video_has_a_dose_of_each_label_and_of_all(run: Path) -> None:
    (measured,), problems, (doses,) = measured_with([run])
    assert (measured.run, measured.why_not, measured.levels, measured.n_others) == (0, None, LEVELS, 4)
    assert problems == [] and len(doses) == 10
    truth = {video.video_id: video for video in filmed()}
    rows = measured_frames(run).doses
    totals = rows[(rows["way"] == FUSED) & (rows["primitive"] == "all")].set_index("video_id")
    for video_id, own in doses.items():
        *labels, total = own.doses
        assert len(labels) == 5 and total.seconds is None and total.seconds_ends is None
        assert own.length_ms == round(1000 * truth[video_id].length_s)
        assert total.count == round(totals.loc[video_id, "count"], 2)
        assert total.ends[1] == (totals.loc[video_id, "low_80"], totals.loc[video_id, "high_80"])
        assert total.true == sum(one.true or 0 for one in labels) == totals.loc[video_id, "true"]
        assert total.rule == sum(one.rule or 0 for one in labels) > 0
        assert all(one.seconds is not None and len(one.seconds_ends or ()) == len(one.ends) == 3 for one in labels)


def test_sessions_are_of_days_and_what_several_cameras_filmed_counts_once(run: Path) -> None:
    (measured,), _, (doses,) = measured_with([run])
    which = [(one.patient, one.date, one.view, len(one.videos)) for one in measured.sessions]
    alone = [("P0", date, None, 1) for date in DATES] + [("P1", None, view, 1) for view in ("1", "2")]
    assert which == [*alone, *((f"P{patient}", None, None, 2) for patient in (2, 3, 4))]
    last = measured.sessions[-1]
    own = [doses[f"P4_{number}"] for number in (0, 1)]
    assert last.length_ms == sum(one.length_ms for one in own)
    for place, dose in enumerate(last.doses):
        parts = [one.doses[place] for one in own]
        assert dose.count == pytest.approx(sum(part.count for part in parts), abs=0.02)
        assert (dose.true, dose.rule) == (sum(part.true or 0 for part in parts), sum(part.rule or 0 for part in parts))


def test_dates_become_days_where_codes_are_replaced(run: Path) -> None:
    (measured,), _, _ = measured_with([run], as_days=True)
    assert [session.date for session in measured.sessions[:3]] == ["day 0", "day 4", None]
    one, *_ = recordings_in(measured_frames(run).doses)
    dates = ("2026-02-03", "day 14", None, "2026-01-30")
    assert [other.date for other in in_days([replace(one, date=date) for date in dates])] == [
        "day 4",
        "day 14",
        None,
        "day 0",
    ]


def test_what_cannot_be_measured_is_said_and_runs_of_other_tasks_are_none(tmp_path: Path) -> None:
    write_dose_run(tmp_path, few_videos(2))
    write_tiny_runs(tmp_path / "tiny")
    runs = [tmp_path / "dose", *(tmp_path / "tiny").glob("[ai]*")]
    (measured,), (problem,), doses = measured_with(runs)
    assert measured.why_not and measured.why_not.startswith("labels of 1 patient besides P")
    assert problem.endswith(f": measures nothing: {measured.why_not}") and (measured.sessions, measured.coverage) == (
        (),
        (),
    )
    assert doses == [{}, {}, {}]


def test_a_video_that_cannot_be_measured_is_named_and_the_others_are(tmp_path: Path) -> None:
    videos = few_videos(4, 1)
    empty: AnsweredVideo[Timeline] = replace(videos[0], video_id="empty", windows=(), duration_s=3.0)
    (measured,), (problem,), (doses,) = measured_with([write_dose_run(tmp_path, [*videos, empty])])
    assert len(doses) == 4 and "empty: no window of it was answered" in problem
    assert measured.problems == (problem.removeprefix("tiny: "),)


def test_doses_without_a_truth_and_without_a_rule() -> None:
    ends = dict.fromkeys(LEVELS, (0, 3))
    (dose,) = page_doses(MeasuredDoses({"all": Dose(1.23456, ends)}), None, None)
    assert (dose.true, dose.rule, dose.count, dose.ends, dose.seconds) == (None, None, 1.23, ((0, 3),) * 3, None)


def test_coverage_counts_the_totals_that_intervals_hold_by_way() -> None:
    totals = pd.DataFrame({"way": ["fused"] * 4 + ["stopwatch"] * 4, "true": pd.array([10, 4, 0, None] * 2, "Int64")})
    for level, low, high in ((50, 5, 9), (80, 4, 10), (90, 0, 20)):
        totals[f"low_{level}"], totals[f"high_{level}"] = low, high
    found = [*coverage_of(totals)]
    assert [(one.way, one.level, one.n_held, one.n_known) for one in found] == [
        (way, level, n_held, 3) for way in ("fused", "stopwatch") for level, n_held in ((50, 0), (80, 2), (90, 3))
    ]
    assert [one.width for one in found[:3]] == [0.7, 1.05, 3.5]  # of two videos with a true total above 0
    assert found[:3] == [*coverage_of(totals[:4])] and [*coverage_of(totals[3:4])] == []


def test_a_report_with_measurements(run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[bool] = []

    def no_figures(paths: object, loaded: object, *, measured: bool) -> tuple[tuple[()], tuple[()]]:
        drawn.append(measured)
        return (), ()

    monkeypatch.setattr(overview, "page_figures", no_figures)
    few = write_dose_run(tmp_path / "few", few_videos(2))
    written = make_report([run, few], tmp_path / "report", ReportOptions(measure=True))
    assert len(written.problems) == 1 and "measures nothing: labels of 1 patient besides" in written.problems[0]
    shown = json.loads((tmp_path / "report/data/overview.js").read_text().partition(",")[2][:-3])
    assert [one["why_not"] is None for one in shown["measured"]].count(True) == 1
    assert not any("measures nothing" in line for line in shown["problems"])
    video = (tmp_path / "report" / shown["videos"][0]["file"]).read_text()
    assert '"doses":[{"run":' in video
    plain = make_report([run], tmp_path / "plain.html")
    assert drawn == [True, False] and plain.problems == ()
    assert '"measured":[]' in (tmp_path / "plain.html").read_text()
