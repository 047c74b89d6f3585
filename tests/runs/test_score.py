from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.dose.summary import DoseScore
from lmms_eval_plugins.assessments.identification.assessment import IDENTIFICATION
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.reports.scores import print_report
from lmms_eval_plugins.runs import score
from lmms_eval_plugins.runs.find import short_names
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.score_decoded import score_decoded
from lmms_eval_plugins.runs.scored import ScoredRun, ScoreReport, scores_of
from tests.support.logs import PERFECT, answers_of, row
from tests.support.tiny_runs import TRUTH, add_raters, write_tiny_runs

KEYS = [
    "n",
    "edit_score",
    "edit_score_sem",
    "action_error_rate",
    "action_error_rate_sem",
    "relative_counting_error",
    "relative_counting_error_sem",
]


def printed(report: ScoreReport, width: int = 100) -> str:
    console = Console(width=width, record=True, file=io.StringIO())
    print_report(report, console)
    return console.export_text()


def test_a_perfect_log(write_log: Callable[..., Path]) -> None:
    path = str(write_log(row(), row("S0002_feeding1_1", ["NO <SEP> NO"] * 3)))
    report = score_paths([path])
    assert not report.errors
    scores = report.to_json()[path]
    assert list(scores) == KEYS
    assert scores["n"] == 2
    assert scores["edit_score"] == pytest.approx((100 + 100 / 3) / 2)


def test_json_of_a_single_video_is_valid(write_log: Callable[..., Path]) -> None:
    path = str(write_log(row()))
    scores = json.loads(json.dumps(score_paths([path]).to_json(), allow_nan=False))[path]
    assert scores["edit_score"] == 100.0
    assert scores["edit_score_sem"] is None


def test_a_run_and_a_log_that_say_the_same_score_the_same(
    write_log: Callable[..., Path], write_run: Callable[..., Path]
) -> None:
    log, run = str(write_log(row())), str(write_run(answers_of()))
    scores = score_paths([log, run]).to_json()
    assert scores[log] == scores[run]


