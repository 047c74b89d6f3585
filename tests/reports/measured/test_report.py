"""What `measure` shows: tables for people and programs, JSON, notes, and what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.measuring.instrument import ALL, Dose
from lmms_eval_plugins.reports.measured.as_json import measured_json
from lmms_eval_plugins.reports.measured.report import MeasuredReport, MeasureRequest, measured_report, sums_by
from lmms_eval_plugins.reports.measured.tables import measured_tables
from lmms_eval_plugins.reports.measured.tidy import tidy_tables
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from lmms_eval_plugins.runs.measuring.assessed import MeasuredTotal
from tests.support.measured_runs import few_videos, write_dose_run

LABELS = ["reach", "reposition", "transport", "stabilize", "idle", "all"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return a run of four patients with two sessions each; the answers about one are unlike those about others."""
    videos = [replace(one, date=f"day {one.video_id[-1]}", repetition=1) for one in few_videos(4, 2)]
    return str(write_dose_run(tmp_path_factory.mktemp("run"), videos))


@pytest.fixture(scope="module")
def report(run: str) -> MeasuredReport:
    return measured_report(MeasureRequest((run,)))


@pytest.fixture(scope="module")
def summed(run: str) -> MeasuredReport:
    return measured_report(MeasureRequest((run,), by=("patient", "date")))


def total() -> MeasuredTotal:
    ends = dict.fromkeys((50, 80, 90), (10, 20))
    return MeasuredTotal("run", "tiny", "P0", 14, 15.5, ends, 66, 18, 33, 7)


def test_a_table_has_whole_numbers_in_whole_intervals(report: MeasuredReport) -> None:
    counts, seconds = measured_tables(report, 80)
    assert [column.heading for column in counts.columns[:5]] == ["video", "s", "activity", "all", "true"]
    for section in counts.sections:
        for row in section.rows:
            for cell in row.cells[6:11]:
                assert isinstance(cell, Value) and cell.low is not None and cell.high is not None
                assert cell.low <= cell.value <= cell.high
                assert {one == round(one) for one in (cell.value, cell.low, cell.high)} == {True}
    assert any("zero-shot" in note for note in seconds.notes) and any("75 %" in note for note in seconds.notes)


def test_the_intervals_are_those_of_the_level(report: MeasuredReport) -> None:
    first = report.recordings[0]
    dose = Dose(9.4, {50: (9, 9), 80: (10, 12), 90: (8, 14)})
    only = replace(first, measured=replace(first.measured, doses={**first.measured.doses, ALL: dose}))
    shown = {}
    for level in (50, 80, 90):
        counts, _ = measured_tables(replace(report, recordings=(only,)), level)
        assert f"[{level} % interval]" in counts.title
        shown[level] = counts.sections[0].rows[0].cells[3]
    assert shown == {50: Value(9, None, 9, 9), 80: Value(10, None, 10, 12), 90: Value(9, None, 8, 14)}


def test_sums_are_by_patient_and_day(summed: MeasuredReport) -> None:
    counts, _ = measured_tables(summed, 80)
    (section,) = counts.sections
    assert [row.cells[:3] for row in section.rows][:3] == [("P0", "day 0", 1), ("P0", "day 1", 1), ("P1", "day 0", 1)]
    assert "by patient and day" in counts.title


def test_videos_without_a_date_are_counted_where_sums_are_by_day(tmp_path: Path) -> None:
    run = write_dose_run(tmp_path, few_videos(4, 1, n_windows=20))
    by_day = measured_report(MeasureRequest((str(run),), by=("patient", "date")))
    assert any(note.startswith("4 videos without a date") for note in by_day.notes)


def test_what_is_unlike_is_numbered_and_told_below(report: MeasuredReport) -> None:
    told = replace(report.recordings[0], unlike=("one thing", "another"))
    unlike = replace(report, recordings=(told, *report.recordings[1:]))
    counts, last = measured_tables(unlike, 80)
    assert counts.columns[-1].heading == "note"
    assert [row.cells[-1] for row in counts.sections[0].rows][:2] == ["1, 2", None]
    assert last.remarks == ("note 1: one thing", "note 2: another")


