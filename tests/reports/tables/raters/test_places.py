"""Where models stand between blind control and human, and raters in the tables of dose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Value, marks
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.statistics.counts import place_between
from tests.reports.tables.test_make import cells
from tests.support.tiny_runs import PATIENTS, STAMP, add_raters, write_gold_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two models and correct answers about four videos; two people labelled them, one only three and not well."""
    folder = tmp_path_factory.mktemp("runs")
    write_gold_run(folder, "motion_grasp")
    write_gold_run(folder, "motion_grasp", model="good", kind="model", wrong=2)
    write_gold_run(folder, "motion_grasp", model="bad", kind="model", wrong=8)
    for model in ("omniscient", "good", "bad"):
        run = folder / "motion_grasp" / model / STAMP
        truths = {video.video_id: video.truth for video in read_run_file(run).videos}
        idle = dict.fromkeys([*truths][:3], "idle@0.000;idle@12.000")
        add_raters(run, {"anna": truths, "ben": idle})
    return folder


def test_places_between_the_strongest_blind_control_and_each_rater(runs: Path) -> None:
    *_, places = make_tables("raters", runs).tables
    assert [section.title for section in places.sections] == ["rater anna", "rater ben"]
    rows = {row["model"]: row for row in cells(places)}
    assert list(rows) == ["bad", "good", "omniscient", "rater anna"]
    (note,) = [note for note in places.notes if note.startswith("rater anna: Strongest blind control in RCE: ")]
    blind = float(note.removesuffix(".").rpartition(", ")[2])
    for model in ("bad", "good"):
        expected = place_between(rows[model]["RCE"].value, blind, 0.0)
        assert rows[model]["place RCE"].value == pytest.approx(expected, abs=2e-3)
    assert rows["rater anna"]["RCE"].value == 0 and rows["rater anna"]["place RCE"] is None
    assert {section_row.cells[0] for section_row in places.sections[0].rows if section_row.reference} == {
        "omniscient",
        "rater anna",
    }
    of_ben = {row["model"]: row for row in cells(places, 1)}
    assert of_ben["good"]["videos"] == of_ben["rater ben"]["videos"] == 3
    assert of_ben["good"]["place RCE"] is None, "this rater is no better than who never saw a video"


def test_places_have_intervals_by_patients_where_there_are_enough(tmp_path: Path) -> None:
    write_gold_run(tmp_path, "motion_grasp", model="good", kind="model", wrong=2)
    run = tmp_path / "motion_grasp" / "good" / STAMP
    values = json.loads((run / "run.json").read_text())
    videos = values["videos"]
    answers = [json.loads(line) for line in (run / "answers.jsonl").read_text().splitlines()]
    for number in (0, 1):  # two patients more, who move as two others do
        name = f"E{number}_feeding1_1"
        videos.append(videos[number] | {"video_id": name, "patient": f"E{number}"})
        answers += [one | {"video_id": name} for one in answers if one["video_id"] == videos[number]["video_id"]]
    (run / "run.json").write_text(json.dumps(values))
    (run / "answers.jsonl").write_text("".join(f"{json.dumps(one)}\n" for one in answers))
    add_raters(run, {"anna": {video["video_id"]: video["truth"] for video in videos}})
    for ci in (True, False):
        row, _ = cells(make_tables("raters", run, ci=ci).tables[-1])
        place = row["place ES"]
        assert place.value < 1 and (place.low is not None and place.low < place.value < place.high) is ci


def test_raters_are_reference_rows_in_tables_of_dose_and_never_marked(runs: Path) -> None:
    plain = {row["model"]: row for row in cells(make_tables("dose_models", runs).tables[0])}
    assert plain["rater anna"]["videos"] == 4 and plain["rater ben"]["videos"] == 3
    assert plain["rater anna"]["ES"] == Value(100.0, 0.0)
    tables = make_tables("dose_models", runs, more=True).tables
    assert any("what a further person labelled" in note for note in tables[0].notes)
    for table in tables:
        for section in table.sections:
            assert {section.rows[row].cells[0] for row, _ in marks(section, table.columns)} <= {"good", "bad"}
    strongest = [note for table in tables for note in table.notes if note.startswith("Strongest blind control")]
    assert strongest and not any("rater" in note for note in strongest)
    read_by = {row["model"]: row["read by"] for row in cells(make_tables("decoding", runs).tables[0])}
    assert "rater anna" in read_by and read_by["rater anna"] is None


def test_a_rater_of_none_of_the_videos_shown_has_neither_row_nor_section(runs: Path) -> None:
    *_, last = PATIENTS
    only = VideoFilter(patients=(last,))
    *_, places = make_tables("raters", runs, only=only).tables
    assert [section.title for section in places.sections] == ["rater anna"]
    names = [row["model"] for row in cells(make_tables("dose_models", runs, only=only).tables[0])]
    assert "rater anna" in names and "rater ben" not in names
    assert "rater ben" not in [one.title for one in make_tables("dose_patients", runs, only=only).tables[0].sections]


def test_options_that_are_not_for_it_are_refused(runs: Path) -> None:
    with pytest.raises(UserError, match="table raters: --min-primitives is for"):
        make_tables("raters", runs, min_primitives=3)
