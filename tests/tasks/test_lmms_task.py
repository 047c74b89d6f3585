"""The task inside lmms-eval's own evaluation, as our command and the stock one run it."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from lmms_eval.evaluator import simple_evaluate
from lmms_eval.tasks import TaskManager

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.assessments.dose.summary import DOSE_METRICS
from lmms_eval_plugins.assessments.dose.video import score_video
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.domain.vocabulary import GRASP_PRIMITIVES, MOTION_PRIMITIVES
from lmms_eval_plugins.models.answering import Row
from lmms_eval_plugins.models.baselines.simple import PerRow, true_answer
from lmms_eval_plugins.models.recording import MISSING_REPLY, Recorder
from lmms_eval_plugins.models.registered import Constant, Omniscient
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.reading import FAILED_MARK
from lmms_eval_plugins.tasks.lmms_task import RehabTask
from lmms_eval_plugins.tasks.rows import messages_of
from lmms_eval_plugins.tasks.task_file import load_task

NAME = "strokerehab_primitives_3"
SPEC = load_task(shipped("tasks") / "strokerehab" / f"{NAME}.yaml")


def make_task(data: Path, **settings: Any) -> RehabTask:
    values = SPEC.model_dump(mode="json", by_alias=True)
    values["dataset_kwargs"] |= {"data": str(data), **settings}
    return RehabTask(values)


def evaluate(model: Any, task: Any, **options: Any) -> dict[str, Any]:
    manager = TaskManager(include_path=str(shipped("tasks")), include_defaults=False)
    results: dict[str, Any] = simple_evaluate(
        model=model, tasks=[task], task_manager=manager, bootstrap_iters=0, **options
    )
    return results


def metrics_of(results: Mapping[str, Any]) -> dict[str, float | None]:
    return {name: results["results"][NAME].get(f"{name},none") for name in DOSE_METRICS}


def independently(data: Path) -> dict[str, float]:
    """Edit score and error rates of an all-knowing model, from the labels, by the scoring's own functions."""
    scores = []
    task = make_task(data)
    assert isinstance(task.settings.scoring, DoseMethod)
    for video in task.prepared.videos:
        truth = video.truth
        assert isinstance(truth, Timeline)
        answers = []
        for window in video.windows:
            label = truth.at((window.start_s + window.end_s) / 2) or "idle"
            correct = {"motion": label in MOTION_PRIMITIVES, "grasp": label in GRASP_PRIMITIVES}
            answers.append(WindowAnswers(window.start_s, window.end_s, correct))
        scores.append(
            score_video(
                video_id=video.video_id,
                patient=video.patient,
                cohort=None,
                activity=None,
                truth=truth,
                windows=answers,
                method=task.settings.scoring,
            )
        )
    names = ("edit_score", "action_error_rate", "relative_counting_error")
    return {name: sum(getattr(score, name) for score in scores) / len(scores) for name in names}


def forgetful_answer(row: Row) -> str | None:
    """Know everything but one patient's videos, and reply something else in one window of another's."""
    if row["patient"] == "P01":
        return None
    return "A brown table." if (row["patient"], row["window"]) == ("P02", 1) else true_answer(row)


def test_metrics_are_those_of_the_scoring(mini_dataset: Path) -> None:
    results = evaluate(Omniscient(), make_task(mini_dataset))
    metrics = metrics_of(results)
    expected = independently(mini_dataset)
    assert {name: metrics[name] for name in expected} == pytest.approx(expected)
    assert 50 < expected["edit_score"] < 100
    assert (metrics["unreadable_rate"], metrics["missing_rate"]) == (0, 0)
    assert metrics["true_transport"] == 1
    better = results["higher_is_better"][NAME]
    assert (better["edit_score"], better["mae_avg"], better["true_transport"]) == (True, False, None)


