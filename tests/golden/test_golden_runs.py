"""Unfinished runs and stores of answers of the code before the rooms were drawn anew: taken up, nothing asked twice."""

from __future__ import annotations

import json
import re
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests.golden.conftest import GOLDEN
from tests.golden.families import fingerprints
from tests.golden.make import NOISY_ARGS, RUNS, TINY
from tests.golden.outputs import OUTCOME, call
from tests.golden.plans import STAMP, here, neutral, plan_of

REPEATED = {task: ",".join(filter(None, (args, f"source=noisy/{task}.jsonl"))) for task, args in NOISY_ARGS.items()}
"""Task → ``--model_args`` of the model that repeats noisy answers."""

_CASES = [*RUNS, *((task, "noisy", args) for task, args in REPEATED.items())]
PINNED = [case for case in _CASES if (GOLDEN / "runs" / case[0] / case[1]).is_dir()]
"""Task, model and ``--model_args`` of every run among the fixtures."""

THE_SAME = (
    *("task", "model", "kind", "card", "wrapper_args", "settings", "generation", "sampling", "scoring", "reading"),
    *("questions", "question_set", "videos", "seeds", "plan", "status", "fingerprint", "weights"),
)
"""Keys of ``run.json`` that hold no words for people, nothing of this machine and no time; others may be added."""


