"""A family of its own (which hand moves), registered here: from rows to scores, tables, data frames and validation.

Everything about it stands in this file; nothing of the package is changed for it.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pytest
from rich.console import Console

from lmms_eval_plugins.assessments import registry
from lmms_eval_plugins.assessments.assessment import Assessment, Metric, ScoringMethod, ScoringQuestion
from lmms_eval_plugins.assessments.cells import percent
from lmms_eval_plugins.assessments.dose.assessment import DOSE
from lmms_eval_plugins.assessments.facts import CorrectAnswer, DataNeeds, VideoFacts
from lmms_eval_plugins.assessments.registry import assessment_of, families, register
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.execution.outcome import show_scores
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.questions.answers import AnsweredVideo, state_of, value_of
from lmms_eval_plugins.questions.kinds import KindName
from lmms_eval_plugins.reports.scores import print_report
from lmms_eval_plugins.runs.data_frames import runs_df, scores_df, timelines_df
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.scored import ScoredRun, ScoreReport, scores_of
from lmms_eval_plugins.tasks.task_file import load_task
from lmms_eval_plugins.tasks.validate import validate_tasks
from tests.support.command import Request

MOVES = {"P01": "right", "P02": "left"}
"""Patient → the hand that moves; nobody knows of P03."""

TASK = """
task: strokerehab_hand
class: !function lmms_eval_plugins.tasks.RehabTask
dataset_kwargs:
  selection: all
  questions: hand
  sampling: {strategy: uniform, frames: 4}
  scoring: {method: moving_hand, question: which}
generation_kwargs: {max_new_tokens: 8}
"""

QUESTIONS = """
id: hand
version: 1
questions:
  - id: which
    text: Which hand moves?
    answer: {one_of: [left, right]}
    truth: label
