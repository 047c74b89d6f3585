"""Truths of questions from a dataset: what is known of each video, what is refused, and what a note says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME
from lmms_eval_plugins.tasks.prepare import PreparedTask, prepare_task
from lmms_eval_plugins.tasks.task_file import load_task
from lmms_eval_plugins.tasks.task_questions import load_task_questions
from lmms_eval_plugins.tasks.validate import validate_tasks
from tests.conftest import make_dataset

TASK = """
task: own
dataset_kwargs:
  selection: all
  questions: own
  sampling: {strategy: dense, fps: 15, frames: 15}
generation_kwargs: {max_new_tokens: 8}
"""
"""Windows of one second."""

QUESTIONS = "id: own\nversion: 1\nquestions:\n"
HANDS = "{one_of: [left, right, neither]}"

Prepared = Callable[..., PreparedTask]


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    return make_dataset(tmp_path / "data")


@pytest.fixture
def tasks(tmp_path: Path) -> Path:
    folder = tmp_path / "tasks"
    (folder / "questions").mkdir(parents=True)
    (folder / "own.yaml").write_text(TASK, encoding="utf-8")
    return folder


@pytest.fixture
def prepared(dataset: Path, tasks: Path) -> Prepared:
    """Prepare a task of questions with these answers and truths, beside a table of true answers."""

    def prepare(*questions: tuple[str, str], table: str = "", **changes: object) -> PreparedTask:
        parts = (
            f"  - {{id: q{number}, text: What?, answer: {answer}, truth: {truth}}}\n"
            for number, (answer, truth) in enumerate(questions)
        )
        (tasks / "questions" / "own.yaml").write_text(QUESTIONS + "".join(parts), encoding="utf-8")
        if table:
            (dataset / "t.csv").write_text(table, encoding="utf-8")
        settings = load_task(tasks / "own.yaml").dataset_kwargs.model_copy(update={"data": dataset, **changes})
        return prepare_task(settings, load_task_questions("own", settings, tasks))

    return prepare


def known(prepared: PreparedTask, question: str = "q0") -> dict[str, list[str | None]]:
    """Patient → the true answer about each of the two windows."""
    return {
        video.patient: [
            video.truth[question].answer_in(window.start_s, window.end_s) if question in video.truth else None
            for window in video.windows
        ]
        for video in prepared.videos
        if isinstance(video.truth, dict)
    }


def test_columns_of_the_manifest_known_and_own(prepared: Prepared, dataset: Path) -> None:
    manifest = dataset / MANIFEST_NAME
    header, *rows = manifest.read_text(encoding="utf-8").splitlines()
    ages = ("61", "", "7")
    lines = [f"{header},age", *(f"{row},{age}" for row, age in zip(rows, ages, strict=True))]
    manifest.write_text("\n".join(lines), encoding="utf-8")
    task = prepared((HANDS, "{column: hand}"), ("count", "{column: age}"))
    assert known(task) == {"P01": ["right"] * 2, "P02": ["left"] * 2, "P03": ["right"] * 2}
    assert known(task, "q1") == {"P01": ["61"] * 2, "P02": [None] * 2, "P03": ["7"] * 2}
    assert task.problems == () and task.notes == (
        "q1: column age of the manifest has no answer about P02_RTT left side1_1: asked, not scored",
    )


def test_options_may_be_the_datasets_activities(prepared: Prepared) -> None:
    table = "video_id,next\nP01_feeding1_1,Drinking\n"
    task = prepared(("{one_of: activities}", "{table: t.csv, column: next}"), table=table)
    assert known(task) == {"P01": ["drinking"] * 2}


def test_labels_stand_for_answers_at_the_centre_of_a_window(prepared: Prepared) -> None:
    task = prepared(
        (HANDS, '{labels: {reach: "{hand}", reposition: "{hand}", transport: null, stabilize: neither, idle: neither}}')
    )
    assert known(task) == {"P01": [None, "right"], "P02": ["neither", "neither"], "P03": ["neither", "right"]}


def test_labels_begin_at_rest_and_last_until_the_next(prepared: Prepared, dataset: Path) -> None:
    (dataset / "P02" / "P02_RTT left side1_1.csv").write_text(
        "Time_s,MarkerNames\n0.9,l_reach\n1.2,\n", encoding="utf-8"
    )
    task = prepared(("yes_no", "{labels: {reach: yes, reposition: yes, transport: yes, stabilize: no, idle: no}}"))
    assert known(task)["P02"] == ["no", "yes"]


def test_segments_and_events(prepared: Prepared) -> None:
    segments = "video_id,start_s,end_s,x\nP01_feeding1_1,0,1.2,left\nP03_drinking1_1,1.2,9,right\n"
    task = prepared((HANDS, "{table: t.csv, column: x}"), table=segments)
    assert known(task) == {"P01": ["left", None], "P03": [None, "right"]}
    assert [problem.video_id for problem in task.problems] == ["P02_RTT left side1_1"]
    events = "video_id,time_s,x\nP01_feeding1_1,1.0,x\nP01_feeding1_1,1.9,yes\nP03_drinking1_1,,\n"
    task = prepared(("count", "{table: t.csv, column: x}"), ("yes_no", "{table: t.csv, column: x}"), table=events)
    assert known(task) == {"P01": ["0", "2"], "P03": ["0", "0"]}
    assert known(task, "q1") == {"P01": ["no", "yes"], "P03": ["no", "no"]}
    which = "video_id,time_s,x\nP01_feeding1_1,0.4,left\nP01_feeding1_1,1.4,left\nP01_feeding1_1,1.6,right\n"
    assert known(prepared((HANDS, "{table: t.csv, column: x}"), table=which)) == {"P01": ["left", None]}


@pytest.mark.parametrize(
    ("answer", "table", "message"),
    [
        ("yes_no", "video_id,x\nP01_feeding1_1,perhaps\n", "t.csv, line 2, x: 'perhaps' is neither yes nor no"),
        ("{score: [0, 1]}", "video_id,x\nsomebody,2\n", "t.csv, line 2, x: '2' is none of the answers"),
        (
            "count",
            "video_id,time_s,x\nP01_feeding1_1,1,no\n",
            "t.csv, line 2, x: a row is an event, marked by yes or x",
        ),
        (
            "yes_no",
            "video_id,start_s,end_s,x\nP01_feeding1_1,2,3,yes\n",
            "t.csv, line 2: 2 s is after the end of 'P01_feeding1_1', which lasts 2 s",
        ),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(prepared: Prepared, answer: str, table: str, message: str) -> None:
    with pytest.raises(UserError) as error:
        prepared((answer, "{table: t.csv, column: x}"), table=table)
    assert message in str(error.value)


def test_videos_that_only_the_table_has_are_named(prepared: Prepared) -> None:
    rows = ["video_id,x", "P01_feeding1_1,yes", "p03_drinking1_1,no", *(f"S{number},no" for number in range(4))]
    task = prepared(("yes_no", "{table: t.csv, column: x}"), table="\n".join(rows))
    assert task.notes == (
        "t.csv: not in manifest.csv, so not used: 'p03_drinking1_1' on line 3 (is it 'P03_drinking1_1'?), 'S0' on line"
        " 4, 'S1' on line 5 and 2 more",
    )


def test_questions_without_a_truth_are_recorded_and_a_task_of_them_is_valid(prepared: Prepared, tasks: Path) -> None:
    task = prepared((HANDS, "{column: hand}"), ("text", "none"))
    assert task.notes == ("q1: truth: none: asked and recorded, not scored",)
    task = prepared(("text", "none"))
    assert task.notes[-1] == "every question has truth: none: answers are recorded, nothing is scored"
    assert task.problems == () and all(video.truth is None for video in task.videos)
    (verdict,) = validate_tasks(["own"], [tasks], tasks.parent / "data")
    assert verdict.problems == () and verdict.gold is not None and verdict.gold.main_cells() == ("-", "-")


def test_correct_answers_of_every_kind_are_perfect(prepared: Prepared, tasks: Path) -> None:
    first, second = "P01_feeding1_1,left,12,7,a cup,reach; idle", "P02_RTT left side1_1,neither,0,10,cup;pen,idle"
    table = f"video_id,h,n,s,t,q\n{first}\n{second}\n"
    ten = ", ".join(map(str, range(11)))
    kinds = {
        "h": HANDS,
        "n": "count",
        "s": f"{{score: [{ten}]}}",
        "t": "{text: set}",
        "q": "{sequence_of: [reach, idle]}",
    }
    prepared(*((kind, f"{{table: t.csv, column: {column}}}") for column, kind in kinds.items()), table=table)
    (verdict,) = validate_tasks(["own"], [tasks], tasks.parent / "data")
    assert verdict.problems == () and verdict.gold is not None
    assert verdict.gold.main_cells() == ("accuracy 100.0 %",) * 2 and verdict.gold.rows == 20


def test_a_task_that_says_no_scoring_reads_no_labels_by_chance(prepared: Prepared) -> None:
    with pytest.raises(UserError, match="q0: truth motion is of another family of tasks"):
        prepared(("yes_no", "motion"))


def test_in_a_mirror_the_correct_side_is_the_other_one(prepared: Prepared) -> None:
    sides = '{labels: {reach: "{hand}", reposition: "{hand}", transport: null, stabilize: neither, idle: neither}}'
    moves = "{labels: {reach: yes, reposition: yes, transport: yes, stabilize: no, idle: no}}"
    questions = ((HANDS, sides), ("yes_no", moves))
    plain, mirrored = prepared(*questions), prepared(*questions, perturb="mirror")
    other = {"left": "right", "right": "left"}
    assert known(mirrored) == {
        patient: [other.get(answer or "", answer) for answer in answers] for patient, answers in known(plain).items()
    }
    assert known(mirrored, "q1") == known(plain, "q1")
    assert "q0: left and right are exchanged in the correct answers too" in mirrored.notes
    assert not any("exchanged in the correct" in note for note in plain.notes)
