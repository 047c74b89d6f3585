from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from lmms_eval_plugins.runs.answers import AnswerRecord, Reply
from lmms_eval_plugins.runs.store import AnswerStore, prune, stored

RECORD = AnswerRecord("key0", "v1", 0, 0.0, 0.533, "motion", "hash", "YES", {"yes": -0.1, "no": -2.0}, 0.1, "f00d")


def record(number: int, fingerprint: str = "f00d") -> AnswerRecord:
    return replace(RECORD, key=f"key{number}", text=f"answer {number}", fingerprint=fingerprint)


KEYS = [f"key{number}" for number in range(100)]


def test_what_others_answered_is_found(tmp_path: Path) -> None:
    one, other = AnswerStore(tmp_path, "qwen"), AnswerStore(tmp_path, "qwen")
    assert one.find("f00d", KEYS) == {}
    one.append([record(0), record(1)])
    assert other.find("f00d", KEYS) == {f"key{n}": Reply(f"answer {n}", RECORD.choice_logprobs) for n in (0, 1)}
    assert set(other.find("f00d", {"key1", "key7"})) == {"key1"}
    assert other.find("f00d", []) == {} == other.find("beef", KEYS) == one.find("f00d", KEYS)
    one.append([record(2)])
    assert "key2" in other.find("f00d", KEYS)


def test_models_do_not_mix_and_a_second_name_for_the_same_weights_is_the_same(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path, "qwen")
    store.append([record(0)])
    store.append([record(1, "beef")])
    AnswerStore(tmp_path, "qwen-again").append([record(2)])
    assert [(one.model, one.fingerprint, one.answers) for one in stored(tmp_path)] == [
        ("qwen", "beef", 1),
        ("qwen", "f00d", 2),
    ]
    assert set(AnswerStore(tmp_path, "x").find("f00d", KEYS)) == {"key0", "key2"}


def test_a_line_that_a_killed_process_left_half_written_is_passed_over(tmp_path: Path) -> None:
    store = AnswerStore(tmp_path, "qwen")
    store.append([record(0), record(1)])
    (file,) = tmp_path.glob("*/*.jsonl")
    file.write_bytes(file.read_bytes()[:-7])
    assert set(AnswerStore(tmp_path, "qwen").find("f00d", KEYS)) == {"key0"}


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from dataclasses import replace\n"
        "from tests.runs.test_store import record; from lmms_eval_plugins.runs.store import AnswerStore\n"
        "store = AnswerStore(Path(sys.argv[1]), 'qwen'); start = int(sys.argv[2])\n"
        "for number in range(start, start + 50): store.append([record(number)])"
    )
    processes = [
        subprocess.Popen([sys.executable, "-c", code, str(tmp_path), str(start)], env={**os.environ, "PYTHONPATH": "."})
        for start in (0, 25)
    ]
    assert [process.wait(60) for process in processes] == [0, 0]
    assert len(list(tmp_path.glob("*/*.jsonl"))) == 2
    assert set(AnswerStore(tmp_path, "qwen").find("f00d", KEYS)) == {f"key{number}" for number in range(75)}


def test_pruning(tmp_path: Path) -> None:
    AnswerStore(tmp_path, "old").append([record(0)])
    AnswerStore(tmp_path, "new").append([record(0, "beef")])
    for path in tmp_path.glob("old-*/*"):
        os.utime(path, (0, 0))
    assert [one.model for one in prune(tmp_path, model="new", older_than_days=30)] == []
    assert [one.model for one in prune(tmp_path, model=None, older_than_days=30)] == ["old"]
    assert [one.model for one in stored(tmp_path)] == ["new"]
    assert [one.model for one in prune(tmp_path, model="new", older_than_days=0)] == ["new"]
