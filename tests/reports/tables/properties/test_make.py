"""The table of measurement properties, made from tiny logs and runs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.render import rendered
from lmms_eval_plugins.reports.tables.table import Table, Value, marks
from lmms_eval_plugins.runs.data_frames.video_filter import VideoFilter
from tests.support.logs import row
from tests.support.tiny_runs import write_item_run, write_odd_run


def target(n: int) -> str:
    """A truth of so many primitives of a second each."""
    labels = [("reach", "transport")[place % 2] for place in range(n)]
    return ";".join(f"{label}@{place}.000" for place, label in enumerate([*labels, labels[-1]]))


def replies(n: int, length: int) -> list[str]:
    """Replies in which reach and transport alternate n times, then nothing changes any more."""
    said = [("YES <SEP> NO", "YES <SEP> YES")[place % 2] for place in range(n)]
    return [*said, *[said[-1]] * (length - n)]


def dose_rows(counts: Mapping[str, Sequence[tuple[int, int]]]) -> list[dict[str, Any]]:
    """Rows of a log: patient → true and predicted number of the repetitions of one activity."""
    return [
        row(f"{patient}_feeding{place}_1", replies(predicted, true), target(true), patient)
        for patient, own in counts.items()
        for place, (true, predicted) in enumerate(own, start=1)
    ]


def by_name(tables: Sequence[Table]) -> dict[str, Table]:
    return {table.name: table for table in tables}


def cells(table: Table, section: int = 0) -> dict[str, dict[str, Any]]:
    heads = [column.heading for column in table.columns]
    return {str(row.cells[0]): dict(zip(heads, row.cells, strict=True)) for row in table.sections[section].rows}


def records(table: Table) -> list[dict[str, Any]]:
    """Return the rows of a table's first section by their headings."""
    heads = [column.heading for column in table.columns]
    return [dict(zip(heads, one.cells, strict=True)) for one in table.sections[0].rows]


COUNTS = {
    "C0": [(9, 8), (8, 8)],
    "C1": [(10, 7), (12, 12)],
    "C2": [(8, 6), (9, 9)],
    "S0": [(6, 4), (7, 7)],
    "S1": [(5, 5), (4, 3)],
    "S2": [(7, 4), (6, 4)],
}


@pytest.fixture
def tables(write_log: Callable[..., Path]) -> dict[str, Table]:
    return by_name(make_tables("properties", write_log(*dose_rows(COUNTS)), ci=True, more=True).tables)


def test_agreement_is_of_ratios_and_of_differences_of_videos_and_of_patients(tables: dict[str, Table]) -> None:
    table = tables["properties"]
    assert [section.title for section in table.sections] == [
        "number in a video, predicted : true",
        "number in a video, predicted − true",
        "number in all videos of a patient, predicted : true",
    ]
    pairs = [pair for own in COUNTS.values() for pair in own]
    ratio, difference, patients = (cells(table, place)["Model-7B"] for place in range(3))
    assert (ratio["n"], ratio["patients"], patients["n"]) == (12, 6, 6)
    assert difference["bias"].value == pytest.approx(np.mean([predicted - true for true, predicted in pairs]))
    logs = [math.log((predicted + 1) / (true + 1)) for true, predicted in pairs]
    assert ratio["bias"].value == pytest.approx(math.exp(np.mean(logs)))
    assert ratio["LoA low"].low < ratio["LoA low"].value < ratio["bias"].value < ratio["LoA high"].value
    sums = [np.sum(own, axis=0) for own in COUNTS.values()]
    errors = [math.log((predicted + 1) / (true + 1)) for true, predicted in sums]
    assert patients["LoA high"].value == pytest.approx(math.exp(np.mean(errors) + 1.96 * np.std(errors, ddof=1)))


def test_the_stopwatch_and_the_reference_stand_beside_the_model(tables: dict[str, Table]) -> None:
    rows = tables["properties"].sections[0].rows
    assert [row.cells[0] for row in rows] == ["Model-7B", "reference", "stopwatch", "stopwatch, by activity"]
    assert [row.reference for row in rows] == [False, True, True, True]
    assert rows[0].run and rows[0].run.endswith(".jsonl")
    assert cells(tables["properties"])["reference"]["bias"].value == 1, "windows are as long as the primitives"


def test_change_names_its_forms_and_mdc_is_of_the_last(tables: dict[str, Table]) -> None:
    ratio = cells(tables["properties_change"])["Model-7B"]
    logs = {p: [math.log((predicted + 1) / (true + 1)) for true, predicted in own] for p, own in COUNTS.items()}
    exact = math.sqrt(np.mean([np.var(own, ddof=1) for own in logs.values()]))
    assert ratio["SEM labels exact"].value == pytest.approx(math.exp(exact))
    assert ratio["MDC95"].value == pytest.approx(math.exp(1.96 * math.sqrt(2) * exact))
    assert ratio["MDC90"].value == pytest.approx(math.exp(1.645 * math.sqrt(2) * exact))
    assert ratio["MDC95"].low < ratio["MDC95"].value < ratio["MDC95"].high
    errors = np.array([error for own in logs.values() for error in own])
    assert ratio["SEM √MSW"].value == pytest.approx(math.exp(math.sqrt(np.mean(errors**2) / 2)))


