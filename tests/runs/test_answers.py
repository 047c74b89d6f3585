from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord, read_answers


def record(**fields: Any) -> AnswerRecord:
    values: dict[str, Any] = {
        "key": "k",
        "video_id": "v",
        "window": 0,
        "start_s": 0.0,
        "end_s": 0.5,
        "question_id": "motion",
        "prompt_hash": "h",
        "text": "yes",
        "choice_logprobs": None,
        "seconds": 0.25,
        "fingerprint": "f",
    }
    return AnswerRecord(**(values | fields))


def write(path: Path, *records: AnswerRecord) -> None:
    with AnswerLog(path) as log:
        log.append(records)


numbers = st.floats(allow_nan=False, allow_infinity=False)
any_text = st.text(st.characters(exclude_categories=())).map(
    lambda text: text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")
)
"""Any code points at all: line ends of every kind, NUL, and the lone surrogates of undecodable file names."""

records = st.builds(
    record,
    key=any_text,
    video_id=any_text,
    window=st.integers(min_value=0),
    start_s=numbers,
    text=any_text,
    choice_logprobs=st.none() | st.dictionaries(any_text, st.floats(allow_nan=False)),
    finish_reason=st.none() | st.sampled_from(["stop", "length", "content_filter"]),
    reasoning_content=st.none() | any_text,
)


@settings(max_examples=60, deadline=None)
@given(parts=st.lists(st.lists(records, max_size=3), min_size=1, max_size=3))
def test_what_is_appended_is_read_back(
    parts: list[list[AnswerRecord]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "answers.jsonl"
    for part in parts:
        write(path, *part)
    assert list(read_answers(path)) == [one for part in parts for one in part]


def test_a_line_torn_at_any_byte_is_passed_over_and_then_repaired(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    write(path, record(key="first", text="é"))
    whole = path.read_bytes()
    write(path, record(key="second", text="naïve 手 🖐"))
    torn_line = path.read_bytes()[len(whole) :]
    for kept in range(len(torn_line)):
        path.write_bytes(whole + torn_line[:kept])
        assert [r.key for r in read_answers(path)] == ["first"], kept
        write(path, record(key="third"))
        assert [r.key for r in read_answers(path)] == ["first", "third"], kept


def test_a_torn_line_longer_than_a_block_is_repaired(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    write(path, record(key="first"))
    with path.open("ab") as file:
        file.write(b'{"key": "' + b"x" * 200_000)
    write(path, record(key="second"))
    assert [r.key for r in read_answers(path)] == ["first", "second"]


def test_a_file_that_is_one_torn_line_starts_anew(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    path.write_bytes(b'{"key": "torn')
    write(path, record(key="first"))
    assert [r.key for r in read_answers(path)] == ["first"]


@pytest.mark.parametrize("damage", [b"not json", b"{}", b"[]", b"", b"\xff\xfe", b'{"key": "a"'])
def test_a_damaged_line_that_is_not_the_last_is_named(tmp_path: Path, damage: bytes) -> None:
    path = tmp_path / "answers.jsonl"
    write(path, record())
    line = path.read_bytes()
    path.write_bytes(line + damage + b"\n" + line)
    with pytest.raises(UserError, match=r"answers\.jsonl, line 2: not an answer record") as raised:
        list(read_answers(path))
    assert "\n" not in str(raised.value)


def test_a_full_disk_is_an_error_that_loses_nothing_and_leaves_no_half_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "answers.jsonl"
    write(path, record(key="before"))
    real_write, room = os.write, [30]

    def write_while_there_is_room(descriptor: int, data: bytes) -> int:
        if not room[0]:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written = real_write(descriptor, bytes(data)[: room[0]])
        room[0] -= written
        return written

    with AnswerLog(path) as log:
        with monkeypatch.context() as full:
            full.setattr(os, "write", write_while_there_is_room)
            with pytest.raises(UserError, match=r"answers\.jsonl: cannot write answers \(No space left on device\)"):
                log.append([record(key="lost")])
        log.append([record(key="after")])
    assert [r.key for r in read_answers(path)] == ["before", "after"]


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real_write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: real_write(descriptor, bytes(data)[:7]))
    write(tmp_path / "answers.jsonl", record(key="a"), record(key="b"))
    assert [r.key for r in read_answers(tmp_path / "answers.jsonl")] == ["a", "b"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"file/answers\.jsonl: cannot be written"):
        AnswerLog(tmp_path / "file" / "answers.jsonl")


def test_a_record_is_on_disk_when_append_returns(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    log = AnswerLog(path)
    log.append([record(text="now")])
    assert json.loads(path.read_text())["text"] == "now"
    log.close()
