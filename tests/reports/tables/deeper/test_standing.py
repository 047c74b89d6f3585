"""Places between the strongest blind control and the reference, and who is compared with whom."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.assessments.dose.method import DoseMethodName
from lmms_eval_plugins.core.places import CACHE_VARIABLE
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Table, Value, marks
from lmms_eval_plugins.runs.data_frames import controls, scores_df
from lmms_eval_plugins.statistics.paired import compare
from tests.reports.tables.test_make import cells
from tests.support.tiny_runs import PATIENTS, write_gold_run


def made_of(*paths: Path, name: str = "dose_models", **how: Any) -> dict[str, Table]:
    made = make_tables(name, list(paths), more=True, **how)
    assert made.errors == ()
    return {table.name.removeprefix(f"{name}_"): table for table in made.tables}


METHODS: tuple[DoseMethodName, ...] = ("motion_grasp", "one_primitive", "sequence", "conditional")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Correct answers by every method, two models of one of them, and a blind run: all about the same videos."""
    folder = tmp_path_factory.mktemp("runs")
    for method in METHODS:
        write_gold_run(folder, method)
    write_gold_run(folder, "motion_grasp", model="good", kind="model", wrong=2)
    write_gold_run(folder, "motion_grasp", model="bad", kind="model", wrong=8)
    return write_gold_run(folder, "motion_grasp", model="stopwatch", kind="blind", wrong=1)


@pytest.fixture(scope="module")
def together(runs: Path) -> dict[str, Table]:
    return made_of(runs)


def test_correct_answers_have_place_one_whatever_was_asked(together: dict[str, Table]) -> None:
    places = {
        row["model"]: [row[f"place {head}"] for head in ("RCE", "ES", "AER")] for row in cells(together["standing"])
    }
    for method in METHODS:
        assert places[f"omniscient, {method}"] == [Value(1.0)] * 3, method
    assert places["good"][0].value < 1


def test_each_method_has_a_reference_of_its_own_and_shares_what_sees_no_video(together: dict[str, Table]) -> None:
    names = [row["model"] for row in cells(together["dose_models"])]
    for method in METHODS:
        assert [name for name in names if method in name and name.startswith("reference")], method
    for blind in ("Markov, direct", "always transport", "stopwatch, by activity", "blind control"):
        assert names.count(blind) == 1, blind


def test_controls_among_the_runs_are_neither_best_nor_compared_nor_marked(
    runs: Path, together: dict[str, Table]
) -> None:
    rows = {row["model"]: row for row in cells(together["standing"])}
    assert rows["good"]["RCE − best"] is None and rows["bad"]["RCE − best"].value > 0
    for name, row in rows.items():
        if name not in ("good", "bad"):
            assert {row[head] for head in ("RCE − best", "p (best)", "RCE − blind", "p (blind)")} == {None}, name
    errors = [scores_df(runs / "motion_grasp" / model)["relative_counting_error"] for model in ("bad", "good")]
    p = compare(errors[0], errors[1], list(PATIENTS)).p
    assert p is not None and rows["bad"]["p (best)"] == Value(p), "one comparison: nothing is corrected for"
    (note,) = [note for note in together["standing"].notes if note.startswith("p:")]
    assert "4 patients" in note and "2 comparisons" in note
    for table in together.values():
        for section in table.sections:
            marked = {section.rows[row].cells[0] for row, _ in marks(section, table.columns)}
            assert marked <= {"good", "bad"}, table.name


def test_a_run_called_as_a_control_is_not_that_control(together: dict[str, Table]) -> None:
    rows = [row for row in cells(together["dose_models"]) if row["model"] == "stopwatch"]
    assert [row["ES"] is None for row in rows] == [False, True]


def test_primary_and_secondary_metrics(together: dict[str, Table]) -> None:
    heads = [column.heading for column in together["secondary"].columns]
    assert heads[1:] == [
        *("ES − best", "p ES (best)", "ES − blind", "p ES (blind)"),
        *("AER − best", "p AER (best)", "AER − blind", "p AER (blind)"),
    ]
    assert any("are secondary: the primary metric is RCE" in note for note in together["secondary"].notes)
    strongest = [note for note in together["standing"].notes if note.startswith("Strongest blind control in ")]
    assert [note.split()[4].rstrip(":") for note in strongest] == ["RCE", "ES", "AER"]


def test_runs_of_controls_only_have_no_best(tmp_path: Path) -> None:
    (row,) = cells(made_of(write_gold_run(tmp_path, "motion_grasp"))["standing"])
    assert row["RCE − best"] is None and row["place RCE"] == Value(1.0)


STUDY = "logs/strokerehab_primitives_3_all_models"


@pytest.fixture(scope="module")
def study(published: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    """Two models of the study, without the blind decoders, which take long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE_VARIABLE, str(tmp_path_factory.mktemp("cache")))
        patch.setattr(controls, "blind_draws", lambda run, by_activity: [])
        return made_of(published / STUDY / "internvl3p5_2b", published / STUDY / "nvila_8b")


def test_one_short_video_changes_the_ranking(study: dict[str, Table]) -> None:
    rows = {row["model"]: row for row in cells(study["influence"])}
    row = rows["InternVL3_5-2B"]
    assert (row["video"], row["true labels"]) == ("S00013_combing1_1", 1)
    assert (row["RCE"].value, row["without it"].value) == pytest.approx((0.798, 0.683), abs=6e-4)
    assert (row["place"], rows["NVILA-8B"]["place"]) == ("2 of 2", "1 of 2")
    main = {row["model"]: row for row in cells(study["dose_models"])}["InternVL3_5-2B"]
    assert main["RCE"].value == pytest.approx(0.798, abs=6e-4)
    assert main["RCE pooled"].value < 0.67 and main["RCE median"].value < 0.70


def test_the_stopwatch_is_the_strongest_control_of_counts(study: dict[str, Table]) -> None:
    assert "Strongest blind control in RCE: stopwatch, by activity, 0.47." in study["standing"].notes


def test_videos_with_few_primitives_can_be_left_out(published: Path) -> None:
    (table,) = make_tables("dose_models", published / STUDY / "internvl3p5_2b", min_primitives=2).tables
    row, *controls = cells(table)
    assert row["videos"] == 89 and {control["videos"] for control in controls} == {89}
    assert row["RCE"].value == pytest.approx(0.683, abs=6e-4)
    (note,) = [note for note in table.notes if "fewer than 2 true primitives" in note]
    assert note.endswith(": 1 (S00013_combing1_1).")
