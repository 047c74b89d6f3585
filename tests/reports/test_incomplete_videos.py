"""A video that breaks off early is left out of every mean, named beside them, and its share of answers is shown."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from rich.console import Console

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.reports.figures import Results
from lmms_eval_plugins.reports.scores import print_report
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.reports.tables.table import Value
from lmms_eval_plugins.runs.data_frames import items_df, runs_df, scores_df
from lmms_eval_plugins.runs.data_frames.decoders import decoded_run, training_on
from lmms_eval_plugins.runs.data_frames.read import dose_sources
from lmms_eval_plugins.runs.score import score_paths, write_scores
from lmms_eval_plugins.runs.score_decoded import score_decoded
from lmms_eval_plugins.runs.scored import ANSWERED_LEGEND
from tests.reports.tables.test_make import cells
from tests.support.tiny_runs import write_tiny_runs

BROKEN = "DS03_feeding1_1"
LEFT_OUT = f"1 of 4 videos left out of means: fewer than 80 % of their requests have replies ({BROKEN})"


def lose(run: Path, lost: Callable[[dict[str, Any]], bool]) -> Path:
    """Take answers out of a run, as though they had never come."""
    answers = run / "answers.jsonl"
    lines = [line for line in answers.read_text().splitlines(keepends=True) if not lost(json.loads(line))]
    answers.write_text("".join(lines))
    return run


def run_of(folder: Path, task: str) -> Path:
    return next((write_tiny_runs(folder) / task).rglob("run.json")).parent


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A dose run of four videos of six windows, of which one breaks off after its first."""
    return lose(run_of(tmp_path, "dose"), lambda answer: answer["video_id"] == BROKEN and answer["window"] > 0)


@pytest.fixture
def without(tmp_path: Path) -> Path:
    """The same run without that video."""
    run = lose(run_of(tmp_path / "without", "dose"), lambda answer: answer["video_id"] == BROKEN)
    text = json.loads((run / "run.json").read_text())
    text["videos"] = [video for video in text["videos"] if video["video_id"] != BROKEN]
    (run / "run.json").write_text(json.dumps(text))
    return run


def test_scores(broken: Path, without: Path) -> None:
    (row,), (other,) = score_paths([str(broken)]).rows, score_paths([str(without)]).rows
    averaged = {name for name in DOSE.metrics if not name.endswith("_rate")}
    assert {name: row.score.metrics[name] for name in averaged} == {n: other.score.metrics[n] for n in averaged}
    assert row.score.n == other.score.n == 3
    assert (row.coverage.left_out, other.coverage.left_out) == ((BROKEN,), ())
    means = other.to_json()
    with_failed = {
        f"{name}_with_failed": pytest.approx((3 * (means[name] or 0) + failed) / 4)
        for name, failed in {"edit_score": 0, "action_error_rate": 1, "relative_counting_error": 1}.items()
    }
    assert row.to_json() == {**means, "n_left_out": 1, "answered": 0.75, **with_failed}
    assert row.assessment.cells(row.score)["n"] == "3 of 4" and other.assessment.cells(other.score)["n"] == "3"
    out = io.StringIO()
    print_report(score_paths([str(broken)]), Console(file=out, width=200))
    printed = " ".join(out.getvalue().split())
    assert LEFT_OUT in printed and ANSWERED_LEGEND in printed
    assert "answered RCE, rest failed" in printed and "75.0 %" in printed


def test_the_file_of_scores(broken: Path, without: Path) -> None:
    write_scores(broken)
    write_scores(without)
    scores, others = (json.loads((run / "scores.json").read_text()) for run in (broken, without))
    assert scores["left_out"] == [BROKEN] and scores["answered"] == 0.75
    assert list(scores["with_failed"]) == ["relative_counting_error", "edit_score", "action_error_rate"]
    assert not {"left_out", "answered", "with_failed"} & others.keys()
    assert {video["video_id"]: video.get("share_answered") for video in scores["videos"]} == {
        **{video["video_id"]: None for video in others["videos"]},
        BROKEN: pytest.approx(1 / 6),
    }


def test_data_frames(broken: Path) -> None:
    shares = scores_df(broken).set_index("video_id")["share_answered"]
    assert shares[BROKEN] == pytest.approx(1 / 6) and (shares.drop(BROKEN) == 1).all()
    assert LEFT_OUT in runs_df(broken)["notes"].iloc[0].split("; ")


def test_tables_and_what_lies_behind_them(broken: Path, without: Path) -> None:
    shown = make_tables("dose_models", broken, more=True).tables
    others = make_tables("dose_models", without, more=True).tables
    row, other = (cells(table)[0] for table in (shown[0], others[0]))
    assert row.pop("answered (%)") == Value(75.0) and "answered (%)" not in other
    assert {name: cell and cell[:4] for name, cell in list(row.items())[2:]} == {
        name: cell and cell[:4] for name, cell in list(other.items())[2:]
    }
    assert row["videos"] == other["videos"] == 3
    failed = {name: row[name].rank for name in ("ES", "AER", "RCE", "RCE pooled")}
    assert failed["ES"] == pytest.approx(0.75 * row["ES"].value)
    assert failed["RCE"] == pytest.approx(0.75 * row["RCE"].value + 0.25)
    assert any("counted as failed" in note and f"ES {failed['ES']:.2f}" in note for note in shown[0].notes)
    assert f"tiny: {LEFT_OUT}." in shown[0].remarks
    for name in ("dose_models_cohorts", "dose_models_counts", "dose_models_segments"):
        one, two = (next(table for table in tables if table.name == name) for tables in (shown, others))
        values = [[getattr(cell, "value", cell) for cell in made.sections[0].rows[0].cells] for made in (one, two)]
        assert values[0] == values[1], name


