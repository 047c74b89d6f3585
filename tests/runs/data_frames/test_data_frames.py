from __future__ import annotations

import doctest
import importlib
import json
import math
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord
from lmms_eval_plugins.runs.data_frames import (
    COLUMNS,
    answers_df,
    items_df,
    load_tables,
    runs_df,
    scores_df,
    timelines_df,
)
from lmms_eval_plugins.runs.data_frames.columns import TableName, typed
from lmms_eval_plugins.runs.data_frames.sources import probabilities_of, probability_of_yes
from tests.support.logs import PERFECT, TRUTH, answers_of, row

GOLDEN_RUNS = Path(__file__).parents[2] / "golden" / "fixtures" / "runs"
FRAMES = {"runs": runs_df, "answers": answers_df, "timelines": timelines_df, "scores": scores_df}
TYPES = {"text": "str", "int": "Int64", "float": "float64", "flag": "boolean"}

SUMMARY = {
    "config": {
        "model_args": "pretrained=org/Model-7B,max_frames_num=8,sampling_strategy=dense,sampling_fps=15,do_crop=True"
    }
}


@pytest.mark.parametrize("name", FRAMES)
def test_columns_are_the_documented_ones_in_name_order_and_type(
    name: TableName, write_log: Callable[..., Path], write_run: Callable[..., Path]
) -> None:
    for paths in ([write_log(row())], [write_log(row()), write_run(answers_of())]):
        table = FRAMES[name](paths)
        assert {column: str(dtype) for column, dtype in table.dtypes.items()} == {
            column.name: TYPES[column.type] for column in COLUMNS[name]
        }


def test_empty_tables_have_their_columns_too() -> None:
    for name, columns in COLUMNS.items():
        assert list(typed(name, {}).columns) == [column.name for column in columns]
        assert all(column.meaning for column in columns)
    with pytest.raises(KeyError, match="runs has no column colour"):
        typed("runs", {"colour": []})


def test_runs_of_both_kinds_in_one_table(write_log: Callable[..., Path], write_run: Callable[..., Path]) -> None:
    log, run = write_log(row()), write_run(answers_of(), notes=["handle with care"])
    log.with_name("20250101_000000_results.json").write_text(json.dumps(SUMMARY))
    runs = runs_df([log, run]).set_index("kind")
    assert runs.loc["published log", ["model", "stamp", "task"]].tolist() == [
        "org/Model-7B",
        "20250101_000000",
        "strokerehab_primitives_3",
    ]
    assert runs.loc["published log", ["crop", "conditional", "fps", "frames"]].tolist() == [True, False, 15.0, 8]
    assert runs.loc["run", ["method", "policy", "n_videos", "n_windows", "window_s", "stride_s", "notes"]].tolist() == [
        *("motion_grasp", "default", 1, 3, 1.0, 1.0, "handle with care")
    ]
    assert runs.loc["run", ["crop", "fps"]].isna().all()
    assert runs["run"].is_unique


def test_a_damaged_summary_gives_no_settings(write_log: Callable[..., Path]) -> None:
    log = write_log(row())
    for text in ("", "[]", '{"config": 5}'):
        log.with_name("20250101_000000_results.json").write_text(text)
        assert runs_df(log)["crop"].isna().all()


def test_cohorts_and_activities(write_log: Callable[..., Path]) -> None:
    rows = [
        row("C00022_RTT left side1_1", patient="C00022"),
        row("S00013_deodrant1_1", patient="S00013"),
        row("S999_feeding1_1", patient="S999"),
    ]
    for one, activity in zip(rows, ("RTT left side", "deodrant", "juggling"), strict=True):
        one["doc"]["activity"] = activity
    scores = scores_df(write_log(*rows))
    assert scores["cohort"].tolist()[:2] == ["healthy", "mild"]
    assert scores["activity"].tolist() == ["RTT", "deodorant", "juggling"]
    assert scores["label"].tolist() == ["RTT left side", "deodrant", "juggling"]
    assert scores["stroke"].tolist() == [False, True, True]
    assert scores["cohort"].isna().tolist() == [False, False, True]


