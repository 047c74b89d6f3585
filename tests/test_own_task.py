"""The page on tasks of one's own, followed from the first command to the scores: on few videos, with a stub server."""

from __future__ import annotations

import csv
import json
import re
import shlex
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME
from lmms_eval_plugins.demo.render import render_dataset
from lmms_eval_plugins.demo.scenes.activities import exercises
from lmms_eval_plugins.demo.scenes.exams import clips as film_exam
from lmms_eval_plugins.demo.scenes.exams.items import EXAMS
from lmms_eval_plugins.runs.data_frames import answers_df, scores_df
from tests.support.command import Call
from tests.support.fake_server import MODEL, ChatRequest, Fake, Response, completion

PAGE = (Path(__file__).parents[1] / "docs" / "own-task.md").read_text(encoding="utf-8")
COMMANDS = [line for block in re.findall(r"```bash\n(.*?)```", PAGE, flags=re.DOTALL) for line in block.splitlines()]
(TRUTH,) = re.findall(r"```csv\n(.*?)```", PAGE, flags=re.DOTALL)
TASK, QUESTIONS = re.findall(r"```yaml\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that a reader works in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def words(start: str) -> list[str]:
    """The words of the page's one command that starts so, without the command's name."""
    (line,) = [line for line in COMMANDS if line.startswith(f"strokerehab {start}")]
    return shlex.split(line)[1:]


def add_column(manifest: Path, name: str, cells: list[str]) -> None:
    """Add a column of one's own to a manifest."""
    with manifest.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    with manifest.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([*row, cell] for row, cell in zip(rows, [name, *cells], strict=True))


def scores_of(folder: Path, task: str, model: str) -> dict[str, dict[str, float]]:
    """Question → its metrics."""
    (file,) = (folder / "runs" / task / model).glob("*/scores.json")
    scores: dict[str, dict[str, float]] = json.loads(file.read_text(encoding="utf-8"))["questions"]
    return scores


def test_no_command_of_the_page_is_left_out() -> None:
    starts = ("new-task", "tasks", "validate", "run --task leaning", "score", "table", "run --task which_hand")
    assert len(COMMANDS) == len(starts)
    for line, start in zip(COMMANDS, starts, strict=True):
        assert line.startswith(f"strokerehab {start}")


def leans(request: ChatRequest) -> Response:
    return completion("Yes, it does." if "lean" in request.text else "7" if "hard" in request.text else "It is slow.")


def test_ten_minutes_from_nothing_to_a_table_with_a_server(call: Call, folder: Path, mini_dataset: Path) -> None:
    videos = Path(shutil.copytree(mini_dataset, folder / "videos"))
    assert call(*words("new-task")).status == 0
    (videos / "leaning.csv").write_text(TRUTH, encoding="utf-8")

    def run(start: str, *further: object) -> str:
        done = call(*(word.replace("path/to/videos", str(videos)) for word in words(start)), *further)
        assert done.status == 0, done.err
        return done.out

    assert "leans_forward" in run("tasks")
    assert "accuracy 100.0 %" in run("validate")
    with Fake() as server:
        server.reply = leans
        (folder / "cards").mkdir()
        card = (
            f"about: a stub\nwrapper: rehab_server\ngpus: 0\nargs: {{base_url: '{server.base_url}', model: {MODEL}}}\n"
        )
        (folder / "cards" / "stub.yaml").write_text(card, encoding="utf-8")
        out = run(
            *("run --task leaning", "--models", folder / "cards", "--log_path", folder / "runs"),
            *("--model", "stub,most_frequent,omniscient"),
        )
    assert "remark: truth: none: asked and recorded, not scored" in out
    stub, control, reference = (scores_of(folder, "leaning", name) for name in ("stub", "most_frequent", "omniscient"))
    assert stub["leans_forward"]["accuracy"] == pytest.approx(1 / 3) and stub["effort"]["mae"] == pytest.approx(8 / 3)
    assert control["leans_forward"]["accuracy"] == pytest.approx(2 / 3) and control["effort"]["mae"] == 3
    assert [one["accuracy"] for one in reference.values()] == [1.0, 1.0]
    assert "100.0 %" in run("score")
    table = run("table")
    assert "leaning: effort" in table and "blind control" in table
    answers = answers_df(str(folder / "runs" / "leaning" / "stub"))
    remarks = answers[answers["question"] == "remark"]
    assert set(remarks["value"]) == {"It is slow."} and remarks["right"].isna().all()
    assert answers["right"].sum() == 2
    scores = scores_df(str(folder / "runs" / "leaning" / "stub"))
    assert list(scores["accuracy"]) == [0.5, 0.0, 0.5] and list(scores["mean_error"]) == [3.0, 5.0, 0.0]


WHEN = """
id: when
version: 1
questions:
  - {id: moves, text: Is there a movement?, answer: yes_no, truth: {table: times.csv, column: moves}}
  - {id: coughs, text: How many coughs?, answer: count, truth: {table: events.csv, column: cough}}
  - {id: things, text: Which things?, answer: {text: set}, truth: {column: things}}
"""


def test_truths_by_time_of_events_and_of_the_manifest(call: Call, folder: Path, mini_dataset: Path) -> None:
    videos = Path(shutil.copytree(mini_dataset, folder / "videos"))
    first, second, third = "P01_feeding1_1", "P02_RTT left side1_1", "P03_drinking1_1"
    (videos / "times.csv").write_text(
        f"video_id;start_s;end_s;moves\n{first};0;1,1;yes\n{first};1,1;2;no\n{second};0;2;no\n", encoding="utf-8"
    )
    (videos / "events.csv").write_text(
        f"video_id,time_s,cough\n{first},0.1,x\n{first},0.4,x\n{second},,\n{third},1.9,x\n", encoding="utf-8"
    )
    add_column(videos / MANIFEST_NAME, "things", ["bread; plate", "roll", ""])
    tasks = folder / "my-tasks"
    (tasks / "questions").mkdir(parents=True)
    (tasks / "when.yaml").write_text(TASK.replace("which_hand", "when"), encoding="utf-8")
    (tasks / "questions" / "when.yaml").write_text(WHEN, encoding="utf-8")
    models = ("--model", "most_frequent,omniscient", "--log_path", folder / "runs")
    done = call("run", "--task", "when", "--tasks", tasks, "--data", videos, *models)
    assert done.status == 0, done.err
    assert "moves: column moves of times.csv has no answer about P03_drinking1_1: asked, not scored" in done.out
    reference = scores_of(folder, "when", "omniscient")
    assert {id: (one["n"], one["accuracy"]) for id, one in reference.items()} == {
        "moves": (8, 1.0),
        "coughs": (12, 1.0),
        "things": (8, 1.0),
    }
    answers = answers_df(str(folder / "runs" / "when" / "omniscient"))
    coughs = answers[answers["question"] == "coughs"]
    assert list(coughs["truth"]) == ["2", "0", "0", "0", *"0000", *"0001"]


@pytest.fixture(scope="module")
def two_patients(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Render two subjects in one activity of 3 s."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exercises, "EXERCISES", {"feeding": exercises.EXERCISES["feeding"]})
        patch.setattr(film_exam, "EXAMS", EXAMS[:1])
        render_dataset(folder, subjects=2, seconds=3, workers=1)
    return folder


def test_which_hand_moves_in_the_demo(call: Call, folder: Path, two_patients: Path) -> None:
    tasks = folder / "my-tasks"
    (tasks / "questions").mkdir(parents=True)
    (tasks / "which_hand.yaml").write_text(TASK, encoding="utf-8")
    (tasks / "questions" / "which_hand.yaml").write_text(QUESTIONS, encoding="utf-8")
    done = call(*words("run --task which_hand"), "--data", two_patients, "--log_path", folder / "runs")
    assert done.status == 0, done.err
    scores = {
        name: scores_of(folder, "which_hand", name) for name in ("rehab_tiny", "bot", "most_frequent", "omniscient")
    }
    assert [one["accuracy"] for one in scores["omniscient"].values()] == [1.0, 1.0]
    tiny, control = scores["rehab_tiny"], scores["most_frequent"]
    assert tiny["which"]["accuracy"] == 0, "it has never been asked that"
    assert tiny["moves"]["balanced_accuracy"] > control["moves"]["balanced_accuracy"]
    assert 0 < scores["bot"]["which"]["accuracy"] < 1
    assert "rehab_tiny" in done.out and "most_frequent" in done.out