def run_file(folder: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    return values


def answers_of(*paths: Path) -> dict[tuple[str, int, str], dict[str, Any]]:
    """The answers in files, by video, window and question, without how long they took; none may be there twice."""
    found: dict[tuple[str, int, str], dict[str, Any]] = {}
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            answer = json.loads(line)
            del answer["seconds"]
            where = answer["video_id"], answer["window"], answer["question_id"]
            assert where not in found, f"{path}: {where} twice"
            found[where] = answer
    return found


def same_answers(found: dict[Any, dict[str, Any]], golden: dict[Any, dict[str, Any]], torch: str | None) -> None:
    """Keys, places, prompts and fingerprints to the letter; texts, too, where the same torch made them.

    Golden records are of before records had why a model ended; such a record goes on being read.
    """
    assert found.keys() == golden.keys()
    for where, answer in golden.items():
        odds = found[where].pop("choice_logprobs"), answer.pop("choice_logprobs")
        assert odds[0] == pytest.approx(odds[1], abs=0.05), where
        if torch not in (None, version("torch")):
            answer["text"] = found[where]["text"]
        found[where].pop("finish_reason", None)
        assert found[where] == answer


def needs_same_transformers(model: str, made_with: dict[str, str]) -> None:
    """A checkpoint's fingerprint, and with it every key, hashes transformers' version: another one makes other keys."""
    if model == "tiny" and made_with["transformers"] != version("transformers"):
        pytest.skip(f"keys are of transformers {made_with['transformers']}, which this is not")


def command(task: str, model: str, args: str, runs: Path, *more: object) -> tuple[int, str, str]:
    given = ["--models", "cards", "--data", "data", "--log_path", runs, *(["--model_args", args] if args else [])]
    return call("run", "--task", task, "--model", model, *given, *more)


@pytest.mark.parametrize(("task", "model", "args"), PINNED, ids=[f"{task}-{model}" for task, model, _ in PINNED])
def test_a_run_is_taken_up(task: str, model: str, args: str, place: Path) -> None:
    golden = GOLDEN / "runs" / task / model / STAMP
    before = run_file(golden)
    needs_same_transformers(model, before["versions"])
    (place / "noisy").mkdir(exist_ok=True)
    shutil.copy(golden / "answers.jsonl", place / "noisy" / f"{task}.jsonl")  # what `noisy` repeats
    folder = place / "taken_up" / task / model / STAMP
    n_kept = cut_short(golden, folder, place)
    status, _, err = command(task, model, args, place / "taken_up")
    assert OUTCOME(status), err
    assert [path.name for path in folder.parent.iterdir()] == [STAMP], "another run was begun"
    answers = answers_of(folder / "answers.jsonl")
    after = run_file(folder)
    assert after["n_asked"] == len(answers) - n_kept > 0
    same_answers(answers, answers_of(golden / "answers.jsonl"), before["versions"]["torch"])
    assert _without_cut(folder / "scores.json") == _without_cut(golden / "scores.json")
    assert after["plan"] == plan_of(after)
    as_there = json.loads(neutral(json.dumps(after), place))
    as_there["plan"] = plan_of(as_there)
    for video in as_there["videos"]:
        assert video.pop("view") and video.pop("repetition", 1)  # which were not recorded when they were made
    for key in THE_SAME:
        assert as_there[key] == before[key], key
    assert {one["video_id"] for one in after["problems"]} == {one["video_id"] for one in before["problems"]}


def _without_cut(scores: Path) -> bytes:
    """Return scores without the counts of replies that were cut off, which records did not know when they were made."""
    return re.sub(rb'"(n_)?cut": \d+', b"", scores.read_bytes())


def cut_short(golden: Path, folder: Path, place: Path) -> int:
    """Write a golden run as a killed process would have left it here; returns how many answers it keeps."""
    folder.mkdir(parents=True)
    run = json.loads(here((golden / "run.json").read_text(encoding="utf-8"), place))
    run["plan"], run["status"] = plan_of(run), "running"
    for key in ("command_complete", "finished", "fingerprint", "problems", "n_asked", "speed"):
        run.pop(key, None)
    (folder / "run.json").write_text(json.dumps(run), encoding="utf-8")
    lines = (golden / "answers.jsonl").read_bytes().splitlines(keepends=True)
    kept = len(lines) * 3 // 5
    (folder / "answers.jsonl").write_bytes(b"".join(lines[:kept]) + lines[kept][:31])
    return kept


def test_a_finished_run_is_left_alone(place: Path) -> None:
    """The same command begins a run of its own; its keys are the same, and it asks again: a baseline keeps no store."""
    task, model = "strokerehab_primitives_1", "guesses"
    golden = GOLDEN / "runs" / task / model / STAMP
    folder = Path(shutil.copytree(golden, place / "finished" / task / model / STAMP))
    run = json.loads(here((golden / "run.json").read_text(encoding="utf-8"), place))
    (folder / "run.json").write_text(json.dumps(run | {"plan": plan_of(run)}), encoding="utf-8")
    status, _, err = command(task, model, "", place / "finished")
    assert status == 0, err
    (other,) = (path for path in folder.parent.iterdir() if path.name != STAMP)
    answers = answers_of(other / "answers.jsonl")
    assert run_file(other)["n_asked"] == len(answers)
    same_answers(answers, answers_of(golden / "answers.jsonl"), None)
    assert (other / "scores.json").read_bytes() == (golden / "scores.json").read_bytes()


def test_stored_answers_are_not_asked_for_again(place: Path) -> None:
    task = "strokerehab_primitives_3"
    needs_same_transformers("tiny", run_file(GOLDEN / "runs" / task / "tiny" / STAMP)["versions"])
    stored = next((GOLDEN / "store" / ".answers").rglob("*.jsonl"))
    runs = Path(shutil.copytree(GOLDEN / "store", place / "stored"))
    (place / "checkpoint" / "model.safetensors").touch()  # a new time is no new model
    status, _, err = command(task, "tiny", TINY, runs, "--limit", "1")
    assert status == 0, err
    (folder,) = (path.parent for path in runs.rglob("run.json"))
    run = run_file(folder)
    assert (run["n_asked"], run["status"]) == (0, "finished")
    answers = answers_of(folder / "answers.jsonl")
    assert answers == answers_of(stored) and answers
    assert {one["fingerprint"] for one in answers.values()} == {stored.parent.name.rpartition("-")[2]}
    assert len([*runs.rglob(".answers/*/*.jsonl")]) == 1, "nothing was added"


def test_fingerprints_of_every_family(place: Path) -> None:
    """By a checkpoint that is never loaded, as the only video is not there: what a fingerprint hashes is all there is.

    It hashes files of the checkpoint, settings of the family, and transformers' version, for one of which this is.
    """
    golden = json.loads((GOLDEN / "fingerprints.json").read_text(encoding="utf-8"))
    if golden["transformers"] != version("transformers"):
        pytest.skip(f"fingerprints are of transformers {golden['transformers']}, which this is not")
    assert fingerprints(place) == golden["fingerprints"]
