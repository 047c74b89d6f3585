from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.runs.answers import AnswerLog, AnswerRecord, read_answers
from lmms_eval_plugins.runs.answers_by_video import AnswersByVideo


def a_record(video: str, window: int, text: str = "yes") -> AnswerRecord:
    return AnswerRecord("key", video, window, 0.0, 0.5, "motion", "hash", text, {"yes": -0.1}, 0.1, "print")


@given(
    st.lists(st.tuples(st.sampled_from(["a", 'b "quoted"', "ü, \\", 'c", "window": 3']), st.integers(0, 9), st.text()))
)
def test_every_answer_is_found_under_its_video(
    tmp_path_factory: pytest.TempPathFactory, answers: list[tuple[str, int, str]]
) -> None:
    path = tmp_path_factory.mktemp("answers") / "answers.jsonl"
    with AnswerLog(path) as log:
        log.append(a_record(*one) for one in answers)
    found = AnswersByVideo(path)
    records = list(read_answers(path))
    assert found.counts.total() == len(answers)
    for video in {record.video_id for record in records}:
        expected = [(record.window, record.text) for record in records if record.video_id == video]
        assert [(values["window"], values["text"]) for values in found.of(video)] == expected
    assert found.of("nobody") == []


def test_other_spellings_torn_lines_and_no_file(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    assert AnswersByVideo(path).counts == {}
    with AnswerLog(path) as log:
        log.append([a_record("a", 0)])
    values = json.loads(path.read_text())
    with path.open("a") as file:
        file.write(json.dumps({**dict(reversed(values.items())), "window": 1}, separators=(",", ":")) + "\n")
        file.write('{"key": "torn", "video_id": "a"')
    assert [values["window"] for values in AnswersByVideo(path).of("a")] == [0, 1]


def test_what_is_no_answer_is_left_out_and_named(tmp_path: Path) -> None:
    path = tmp_path / "answers.jsonl"
    with AnswerLog(path) as log:
        log.append([a_record("a", 0)])
    with path.open("a") as file:
        file.write("nonsense\n")
    found = AnswersByVideo(path)
    assert len(found.of("a")) == 1
    assert found.damaged[0].startswith(f"{path}, line 2: not an answer record") and len(found.damaged) == 1


def test_a_missing_file_has_no_answers(tmp_path: Path) -> None:
    found = AnswersByVideo(tmp_path / "answers.jsonl")
    assert found.counts.total() == 0 and found.of("v1") == []
    assert found.damaged == () and found.lines_of("v1") == []
