"""The tables of what models see, from tiny runs that differ only in how frames were perturbed."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.reports.tables.make import Made, make_tables
from lmms_eval_plugins.reports.tables.part import true_videos
from lmms_eval_plugins.reports.tables.probabilities import with_truth
from lmms_eval_plugins.reports.tables.table import Cell, Table, Value
from lmms_eval_plugins.runs.data_frames.load import load_tables
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from lmms_eval_plugins.statistics.probabilities import roc_auc
from tests.support.perturbed_runs import probability, seeing, write_perturbed

ALWAYS = {"": seeing(0.9), "freeze": seeing(0.5), "blank": lambda *_: 0.4}


def rows(table: Table, section: int = 0) -> dict[str, dict[str, Cell]]:
    """What each row is called → its cells by heading."""
    heads = [column.heading for column in table.columns]
    return {str(row.cells[0]): dict(zip(heads, row.cells, strict=True)) for row in table.sections[section].rows}


def number(cell: Cell) -> float:
    assert isinstance(cell, Value)
    return cell.value


def note(made: Made, question: str) -> str:
    """What is said of a question, a line for each thing."""
    return "\n".join(one for one in made.tables[0].notes if re.search(rf", {question}[ :]", one))


def test_what_is_left_of_answers_stands_beside_those_as_is(tmp_path: Path) -> None:
    write_perturbed(tmp_path, ALWAYS)
    made = make_tables("sees", tmp_path, ci=True)
    table, dose = made.tables
    assert (table.name, dose.name, made.errors) == ("sees", "sees_dose", ())
    assert [section.title for section in table.sections] == [
        f"primitives_3, tiny: {question} (128 windows, 8 patients)" for question in ("motion", "grasp")
    ]
    found = rows(table)
    assert list(found) == ["as is", "blank", "freeze"], "in the order of the perturbations"
    as_is, blank, freeze = found.values()
    assert (blank["AUC"], blank["yes (%)"]) == (Value(0.5), Value(0.0)), "nothing varies"
    assert as_is["− as is"] is None and as_is["kept (%)"] is None and as_is["agrees (%)"] is None
    difference, kept = freeze["− as is"], freeze["kept (%)"]
    assert isinstance(difference, Value) and isinstance(kept, Value)
    assert difference.value == pytest.approx(number(freeze["AUC"]) - number(as_is["AUC"]))
    assert kept.value == pytest.approx(100 * (number(freeze["AUC"]) - 0.5) / (number(as_is["AUC"]) - 0.5))
    assert difference.low is not None and difference.high is not None and difference.low < difference.high < 0
    assert kept.low is not None and kept.high is not None and 0 < kept.low < kept.value < kept.high < 100
    assert 0 < number(freeze["agrees (%)"]) < 100
    assert number(rows(dose)["as is"]["ES"]) > number(rows(dose)["freeze"]["ES"]) > number(rows(dose)["blank"]["ES"])


def test_the_area_is_of_the_windows_that_the_table_of_probabilities_ranks(tmp_path: Path) -> None:
    as_is, _ = write_perturbed(tmp_path, {"": seeing(0.7), "blank": seeing(0.1)}, patients=4)
    loaded = load_tables(as_is, ("answers", "scores", "timelines"))
    videos = {one.video_id: one for one in true_videos(loaded.tables["scores"], loaded.tables["timelines"])}
    ranked = with_truth(loaded.tables["answers"], videos, primitives_scheme()).dropna(subset=["true"])
    motion = ranked[ranked["question"] == "motion"]
    cells = rows(make_tables("sees", tmp_path).tables[0])["as is"]
    assert number(cells["AUC"]) == roc_auc(motion["p_yes"], motion["true"].astype(bool))
    assert cells["windows"] == len(motion)


def test_sentences_are_said_by_their_rules(tmp_path: Path) -> None:
    def grasp_alone(rng: np.random.Generator, true: bool, question: str, cohort: str) -> float:
        return probability(0.9, rng, true) if question == "grasp" else 0.4

    write_perturbed(tmp_path, ALWAYS | {"hand_out": grasp_alone, "mirror": seeing(0.9), "swap": seeing(0.02)})
    made = make_tables("sees", tmp_path)
    motion, grasp = note(made, "motion"), note(made, "grasp")
    start = r"primitives_3, tiny, motion: AUC (\.9\d|1\.00) \[\.9\d, (\.9\d|1\.00)\] as is"
    assert re.match(rf"{start}; what is kept is of what is above \.5\.\n", motion)
    kept = r"keeps \d\d % \[\d\d, \d\d\] when one frame is repeated: so much does not come from motion"
    assert re.search(rf"^primitives_3, tiny, motion: {kept}\.$", motion, re.MULTILINE)
    assert re.search(r"not told from chance on grey frames \(\.50\), .*, with the hand covered \(\.50\)\.$", motion)
    assert "with the hand covered: so much does not come from the hand" in grasp and "not told from chance" in grasp
    assert "in a mirror: the side is guessed" in motion


def test_at_chance_as_is_nothing_can_be_concluded(tmp_path: Path) -> None:
    write_perturbed(tmp_path, {"": seeing(0.0), "blank": lambda *_: 0.4})
    made = make_tables("sees", tmp_path)
    assert re.search(r"tiny, motion: as is no better than chance \(AUC .*\): nothing can be", note(made, "motion"))
    assert rows(made.tables[0])["blank"]["kept (%)"] is None


def test_of_a_baseline_nothing_is_concluded(tmp_path: Path) -> None:
    write_perturbed(tmp_path, {"": seeing(0.9), "blank": seeing(0.9)}, model="omniscient", kind="ceiling", patients=4)
    made = make_tables("sees", tmp_path)
    assert "primitives_3, omniscient, a baseline, motion: looks at no frame" in note(made, "motion")
    assert all(row.reference for section in made.tables[0].sections for row in section.rows)


def test_answers_that_turn_round_in_a_mirror_follow_the_named_side(tmp_path: Path) -> None:
    def other_hand(rng: np.random.Generator, true: bool, question: str, cohort: str) -> float:
        return 1 - probability(0.9, rng, true)

    write_perturbed(tmp_path, {"": seeing(0.9), "mirror": other_hand})
    assert "in a mirror worse than chance" in note(make_tables("sees", tmp_path), "motion")


def test_few_patients_are_said_to_be_few(tmp_path: Path) -> None:
    write_perturbed(tmp_path / "three", ALWAYS, patients=3)
    made = make_tables("sees", tmp_path / "three")
    assert note(made, "motion").endswith("about 3 patients, too few for intervals: nothing can be concluded.")
    difference = rows(made.tables[0])["freeze"]["− as is"]
    assert isinstance(difference, Value) and difference.low is None
    write_perturbed(tmp_path / "five", ALWAYS, patients=5)
    assert "(of 5 patients only: rough)" in note(make_tables("sees", tmp_path / "five"), "motion")


def test_answers_rank_by_words_where_any_run_has_no_probability(tmp_path: Path) -> None:
    write_perturbed(tmp_path, {"": seeing(0.9), "blank": lambda *_: None})
    table = make_tables("sees", tmp_path).tables[0]
    assert number(rows(table)["blank"]["AUC"]) == 1
    assert any("AUC of primitives_3, tiny: by the answers" in one for one in table.notes)


def test_only_runs_that_differ_in_nothing_else_make_a_group(tmp_path: Path) -> None:
    as_is, freeze = write_perturbed(tmp_path, {"": seeing(0.9), "freeze": seeing(0.5)})
    other = write_perturbed(tmp_path, {"freeze": seeing(0.5)}, settings={"crop": True}, stamp=7)
    elsewhere = write_perturbed(tmp_path, {"blank": seeing(0.5)}, videos="X", stamp=8)
    again = write_perturbed(tmp_path, {"freeze": seeing(0.1)}, stamp=9)
    made = make_tables("sees", [as_is, freeze, *other])
    (error,) = made.errors
    assert error == f"{other[0]}: no run as is beside it (without perturb, the rest set alike); give that one, too"
    made = make_tables("sees", [as_is, freeze, *elsewhere])
    assert list(rows(made.tables[0])) == ["as is", "freeze"]
    assert made.errors == (f"{elsewhere[0]}: is about none of the windows of the run as is; give runs on one dataset",)
    remarks = make_tables("sees", [as_is, freeze, *again]).tables[0].remarks
    assert f"Of 2 runs freeze the newest is shown: {again[0].name}." in remarks


def test_what_cannot_be_compared_is_one_line(tmp_path: Path) -> None:
    as_is, freeze = write_perturbed(tmp_path, {"": seeing(0.9), "freeze": seeing(0.5)})
    with pytest.raises(UserError, match="table sees: none of the runs given is perturbed"):
        make_tables("sees", as_is)
    with pytest.raises(UserError, match="no run as is beside it"):
        make_tables("sees", freeze)
    for run in (as_is, freeze):
        text = (run / "run.json").read_text()
        (run / "run.json").write_text(re.sub(r'"truth": "[^"]*", ', "", text))
    with pytest.raises(UserError, match=f"{as_is}: no answer of yes and no, or of options, has a known truth"):
        make_tables("sees", tmp_path)
    with pytest.raises(UserError, match="--patient X9"):
        make_tables("sees", tmp_path, only=VideoFilter.of_words(patients=["X9"]))


def test_windows_that_only_one_run_answered_are_not_compared(tmp_path: Path) -> None:
    def now_and_then(rng: np.random.Generator, true: bool, question: str, cohort: str) -> float:
        return float("nan") if rng.random() < 0.1 else 0.4

    write_perturbed(tmp_path, {"": seeing(0.9), "hand_out": now_and_then})
    table = make_tables("sees", tmp_path).tables[0]
    assert rows(table)["as is"]["windows"] == 128
    n = rows(table)["hand_out"]["windows"]
    assert isinstance(n, int) and 60 < n < 128
    assert f"primitives_3, tiny: motion: compared on fewer than 128 windows: hand_out {n}." in table.remarks


def test_decoded_dose_stands_beside_the_blind_control(tmp_path: Path) -> None:
    write_perturbed(tmp_path, ALWAYS, patients=4)
    dose = make_tables("sees", tmp_path, decoding=Decoding("mbr")).tables[1]
    found = rows(dose)
    assert list(found) == ["as is", "blank", "freeze", "blind control"]
    assert found["blind control"]["ES"] is None
    assert number(found["as is"]["ES, decoded"]) > number(found["blind control"]["ES, decoded"])
    lost = found["blank"]["ES, decoded − as is"]
    assert isinstance(lost, Value) and lost.value < 0


def test_groups_and_cohorts(tmp_path: Path) -> None:
    def worse_in_severe(rng: np.random.Generator, true: bool, question: str, cohort: str) -> float:
        return probability(0.3 if cohort == "severe" else 0.95, rng, true)

    write_perturbed(tmp_path, ALWAYS | {"": worse_in_severe}, patients=12)
    made = {table.name: table for table in make_tables("sees", tmp_path, more=True, ci=True).tables}
    assert list(made) == ["sees", "sees_dose", "sees_by_cohort", "sees_by_activity", "sees_cohorts"]
    by_cohort = rows(made["sees_by_cohort"])
    assert list(by_cohort) == ["mild", "severe"] and by_cohort["mild"]["patients"] == 6
    assert number(by_cohort["mild"]["as is"]) > number(by_cohort["severe"]["as is"]) + 0.1
    assert list(rows(made["sees_by_activity"])) == ["feeding", "shelf"]
    (compared,) = rows(made["sees_cohorts"]).values()
    crude, at_one_mix = compared["worth"], compared["at one mix"]
    assert isinstance(crude, Value) and isinstance(at_one_mix, Value)
    assert crude.high is not None and crude.high < 0 and at_one_mix.high is not None and at_one_mix.high < 0
    assert compared["in the mix (%)"] == Value(100.0) and compared["patients"] == "6 + 6"
    seen_worse = "severe patients are seen worse than mild ones, also at one mix of activities and primitives."
    assert any(one.endswith(f"motion: {seen_worse}") for one in made["sees_cohorts"].notes)
