from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

from lmms_eval_plugins.cli.evaluate.cache import prune_cached, show_cached
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.execution.models import frames_for, kept_frames
from lmms_eval_plugins.runs.store import STORE_NAME, AnswerStore
from lmms_eval_plugins.video.decode import Frames
from tests.runs.test_store import record


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    AnswerStore(tmp_path / "runs" / STORE_NAME, "qwen").append([record(0), record(1)])
    return tmp_path / "runs"


def decode() -> Iterator[tuple[int, Frames]]:
    yield 0, np.zeros((2, 2, 3), dtype=np.uint8)


def test_what_is_kept_is_shown(runs: Path, console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STROKEREHAB_FRAMES", str(tmp_path / "frames"))
    with frames_for(1) as cache:
        assert cache is not None
        list(cache.frames("v", 30.0, [0], decode))
    show_cached(runs, console)
    shown = console.export_text()
    assert "qwen" in shown and " 2 " in shown and "1 videos, 12 bytes" in shown


def test_nothing_is_kept(tmp_path: Path, console: Console) -> None:
    show_cached(tmp_path, console)
    assert "no answers in" in console.export_text()


def test_pruning_says_what_it_deleted(
    runs: Path, console: Console, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STROKEREHAB_FRAMES", str(tmp_path / "frames"))
    with frames_for(1) as cache:
        assert cache is not None
        list(cache.frames("v", 30.0, [0], decode))
    prune_cached(runs, None, 1.0, console)
    prune_cached(runs, "qwen", 0.0, console)
    prune_cached(runs, None, 0.0, console)
    first, second, third = console.export_text().splitlines()
    assert first.startswith("deleted 0 answers of 0 models") and first.endswith("frames of 0 videos, 0 bytes")
    assert second.startswith("deleted 2 answers of 1 models")
    assert third.endswith("frames of 1 videos, 12 bytes")
    with pytest.raises(UserError, match="--model: no answers of 'qwen'"):
        prune_cached(runs, "qwen", 0.0, console)


def test_a_cache_of_frames_lasts_as_long_as_the_run_and_only_where_it_is_used_twice() -> None:
    with frames_for(1) as none:
        assert none is None
    with frames_for(2) as cache:
        assert cache is not None and cache.folder.is_dir()
    assert not cache.folder.exists()


@pytest.mark.parametrize("size", ["0", "many", "-1", "inf", "nan"])
def test_a_size_of_the_frames_that_is_none(size: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STROKEREHAB_FRAMES", str(tmp_path))
    monkeypatch.setenv("STROKEREHAB_FRAMES_GB", size)
    with pytest.raises(UserError, match=r"STROKEREHAB_FRAMES_GB: .* is not a number of GiB above 0"):
        kept_frames()
