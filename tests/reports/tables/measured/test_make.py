"""The tables of measured doses: rows, controls, what is compared, and what is said of it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.measured.gathered import Measuring
from lmms_eval_plugins.reports.tables.measured.rows import POOLED
from lmms_eval_plugins.reports.tables.table import Cell, Table, TableSection, Value
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.support.measured_runs import few_videos, write_dose_run

STOPWATCHES = ["stopwatch", "stopwatch, by activity"]
COHORTS = ("healthy", "mild")


def in_cohorts(videos: list[AnsweredVideo[Timeline]]) -> list[AnsweredVideo[Timeline]]:
    return [replace(video, cohort=COHORTS[int(video.patient[1:]) % 2]) for video in videos]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the runs of two models and of a baseline about the same videos."""
    folder = tmp_path_factory.mktemp("runs")
    write_dose_run(folder, in_cohorts(few_videos(4, n_windows=16)), "good")
    write_dose_run(folder, in_cohorts(few_videos(4, n_windows=16, right=0.6)), "poor")
    write_dose_run(folder, in_cohorts(few_videos(4, n_windows=16, right=0.5)), "guess", kind="blind")
    return folder


@pytest.fixture(scope="module")
def made(folder: Path) -> dict[str, Table]:
    tables = make_tables("measure", folder, more=True, measuring=Measuring(together=True)).tables
    return {table.name: table for table in tables}


def firsts(section: TableSection) -> list[Cell]:
    return [row.cells[0] for row in section.rows]


def value_in(cell: Cell) -> float:
    assert isinstance(cell, Value)
    return cell.value


def test_the_names_of_the_tables(made: dict[str, Table]) -> None:
    more = ("cohorts", "activities", "labels", "patients")
    assert list(made) == ["measure", "measure_differences", "measure_intervals", *(f"measure_{one}" for one in more)]


def test_runs_then_all_together_then_controls(made: dict[str, Table]) -> None:
    (section,) = made["measure"].sections
    assert firsts(section) == ["good", "guess", "poor", "together (2 runs)", *STOPWATCHES]
    assert [row.reference for row in section.rows] == [False, True, False, False, True, True]
    assert all(0 < value_in(row.cells[2]) < 1 for row in section.rows)
    assert all(row.cells[3] is None for row in section.rows[4:])  # a stopwatch has no counts of its own


def test_differences_are_paired_and_corrected_over_models(made: dict[str, Table]) -> None:
    (section,) = made["measure_differences"].sections
    heads = [column.heading for column in made["measure_differences"].columns]
    assert len(set(heads)) == 7 and heads[5:] == ["p (by activity)", "p (by activity, Holm)"]
    assert firsts(section) == ["good", "poor", "together (2 runs)"]
    errors = {row.cells[0]: value_in(row.cells[2]) for row in made["measure"].sections[0].rows}
    good = section.rows[0].cells
    assert value_in(good[1]) == pytest.approx(errors["good"] - errors["stopwatch"])
    assert value_in(good[4]) == pytest.approx(errors["good"] - errors["stopwatch, by activity"])
    assert value_in(good[3]) >= value_in(good[2]) >= 2 / 2**4
    together = section.rows[2].cells
    assert together[2] == together[3]  # one comparison by itself
    notes = " ".join(made["measure_differences"].notes)
    assert "over 4 patients, corrected by Holm for 2 comparisons" in notes
    assert "Better than the stopwatch, by activity, with p (Holm) below 0.05: none." in notes


def test_intervals_in_both_variants_beside_the_stopwatch_that_knows_as_much(made: dict[str, Table]) -> None:
    table = made["measure_intervals"]
    pooled, within = table.sections
    assert (pooled.title, within.title) == (
        "intervals by errors in all activities",
        "intervals by errors in the activity",
    )
    runs = ["good", "guess", "poor", "together (2 runs)", POOLED]
    assert firsts(pooled) == [*runs, *STOPWATCHES] and firsts(within) == [*runs, STOPWATCHES[1]]
    widths = {row.cells[0]: value_in(row.cells[6]) for row in pooled.rows}
    good = pooled.rows[0].cells
    assert value_in(good[7]) == pytest.approx(widths["good"] / widths["stopwatch, by activity"])
    covers = [[value_in(cell) for cell in row.cells[1:4]] for section in table.sections for row in section.rows]
    assert all(of_row == sorted(of_row) for of_row in covers)
    narrower = {row.cells[0] for row in pooled.rows[:5] if value_in(row.cells[7]) < 1}
    (note, _) = [note for note in table.notes if note.startswith("No narrower")]
    named = note.removesuffix(".").split("all activities: ")[1].split("; ")
    assert set(named) - {"none"} == {str(name) for name in firsts(pooled)[:5]} - narrower
    assert any("no level above 75 % can be promised" in note for note in table.notes)


