"""Every table, made from tiny logs and runs."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.published import TABLES
from lmms_eval_plugins.reports.tables.render import FORMATS, rendered
from lmms_eval_plugins.reports.tables.table import Table, Value
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord
from tests.support.logs import PERFECT, answers_of, row

SAYS_IDLE = ["NO <SEP> NO"] * 3
LONG = "idle@0.000;reach@1.000;transport@2.000;stabilize@3.000;reposition@4.000;idle@5.000;idle@6.000"


def dose_rows(replies: Sequence[str]) -> list[dict[str, object]]:
    videos = {"C00022_feeding1_1": "C00022", "S00013_feeding1_1": "S00013", "S00011_feeding1_1": "S00011"}
    return [row(video, replies, LONG, patient) for video, patient in videos.items()]


def cells(table: Table, section: int = 0) -> list[dict[str, Any]]:
    heads = [column.heading for column in table.columns]
    return [dict(zip(heads, row.cells, strict=True)) for row in table.sections[section].rows]


@pytest.fixture
def two_logs(write_log: Callable[..., Path]) -> list[Path]:
    return [
        write_log(*dose_rows(PERFECT), folder="org__Good-7B"),
        write_log(*dose_rows(SAYS_IDLE), folder="org__Idle-7B"),
    ]


def test_models_and_baselines(two_logs: list[Path]) -> None:
    (table,) = make_tables("dose_models", two_logs).tables
    rows = cells(table)
    assert [row["model"] for row in rows] == [
        "Good-7B",
        "Idle-7B",
        "reference",
        "Markov, decomposed",
        "Markov, direct",
        "always transport",
        "stopwatch",
        "stopwatch, by activity",
    ]
    assert [row.reference for row in table.sections[0].rows] == [False, False, *[True] * 6]
    assert rows[0]["ES"] == Value(50.0, 0.0)
    assert rows[1]["ES"].value == pytest.approx(100 / 6)
    assert rows[5]["ES"].value == pytest.approx(100 / 6)
    assert rows[2]["ES"].value == 50, "three of six labels are in the windows"
    assert rows[6]["ES"] is None and rows[6]["AER"] is None
    assert rows[6]["RCE"].value == rows[6]["RCE pooled"].value == rows[6]["RCE median"].value == 0, "all videos alike"
    assert not table.sections[0].title


def test_tables_are_the_same_every_time(two_logs: list[Path]) -> None:
    first = rendered(make_tables("dose_models", two_logs, ci=True, more=True).tables, "csv")
    assert first == rendered(make_tables("dose_models", two_logs, ci=True, more=True).tables, "csv")


def test_intervals_and_more(two_logs: list[Path]) -> None:
    made = {table.name: table for table in make_tables("dose_models", two_logs, ci=True, more=True).tables}
    main, standing, secondary, influence, cohorts, counts, segments = made.values()
    assert cells(main)[0]["ES"].value == 50
    good, idle = cells(secondary)
    assert good["ES − best"] is None and idle["ES − best"].value == pytest.approx(100 / 6 - 50)
    assert idle["p ES (best)"].value == 2 / 8
    assert good["ES − blind"].value - idle["ES − blind"].value == pytest.approx(50 - 100 / 6)
    good, idle = cells(standing)
    assert good["unreadable (%)"].value == 0
    assert good["place RCE"] is None, "the stopwatch is better than the reference: all videos are alike"
    assert idle["RCE − blind"].value == pytest.approx(5 / 6) and idle["p (blind)"].value == 4 / 8
    assert cells(influence)[0]["place"] == "1 of 2"
    assert cells(cohorts)[1]["dose healthy"].value == pytest.approx(-5 / 6)
    assert cells(cohorts)[0]["RCE severe"] is None
    assert cells(counts)[1]["reach"].value == 1
    assert cells(counts)[0]["reach"].value == 0
    none_close = cells(counts)[1]["dose ≤ 30 % (%)"]
    assert (none_close.value, none_close.low) == (0.0, None), "three patients give no interval"
    assert cells(segments)[0]["frames"].value == pytest.approx(3 / 6)
    assert cells(segments)[0]["F1@50"].value == pytest.approx(2 * 3 / (3 + 6))
    for form in FORMATS:
        assert "nan" not in rendered(list(made.values()), form).lower()


def test_different_videos_are_different_sections(write_log: Callable[..., Path]) -> None:
    whole = write_log(*dose_rows(PERFECT), folder="org__A")
    part = write_log(dose_rows(PERFECT)[0], folder="org__B")
    (table,) = make_tables("dose_models", [whole, part]).tables
    assert [section.title for section in table.sections] == ["3 videos, set 1", "1 videos, set 2"]
    assert [row["model"] for row in cells(table, 1)] == ["B", "reference", "always transport"]
    assert cells(table, 1)[0]["ES"] == Value(50.0), "one video has no SEM, one patient no chain of others"


def test_a_run_without_replies_has_empty_cells(write_run: Callable[..., Path]) -> None:
    made = make_tables("dose_models", write_run([]), ci=True, more=True)
    scores = dict.fromkeys(("ES", "AER", "RCE", "RCE pooled", "RCE median"))
    assert cells(made.tables[0])[0] == {"model": "demo", "videos": 0, "answered (%)": Value(0.0), **scores}
    assert "nan" not in rendered(made.tables, "text").lower()


def test_runs_of_baselines_take_no_part_in_being_best(write_run: Callable[..., Path]) -> None:
    (table,) = make_tables("dose_models", write_run(answers_of(), kind="ceiling")).tables
    assert table.sections[0].rows[0].reference


def test_inputs_and_sampling(write_log: Callable[..., Path]) -> None:
    for folder, extra in (("a", "do_crop=True"), ("b", "do_conditional_prompting=True"), ("c", "x=1")):
        log = write_log(*dose_rows(PERFECT), folder=folder)
        arguments = f"pretrained=org/M-7B,max_frames_num=8,sampling_strategy=dense,sampling_fps=15,{extra}"
        summary = {"config": {"model_args": arguments}}
        log.with_name("20250101_000000_results.json").write_text(json.dumps(summary))
    root = log.parents[1]
    (inputs,) = make_tables("dose_inputs", root).tables
    assert [row["input"] for row in cells(inputs)] == ["baseline", "crop", "conditional prompting"]
    (sampling,) = make_tables("sampling_decomposed", root).tables
    assert [(row["f (1/s)"], row["n"], row["window (s)"]) for row in cells(sampling)] == [("15", "8", "1.000")] * 3
    assert [row["model"] for row in cells(sampling)] == ["M-7B, crop", "M-7B, conditional prompting", "M-7B"]


def test_a_log_without_its_summary_has_empty_cells_for_its_sampling(write_log: Callable[..., Path]) -> None:
    """A log in one of the study's folders belongs to its table whatever is known of its sampling."""
    folder = "ablation_direct_primitives_2"
    known = write_log(*dose_rows(["idle"] * 6), folder=f"{folder}/org__A-7B")
    arguments = "pretrained=org/A-7B,max_frames_num=8,sampling_strategy=dense,sampling_fps=15"
    known.with_name("20250101_000000_results.json").write_text(json.dumps({"config": {"model_args": arguments}}))
    write_log(*dose_rows(["idle"] * 6), folder=f"{folder}/org__B-7B")
    made = make_tables("sampling_direct", known.parents[1], more=True)
    assert made.errors == ()
    shown = [(row["model"], row["f (1/s)"], row["n"], row["window (s)"]) for row in cells(made.tables[0])]
    assert sorted(shown) == [("A-7B", "15", "8", "1.000"), ("B-7B", "-", "-", "1.000")]
    assert "nan" not in rendered(made.tables, "text").lower()