def test_keys_are_paths_as_given(
    write_log: Callable[..., Path], write_run: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, run = write_log(row()), write_run(answers_of())
    (run / "x_samples_dose.jsonl").write_text("{}\n")
    monkeypatch.chdir(tmp_path)
    assert list(score_paths(["./"]).to_json()) == [
        f"./{log.relative_to(tmp_path)}",
        f"./{run.relative_to(tmp_path)}",
    ]
    name = f"org__Model-7B/../{log.relative_to(tmp_path)}"
    assert list(score_paths([name, name]).to_json()) == [name]


def test_what_fails_is_named_and_the_rest_is_scored(write_log: Callable[..., Path], tmp_path: Path) -> None:
    good = str(write_log(row()))
    bad = str(write_log(name="b_samples_x.jsonl"))
    (tmp_path / "none").mkdir()
    report = score_paths([bad, good, str(tmp_path / "gone"), str(tmp_path / "none")])
    assert list(report.to_json()) == [good]
    assert [error.split(":")[0] for error in report.errors] == [str(tmp_path / "gone"), str(tmp_path / "none"), bad]
    assert "error:" in printed(report)


def test_a_bug_in_one_run_stops_no_other(
    write_log: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good, bad = (str(write_log(row(), name=f"{name}_samples_x.jsonl")) for name in "ab")
    works = score._score_path

    def breaks(
        path: str, split_runs: bool, policy: Policy | None, rater: None
    ) -> tuple[list[ScoredRun], tuple[str, ...]]:
        if path == bad:
            raise KeyError("x")
        return works(path, split_runs, policy, rater)

    monkeypatch.setattr(score, "_score_path", breaks)
    report = score_paths([bad, good])
    assert list(report.to_json()) == [good] and report.errors == (f"{bad}: KeyError: 'x' (a bug?)",)


def test_runs_of_one_file_can_be_split(write_log: Callable[..., Path]) -> None:
    path = str(write_log(row(), row(replies=["NO <SEP> NO"])))
    assert score_paths([path]).rows == ()
    assert "--split-runs" in score_paths([path]).errors[0]
    scores = score_paths([path], split_runs=True).to_json()
    assert list(scores) == [f"{path}#1", f"{path}#2"]
    assert scores[f"{path}#1"]["edit_score"] == 100


def test_unreadable_replies_are_counted_under_the_published_reading_too(write_log: Callable[..., Path]) -> None:
    replies = ["Moving <SEP> NO", "hm <SEP> YES", "YES <SEP> YES"]
    path = str(write_log(row(replies=replies)))
    published, default = score_paths([path]).rows[0], score_paths([path], policy="default").rows[0]
    assert (published.policy, default.policy) == ("published", "default")
    for scored in (published, default):
        assert scored.score.metrics["unreadable_rate"][0] == pytest.approx(1 / 6)
    assert (published.n_read_otherwise, default.n_read_otherwise) == (1, 0)
    assert "1 replies mean something else" in " ".join(printed(score_paths([path])).split())


def test_videos_without_truth_or_replies_are_not_scored_but_reported(write_run: Callable[..., Path]) -> None:
    run = write_run(answers_of(), videos=("v1", "v2"))
    text = json.loads((run / "run.json").read_text())
    text["videos"].append({**text["videos"][0], "video_id": "v3", "truth": ""})
    (run / "run.json").write_text(json.dumps(text))
    (scored,) = score_paths([str(run)]).rows
    assert isinstance(scored.score, DoseScore)
    assert (scored.score.n, scored.score.summary.n_left_out, scored.n_without_truth) == (1, 1, 1)
    assert scored.to_json()["edit_score"] == 100
    told = " ".join(printed(score_paths([str(run)])).split())
    assert "1 videos without truth" in told
    assert "50.0 % of the replies are missing" in told
    assert "1 of 2 videos left out of means: fewer than 80 % of their requests have replies (v2)" in told


def test_a_run_of_another_kind_of_task_is_refused(write_run: Callable[..., Path]) -> None:
    run = str(write_run([], scoring=None))
    assert "no method of scoring" in score_paths([run]).errors[0]


def test_a_truth_that_is_no_timeline_is_refused(write_log: Callable[..., Path]) -> None:
    report = score_paths([str(write_log(row(), row("S2", target="idle@x")))])
    assert "S2: the truth cannot be read" in report.errors[0]


def test_identification(write_log: Callable[..., Path]) -> None:
    replies = [("drinking", "FINAL_ANSWER: Drinking"), ("feeding", "FINAL_ANSWER: Cleaning"), ("feeding", "feeding")]
    rows = [row(f"S{i}", [reply], target) for i, (target, reply) in enumerate(replies)]
    path = str(write_log(*rows, row("C00015_x", ["feeding"], "feeding", "C00015")))
    report = score_paths([path])
    assert report.to_json()[path] == {"n": 4, "accuracy_all": 0.75, "n_test": 3, "accuracy": 2 / 3}
    ((_, score),) = scores_of(report.rows, IDENTIFICATION)
    assert score.replies.unreadable == 1
    assert "66.7 %" in printed(report)


def test_long_paths_fit_the_table(write_log: Callable[..., Path]) -> None:
    for model in ("org__A", "org__B"):
        write_log(row(), folder=f"{'deep/' * 12}{'long_folder_' * 5}/{model}")
    root = str(write_log(row(), folder="org__C").parents[1])
    text = printed(score_paths([root]))
    assert all(len(line.rstrip()) <= 100 for line in text.splitlines())
    assert text.count("100.00") == 3


def test_short_names_stay_different() -> None:
    log = "{}/20250101_000000_samples_task.jsonl"
    assert short_names([log.format("a/b/m1/org__M1"), log.format("a/b/m2/org__M2")]) == [
        "m1/20250101_000000",
        "m2/20250101_000000",
    ]
    assert short_names([log.format("a/org__M1"), log.format("a/org__M2")]) == [
        "org__M1/20250101_000000",
        "org__M2/20250101_000000",
    ]
    assert short_names(["a/x_samples_t.jsonl#1", "a/x_samples_t.jsonl#2"]) == ["x#1", "x#2"]
    assert short_names(["a/x_samples_t.jsonl", "a/x_samples_t.jsonl.gz"]) == [
        "x_samples_t.jsonl",
        "x_samples_t.jsonl.gz",
    ]
    assert short_names(["runs/dose/demo/20250101"]) == ["demo/20250101"]
    assert short_names([]) == []


def test_perfect_replies_are_perfect(write_log: Callable[..., Path]) -> None:
    assert len(PERFECT) == 3
    ((_, score),) = scores_of(score_paths([str(write_log(row()))]).rows, DOSE)
    assert score.videos[0].count_predicted["transport"] == 1


@pytest.mark.parametrize("module", ["runs.score", "execution.status", "models.cards", "tasks.names"])
def test_what_is_called_often_loads_nothing_heavy(module: str) -> None:
    program = f"import sys, lmms_eval_plugins.{module}; print(*{{name.split('.')[0] for name in sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "transformers", "lmms_eval", "datasets", "pandas", "cv2", "av", "pyarrow"} & set(loaded)


def test_further_raters_have_rows_of_their_own_and_no_score_moves(tmp_path: Path) -> None:
    for model in ("a", "b"):
        write_tiny_runs(tmp_path, model=model)
    before = score_paths([str(tmp_path)])
    labels = dict.fromkeys(("DC01_feeding1_1", "DS01_feeding1_1"), TRUTH)
    for run in (tmp_path / "dose").glob("*/*"):
        add_raters(run, {"anna": labels})
    report = score_paths([str(tmp_path)])
    assert report.to_json() == before.to_json() and not report.errors
    (rater,) = [row for row in report.rows if row.control]
    assert rater.model == "rater anna" and rater.score.n == 2 and rater.score.metrics["edit_score"][0] == 100
    decoded = score_decoded([str(tmp_path / "dose")], Decoding())
    assert [row.model for row in decoded.rows] == ["a", "b", "blind control", "rater anna"]
    assert decoded.rows[-1].score == rater.score and not decoded.rows[-1].learned


def test_labels_of_a_rater_that_are_none_are_an_error_by_name(tmp_path: Path) -> None:
    (run,) = write_tiny_runs(tmp_path).glob("dose/*/*")
    add_raters(run, {"anna": {"DC01_feeding1_1": "reach"}})
    (error,) = score_paths([str(run)]).errors
    assert "DC01_feeding1_1: labels of rater 'anna': timeline entry 'reach' is not label@seconds" in error
