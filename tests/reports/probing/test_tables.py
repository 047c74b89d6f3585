"""What `strokerehab probe` shows: runs and their controls, layers, doses, and sentences by stated rules."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.probing.as_json import probe_json
from lmms_eval_plugins.reports.probing.report import ProbeReport, layers_of, probe_report
from lmms_eval_plugins.reports.probing.tables import probe_tables
from lmms_eval_plugins.reports.tables.formats.text import text_of
from lmms_eval_plugins.reports.tables.table import Table, Value
from tests.support.probed_runs import write_probed_run


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> ProbeReport:
    folder = tmp_path_factory.mktemp("runs")
    write_probed_run(folder, patients=5, each=1, model="other")
    untrained: dict[str, object] = {"untrained": True}
    way = {"words": "untrained", "sentence": "untrained is True"}
    write_probed_run(
        folder / "a", patients=5, each=1, strength=0, model="tiny", differences=[way], wrapper_args=untrained
    )
    write_probed_run(folder / "b", patients=5, each=1, model="tiny", notes=["these are synthetic"])
    return probe_report([str(folder / "a"), str(folder / "b"), str(folder / "dose")])


def rows_of(table: Table, section: str) -> dict[str, tuple[object, ...]]:
    (own,) = [one for one in table.sections if one.title == section]
    return {str(row.cells[0]): row.cells[1:] for row in own.rows}


def test_controls_stand_behind_the_runs_of_their_card(report: ProbeReport) -> None:
    assert [(run.model, run.control) for run in report.runs] == [
        *(("tiny", False), ("tiny [untrained]", True), ("other", False))
    ]
    (motion, *_) = probe_tables(report)[0].sections
    assert [row.cells[0] for row in motion.rows] == [
        *("tiny", "- shuffled labels", "tiny [untrained]", "- shuffled labels", "other", "- shuffled labels")
    ]
    assert [row.reference for row in motion.rows] == [False, True, True, True, False, True]


def test_a_run_is_shown_with_what_it_said_and_what_is_seen(report: ProbeReport) -> None:
    n, said, seen, difference, said_right, seen_right, place = rows_of(probe_tables(report)[0], "motion")["tiny"]
    assert n == 100 and isinstance(place, str) and place.startswith("2, ") and place.endswith(" of 5)")
    assert isinstance(said, Value) and isinstance(seen, Value) and isinstance(difference, Value)
    assert seen.value > 0.9 > said.value and difference.value == pytest.approx(seen.value - said.value)
    assert isinstance(said_right, Value) and isinstance(seen_right, Value) and seen_right.value > said_right.value
    assert rows_of(probe_tables(report)[0], "primitive")["tiny"][1] is None  # never asked


def test_layers_and_doses_have_tables_of_their_own(report: ProbeReport) -> None:
    _, layers, doses = probe_tables(report)
    own = next(title for title in (one.title for one in layers.sections) if title.endswith(": tiny"))
    assert [*rows_of(layers, own)] == [
        f"layer {layer}, {place}"
        for layer in (1, 2)
        for place in ("behind the frames", "end of grasp", "end of motion")
    ]
    assert len(doses.sections) == 2  # controls have none
    rows = rows_of(doses, own)
    assert [*rows] == ["said", "probe", "said,probe", "blind control"]
    assert rows["said"][2:] == (None,) * 4
    assert isinstance(rows["probe"][2], Value) and rows["probe"][2].value > 0


def test_sentences_are_taken_back_where_random_weights_do_as_well(report: ProbeReport) -> None:
    remarks = probe_tables(report)[-1].remarks
    assert any(line.startswith("tiny, motion: more is seen than said (AUC +") for line in remarks)
    assert not any("[untrained], motion" in line for line in remarks)
    assert any(line.endswith(": these are synthetic") for line in remarks)
    clever = [replace(run, probes=run.probes.assign(auc=1.0)) if run.untrained else run for run in report.runs]
    remarks = probe_tables(ProbeReport(tuple(clever), ()))[-1].remarks
    assert "tiny, motion: a probe tells more than is said, but an untrained network tells as much" in remarks
    assert any(line.startswith("other, motion: more is seen than said") for line in remarks)
    swapped = [
        replace(run, probes=run.probes.assign(difference=-0.3, difference_low=-0.4, difference_high=-0.2))
        for run in report.runs
    ]
    remarks = probe_tables(ProbeReport(tuple(swapped), ()))[-1].remarks
    assert "tiny, motion: no line reads as much from the states as is said (AUC -0.300 [-0.400, -0.200])" in remarks


def test_a_run_whose_model_says_nothing_has_what_is_seen_alone(tmp_path: Path) -> None:
    run = write_probed_run(tmp_path, patients=3, each=1)
    (run / "answers.jsonl").write_text("")
    report = probe_report([str(run)])
    assert [one.name for one in report.runs[0].doses] == ["probe", "blind control"]
    assert rows_of(probe_tables(report)[0], "motion")["tiny"][1] is None
    assert "said" not in text_of(probe_tables(report)[2]).splitlines()[4]


def test_json_leaves_out_what_is_not_known(report: ProbeReport) -> None:
    content = json.loads(json.dumps(probe_json(report), allow_nan=False))
    tiny, untrained, _ = content["runs"]
    assert untrained["control"] and "doses" not in untrained and len(tiny["doses"]) == 4
    shuffled = next(row for row in tiny["probes"] if row["way"] == "shuffled")
    assert shuffled["target"] == "motion" and "auc_low" not in shuffled and "layer" not in shuffled
    assert isinstance(next(row for row in tiny["probes"] if row["way"] == "chosen")["layer"], int)


def test_what_cannot_be_probed_is_a_problem_and_the_rest_is_there(tmp_path: Path, report: ProbeReport) -> None:
    good = write_probed_run(tmp_path / "good", patients=3, each=1)
    bad = write_probed_run(tmp_path / "bad", patients=1, each=1)
    found = probe_report([str(good), str(bad), str(tmp_path / "absent")])
    assert len(found.runs) == 1 and isinstance(found.runs[0].probes, pd.DataFrame)
    assert [line.partition(": ")[0] for line in found.problems] == [str(tmp_path / "absent"), str(bad)]
    with pytest.raises(UserError, match="needs 3 patients with labels, there are 1"):
        probe_report([str(bad)])


@pytest.mark.parametrize("words", ["a", "0", "1,2", "1+", "-1"])
def test_layers_are_numbers(words: str) -> None:
    with pytest.raises(UserError, match="give numbers of layers from 1, joined by \\+"):
        layers_of(words)