"""


class HandMethod(ScoringMethod):
    method: Literal["moving_hand"]
    question: str = "hand"

    @property
    def reads(self) -> Mapping[str, KindName]:
        return {self.question: "one_of"}


@dataclass(frozen=True)
class HandScore:
    correct: tuple[bool, ...]

    @property
    def n(self) -> int:
        return len(self.correct)

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return {"accuracy": (sum(self.correct) / self.n if self.n else None, None)}


@dataclass(frozen=True)
class HandAssessment(Assessment[HandMethod, str, HandScore]):
    name = "hand"
    a_task = "a task on hands"
    method_type = HandMethod
    settings_models = (HandMethod,)
    score_type = HandScore
    metrics = ("accuracy",)
    higher_is_better = frozenset({"accuracy"})
    legend = "accuracy: videos whose moving hand is named"
    needs = DataNeeds("trials", labels=False, truth="an entry in the list of moving hands")

    def truth_of(self, facts: VideoFacts) -> str | None:
        return MOVES.get(facts.patient)

    def truth_to_text(self, truth: str) -> str:
        return truth

    def truth_from_text(self, text: str) -> str:
        if text not in ("left", "right"):
            raise ValueError(f"{text!r} is no hand")
        return text

    def correct_answers(
        self,
        questions: Sequence[ScoringQuestion],
        truth: str | None,
        *,
        activity: str | None,
        start_s: float,
        end_s: float,
    ) -> list[CorrectAnswer]:
        return [CorrectAnswer(truth, truth) for _ in questions]

    def _answer(self, method: HandMethod, video: AnsweredVideo[str]) -> object:
        return video.windows[0].answers.get(method.question)

    def score(
        self, method: HandMethod, videos: Iterable[AnsweredVideo[str]], questions: Sequence[ScoringQuestion] = ()
    ) -> HandScore:
        return HandScore(tuple(self._answer(method, v) == v.truth for v in videos if v.truth is not None))

    def imperfection(self, score: HandScore) -> str | None:
        return None if all(score.correct) else "less than 1"

    def cells(self, score: HandScore) -> dict[str, str]:
        return {"videos": str(score.n), "named": percent(score.metrics["accuracy"][0])}

    def main_cell(self, score: HandScore) -> str:
        return "accuracy " + percent(score.metrics["accuracy"][0])

    def headline(self, score: HandScore) -> dict[str, float | None]:
        return {"n": score.n, "accuracy": score.metrics["accuracy"][0]}

    def details(self, score: HandScore) -> dict[str, object]:
        return {"correct": list(score.correct)}

    def score_rows(
        self, method: HandMethod, videos: Sequence[AnsweredVideo[str]], questions: Sequence[ScoringQuestion] = ()
    ) -> list[dict[str, object]]:
        answers = [self._answer(method, video) for video in videos]
        return [
            {
                "truth": video.truth,
                "answer": value_of(answer),
                "answer_state": state_of(answer),
                "right": answer == video.truth,
            }
            for video, answer in zip(videos, answers, strict=True)
        ]


HAND = HandAssessment()


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_families", [*families()])
    register(HAND)


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    folder = tmp_path / "tasks"
    (folder / "questions").mkdir(parents=True)
    (folder / "strokerehab_hand.yaml").write_text(TASK, encoding="utf-8")
    (folder / "questions" / "hand.yaml").write_text(QUESTIONS, encoding="utf-8")
    (folder / "selections.yaml").write_bytes((shipped("tasks") / "strokerehab" / "selections.yaml").read_bytes())
    return folder


def printed(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_its_task_is_run_scored_shown_and_read(
    request_for: Request, mini_dataset: Path, tasks: Path, tmp_path: Path
) -> None:
    request = request_for(tasks="strokerehab_hand", data=mini_dataset, task_folders=(tasks,))
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    (run,) = outcome.runs
    assert outcome.errors == () and run.scores is not None
    assert [problem.reason.partition(": ")[2] for problem in run.problems] == [
        "does not have an entry in the list of moving hands: asked, not scored"
    ]
    assert json.loads((run.folder / "scores.json").read_text(encoding="utf-8")) == {
        "n": 2,
        **dict.fromkeys(("n_refused", "n_contradictory", "n_cut"), 0),
        "metrics": {"accuracy": {"mean": 1.0, "sem": None}},
        "correct": [True, True],
    }
    report = score_paths([str(run.folder)])
    assert report.errors == () and report.to_json() == {str(run.folder): {"n": 2, "accuracy": 1.0}}
    assert [score.correct for _, score in scores_of(report.rows, HAND)] == [(True, True)]
    assert scores_of(report.rows, DOSE) == []
    for shown in (printed_report(report.rows), printed_scores(report.rows)):
        assert "named" in shown and "100.0 %" in shown
    rows = scores_df(run.folder)
    assert list(rows["patient"]) == ["P01", "P02"] and list(rows["answer"]) == ["right", "left"]
    assert rows["right"].all() and rows["edit_score"].isna().all()
    assert list(runs_df(run.folder)["method"]) == ["moving_hand"] and timelines_df(run.folder).empty


def printed_report(rows: Sequence[ScoredRun]) -> str:
    console = Console(file=io.StringIO(), width=200)
    print_report(ScoreReport(tuple(rows), (), ()), console)
    return printed(console)


def printed_scores(rows: Sequence[ScoredRun]) -> str:
    console = Console(file=io.StringIO(), width=200)
    show_scores(rows, (), console)
    assert HAND.legend in printed(console)
    return printed(console)


def test_its_correct_answers_are_perfect(mini_dataset: Path, tasks: Path) -> None:
    (verdict,) = validate_tasks(["strokerehab_hand"], [tasks], mini_dataset)
    assert verdict.problems == () and verdict.gold is not None
    assert (verdict.gold.rows, verdict.gold.unknown, verdict.gold.main_cells()) == (2, 1, ("accuracy 100.0 %",) * 2)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("question: which", "question: whose", "reads a question 'whose'; known are: which"),
        ("question: which", "questoin: which", "questoin: unknown key; did you mean 'question'"),
        ("moving_hand", "movin_hand", "unknown method 'movin_hand'; did you mean 'moving_hand'"),
        ("sampling:", "crop: true\n  sampling:", "crop cuts out the hand of a dose task"),
    ],
)
def test_mistakes_in_its_task_file_are_named(old: str, new: str, message: str, mini_dataset: Path, tasks: Path) -> None:
    path = tasks / "strokerehab_hand.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    (verdict,) = validate_tasks(["strokerehab_hand"], [tasks], mini_dataset)
    assert message in verdict.problems[0] and str(tasks) in verdict.problems[0]


def test_its_metrics_need_not_be_listed_and_its_truth_is_checked(tasks: Path) -> None:
    spec = load_task(tasks / "strokerehab_hand.yaml")
    assert spec.metrics == ("accuracy",) and spec.dataset_kwargs.assessment == HAND
    assert assessment_of(HandMethod(method="moving_hand")).read_truth("left", "v") == "left"
    with pytest.raises(UserError, match="v: the truth cannot be read"):
        HAND.read_truth("both", "v")


def test_a_family_is_registered_once() -> None:
    with pytest.raises(ValueError, match="'hand' has a name or a method of the family 'hand'"):
        register(HAND)
