"""Shards answered one by one and merged: the scores of a single process, whatever happens in between."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lmms_eval_plugins.cli.evaluate.status import show_status
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.outcome import show_scores
from lmms_eval_plugins.execution.plan import make_plan
from lmms_eval_plugins.execution.run import run_plans
from lmms_eval_plugins.execution.slurm.jobs import array_jobs
from lmms_eval_plugins.execution.slurm.site import Site
from lmms_eval_plugins.execution.slurm.submit import prepare_runs
from lmms_eval_plugins.execution.status import status_of
from lmms_eval_plugins.execution.work import work_on_shard
from lmms_eval_plugins.models.answering import Answerer, Row
from lmms_eval_plugins.models.recording import Recorder
from lmms_eval_plugins.runs.answers import ANSWERS_NAME
from lmms_eval_plugins.runs.folder import locked
from lmms_eval_plugins.runs.merge import merge_run, sharded_runs
from lmms_eval_plugins.runs.run_file import read_run_file
from lmms_eval_plugins.runs.run_request import RunRequest
from lmms_eval_plugins.runs.score import SCORES_FILE, score_paths
from lmms_eval_plugins.runs.shards import answer_files, count_lines, read_shards, read_state, write_state
from tests.support.command import Request

Prepare = Callable[..., Path]


@pytest.fixture
def command(request_for: Request, tmp_path: Path) -> RunRequest:
    """A command with a model that counts as one that looks, and whose answers cannot be guessed."""
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "looking.yaml").write_text("about: looks\nwrapper: bot\nargs: {seed: 3}\n")
    return request_for(models="looking", model_folders=(tmp_path / "cards",))


@pytest.fixture
def prepared(command: RunRequest) -> Prepare:
    """Makes a run folder with shards."""

    def make(count: int, **changes: object) -> Path:
        request = replace(command, **changes)  # type: ignore[arg-type]
        plan = make_plan(request)
        (job,) = array_jobs(plan, Site(), count, request.log_path)
        return prepare_runs(plan, job, plan.tasks[0])

    return make


@pytest.fixture
def alone(command: RunRequest, tmp_path: Path) -> bytes:
    """The scores of a single process."""
    request = replace(command, log_path=tmp_path / "alone")
    (run,) = run_plans([make_plan(request)], Console(quiet=True)).runs
    return (run.folder / SCORES_FILE).read_bytes()


def scores(folder: Path) -> bytes:
    return (folder / SCORES_FILE).read_bytes()


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_merged_scores_are_those_of_a_single_process(count: int, prepared: Prepare, alone: bytes) -> None:
    folder = prepared(count)
    for index in range(len(read_shards(folder).shards)):
        assert work_on_shard(index, [folder])
    merged = merge_run(folder)
    assert (scores(folder) == alone) and merged.problems == () == merged.left_out
    state = read_run_file(folder)
    assert state.status == "finished" and state.n_asked == 24 and state.command_complete
    assert count_lines([folder / ANSWERS_NAME]) == 24 and not list(folder.glob("answers-*"))
    again = merge_run(folder)
    assert (scores(folder) == alone) and again.scores == merged.scores and read_run_file(folder).n_asked == 24
    assert prepared(count) != folder  # the command is complete: the next one is a run of its own


def test_missing_shards_are_refused_or_named_in_the_table(prepared: Prepare, alone: bytes, tmp_path: Path) -> None:
    folder = prepared(3)
    work_on_shard(0, [folder])
    work_on_shard(2, [folder])
    with pytest.raises(UserError, match=r"1 of 3 shards are not done \(1 waiting\).*--partial"):
        merge_run(folder)
    assert not (folder / SCORES_FILE).exists()
    partial = merge_run(folder, partial=True)
    left_out = tuple(read_shards(folder).shards[1].videos)
    assert partial.left_out == left_out and read_run_file(folder).status == "partial"
    assert partial.scores and partial.scores.score.n == 2
    out = Console(width=120)
    with out.capture() as table:
        show_scores([partial.scores], [], out)
    assert "looking (2 of 3 videos)" in table.get()
    (row,) = score_paths([str(folder)]).rows
    assert row.model == "looking (2 of 3 videos)" and "a partial merge" in row.notes[-1]
    work_on_shard(1, [folder])
    merge_run(folder)
    assert (scores(folder) == alone) and read_run_file(folder).left_out == ()


def test_a_partial_merge_takes_nothing_from_who_is_still_at_work(prepared: Prepare, alone: bytes) -> None:
    folder = prepared(2)
    work_on_shard(0, [folder])
    work_on_shard(1, [folder])
    write_state(folder, 1, read_state(folder, 1), state="running")
    assert merge_run(folder, partial=True).left_out == ()  # all its videos are answered
    assert answer_files(folder, 1) and not answer_files(folder, 0)
    write_state(folder, 1, read_state(folder, 1), state="done")
    merge_run(folder)
    assert (scores(folder) == alone) and count_lines([folder / ANSWERS_NAME]) == 24


def test_a_stopped_shard_goes_on_where_it_was(prepared: Prepare, alone: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = prepared(2)
    answer = Recorder.generate_until

    def stop_soon(model: Any, requests: Any) -> Any:
        model.open(replace(model.session, stop=lambda: model.n_asked >= 3))
        return answer(model, requests)

    with monkeypatch.context() as soon:
        soon.setattr(Recorder, "generate_until", stop_soon)
        assert not work_on_shard(0, [folder])
    state = read_state(folder, 0)
    there = count_lines(answer_files(folder, 0))
    assert state.state == "stopped" and 3 <= there < read_shards(folder).shards[0].questions
    assert state.speed[0].questions == there
    assert work_on_shard(0, [folder]) and work_on_shard(1, [folder])
    merge_run(folder)
    assert scores(folder) == alone
    assert read_run_file(folder).n_asked == 24 and len(read_run_file(folder).speed) == 3


def test_an_earlier_division_counts(prepared: Prepare, alone: bytes) -> None:
    folder = prepared(2)
    work_on_shard(0, [folder])
    answered = count_lines(answer_files(folder, 0))
    assert prepared(3) == folder  # the same command, shared out otherwise
    assert count_lines([folder / ANSWERS_NAME]) == answered
    for index in range(3):
        work_on_shard(index, [folder])
    merge_run(folder)
    assert (scores(folder) == alone) and count_lines([folder / ANSWERS_NAME]) == 24


def test_the_same_division_keeps_what_is_done(prepared: Prepare) -> None:
    folder = prepared(2)
    work_on_shard(0, [folder])
    write_state(folder, 1, read_state(folder, 1), state="failed", failures=3, said="out of memory")
    assert prepared(2) == folder
    assert [read_state(folder, index).state for index in range(2)] == ["done", "waiting"]
    assert read_state(folder, 1).failures == 0


def test_what_has_changed_since_is_not_answered(prepared: Prepare, tmp_path: Path) -> None:
    folder = prepared(2)
    (tmp_path / "cards" / "looking.yaml").write_text("about: looks\nwrapper: bot\nargs: {seed: 4}\n")
    with pytest.raises(UserError, match="has changed since its shards were made"):
        work_on_shard(0, [folder])


def test_a_video_that_fails_is_a_problem_of_the_run(
    prepared: Prepare, command: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    identify = Answerer.identify

    def fails(answerer: Answerer, row: Row) -> object:
        if row["video_id"].startswith("P02"):
            raise UserError(f"{row['video_id']}: no moov atom")
        return identify(answerer, row)

    monkeypatch.setattr(Answerer, "identify", fails)
    folder = prepared(3)
    for index in range(3):
        work_on_shard(index, [folder])
    merged = merge_run(folder)
    assert merged.problems == ("P02_RTT left side1_1: no moov atom",) and merged.left_out == ()
    request = replace(command, log_path=folder.parents[2] / "alone")
    (run,) = run_plans([make_plan(request)], Console(quiet=True)).runs
    assert scores(run.folder) == scores(folder) and read_run_file(folder).status == "incomplete"
    monkeypatch.setattr(Answerer, "identify", identify)  # the video is repaired
    assert prepared(3) == folder
    (mended,) = [index for index in range(3) if read_state(folder, index).state == "waiting"]
    work_on_shard(mended, [folder])
    assert merge_run(folder).problems == () and count_lines([folder / ANSWERS_NAME]) == 24


def test_what_the_model_says_of_its_answers_is_a_note_of_the_run(
    prepared: Prepare, command: RunRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answerer, "notes", ("frames are sent as single images",))
    folder = prepared(2)
    for index in range(2):
        work_on_shard(index, [folder])
    merge_run(folder)
    request = replace(command, log_path=folder.parents[2] / "alone")
    (run,) = run_plans([make_plan(request)], Console(quiet=True)).runs
    assert read_run_file(folder).notes == read_run_file(run.folder).notes
    assert read_run_file(folder).notes[-1] == "frames are sent as single images"


def test_status_shows_the_progress_of_the_shards(prepared: Prepare) -> None:
    folder = prepared(3)
    work_on_shard(0, [folder])
    write_state(folder, 1, read_state(folder, 1), state="failed", failures=3, said="a\nno room", log="there.log")
    out = Console(width=120)
    with out.capture() as output:
        show_status(status_of(folder), out)
    lines = output.get().splitlines()
    assert lines[0] == f"{folder}: looking, strokerehab_primitives_3" or folder.name in output.get()
    assert "shard 1 failed 3 times; there.log ends:" in output.get() and "  no room" in output.get()
    assert output.get().splitlines()[-1].endswith("1 of 3 shards done, 1 of 3 videos; 1 failed")
    assert [one.described for one in status_of(folder).shards] == ["done", "failed", "waiting"]


def test_a_run_is_locked_once_also_after_lmms_eval_has_changed_all_file_locks(prepared: Prepare, alone: bytes) -> None:
    folder = prepared(1)
    assert "lmms_eval.evaluator" in sys.modules
    with locked(folder), pytest.raises(UserError, match="another process works on it"), locked(folder):
        pass
    with locked(folder):
        pass


def test_runs_are_found(prepared: Prepare, tmp_path: Path) -> None:
    folder = prepared(2)
    assert sharded_runs([folder, tmp_path]) == [folder]
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="empty: no run with shards"):
        sharded_runs([tmp_path / "empty"])
    assert json.loads((folder / "shards.json").read_text())["request"]["models"] == "looking"