def test_groups_and_labels_have_every_row(made: dict[str, Table]) -> None:
    (cohorts, _) = made["measure_cohorts"].sections
    heads = [column.heading for column in made["measure_cohorts"].columns]
    shown = {head for head, cell in zip(heads, cohorts.rows[0].cells, strict=True) if cell is not None}
    assert shown == {"model", "number", *COHORTS}
    labels = [column.heading for column in made["measure_labels"].columns[2:]]
    assert labels == ["reach", "reposition", "transport", "stabilize", "idle", "all"]
    (section,) = made["measure_labels"].sections
    assert [row.cells[1] for row in section.rows[:3]] == ["RCE", "covers 90 %", "width 90 %"]


def test_the_totals_of_patients_have_intervals(made: dict[str, Table]) -> None:
    (section,) = made["measure_patients"].sections
    assert firsts(section) == ["good", "guess", "poor", "together (2 runs)", POOLED]
    assert [row.cells[1] for row in section.rows] == [4, 4, 4, 4, 8]
    for row in section.rows:
        covers, widths = [value_in(cell) for cell in row.cells[2:5]], [value_in(cell) for cell in row.cells[5:]]
        assert covers == sorted(covers) and widths == sorted(widths) and max(covers) <= 100


def test_some_videos_are_measured_as_among_all(folder: Path, made: dict[str, Table]) -> None:
    some = make_tables("measure", folder, only=VideoFilter(("P1",), (), ())).tables
    assert [row.cells[1] for row in some[0].sections[0].rows] == [2] * 5
    assert "only patient P1" in some[0].title


def test_scores_are_means_over_seeds(tmp_path: Path) -> None:
    run = write_dose_run(tmp_path, few_videos(patients=4, each=1, n_windows=16, right=0.7))
    errors, *_, of_seeds = make_tables("measure", run, more=True, measuring=Measuring(seed=3, seeds=2)).tables
    assert [column.heading for column in of_seeds.columns] == ["model", "seed 3", "seed 4", "mean"]
    first, second, mean = map(value_in, of_seeds.sections[0].rows[0].cells[1:])
    assert mean == pytest.approx((first + second) / 2) == value_in(errors.sections[0].rows[0].cells[2])
    assert any("means over 2 seeds, 3 to 4" in note for note in errors.notes)


def test_unknown_activities_leave_one_stopwatch_and_one_variant(tmp_path: Path) -> None:
    write_dose_run(tmp_path, [replace(video, activity=None) for video in few_videos(patients=4, each=1)])
    errors, differences, intervals = make_tables("measure", tmp_path).tables
    assert firsts(errors.sections[0]) == ["tiny", "stopwatch"]
    assert len(differences.columns) == 4 and len(intervals.sections) == 1


def test_what_cannot_be_measured_is_named(tmp_path: Path, folder: Path) -> None:
    few = write_dose_run(tmp_path, few_videos(patients=2, each=1), "few")
    with pytest.raises(UserError, match=r"table measure: .*labels of 1 patient besides P0: measuring learns from"):
        make_tables("measure", few)
    made = make_tables("measure", [few, folder / "dose" / "good"])
    assert any("measuring learns from at least 3 others" in error for error in made.errors)
    assert firsts(made.tables[0].sections[0]) == ["good", *STOPWATCHES]


def test_options_of_other_tables_are_refused(folder: Path) -> None:
    with pytest.raises(UserError, match="table measure: it measures by decoders of its own; leave --decoder away"):
        make_tables("measure", folder, decoding=Decoding())
    with pytest.raises(UserError, match="--together and --seeds are for the table measure"):
        make_tables("dose_models", folder, measuring=Measuring(seeds=2))