def test_replies_are_read_twice(write_log: Callable[..., Path]) -> None:
    answers = answers_df(write_log(row(replies=["Moving <SEP> hm", "YES <SEP> NO", "[STROKEREHAB_MISSING] x"])))
    assert answers["question"].tolist() == ["motion", "grasp"] * 3
    assert answers["text"].tolist()[:2] == ["Moving", "hm"]
    assert answers["state"].tolist() == ["read", "unreadable", "read", "read", "missing", "missing"]
    assert answers["value"].tolist()[:4] == ["no", "no", "yes", "no"]
    assert answers["default_value"].tolist()[0] == "yes"
    assert answers.loc[1, ["default_value"]].isna().all()
    assert answers.loc[4, ["text", "value", "default_value"]].isna().all()
    assert answers["p_yes"].isna().all()
    note = runs_df(write_log(row(replies=["Moving <SEP> NO"])))["notes"][0]
    assert note == "1 replies mean something else under the default reading"


def test_the_reading_can_be_chosen(write_log: Callable[..., Path]) -> None:
    path = write_log(row(replies=["Moving <SEP> NO", "YES <SEP> YES"]))
    assert answers_df(path)["value"].tolist()[0] == "no"
    assert answers_df(path, reading="default")["value"].tolist()[0] == "yes"
    assert runs_df(path, reading="default")["policy"].tolist() == ["default"]


def test_timelines(write_log: Callable[..., Path]) -> None:
    timelines = timelines_df(write_log(row()))
    of = dict(list(timelines.groupby("source")))
    assert of["truth"]["primitive"].tolist() == ["idle", "reach", "transport"]
    assert of["predicted"]["end_s"].tolist() == [1, 2, 3]
    assert of["predicted"]["segment"].tolist() == [0, 1, 2]


def test_scores(write_log: Callable[..., Path]) -> None:
    scores = scores_df(write_log(row(), row("S0002_feeding1_1", ["NO <SEP> NO"] * 3)))
    assert scores["edit_score"].tolist() == pytest.approx([100, 100 / 3])
    assert scores["predicted_idle"].tolist() == [1, 1]
    assert scores["true_reach"].tolist() == [1, 1]
    assert scores["right"].isna().all()


def test_identification(write_log: Callable[..., Path]) -> None:
    rows = [row("S1", ["feeding"], "feeding", "S1"), row("C00015_x", ["?"], "RTT exercise", "C00015")]
    scores = scores_df(write_log(*rows, name="1_samples_strokerehab_identification.jsonl"))
    assert scores["truth"].tolist() == ["feeding", "RTT"]
    assert scores["right"].tolist() == [True, False]
    assert scores["tuning"].tolist() == [False, True]
    assert scores["answer_state"].tolist() == ["read", "unreadable"]
    assert scores["edit_score"].isna().all()


def test_logs_of_different_tasks_in_one_call(write_log: Callable[..., Path]) -> None:
    dose = write_log(row())
    activities = write_log(row("a", ["feeding"], "feeding"), name="2_samples_strokerehab_identification.jsonl")
    assert sorted(runs_df([dose, activities])["method"]) == ["identification", "motion_grasp"]
    assert len(scores_df([dose, activities])) == 2


def test_two_runs_in_one_log_are_refused_or_split(write_log: Callable[..., Path]) -> None:
    path = write_log(row(), row(replies=["NO <SEP> NO"]))
    with pytest.raises(UserError, match="holds 2 runs of the same videos") as error:
        scores_df(path)
    assert str(path) in str(error.value)
    runs = runs_df(path, split_runs=True)
    assert runs["path"].tolist() == [f"{path}#1", f"{path}#2"]
    assert runs["n_windows"].tolist() == [3, 1]
    assert load_tables(path, ("scores",)).errors == (str(error.value),)


