from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from lmms_eval_plugins.launch.cards import ModelCard
from lmms_eval_plugins.launch.report import show_outcome
from lmms_eval_plugins.launch.run import Finished, Outcome
from lmms_eval_plugins.results.report import DoseRow
from lmms_eval_plugins.scoring.summary import METRIC_NAMES, Summary
from lmms_eval_plugins.task.prepare import Problem

TASK = "strokerehab_primitives_3"


def scores(n: int, edit: float | None, sem: float | None) -> DoseRow:
    metrics: dict[str, tuple[float | None, float | None]] = dict.fromkeys(METRIC_NAMES, (None, None))
    metrics |= {
        "edit_score": (edit, sem),
        "action_error_rate": (1.0625 if edit else None, sem and sem / 100),
        "relative_counting_error": (0.1234, None),
        "unreadable_rate": (0.0125, None),
    }
    return DoseRow("run", "run", TASK, "model", "default", Summary(n, 0, metrics), 0, 0, ())


def a_run(name: str, row: DoseRow | None = None, problems: int = 0) -> Finished:
    card = ModelCard(name=name, about=f"what {name} is", wrapper="constant")
    found = tuple(Problem(f"v{number}", f"/data/v{number}.mp4: is [broken]") for number in range(problems))
    return Finished(card, Path("/runs") / name / "20260101_000000", row, found, 8)


def shown(outcome: Outcome, notes: tuple[str, ...] = (), width: int = 80) -> list[str]:
    file = io.StringIO()
    show_outcome(outcome, notes, Console(file=file, width=width))
    return [line.rstrip() for line in file.getvalue().splitlines()]


@pytest.mark.parametrize("width", [80, 120])
def test_what_a_person_sees(width: int) -> None:
    runs = [a_run("omniscient", scores(16, 93.875, 1.625)), a_run("qwen2_5_vl_72b", scores(1, 100.0, None))]
    assert shown(Outcome({TASK: runs}, ()), ("all is drawn",), width) == [
        "strokerehab_primitives_3, mean ± SEM over videos",
        "model            n    edit score            AER    RCE  unreadable",
        "omniscient      16  93.88 ± 1.62  1.062 ± 0.016  0.123        1.2%",
        "qwen2_5_vl_72b   1        100.00          1.062  0.123        1.2%",
        "edit score: higher is better; AER, RCE (errors in dose): lower is better",
        "omniscient: what omniscient is",
        "qwen2_5_vl_72b: what qwen2_5_vl_72b is",
        "",
        "note: all is drawn",
        "run: /runs/omniscient/20260101_000000",
        "run: /runs/qwen2_5_vl_72b/20260101_000000",
    ]


@pytest.mark.parametrize("name", ["a_model_with_a_long_name_that_its_maker_liked", "odd[name]"])
def test_no_number_is_cut_off_by_a_name(name: str) -> None:
    lines = shown(Outcome({TASK: [a_run(name, scores(1000, 12.345, 10.111))]}, ()))
    text = "\n".join(lines)
    for cell in ("1000", "12.35 ± 10.11", "1.062 ± 0.101", "0.123", "1.2%"):
        assert cell in text
    table = lines[1 : lines.index("edit score: higher is better; AER, RCE (errors in dose): lower is better")]
    assert "".join(line.split("  ")[0] for line in table[1:]) == name


def test_nothing_to_score() -> None:
    lines = shown(Outcome({TASK: [a_run("model")]}, ()))
    assert lines[2].split() == ["model", "-", "-", "-", "-", "-"]


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


def test_two_tasks_share_the_explanations() -> None:
    runs = [a_run("model", scores(2, 50.0, 1.0))]
    text = "\n".join(shown(Outcome({"one": runs, "two": runs}, ())))
    assert "one, mean" in text and "two, mean" in text and text.count("what model is") == 1
