from __future__ import annotations

import errno
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.redaction import REDACTED
from lmms_eval_plugins.execution import run as run_module
from lmms_eval_plugins.execution.harness import evaluate
from lmms_eval_plugins.execution.models import model_for
from lmms_eval_plugins.execution.plan import Plan, make_plan
from lmms_eval_plugins.execution.run import Outcome, run_plans
from lmms_eval_plugins.models.answering import Answerer, Row
from lmms_eval_plugins.models.cards import ModelCard
from lmms_eval_plugins.models.registered import Constant
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, read_answers
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from tests.support.command import Request
from tests.tasks.test_hands import localized

Say = Callable[[int], str]


def go(request: RunRequest) -> Outcome:
    return run_plans([make_plan(request)], Console(quiet=True))


@pytest.fixture
def stock(monkeypatch: pytest.MonkeyPatch) -> Callable[[Say], None]:
    """Puts a model of lmms-eval's own kind, which records nothing, in place of any model."""
    from lmms_eval.api.model import lmms

    class Stock(lmms):  # type: ignore[misc]
        is_simple = False

        def __init__(self, say: Say) -> None:
            super().__init__()
            self.say = say

        def generate_until(self, requests: Sequence[Any]) -> list[str]:
            return [self.say(number) for number in range(len(requests))]

        def loglikelihood(self, requests: Sequence[Any]) -> list[tuple[float, bool]]:
            raise NotImplementedError

        def generate_until_multi_round(self, requests: Sequence[Any]) -> list[str]:
            raise NotImplementedError

    return lambda say: monkeypatch.setattr(run_module, "model_for", lambda *_: Stock(say))


def test_a_run_folder_has_everything(request_for: Request) -> None:
    outcome = go(request_for())
    (run,) = outcome.runs
    assert outcome.errors == () and run.problems == () and run.n_asked == 24
    assert run.folder.parent.name == "omniscient" and run.folder.parent.parent.name == "strokerehab_primitives_3"
    names = {path.name for path in run.folder.iterdir()}
    assert {"run.json", "answers.jsonl", "scores.json", "lmms_eval.log"} <= names
    assert sum(name.endswith("_results.json") for name in names) == 1
    assert sum("_samples_" in name for name in names) == 1
    assert not any(name.endswith(".part") for name in names)
    assert len(list(read_answers(run.folder / ANSWERS_NAME))) == 24
    state = read_run_file(run.folder)
    assert state.status == "finished" and state.problems == () and state.n_asked == 24
    stored = json.loads((run.folder / "scores.json").read_text(encoding="utf-8"))
    assert run.scores and stored["metrics"]["edit_score"]["mean"] == run.scores.score.metrics["edit_score"][0]
    (results,) = run.folder.glob("*_results.json")
    reported = json.loads(results.read_text(encoding="utf-8"))["results"]["strokerehab_primitives_3"]
    assert reported["edit_score,none"] == pytest.approx(stored["metrics"]["edit_score"]["mean"])


def test_a_finished_command_runs_anew(request_for: Request) -> None:
    first, second = (go(request_for()).runs[0] for _ in range(2))
    assert first.folder != second.folder and second.n_asked == 24


