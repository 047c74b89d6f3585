from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.assessments.assessment import Score, ScoringMethod
from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.summary import DOSE_METRICS, DoseScore, Summary
from lmms_eval_plugins.assessments.fugl_meyer.agreement import score_fugl_meyer
from lmms_eval_plugins.assessments.fugl_meyer.assessment import FuglMeyerMethod
from lmms_eval_plugins.assessments.fugl_meyer.clips import AnsweredClip, ItemQuestion, ItemResult
from lmms_eval_plugins.assessments.identification.score import (
    IdentificationMethod,
    IdentifiedVideo,
    score_identification,
)
from lmms_eval_plugins.assessments.registry import assessment_of
from lmms_eval_plugins.execution import outcome as outcome_module
from lmms_eval_plugins.execution.outcome import show_outcome, show_report
from lmms_eval_plugins.execution.run import Finished, Outcome
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.coverage import ReplyCounts
from lmms_eval_plugins.questions.kinds import parse_kind
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.runs.run_file import Problem
from lmms_eval_plugins.runs.scored import ScoredRun, cells_of
from tests.support.perturbed_runs import seeing, write_perturbed
from tests.support.tiny_runs import write_tiny_runs

TASK = "strokerehab_primitives_3"


def scored(model: str, task: str, method: ScoringMethod, score: Score) -> ScoredRun:
    return ScoredRun(f"/runs/{task}/{model}/1", "run", task, model, "default", assessment_of(method), score)


def scores(n: int, edit: float | None, sem: float | None, model: str = "model", task: str = TASK) -> ScoredRun:
    metrics: dict[str, tuple[float | None, float | None]] = dict.fromkeys(DOSE_METRICS, (None, None))
    metrics |= {
        "edit_score": (edit, sem),
        "action_error_rate": (1.0625 if edit else None, sem and sem / 100),
        "relative_counting_error": (0.1234, None),
        "unreadable_rate": (0.0125, None),
    }
    return scored(model, task, DoseMethod(method="motion_grasp"), DoseScore(Summary(n, 0, metrics), ()))


def assessed(model: str, task: str, item: int, predicted: int) -> ScoredRun:
    results = tuple(ItemResult(p, None, item, 2, predicted, "scored", ReplyCounts(1, 0, 0)) for p in ("P1", "P2"))
    clips = [
        AnsweredClip(
            r.patient, r.patient, None, "affected", {item: 2}, ("q",), (WindowAnswers(0, 1, {"q": predicted}),)
        )
        for r in results
    ]
    score = score_fugl_meyer(clips, [ItemQuestion("q", item, parse_kind({"score": [0, 1, 2]}))])
    assert score.items == results
    return scored(model, task, FuglMeyerMethod(method="fugl_meyer"), score)


def identified(model: str, n: int) -> ScoredRun:
    videos = [IdentifiedVideo(str(i), "P", "mild", "feeding", "feeding" if i else UNREADABLE) for i in range(n)]
    method = IdentificationMethod(method="identification")
    return scored(model, "what", method, score_identification(videos, method))


def a_run(name: str, row: ScoredRun | None = None, problems: int = 0) -> Finished:
    card = ModelCard(name=name, about=f"what {name} is", wrapper="constant")
    found = tuple(Problem(f"v{number}", f"/data/v{number}.mp4: is [broken]") for number in range(problems))
    return Finished(card, Path("/runs") / (row.task if row else TASK) / name / "20260101_000000", row, found, 8)


def shown(outcome: Outcome, notes: tuple[str, ...] = (), width: int = 80) -> list[str]:
    file = io.StringIO()
    show_outcome(outcome, notes, Console(file=file, width=width))
    return [line.rstrip() for line in file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 120])
def test_what_a_person_sees(width: int) -> None:
    runs = [
        a_run("omniscient", scores(16, 93.875, 1.625, "omniscient")),
        a_run("qwen2_5_vl_72b", scores(1, 100.0, None, "qwen2_5_vl_72b")),
    ]
    assert shown(Outcome({TASK: runs}, ()), ("all is drawn",), width) == [
        "mean ± SEM                 n    edit score            AER    RCE  unreadable",
        "strokerehab_primitives_3",
        "  omniscient              16  93.88 ± 1.62  1.062 ± 0.016  0.123       1.2 %",
        "  qwen2_5_vl_72b           1        100.00          1.062  0.123       1.2 %",
        "edit score: higher is better; AER, RCE (errors in dose): lower is better",
        "",
        "omniscient: what omniscient is",
        "qwen2_5_vl_72b: what qwen2_5_vl_72b is",
        "",
        "note: all is drawn",
        f"run: /runs/{TASK}/omniscient/20260101_000000",
        f"run: /runs/{TASK}/qwen2_5_vl_72b/20260101_000000",
    ]


@pytest.mark.parametrize("name", ["a_model_with_a_long_name_that_its_maker_liked", "odd[name]"])
def test_no_number_is_cut_off_by_a_name(name: str) -> None:
    lines = shown(Outcome({TASK: [a_run(name, scores(1000, 12.345, 10.111, name))]}, ()))
    text = "\n".join(lines)
    for cell in ("1000", "12.35 ± 10.11", "1.062 ± 0.101", "0.123", "1.2 %"):
        assert cell in text
    table = lines[2 : next(at for at, line in enumerate(lines) if not line or line.startswith("edit score:"))]
    assert "".join(re.split(r" {2,}(?=\d)", line)[0].strip() for line in table) == name