def test_what_cannot_be_read_is_named_and_the_rest_is_there(write_log: Callable[..., Path], tmp_path: Path) -> None:
    good, empty = write_log(row()), write_log(name="b_samples_x.jsonl")
    loaded = load_tables([good, empty, tmp_path / "gone"], ("scores",))
    assert len(loaded.tables["scores"]) == 1
    assert ["no such file" in error or "empty" in error for error in loaded.errors] == [True, True]
    with pytest.raises(UserError, match=r"\(and 1 more\)"):
        runs_df([good, empty, tmp_path / "gone"])


def test_a_cut_off_line_is_a_note(write_log: Callable[..., Path]) -> None:
    path = write_log(row(), row("S2"))
    path.write_text(path.read_text()[:-30])
    assert "cut off and was dropped" in runs_df(path)["notes"][0]


def test_summaries_and_patterns_mean_their_logs(write_log: Callable[..., Path], tmp_path: Path) -> None:
    log = write_log(row())
    summary = log.with_name("20250101_000000_results.json")
    summary.write_text("{}")
    for given in (summary, tmp_path / "*" / "*_results.json", tmp_path / "org*", tmp_path / "**/*"):
        assert runs_df(given)["path"].tolist() == [str(log)]
    log.unlink()
    with pytest.raises(UserError, match="a summary only"):
        runs_df(summary)
    with pytest.raises(UserError, match="matches no file or folder"):
        runs_df(tmp_path / "none*")
    with pytest.raises(UserError, match="among its matches"):
        runs_df(tmp_path / "org*")