def test_figures(broken: Path) -> None:
    results = Results([str(broken)])
    (run,) = results.runs["run"]
    assert BROKEN not in set(results.scores_of(run)["video_id"])
    assert BROKEN not in {video.video_id for video in results.judged(run)}
    assert BROKEN in {video.video_id for video in results.judged(run, every=True)}, "it can be looked at by its name"
    assert LEFT_OUT in results.foot_of(run)


def test_decoders_neither_learn_from_it_nor_average_it(broken: Path, without: Path) -> None:
    (source,), (other,) = (dose_sources([str(run)], [], False, None).values() for run in (broken, without))
    assert training_on([source]).patients == training_on([other]).patients == ("DC01", "DS01", "DS02")
    timelines = [
        {video.answered.video_id: video.answered.predicted for video in decoded_run(run, Decoding()).videos}
        for run in (source, other)
    ]
    assert timelines[0].pop(BROKEN) is not None
    assert timelines[0] == timelines[1]
    rows, others = (score_decoded([str(run)], Decoding()).rows for run in (broken, without))
    for row, same in zip(rows, others, strict=True):
        assert row.coverage.left_out == (BROKEN,)
        assert row.score.metrics["edit_score"] == same.score.metrics["edit_score"], "the control, too"


def test_a_single_lost_reply_keeps_a_video_in_and_is_mentioned(tmp_path: Path) -> None:
    run = lose(
        run_of(tmp_path, "dose"),
        lambda answer: (answer["video_id"], answer["window"], answer["question_id"]) == (BROKEN, 5, "grasp"),
    )
    (row,) = score_paths([str(run)]).rows
    assert row.score.n == 4
    assert row.coverage.notes == (
        "1 of 4 videos averaged although some of their requests have no reply: 91.7 % or more have",
    )
    write_scores(run)
    assert "left_out" not in json.loads((run / "scores.json").read_text())


def test_identification(tmp_path: Path) -> None:
    run = lose(run_of(tmp_path, "identification"), lambda answer: answer["video_id"] == "DS01_shelf1_1")
    (row,) = score_paths([str(run)]).rows
    assert row.score.n == 3 and row.score.metrics["accuracy_all"][0] == pytest.approx(1 / 3)
    assert row.coverage.left_out == ("DS01_shelf1_1",)
    (table,) = make_tables("identification", run).tables
    cells = dict(zip([column.heading for column in table.columns], table.sections[0].rows[0].cells, strict=True))
    assert (cells["videos"], cells["right"]) == (3, 1)
    assert isinstance(cells["accuracy"], Value) and cells["accuracy"].value == pytest.approx(1 / 3)
    assert cells["accuracy"].rank == pytest.approx(1 / 4), "by this it is marked"
    assert (cells["answered (%)"], cells["accuracy, rest failed"]) == (Value(75.0), Value(0.25))
    assert any("1 of 4 videos left out of means" in note for note in table.remarks)


def test_fugl_meyer_items(tmp_path: Path) -> None:
    run = lose(run_of(tmp_path, "assessment"), lambda answer: answer["video_id"] == "DS03_FM")
    (row,) = score_paths([str(run)]).rows
    assert row.score.metrics["accuracy"][0] == pytest.approx(4 / 6), "of three patients"
    assert row.coverage.left_out == ("DS03_FM",)
    items = items_df(run)
    assert items[items["patient"] == "DS03"]["share_answered"].tolist() == [0, 0]
    assert set(items[items["patient"] == "DS03"]["state"]) == {"missing"}
    (table,) = make_tables("impairment", run).tables
    cells = dict(zip([column.heading for column in table.columns], table.sections[0].rows[0].cells, strict=True))
    assert isinstance(cells["accuracy"], Value) and cells["accuracy"].value == pytest.approx(4 / 6)
    assert any("1 of 4 videos left out of means" in note for note in table.remarks)


def test_half_a_clip_scores_no_item(tmp_path: Path) -> None:
    """One of two questions about a clip has a reply: half of its requests, so neither item is scored."""
    run = lose(
        run_of(tmp_path, "assessment"),
        lambda answer: (answer["video_id"], answer["question_id"]) == ("DS03_FM", "item20"),
    )
    (row,) = score_paths([str(run)]).rows
    items = items_df(run).set_index(["patient", "item"])
    assert pd.isna(items.loc[("DS03", 5), "predicted"]) and items.loc[("DS03", 5), "state"] == "missing"
    assert items.loc[("DS03", 5), "share_answered"] == 1, "its own reply is there"
    assert row.score.metrics["missing_rate"][0] == pytest.approx(1 / 8)


def test_a_run_in_progress_shows_what_is_whole(tmp_path: Path) -> None:
    """Two videos are done, the third has begun, the fourth has not."""
    order = ["DC01_feeding1_1", "DS01_feeding1_1", "DS02_feeding1_1", BROKEN]

    def not_yet(answer: dict[str, Any]) -> bool:
        return (order.index(answer["video_id"]), answer["window"]) > (2, 1)

    (row,) = score_paths([str(lose(run_of(tmp_path, "dose"), not_yet))]).rows
    assert (row.score.n, row.coverage.left_out) == (2, ("DS02_feeding1_1", BROKEN))


def test_a_run_without_any_reply_has_no_means(tmp_path: Path) -> None:
    run = lose(run_of(tmp_path, "dose"), lambda answer: True)
    (row,) = score_paths([str(run)]).rows
    assert (row.score.n, row.score.metrics["edit_score"]) == (0, (None, None))
    assert len(row.coverage.left_out) == 4
    assert pd.isna(scores_df(run)["share_answered"]).sum() == 0