def test_nothing_to_score() -> None:
    lines = shown(Outcome({TASK: [a_run("model")]}, ()))
    assert lines[0] == f"model, {TASK}: answers recorded, no truth to score them by"
    assert "edit score" not in "\n".join(lines)


def test_every_kind_of_score_has_a_table_of_its_own() -> None:
    parts = {
        f"ia_{part}": assessed("m", f"ia_{part}", item, item % 2 + 1) for part, item in (("3_30", 3), ("31_33", 32))
    }
    rows = {TASK: scores(2, 50.0, 1.0, "m"), "what": identified("m", 4), **parts}
    lines = shown(Outcome({task: [a_run("m", row)] for task, row in rows.items()}, ()), width=100)
    of_items = ["m", "2", "2", "50.0", "%", "0.50", "±", "0.00", "1.0", "±", "0.0", "1.0", "±", "0.0", "100.0", "%"]
    assert [line.split() for line in lines if line.startswith("  m")] == [
        ["m", "2", "50.00", "±", "1.00", "1.062", "±", "0.010", "0.123", "1.2", "%"],
        ["m", "4", "75.0", "%", "-", "75.0", "%", "4", "75.0", "%", "25.0", "%"],
        [*of_items, "0.00", "0.0", "%"],
    ]
    assert [line for line in lines if line in rows or line == "ia"] == [TASK, "what", "ia"], (
        "the parts are in the whole"
    )


def test_the_parts_of_an_assessment_are_shown_where_they_make_no_whole() -> None:
    runs = {"ia_3_30": [a_run("m", assessed("m", "ia_3_30", 3, 2))]}
    assert "ia_3_30" in shown(Outcome(runs, ()), width=100)


@pytest.mark.parametrize(
    ("problems", "head", "tail"), [(1, "1 problem with a video:", None), (13, "13 problems", "3 more")]
)
def test_problems(problems: int, head: str, tail: str | None) -> None:
    runs = [a_run("first", problems=problems), a_run("second", problems=problems)]
    lines = shown(Outcome({TASK: runs}, ("first, task: broke",)))
    text = "\n".join(lines)
    assert head in text and (tail or "run:") in text and "failed: first, task: broke" in text
    assert [line for line in lines if "[broken]" in line] == [
        f"  /data/v{number}.mp4: is [broken]" for number in range(min(problems, 10))
    ]


def test_nothing_is_shown_where_nothing_ran() -> None:
    assert shown(Outcome({TASK: []}, ("model: no such checkpoint",)), ("note",)) == []


def test_a_run_whose_scores_cannot_be_shown_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = (a_run(name, scores(2, 50.0, 1.0, model=name)) for name in ("good", "bad"))
    works = cells_of

    def breaks(rows: Sequence[ScoredRun]) -> list[dict[str, str]]:
        if any(row.model == "bad" for row in rows):
            raise KeyError("x")
        return works(rows)

    monkeypatch.setattr(outcome_module, "cells_of", breaks)
    lines = shown(Outcome({TASK: [bad, good]}, ()))
    assert any(line.startswith("  good ") for line in lines) and not any(line.startswith("  bad ") for line in lines)
    assert f"failed: bad, {TASK}: its scores cannot be shown: KeyError: 'x' (a bug?); /runs/{TASK}/bad/1" in lines


def test_two_tasks_share_the_explanations() -> None:
    runs = {task: [a_run("model", scores(2, 50.0, 1.0, task=task))] for task in ("one", "two")}
    lines = shown(Outcome(runs, ()))
    assert "one" in lines and "two" in lines
    assert sum("what model is" in line for line in lines) == sum("higher is better" in line for line in lines) == 1


def test_many_runs_are_named_by_their_folder() -> None:
    runs = {f"t{number}": [a_run("model", scores(2, 50.0, 1.0, task=f"t{number}"))] for number in range(7)}
    assert shown(Outcome(runs, ()))[-1] == "7 runs: /runs/<task>/<model>/<stamp>"


def test_the_report_of_runs_is_the_last_line_and_never_an_error(tmp_path: Path) -> None:
    folders = [file.parent for file in sorted(write_tiny_runs(tmp_path / "runs").rglob("run.json"))]
    runs = [Finished(ModelCard(name="x", about="", wrapper="constant"), folder, None, (), 0) for folder in folders]

    def said() -> str:
        file = io.StringIO()
        show_report(runs, Console(file=file, width=400))
        return file.getvalue()

    out = tmp_path / "runs" / "report"
    assert re.fullmatch(rf"report: {out}/index.html \(3 runs, \d+ videos, [\d.]+ MB\)\n", said())
    (out / "mine.txt").write_text("")
    assert said().startswith(f"report: not written: {out}: has 1 file that no report wrote (mine.txt)")


def test_perturbed_runs_end_with_what_they_show(tmp_path: Path) -> None:
    recipes = {"": seeing(0.9), "freeze": seeing(0.3)}
    as_is, freeze = (
        replace(a_run("tiny"), folder=folder, perturb=how)
        for how, folder in zip(recipes, write_perturbed(tmp_path, recipes, patients=4), strict=True)
    )
    lines = shown(Outcome({"t": [as_is, freeze]}, ()), width=120)
    assert "What it sees: yes and no under perturbed frames" in lines
    assert any(line.startswith("freeze ") for line in lines)
    assert not any("What it sees" in line for line in shown(Outcome({"t": [as_is]}, ())))
    alone = shown(Outcome({"t": [freeze]}, ()))
    assert any(line.startswith("note: ") and "no run as is beside it" in line for line in alone)