def test_the_files_of_a_run_folder_mean_the_run(
    write_run: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    run = write_run(answers_of())
    for name in ("20250101_results.json", "20250101_samples_dose.jsonl"):
        (run / name).write_text("{}")
    for name in ("20250101_results.json", "20250101_samples_dose.jsonl", "run.json", "answers.jsonl", "*"):
        assert runs_df(run / name)["path"].tolist() == [str(run)]
    monkeypatch.chdir(run)
    assert runs_df("run.json")["path"].tolist() == ["."]


def test_probabilities_are_shared_between_yes_and_no() -> None:
    assert probability_of_yes({"YES": math.log(0.3), "no": math.log(0.1)}) == pytest.approx(0.75)
    assert probability_of_yes({"yes": 0.0, "no": -800.0}) == 1
    assert probability_of_yes({"yes": -math.inf, "no": 0.0}) == pytest.approx(0)
    for broken in ({}, {"yes": 0.0}, {"yes": math.nan, "no": 0.0}, {"yes": -math.inf, "no": -math.inf}):
        assert math.isnan(probability_of_yes(broken))


def test_probabilities_of_recorded_answers_sum_to_one_whatever_their_scale() -> None:
    found = probabilities_of({"reach": math.log(0.2) - 900, "idle": math.log(0.6) - 900, "transport": -math.inf})
    assert found == pytest.approx({"reach": 0.25, "idle": 0.75, "transport": 0})
    assert probabilities_of({"yes": -math.inf}) == probabilities_of({"yes": math.nan}) == probabilities_of({}) == {}


def test_answers_have_the_truth_of_their_window() -> None:
    answers = answers_df(GOLDEN_RUNS / "strokerehab_counting" / "oracle")
    assert answers["right"].all() and answers["truth"].equals(answers["value"]) and answers["view"].notna().all()
    guesses = answers_df(GOLDEN_RUNS / "strokerehab_counting" / "guesses")
    assert guesses["right"].equals((guesses["truth"] == guesses["value"]).astype("boolean"))
    assert 0 < guesses["right"].mean() < 1


def test_a_probability_that_is_no_number_is_left_out_with_a_note(write_run: Callable[..., Path]) -> None:
    run = write_run(answers_of())
    with AnswerLog(run / "answers.jsonl") as log:
        for question, logprob in (("motion", math.log(0.5)), ("grasp", math.nan)):
            logprobs = {"yes": logprob, "no": math.log(0.5)}
            log.append([AnswerRecord("k", "v1", 0, 0, 1, question, "p", "NO", logprobs, 0.1, "f")])
    assert answers_df(run)["p_yes"].tolist()[:2] == [0.5, pytest.approx(math.nan, nan_ok=True)]
    assert "probabilities of 1 answers are no numbers" in runs_df(run)["notes"][0]


def test_replies_that_no_encoding_holds(write_run: Callable[..., Path]) -> None:
    texts = answers_df(write_run([("v1", 0, "motion", "YES \ud83d"), ("v1", 0, "grasp", "né")]))["text"].tolist()
    assert texts[:2] == ["YES \\ud83d", "né"]


def test_a_model_with_slashes_in_its_name(write_run: Callable[..., Path]) -> None:
    assert runs_df(write_run([], model="org/group/model"))["model"].tolist() == ["org/group/model"]


def test_the_settings_of_a_run(write_run: Callable[..., Path]) -> None:
    run = write_run(
        answers_of(), kind="blind", sampling={"fps": 15, "frames": 8}, settings={"crop": True, "conditional": False}
    )
    said = runs_df(run).loc[0, ["fps", "frames", "crop", "conditional", "baseline"]]
    assert said.tolist() == [15.0, 8, True, False, True]


def test_videos_without_replies_or_truth(write_run: Callable[..., Path]) -> None:
    run = write_run(answers_of(), videos=("v1", "v2"))
    text = json.loads((run / "run.json").read_text())
    text["videos"].append({**text["videos"][0], "video_id": "v3", "truth": ""})
    (run / "run.json").write_text(json.dumps(text))
    scores = scores_df(run)
    assert scores["video_id"].tolist() == ["v1", "v2"]
    assert scores["n_answers"].tolist() == [6, 0]
    assert set(answers_df(run)["video_id"]) == {"v1", "v2", "v3"}


def test_windows_of_another_length_than_the_settings_say_are_noted(write_run: Callable[..., Path]) -> None:
    sampling = {"strategy": "dense", "fps": 15.0, "frames": 8, "overlap": 0}
    run = write_run(answers_of(), videos=("v1", "v2"), sampling=sampling)
    assert "windows last" not in runs_df(run)["notes"].iloc[0]
    text = json.loads((run / "run.json").read_text())
    text["videos"][1]["fps"] = 25
    (run / "run.json").write_text(json.dumps(text))
    note = "windows last 0.640 s in 1 of 2 videos (25 fps), whereas 8 frames at 15/s are 0.533 s"
    assert note in runs_df(run)["notes"].iloc[0].split("; ")
    rates = {"video_fps": 25, "videos": 1, "stride": 2, "fps": 12.5, "window_s": 0.64}
    (run / "run.json").write_text(json.dumps({**text, "windows_by_rate": [rates], "notes": [note]}))
    assert runs_df(run)["notes"].iloc[0].split("; ").count(note) == 1


def test_items(write_run: Callable[..., Path]) -> None:
    question = {"id": "q", "kind": "score", "options": ["0", "1", "2"], "item": 9}
    replies = [("v1", window, "q", "1") for window in range(3)]
    run = write_run(replies, truth="9=2", questions=[question], scoring={"method": "fugl_meyer"})
    items = items_df([run])
    assert items[["patient", "cohort", "item", "section", "truth", "predicted", "state"]].iloc[0].tolist() == [
        *("S1", "mild", 9, "ES", 2, 1, "scored")
    ]
    assert scores_df(run).empty
    with pytest.raises(UserError, match="no such file"):
        items_df("nowhere")


def test_perfect_log_and_run_agree(write_log: Callable[..., Path], write_run: Callable[..., Path]) -> None:
    assert len(PERFECT) == 3 and TRUTH
    scores = scores_df([write_log(row()), write_run(answers_of())])
    assert scores["edit_score"].tolist() == [100, 100]
    assert pd.api.types.is_string_dtype(scores["run"])


@pytest.mark.parametrize("name", ["runs.data_frames", "reports.notebooks"])
def test_examples_in_docstrings_are_correct(name: str) -> None:
    found = doctest.testmod(importlib.import_module(f"lmms_eval_plugins.{name}"))
    assert found.attempted > 0 and found.failed == 0