def test_identification_of_different_videos_is_not_compared(write_log: Callable[..., Path]) -> None:
    name = "1_samples_strokerehab_identification.jsonl"
    logs = [
        write_log(row("C1_feeding1_1", ["feeding"], "feeding", "C1"), name=name, folder="org__A"),
        write_log(row("S1_RTT1_1", ["feeding"], "RTT exercise", "S1"), name=name, folder="org__B"),
        write_log(row("S1_RTT1_1", ["RTT exercise"], "RTT exercise", "S1"), name=name, folder="org__C"),
    ]
    main, differences, *_ = make_tables("identification", logs, more=True).tables
    of_models = [[row["model"] for row in cells(main, place) if "fitted" not in row["model"]] for place in (0, 1)]
    assert of_models == [["A"], ["B", "C"]]
    assert [row["accuracy − best"] for row in cells(differences)] == [Value(-1.0), None]


def test_counting_by_cohort(write_run: Callable[..., Path]) -> None:
    run = write_run(answers_of(), task="strokerehab_counting")
    (table,) = make_tables("counting", run).tables
    first = cells(table)[0]
    assert (first["model"], first["RCE mild"], first["RCE severe"]) == ("demo", Value(0.0), None)


def test_identification(write_log: Callable[..., Path]) -> None:
    log = write_log(
        row("C1_feeding1_1", ["feeding"], "feeding", "C1"),
        row("S1_feeding1_1", ["RTT exercise"], "feeding", "S1"),
        row("S2_RTT1_1", ["?"], "RTT exercise", "S2"),
        row("C00015_x", ["feeding"], "feeding", "C00015"),
        name="1_samples_strokerehab_identification.jsonl",
    )
    main, differences, activities, confusion = make_tables("identification", log, ci=True, more=True).tables
    first, majority, elsewhere, stopwatch = cells(main)
    assert (first["prompt"], first["videos"], first["right"]) == ("optimized", 3, 1)
    assert first["accuracy"].value == pytest.approx(1 / 3)
    assert (first["controls"].value, first["stroke"].value) == (1, 0)
    assert first["unreadable (%)"].value == pytest.approx(100 / 3)
    assert (majority["prompt"], majority["model"]) == ("always feeding", "fitted on the test videos")
    assert (majority["right"], elsewhere["right"], stopwatch["right"]) == (2, 2, 2)
    assert (elsewhere["model"], stopwatch["prompt"]) == ("fitted on other patients", "stopwatch")
    assert cells(differences)[0]["accuracy − control"] == Value(-1 / 3)
    assert cells(activities)[1] == {
        "activity": "RTT",
        "controls": None,
        "stroke": Value(0.0),
        "p": None,
        "p (Holm)": None,
    }
    assert cells(confusion)[0] == {"shown \\ said": "feeding", "feeding": 1, "RTT": 1, "unreadable": 0}
    assert cells(confusion)[1]["unreadable"] == 1