def test_repetitions_and_labels_are_told_apart(tables: dict[str, Table]) -> None:
    rows = records(tables["properties_reliability"])
    found = {(row["model"], row["between"]): row for row in rows}
    own, labels = found["Model-7B", "repetitions"], found["labels", "repetitions"]
    assert (own["subjects"], own["patients"], own["ICC(A,1)"]) == (6, 6, None)
    assert labels["ICC(1,1)"].value > own["ICC(1,1)"].value
    squares = [(first - second) ** 2 / 2 for (_, first), (_, second) in COUNTS.values()]
    assert own["SEM"].value == pytest.approx(math.sqrt(np.mean(squares)))
    assert own["MDC95"].value == pytest.approx(1.96 * math.sqrt(2) * own["SEM"].value)
    both = found["Model-7B", "and labels"]
    assert both["ICC(C,1)"].value > both["ICC(A,1)"].value, "it counts too few throughout"
    assert both["SEM"] is None
    assert ("stopwatch", "repetitions") in found


def test_known_groups_are_healthy_and_stroke_where_no_cohort_is_known(tables: dict[str, Table]) -> None:
    rows = cells(tables["properties_groups"])
    seconds = {patient: sum(true for true, _ in own) for patient, own in COUNTS.items()}
    rates = {patient: 60 * sum(found for _, found in own) / seconds[patient] for patient, own in COUNTS.items()}
    assert rows["Model-7B"]["healthy"].value == pytest.approx(np.median([rates[p] for p in ("C0", "C1", "C2")]))
    assert rows["Model-7B"]["stroke"].value == pytest.approx(np.median([rates[p] for p in ("S0", "S1", "S2")]))
    won = np.mean([rates[one] > rates[other] for one in ("C0", "C1", "C2") for other in ("S0", "S1", "S2")])
    assert rows["Model-7B"]["concordance"].value == pytest.approx(won)
    assert rows["labels"]["concordance"].value == 0.5 and rows["labels"]["p"].value == 1, "all do one a second"


def test_more_has_every_label(tables: dict[str, Table]) -> None:
    titles = [section.title for section in tables["properties_labels"].sections]
    assert len(titles) == 5 and titles[0] == "number of reach in a video, predicted : true"
    assert cells(tables["properties_labels"], 3)["Model-7B"]["bias"].value == 1, "none is held, and none found"


def test_every_format(write_log: Callable[..., Path]) -> None:
    made = make_tables("properties", write_log(*dose_rows(COUNTS)), ci=True).tables
    for form in ("text", "md", "csv", "latex", "html"):
        assert rendered(made, form) == rendered(made, form)
        assert "nan" not in rendered(made, form).lower()


@pytest.mark.parametrize("patients", (1, 2))
def test_one_patient_and_two_have_what_is_defined(write_log: Callable[..., Path], patients: int) -> None:
    few = dict(list(COUNTS.items())[:: 3 if patients == 2 else 6][:patients])
    made = by_name(make_tables("properties", write_log(*dose_rows(few)), ci=True).tables)
    agreement, change = (cells(made[name])["Model-7B"] for name in ("properties", "properties_change"))
    assert agreement["patients"] == patients and agreement["bias"] is not None
    assert (agreement["LoA low"] is None) == (patients == 1)
    assert change["MDC95"].low is None, "no interval of so few"
    groups = cells(made["properties_groups"])["Model-7B"]
    assert (groups["concordance"] is None) == (patients == 1)
    assert ("stopwatch" in cells(made["properties"])) == (patients == 2), "it learns from others"


def test_videos_without_replies_are_left_out_and_without_truth_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="table properties: no video, and no patient, among these has a truth"):
        make_tables("properties", write_odd_run(tmp_path / "a", said=()))
    odd = by_name(make_tables("properties", write_odd_run(tmp_path / "b")).tables)
    assert [row.cells[0] for row in odd["properties_groups"].sections[0].rows] == ["labels", "odd", "reference"]


def seeded(path: Path, stamp: str, seed: int, **more: object) -> Path:
    """Copy a run to another stamp, with another seed."""
    other = path.parent / stamp
    other.mkdir()
    values = json.loads((path / "run.json").read_text()) | {"seeds": {"random": seed}, **more}
    (other / "run.json").write_text(json.dumps(values))
    (other / "answers.jsonl").write_bytes((path / "answers.jsonl").read_bytes())
    return other