def test_no_secret_reaches_the_folder(request_for: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    def without(card: ModelCard, plan: Plan, *more: Any) -> Any:
        return model_for(card, replace(plan, wrapper_args={}), *more)

    monkeypatch.setattr(run_module, "usable", lambda plan: (plan, []))
    monkeypatch.setattr(run_module, "model_for", without)
    (run,) = go(request_for(model_args="hf_token=hunter2,api_key=hunter2")).runs
    for path in run.folder.iterdir():
        assert b"hunter2" not in path.read_bytes(), path


def test_a_model_that_cannot_run_stops_no_other_and_a_rerun_resumes_the_finished(request_for: Request) -> None:
    command = request_for(models="omniscient,qwen2_5_vl")  # which has no checkpoint
    first = go(command)
    assert len(first.runs) == 1 and len(first.errors) == 1 and "pretrained=" in first.errors[0]
    (again,) = go(command).runs
    assert again.folder == first.runs[0].folder and again.n_asked == 0 and again.scores


def test_models_that_cannot_run_here_are_reported_first_and_the_others_run(
    request_for: Request, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STROKEREHAB_ENVS", str(tmp_path / "envs"))
    card = "about: x\nkind: model\nwrapper: constant\n"
    (tmp_path / "huge.yaml").write_text(card + "parameters_b: 1000000\n")
    (tmp_path / "elsewhere.yaml").write_text(card + "environment: strokerehab_pose\n")
    request = request_for(models="huge,elsewhere,omniscient", model_folders=(tmp_path,))
    outcome = run_plans([make_plan(request)], Console(quiet=True))
    assert [run.card.name for run in outcome.runs] == ["omniscient"]
    huge, elsewhere = outcome.errors
    assert huge.startswith("huge: needs 4800000 GB, and this machine has ")
    assert elsewhere.startswith("elsewhere: its environment strokerehab_pose is not made yet")
    assert "bash setup_envs.sh strokerehab_pose" in elsewhere


def test_a_torn_answer_is_answered_again(request_for: Request) -> None:
    command = request_for(models="omniscient,qwen2_5_vl")
    (run,) = go(command).runs
    answers = run.folder / ANSWERS_NAME
    before = {record.key: record.text for record in read_answers(answers)}
    lines = answers.read_bytes().splitlines(keepends=True)
    answers.write_bytes(b"".join(lines[:10]) + lines[10][:40])
    (again,) = go(command).runs
    records = list(read_answers(answers))
    assert again.folder == run.folder and again.n_asked == 14
    assert {record.key: record.text for record in records} == before and len(records) == len(before)


def test_markov_learns_from_others(request_for: Request) -> None:
    (run,) = go(request_for(models="markov", limit=2)).runs
    assert run.scores and run.scores.score.n == 2 and not run.problems


def test_replay_of_a_run_scores_the_same(request_for: Request) -> None:
    (run,) = go(request_for(models="markov")).runs
    (again,) = go(request_for(models="replay", model_args=f"source={run.folder}")).runs
    assert run.scores and again.scores and again.scores.score == run.scores.score


def test_replay_without_a_source_names_the_argument(request_for: Request) -> None:
    outcome = go(request_for(models="replay"))
    assert "source=" in outcome.errors[0] and not outcome.runs


def test_a_stock_model_is_recorded(request_for: Request, stock: Callable[[Say], None]) -> None:
    stock(lambda number: "yes")
    (run,) = go(request_for()).runs
    records = list(read_answers(run.folder / ANSWERS_NAME))
    assert len(records) == 24 and {record.text for record in records} == {"yes"}
    assert len({record.key for record in records}) == 24 and run.n_asked == 24 and run.problems == ()


def test_a_failed_call_is_no_answer(request_for: Request, stock: Callable[[Say], None]) -> None:
    stock(lambda number: "[LMMS_EVAL_REQUEST_FAILED after 5 retries] timeout" if number in (0, 3, 9) else "yes")
    (run,) = go(request_for()).runs
    assert len(list(read_answers(run.folder / ANSWERS_NAME))) == 21
    assert [problem.reason for problem in run.problems] == [
        "P01_feeding1_1: 2 of 8 questions got no answer",
        "P02_RTT left side1_1: 1 of 8 questions got no answer",
    ]
    assert read_run_file(run.folder).status == "incomplete"
    assert run.scores and run.scores.score.metrics["missing_rate"][0] == pytest.approx(3 / 24)


def test_a_run_of_unreadable_videos_alone_stops_no_other(request_for: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    identify, constant = Answerer.identify, Constant().fingerprint

    def fails(answerer: Answerer, row: Row) -> object:
        if answerer.fingerprint == constant:
            raise UserError(f"{row['video_id']}: no moov atom")
        return identify(answerer, row)

    monkeypatch.setattr(Answerer, "identify", fails)
    outcome = go(request_for(models="constant,omniscient"))
    assert outcome.errors == ()
    assert [(run.card.name, len(run.problems)) for run in outcome.runs] == [("constant", 3), ("omniscient", 0)]
    assert outcome.errors == ()
    unread = outcome.runs[0]
    assert read_run_file(unread.folder).status == "incomplete" and unread.n_asked == 0
    assert unread.scores and unread.scores.score.metrics["missing_rate"][0] == 1


def test_a_run_whose_disk_fails_stops_no_other(request_for: Request, monkeypatch: pytest.MonkeyPatch) -> None:

    def fails(model: Any, task: Any, folder: Path) -> dict[int, str]:
        if folder.parent.name == "constant":
            raise OSError(errno.EIO, "Input/output error", str(folder / "samples.jsonl"))
        return evaluate(model, task, folder)

    monkeypatch.setattr(run_module, "evaluate", fails)
    outcome = go(request_for(models="constant,omniscient"))
    assert [run.card.name for run in outcome.runs] == ["omniscient"]
    (error,) = outcome.errors
    assert error.startswith("constant, strokerehab_primitives_3: ") and "samples.jsonl: Input/output error" in error


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ("model_for", ImportError("no decord")),
        ("evaluate", RuntimeError("CUDA error")),
        ("evaluate", SystemExit(1)),
        ("write_scores", AssertionError("x")),
    ],
)
def test_a_model_that_crashes_stops_no_other(
    request_for: Request, monkeypatch: pytest.MonkeyPatch, where: str, error: BaseException
) -> None:
    works = getattr(run_module, where)

    def crashes(*arguments: Any) -> Any:
        if "constant" in f"{arguments[0]} {arguments[-1]}":
            raise error
        return works(*arguments)

    monkeypatch.setattr(run_module, where, crashes)
    outcome = go(request_for(models="constant,omniscient"))
    assert [run.card.name for run in outcome.runs] == ["omniscient"] and outcome.crashed
    (line,) = outcome.errors
    said = f"{type(error).__name__}: {error} (a bug?); its traceback is in "
    assert line.startswith(f"constant, strokerehab_primitives_3: {said}")
    kept = Path(line.rpartition(" is in ")[2])
    assert kept.name == "error.log" and "in crashes" in kept.read_text(encoding="utf-8")


def test_ctrl_c_stops_all(request_for: Request, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*arguments: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(run_module, "evaluate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        go(request_for(models="constant,omniscient"))


def test_a_run_without_labels_is_recorded_not_scored(request_for: Request, mini_dataset: Path, tmp_path: Path) -> None:
    for video in mini_dataset.glob("P0*/*.mp4"):
        (tmp_path / "bare").mkdir(exist_ok=True)
        (tmp_path / "bare" / video.name).write_bytes(video.read_bytes())
    (run,) = go(request_for(models="constant", data=tmp_path / "bare")).runs
    assert run.scores is None and run.n_asked == 24 and run.problems == ()


def test_a_model_that_shows_whole_frames_does_not_run_on_crops(
    request_for: Request, stock: Callable[[Say], None], mini_dataset: Path, tmp_path: Path
) -> None:
    stock(lambda number: "yes")
    data = localized(mini_dataset, tmp_path / "data")
    (error,) = go(request_for(data=data, model_args="do_crop=True")).errors
    assert "is lmms-eval's own, which shows whole frames" in error


def test_a_model_that_shows_frames_as_they_are_does_not_run_on_perturbed_ones(
    request_for: Request, stock: Callable[[Say], None]
) -> None:
    stock(lambda number: "yes")
    (error,) = go(request_for(model_args="perturb=freeze")).errors
    assert error.endswith("is lmms-eval's own, which shows frames as they are: run it without perturb=freeze")


def test_braces_and_other_signs_of_templates_in_names(request_for: Request, tmp_path: Path) -> None:
    folder = tmp_path / "a {x} {0} %s %(y)s $z {"
    folder.mkdir()
    (folder / "b{x}{.yaml").write_text('about: "{about} %d {"\nwrapper: bot\n')
    request = request_for(models="b{x}{", model_folders=(folder,), log_path=folder / "runs", limit=1)
    outcome = go(request)
    assert outcome.errors == () and [run.folder.parent.name for run in outcome.runs] == ["b{x}{"]
    assert (outcome.runs[0].folder / "lmms_eval.log").is_file()


def test_a_stock_model_that_repeats_a_secret(
    request_for: Request, stock: Callable[[Say], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_API_KEY", "hunter22-and-more")
    stock(lambda number: f"yes hunter22-and-more {number}")
    (run,) = go(request_for()).runs
    texts = [record.text for record in read_answers(run.folder / ANSWERS_NAME)]
    assert texts and all(text.startswith(f"yes {REDACTED} ") for text in texts)
    assert read_run_file(run.folder).notes[-1].endswith(f"{REDACTED!r}: in {len(texts)} of them")
    for path in run.folder.iterdir():
        assert b"hunter22" not in path.read_bytes(), path