def test_probabilities(write_run: Callable[..., Path]) -> None:
    run = write_run([], videos=("v1", "v2"))
    text = json.loads((run / "run.json").read_text())
    text["videos"][1]["patient"] = "S2"
    (run / "run.json").write_text(json.dumps(text))
    yes = {"motion": (0.2, 0.4, 0.45), "grasp": (0.1, 0.2, 0.4)}  # right order, wrong threshold
    with AnswerLog(run / "answers.jsonl") as log:
        for video in ("v1", "v2"):
            for question, values in yes.items():
                for window, p in enumerate(values):
                    logprobs = {"yes": math.log(p), "no": math.log(1 - p)}
                    log.append(
                        [AnswerRecord("k", video, window, window, window + 1, question, "p", "NO", logprobs, 0, "f")]
                    )
    (*_, table) = make_tables("dose_models", run, more=True).tables
    assert table.name == "dose_models_probabilities"
    (only,) = cells(table)
    assert (only["AUC motion"].value, only["AUC grasp"].value) == (1, 1)
    assert only["Brier grasp"].value == pytest.approx((0.1**2 + 0.2**2 + 0.6**2) / 3)
    assert only["ES, fitted"].value == 100
    with AnswerLog(run / "answers.jsonl") as log:  # a reply without a probability stays what it says
        log.append([AnswerRecord("k", "v1", 2, 2, 3, "motion", "p", "YES", None, 0, "f")])
    assert cells(make_tables("dose_models", run, more=True).tables[-1])[0]["ES, fitted"].value == 100
    assert cells(make_tables("dose_models", run).tables[0])[0]["ES"].value == pytest.approx(100 / 3)


@pytest.mark.parametrize("name", TABLES)
def test_nothing_to_show_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=f"table {name}: (nothing could be read|none of the runs given.*); .*no such file"
    ):
        make_tables(name, tmp_path / "gone")


def test_a_table_that_does_not_exist() -> None:
    with pytest.raises(UserError, match="no table is named 'dose_model'; did you mean 'dose_models'"):
        make_tables("dose_model", [])


def test_two_runs_in_one_log_are_named_and_the_rest_is_shown(
    write_log: Callable[..., Path], two_logs: list[Path]
) -> None:
    double = write_log(*dose_rows(PERFECT), *dose_rows(SAYS_IDLE), folder="org__Double")
    made = make_tables("dose_models", [*two_logs, double])
    assert len(made.errors) == 1 and "holds 2 runs" in made.errors[0]
    assert len(cells(made.tables[0])) == 8
    split = make_tables("dose_models", [*two_logs, double], split_runs=True)
    assert [row["model"] for row in cells(split.tables[0])][2:4] == ["Double, #1", "Double, #2"]
    assert [row["ES"].value for row in cells(split.tables[0])[2:4]] == pytest.approx([50, 100 / 6])
