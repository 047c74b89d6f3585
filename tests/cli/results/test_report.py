"""``strokerehab report``: what it prints, and its mistakes as one line each."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

import pytest

from tests.support.command import Call
from tests.support.tiny_runs import write_tiny_runs


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    write_tiny_runs(folder / "runs")
    return folder


def test_it_says_where_it_is_and_what_it_holds(call: Call, place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    done = call("report")
    assert (done.status, done.err) == (0, "")
    assert re.fullmatch(r"report: report/index.html \(3 runs, \d+ videos, 0\.\d MB\)\n", done.out)
    done = call("report", "runs", "-o", "all.html", "--title", "Ours")
    assert done.status == 0 and "<title>Ours</title>" in (place / "all.html").read_text()


def test_what_cannot_be_read_is_named_and_the_rest_shown(call: Call, place: Path, tmp_path: Path) -> None:
    runs = shutil.copytree(place / "runs", tmp_path / "runs")
    (damaged, *_) = sorted(runs.rglob("answers.jsonl"))
    damaged.write_text(damaged.read_text() + "{}\n")
    (newer, *_) = sorted(runs.rglob("run.json"))[1:]
    newer.write_text(json.dumps(json.loads(newer.read_text()) | {"schema_version": 99}))
    done = call("report", str(runs), "-o", str(tmp_path / "report"))
    assert done.status == 3 and "(2 runs, " in done.out
    problems = done.err.splitlines()
    assert len(problems) == 2 and all(line.startswith("problem: ") for line in problems)
    assert "update strokerehab-eval" in done.err and "damaged line" in done.err
    overview = (tmp_path / "report" / "data" / "overview.js").read_text()
    assert "update strokerehab-eval" in overview and "damaged line" in overview


def test_a_run_without_answers_is_shown(call: Call, place: Path, tmp_path: Path) -> None:
    runs = shutil.copytree(place / "runs", tmp_path / "runs")
    for answers in runs.rglob("answers.jsonl"):
        answers.write_text("")
    done = call("report", str(runs), "-o", str(tmp_path / "report"))
    assert done.status == 0 and "(3 runs, " in done.out, done.err


def test_mistakes_are_one_line(call: Call, place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(place)
    (tmp_path / "key").write_bytes(b"short")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "photo.jpg").write_bytes(b"")
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    mistakes = [
        (("gone",), "gone: no such file or folder"),
        ((str(tmp_path / "mine"),), "no run folder and no *_samples_*.jsonl log in it"),
        (("runs", "-o", str(tmp_path / "mine")), "mine: has 1 file that no report wrote (photo.jpg); choose another"),
        (("runs", "-o", str(tmp_path / "key")), "key: is a file; name a folder, or FILE.html"),
        (("runs", "--deidentify", str(tmp_path / "key")), "holds 5 bytes, and a key has 16 at least; `head -c 32"),
        (("runs", "--data", "nowhere"), "nowhere: no such dataset folder"),
        (("runs", "-o", "one.html", "--with-frames"), "--with-frames: puts files beside the page"),
    ]
    if os.geteuid():
        mistakes.append((("runs", "-o", str(closed / "r")), "cannot be written (Permission denied); choose another"))
    for arguments, message in mistakes:
        done = call("report", *arguments)
        assert (done.status, done.out) == (2, ""), done
        assert message in done.err and done.err.count("\n") == 1, done.err
