from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.questions.reading import Policy
from lmms_eval_plugins.runs.run import RunOnDisk, is_run, read_run
from tests.support.logs import QUESTIONS, answers_of
from tests.support.tiny_runs import write_odd_run, write_tiny_runs


def test_reads_a_run(write_run: Callable[..., Path]) -> None:
    folder = write_run([*answers_of()[:-1], ("v1", 0, "motion", "Moving.")])
    run = read_run(folder)
    assert is_run(folder)
    assert not is_run(folder.parent)
    windows = run.answered(run.file.videos[0], "default").windows
    assert [window.start_s for window in windows] == [0, 1, 2]
    assert windows[0].answers == {"motion": True, "grasp": False}, "the later of two replies counts"
    assert windows[2].answers == {"motion": True, "grasp": None}, "a reply that never came is missing"
    assert run.answered(run.file.videos[0], "published").windows[0].answers["motion"] is False


def test_unreadable_and_failed_replies(write_run: Callable[..., Path]) -> None:
    run = read_run(write_run([("v1", 0, "motion", "hm"), ("v1", 0, "grasp", "[STROKEREHAB_MISSING] no frames")]))
    assert run.answered(run.file.videos[0], "default").windows[0].answers == {"motion": UNREADABLE, "grasp": None}


def test_a_run_that_has_not_begun(write_run: Callable[..., Path]) -> None:
    folder = write_run([])
    (folder / "answers.jsonl").unlink()
    assert read_run(folder).answers == {}


@pytest.mark.parametrize(
    ("answers", "message"),
    [
        ([("v9", 0, "motion", "yes")], "v9, window 0, which run.json does not list"),
        ([("v1", 7, "motion", "yes")], "window 7, which run.json does not list"),
    ],
)
def test_answers_of_another_run_are_refused(
    write_run: Callable[..., Path], answers: list[tuple[int | str, ...]], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        read_run(write_run(answers))


def test_windows_at_other_times_are_refused(write_run: Callable[..., Path]) -> None:
    folder = write_run(answers_of())
    run = json.loads((folder / "run.json").read_text())
    run["videos"][0]["windows"] = [[0.5 * i, 0.5 * i + 0.5] for i in range(3)]
    (folder / "run.json").write_text(json.dumps(run))
    with pytest.raises(UserError, match=r"window 1 starts at 1 s, not where run\.json says"):
        read_run(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"scoring": {"method": "guess"}}, "scoring: unknown method 'guess'"),
        ({"reading": "lenient"}, "reading"),
        ({"videos": [{"patient": "S1"}]}, "videos.0.video_id"),
        ({"questions": [{"id": "motion", "kind": "one_of"}]}, "needs options"),
        ({"questions": QUESTIONS[:1]}, "reads the question 'grasp', which was not asked"),
    ],
)
def test_a_damaged_run_file_is_reported_in_one_line(
    write_run: Callable[..., Path], changes: dict[str, object], message: str
) -> None:
    with pytest.raises(UserError, match=message) as error:
        read_run(write_run([], **changes))
    assert "run.json" in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("policy", ["default", "published"])
def test_a_run_on_disk_is_the_run_in_memory(tmp_path: Path, policy: Policy) -> None:
    write_tiny_runs(tmp_path)
    write_odd_run(tmp_path)
    folders = [path.parent for path in tmp_path.rglob("run.json")]
    assert len(folders) == 4
    for folder in folders:
        whole, on_disk = read_run(folder), RunOnDisk(folder)
        assert on_disk.file == whole.file
        for video in whole.file.videos:
            assert on_disk.answered(video, policy) == whole.answered(video, policy)


def test_a_run_on_disk_refuses_what_the_run_in_memory_does(write_run: Callable[..., Path]) -> None:
    with pytest.raises(UserError, match=r"v9, window 0, which run\.json does not list"):
        RunOnDisk(write_run([("v9", 0, "motion", "yes")]))


def test_a_run_on_disk_refuses_windows_without_a_request(write_run: Callable[..., Path]) -> None:
    late = RunOnDisk(write_run([("v1", 7, "motion", "yes")]))
    with pytest.raises(UserError, match=r"window 7, which run\.json does not list"):
        late.answered(late.file.videos[0], "default")