ITEMS = (5, 9, 24, 25)
TRUTH = {f"P{place}": {item: max(0, 2 - place // 2 - (item == 9)) for item in ITEMS} for place in range(6)}
OF_PATIENTS = dict(zip(TRUTH, ("healthy", "healthy", "mild", "mild", "severe", "severe"), strict=True))
SAID = {p: {item: str(min(2, score + (p == "P4"))) for item, score in own.items()} for p, own in TRUTH.items()}


def test_fugl_meyer_totals_and_yardsticks(tmp_path: Path) -> None:
    run = write_item_run(tmp_path, TRUTH, SAID, cohorts=OF_PATIENTS)
    seeded(run, "20250101_000001", 7)
    made = by_name(make_tables("properties", str(tmp_path), ci=True).tables)
    (section,) = made["properties"].sections
    assert section.title == "Fugl-Meyer total of 4 items (assessment), predicted − true"
    (_, _, median) = section.rows
    assert median.cells[0] == "median of others" and median.reference
    errors = [sum(map(int, SAID[p].values())) - sum(TRUTH[p].values()) for p in TRUTH]
    assert records(made["properties"])[0]["bias"].value == pytest.approx(np.mean(errors))
    (between,) = [one for one in records(made["properties_reliability"]) if one["between"] == "runs"]
    assert between["model"] == "tiny, 2 runs" and between["ICC(A,1)"].value == 1 and between["SEM"].value == 0
    groups = cells(made["properties_groups"])
    assert groups["therapist"]["concordance"] == Value(1.0)
    assert (groups["therapist"]["healthy"].value, groups["therapist"]["severe"].value) == (7.0, 0.0)
    published, own = (cells(made["properties_yardsticks"], place) for place in (0, 1))
    assert published["See et al. 2013"]["MDC"] == Value(3.2)
    mdc = own["median of others"]["MDC"]
    assert mdc == cells(made["properties_change"])["median of others"]["MDC95"]
    assert own["median of others"]["MDC (%)"].value == pytest.approx(100 * mdc.value / 8)


def test_runs_that_lack_replies_about_different_patients(tmp_path: Path) -> None:
    for model, lacking in (("one", "P1"), ("other", "P2")):
        write_item_run(tmp_path, TRUTH, {**SAID, lacking: {**SAID[lacking], 5: ""}}, model, OF_PATIENTS)
    made = by_name(make_tables("properties", str(tmp_path)).tables)
    rows = cells(made["properties_groups"])
    assert [rows[name]["patients"] for name in ("therapist", "one", "other")] == [6, 5, 5]


def test_silence_is_not_the_best(write_log: Callable[..., Path]) -> None:
    """Of a model that finds nothing in videos of one length, all ratios are the same."""
    said = {patient: [(6, 6)] for patient in COUNTS}
    silent = [row(f"{p}_feeding1_1", ["NO <SEP> NO"] * 6, target(6), p) for p in said]
    logs = [write_log(*dose_rows(COUNTS)), write_log(*silent, folder="org__Silent-7B")]
    made = by_name(make_tables("properties", logs).tables)
    table = made["properties_change"]
    assert all(not marks(section, table.columns) for section in table.sections)


def test_seeds_are_all_that_may_differ(tmp_path: Path) -> None:
    run = write_item_run(tmp_path, TRUTH, SAID)
    seeded(run, "20250101_000001", 7, sampling={"strategy": "uniform", "frames": 16})
    made = by_name(make_tables("properties", str(tmp_path)).tables)
    assert all(row.cells[1] == "and labels" for row in made["properties_reliability"].sections[0].rows)


def test_doses_go_with_totals_of_the_same_patients(tmp_path: Path, write_log: Callable[..., Path]) -> None:
    """Patients who do more in a minute have higher totals, and the model has counted as they did."""
    rows = [
        row(
            f"{patient}_feeding1_1",
            replies(8 - place, 8),
            target(8 - place).rsplit(";", 1)[0] + ";reach@8.000",
            patient,
        )
        for place, patient in enumerate(TRUTH)
    ]
    write_item_run(tmp_path, TRUTH, SAID)
    made = by_name(make_tables("properties", [str(write_log(*rows)), str(tmp_path)], ci=True).tables)
    found = cells(made["properties_convergence"])
    assert list(found)[:2] == ["labels", "Model-7B"] and found["labels"]["patients"] == 6
    assert found["labels"]["Spearman"].value > 0.9 and found["labels"]["Spearman"].low is not None
    assert "of 4 items" in made["properties_convergence"].title
    shown = VideoFilter(activities=("feeding",))
    some = by_name(make_tables("properties", [str(tmp_path)], only=shown).tables)
    assert "properties_yardsticks" not in some, "an examination is of no activity"
    assert "properties_convergence" in some
    few = by_name(make_tables("properties", [str(tmp_path)], only=VideoFilter(patients=("p0", "P1"))).tables)
    assert cells(few["properties"], 3)["tiny"]["patients"] == 2
