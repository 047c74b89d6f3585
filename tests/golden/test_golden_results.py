"""Runs and published logs of the code before the rooms were drawn anew: scored, tabulated and decoded as then."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.golden.conftest import GOLDEN
from tests.golden.outputs import (
    DECODED,
    PRINTED,
    PUBLISHED,
    SHARED,
    call,
    data_of,
    decode_into,
    digests_of,
    without_words,
)


@pytest.mark.parametrize("name", PRINTED)
def test_what_is_printed(name: str, place: Path) -> None:
    status, out, err = call(*PRINTED[name])
    assert status == 0, err
    assert data_of(name, out) == (GOLDEN / "printed" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", DECODED)
def test_what_is_decoded(name: str, place: Path) -> None:
    golden = sorted((GOLDEN / "decoded" / name).iterdir())
    found = decode_into(place / "out" / name, name)
    assert [*found] == [path.name for path in golden]
    for path in golden:
        assert without_words(found[path.name]) == without_words(path.read_text(encoding="utf-8"))


def test_shards_are_merged(place: Path) -> None:
    """Answers of two shards become a run's, and its scores are written as one process would have."""
    (folder,) = (path.parent for path in (place / "sharded").rglob("shards.json"))
    lines = [line for path in sorted(folder.glob("answers-*.jsonl")) for line in path.read_bytes().splitlines()]
    status, _, err = call("merge", folder)
    assert status == 0, err
    assert (folder / "scores.json").read_bytes() == (GOLDEN / "printed" / "merged_scores.json").read_bytes()
    assert sorted((folder / "answers.jsonl").read_bytes().splitlines()) == sorted(lines)
    run = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    assert (run["status"], run["n_asked"], run["problems"]) == ("finished", len(lines), [])


@pytest.mark.skipif(not (SHARED / "logs").is_dir(), reason=f"no published logs at {SHARED}")
@pytest.mark.parametrize("log", PUBLISHED)
def test_real_logs(log: str, place: Path) -> None:
    """Published logs, which are not copied here: digests of their scores and of a table."""
    digests = json.loads((GOLDEN / "published.json").read_text(encoding="utf-8"))
    assert digests_of(log, place) == digests[log]