def test_the_stock_command_line_finds_the_same_task(mini_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_DATA", str(mini_dataset))
    stock = evaluate("omniscient", NAME)
    assert metrics_of(stock) == metrics_of(evaluate(Omniscient(), make_task(mini_dataset)))
    sample = stock["samples"][NAME][5]
    assert sample["filtered_resps"] == [sample["target"]]
    about = sample["edit_score"]
    assert (about["video_id"], about["window"], about["question_id"]) == ("P01_feeding1_1", 2, "grasp")
    assert about["hand"] == "right" and about["target"] == "no"


ASSESSMENT, SPEED, ACTIVITY = "strokerehab_ia1_3_30", "strokerehab_ia2_31_33", "strokerehab_identification_1"


def evaluate_others(model: Any, data: Path) -> dict[str, dict[str, Any]]:
    """What lmms-eval reports of three tasks that are not about dose, without the metrics' filter."""
    tasks = []
    for name in (ASSESSMENT, SPEED, ACTIVITY):
        values = load_task(shipped("tasks") / "strokerehab" / f"{name}.yaml").model_dump(mode="json", by_alias=True)
        values["dataset_kwargs"] |= {"data": str(data)}
        tasks.append(RehabTask(values))
    manager = TaskManager(include_path=str(shipped("tasks")), include_defaults=False)
    results = simple_evaluate(model=model, tasks=tasks, task_manager=manager, bootstrap_iters=0)["results"]
    return {
        task: {name.removesuffix(",none"): value for name, value in of_task.items()}
        for task, of_task in results.items()
    }


def test_omniscient_answers_are_perfect_in_assessments_and_activities(mini_study: Path) -> None:
    results = evaluate_others(Omniscient(), mini_study)
    for task, metrics in results.items():
        assert metrics["accuracy"] == 1, task
        assert (metrics["unreadable_rate"], metrics["missing_rate"]) == (0, 0)
        assert set(load_task(shipped("tasks") / "strokerehab" / f"{task}.yaml").metrics) <= set(metrics)
    assert results[SPEED]["total_true"] == results[SPEED]["total_predicted"] == (6 + 5 + 1) / 3
    assert results[ASSESSMENT]["kappa"] == 1 and results[ASSESSMENT]["apd"] == 0
    assert results[ACTIVITY]["macro_accuracy"] == 1


def test_the_same_answer_to_everything_is_read_by_the_kind_of_each_question(mini_study: Path) -> None:
    ones = evaluate_others(Constant(answer="1"), mini_study)
    assert ones[ASSESSMENT]["accuracy"] == 2 / 6, "yes and no are not read, ratings are: 1, which two items have"
    assert ones[ASSESSMENT]["unreadable_rate"] == 6 / 8
    assert ones[SPEED]["unreadable_rate"] == 0
    assert (ones[ACTIVITY]["accuracy"], ones[ACTIVITY]["unreadable_rate"]) == (0, 1)


def test_a_stock_limit_that_leaves_no_video_whole_has_no_score(mini_dataset: Path) -> None:
    results = evaluate(Omniscient(), make_task(mini_dataset), limit=2)
    assert results["results"]["strokerehab_primitives_3"]["edit_score,none"] is None


def test_the_stock_limit_counts_rows_and_scores_those(mini_dataset: Path) -> None:
    results = evaluate(Omniscient(), make_task(mini_dataset), limit=12)
    assert metrics_of(results)["missing_rate"] == pytest.approx(4 / 16)


def test_missing_and_unreadable_answers_are_counted_as_such(mini_dataset: Path) -> None:
    metrics = metrics_of(evaluate(Recorder(PerRow("forgetful", forgetful_answer)), make_task(mini_dataset)))
    assert metrics["missing_rate"] == pytest.approx(8 / 24)
    assert metrics["unreadable_rate"] == pytest.approx(2 / 16)


def test_all_missing_has_no_scores(mini_dataset: Path) -> None:
    metrics = metrics_of(evaluate(Constant(answer=FAILED_MARK + ": timeout]"), make_task(mini_dataset)))
    assert metrics["missing_rate"] == 1
    assert metrics["edit_score"] is None


def test_the_published_reading_takes_all_else_for_no(mini_dataset: Path) -> None:
    model = Constant(answer="Moving towards an object.")
    metrics = metrics_of(evaluate(model, make_task(mini_dataset, reading="published")))
    assert metrics["unreadable_rate"] == 0
    assert metrics["mae_idle"] is not None


@pytest.mark.parametrize(
    ("reply", "item"),
    [
        ("YES", (0, "read", True)),
        ("No.", (0, "read", False)),
        ("Perhaps.", (0, "unreadable", None)),
        ("", (0, "unreadable", None)),
        (MISSING_REPLY, (0, "missing", None)),
        (FAILED_MARK + ": 500]", (0, "missing", None)),
    ],
)
def test_reading_one_reply_changes_nothing(reply: str, item: tuple[Any, ...], mini_dataset: Path) -> None:
    task = make_task(mini_dataset)
    row = task.dataset["test"][0]
    before, rows_before = deepcopy(row), deepcopy(task.dataset["test"])
    first = task.process_results(row, [reply])
    assert first == task.process_results(row, [reply])
    assert row == before and task.dataset["test"] == rows_before
    assert set(first) == set(SPEC.metrics)
    assert first["edit_score"]["item"] == first["missing_rate"] == item
    assert first["edit_score"]["patient"] == "P01"


def test_a_request_is_a_message_of_lmms_eval(mini_dataset: Path) -> None:
    row = make_task(mini_dataset).dataset["test"][2]
    (message,) = messages_of(row)
    video, text = message["content"]
    assert video == {"type": "video", "url": row["path"], "start_time": 0.533, "end_time": 1.067}
    assert text == {"type": "text", "text": row["text"]} and "right hand" in row["text"]


def test_a_wrong_task_is_refused_before_any_request(mini_dataset: Path) -> None:
    with pytest.raises(UserError, match=f"task {NAME}: dataset_kwargs.selecton: unknown key; did you mean 'selection'"):
        make_task(mini_dataset, selecton="all")


def test_limit_counts_videos(mini_dataset: Path) -> None:
    assert {row["video_id"] for row in make_task(mini_dataset, limit=2).dataset["test"]} == {
        "P01_feeding1_1",
        "P02_RTT left side1_1",
    }
