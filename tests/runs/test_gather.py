from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.answers import ANSWERS_NAME, AnswerLog, AnswerRecord, read_answers
from lmms_eval_plugins.runs.merge import gather
from lmms_eval_plugins.runs.shards import answer_file, answer_files, count_lines


def a_record(key: str, window: int = 0, video: str = "video", text: str = "yes") -> AnswerRecord:
    return AnswerRecord(key, video, window, 0.0, 0.5, "motion", "hash", text, None, 0.1, "print")


def write(path: Path, *records: AnswerRecord) -> None:
    with AnswerLog(path) as log:
        log.append(records)


def found(folder: Path) -> list[tuple[str, int]]:
    return [(record.key, record.window) for record in read_answers(folder / ANSWERS_NAME)]


def test_gathering_adds_what_is_new(tmp_path: Path) -> None:
    write(tmp_path / ANSWERS_NAME, a_record("a"))
    write(answer_file(tmp_path, 0), a_record("a"), a_record("b"))
    write(answer_file(tmp_path, 1), a_record("b"), a_record("b", window=1), a_record("c"))
    with answer_file(tmp_path, 1).open("a") as torn:
        torn.write('{"key": "d"')
    gather(tmp_path)
    gather(tmp_path)
    assert found(tmp_path) == [("a", 0), ("b", 0), ("b", 1), ("c", 0)]
    assert not list(tmp_path.glob("answers-*"))


def test_files_of_shards_that_go_on_stay_and_are_gathered_once(tmp_path: Path) -> None:
    going_on = answer_file(tmp_path, 1)
    write(going_on, a_record("a"))
    gather(tmp_path, keep=[going_on])
    write(going_on, a_record("b"))
    gather(tmp_path)
    assert found(tmp_path) == [("a", 0), ("b", 0)] and not going_on.exists()


def test_a_restarted_shard_has_a_file_of_its_own(tmp_path: Path) -> None:
    for index, restart in ((1, 0), (1, 2), (10, 0), (10, 1)):
        write(answer_file(tmp_path, index, restart), a_record(f"{index} {restart}"))
    assert [path.name for path in answer_files(tmp_path, 1)] == ["answers-1-2.jsonl", "answers-1.jsonl"]
    assert count_lines(answer_files(tmp_path, 10)) == 2
    gather(tmp_path)
    assert sorted(found(tmp_path)) == [("1 0", 0), ("1 2", 0), ("10 0", 0), ("10 1", 0)]


def test_a_line_is_known_by_its_values_not_its_looks(tmp_path: Path) -> None:
    odd = a_record("ä\udc80", video='a "video", "prompt_hash": 1')
    write(tmp_path / ANSWERS_NAME, odd)
    values = json.loads((tmp_path / ANSWERS_NAME).read_text())
    looks_otherwise = json.dumps(dict(reversed(values.items())), separators=(",", ":"))
    answer_file(tmp_path, 0).write_text(looks_otherwise + "\n")
    gather(tmp_path)
    assert len(found(tmp_path)) == 1


def test_what_is_no_answer_comes_along_and_stops_nothing(tmp_path: Path) -> None:
    write(answer_file(tmp_path, 0), a_record("a"))
    with answer_file(tmp_path, 0).open("a") as file:
        file.write("nonsense\nnonsense\nmore\n")
    write(answer_file(tmp_path, 1), a_record("b"))
    gather(tmp_path)
    gather(tmp_path)
    damaged: list[str] = []
    assert [record.key for record in read_answers(tmp_path / ANSWERS_NAME, damaged=damaged)] == ["a", "b"]
    assert all(f"answers.jsonl, line {number}: not" in line for number, line in zip((2, 3), damaged, strict=True))


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(answer_file(tmp_path, 0), a_record("a"))

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(UserError, match=r"cannot write answers \(No space left on device\)"):
        gather(tmp_path)
    assert count_lines([answer_file(tmp_path, 0)]) == 1