def test_fugl_meyer_totals_stand_behind(report: MeasuredReport) -> None:
    *_, last = measured_tables(replace(report, totals=(total(),)), 80)
    assert last.name == "measured_fugl_meyer"
    assert last.sections[0].rows[0].cells == ("P0", Value(15.5, None, 10, 20), 66, 18, 14, 33, 7)
    alone = measured_tables(replace(report, recordings=(), sessions=(), totals=(total(),)), 80)
    assert [table.name for table in alone] == ["measured_fugl_meyer"]


def test_csv_has_a_row_per_video_and_label_with_all_levels(report: MeasuredReport, summed: MeasuredReport) -> None:
    header, *rows = rendered(tidy_tables(report), "csv").splitlines()
    assert len(rows) == 8 * 6
    assert {"video_id", "low_50", "high_90", "seconds_low_80", "true", "n_others"} <= set(header.split(","))
    header, *rows = rendered(tidy_tables(replace(summed, totals=(total(),))), "csv").splitlines()
    assert "date" in header.split(",") and any("by_rule" in row for row in rows)


def test_json_is_what_is_documented(report: MeasuredReport, summed: MeasuredReport) -> None:
    content = json.loads(json.dumps(measured_json(report)))
    assert list(content) == ["videos"] and len(content["videos"]) == 8
    video = content["videos"][0]
    assert (video["video_id"], video["patient"], video["date"]) == ("P0_0", "P0", "day 0")
    assert list(video["estimate"]) == LABELS and list(video["interval"]) == ["50", "80", "90"]
    for level in ("50", "80", "90"):
        assert list(video["interval"][level]) == LABELS
        assert all(isinstance(end, int) for ends in video["interval"][level].values() for end in ends)
    assert list(video["seconds"]) == LABELS[:-1] and video["flags"] == []
    assert video["per_minute"]["all"] == pytest.approx(60 * video["estimate"]["all"] / video["duration_s"], abs=0.1)
    by_day = json.loads(json.dumps(measured_json(replace(summed, totals=(total(),)))))
    assert list(by_day) == ["videos", "patients", "fugl_meyer"]
    assert by_day["patients"][1] | {} == by_day["patients"][1] and by_day["patients"][1]["date"] == "day 1"
    assert by_day["fugl_meyer"][0]["interval"]["80"] == [10, 20]


def test_only_the_videos_that_are_asked_for_are_shown(run: str) -> None:
    only = VideoFilter.of_words(["P1"])
    assert {one.patient for one in measured_report(MeasureRequest((run,), only=only)).recordings} == {"P1"}
    with pytest.raises(UserError, match="--patient P9"):
        measured_report(MeasureRequest((run,), only=VideoFilter.of_words(["P9"])))


@pytest.mark.parametrize(
    ("words", "found"), [("", ()), ("patient", ("patient",)), ("date, patient", ("patient", "date"))]
)
def test_what_sums_are_by(words: str, found: tuple[str, ...]) -> None:
    assert sums_by(words) == found


@pytest.mark.parametrize(("words", "message"), [("date", "of one patient"), ("patients", "did you mean 'patient'")])
def test_other_sums_are_refused(words: str, message: str) -> None:
    with pytest.raises(UserError, match=f"--by {words}: .*{message}"):
        sums_by(words)


@pytest.mark.parametrize("patients", [1, 2, 3])
def test_too_few_patients_are_one_line(tmp_path: Path, patients: int) -> None:
    run = write_dose_run(tmp_path, few_videos(patients, 1))
    with pytest.raises(UserError, match=rf"labels of {patients - 1} patients? besides P0: measuring learns from"):
        measured_report(MeasureRequest((str(run),)))
