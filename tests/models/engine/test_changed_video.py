"""A video that is written to or replaced while a run reads it: nothing wrong is recorded or kept, and it is named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.models.answering import RequestReply
from lmms_eval_plugins.models.engine import windows
from lmms_eval_plugins.models.engine.stopwatch import Stopwatch
from lmms_eval_plugins.models.engine.windows import Shown
from lmms_eval_plugins.questions.reading import is_missing
from lmms_eval_plugins.runs.store import AnswerStore
from lmms_eval_plugins.video.file_state import file_state
from lmms_eval_plugins.video.frame_cache import FrameCache
from tests.support.fake_network import Batched, FakeNetwork
from tests.support.painted import film
from tests.support.requests import ask, make_row, recorded, texts_by_place

N_WINDOWS = 6
SECONDS = 2

Change = Callable[[Path], None]


def other_film(path: Path) -> Path:
    """Film something else of the same length."""
    film(path.with_name("shifted.mp4"), 30 * SECONDS, options={"crf": "40"})
    return path.with_name("shifted.mp4").replace(path)


def replace(path: Path) -> None:
    """Put another file in its place, at once."""
    other_film(path.with_name("new.mp4")).replace(path)


def replace_with_the_same_time(path: Path) -> None:
    """The same, by a program that keeps times, as `rsync` does."""
    about = path.stat()
    new = other_film(path.with_name("new.mp4"))
    os.utime(new, ns=(about.st_atime_ns, about.st_mtime_ns))
    new.replace(path)


def overwrite(path: Path) -> None:
    """Write another content into the same file."""
    path.write_bytes(other_film(path.with_name("new.mp4")).read_bytes())
    path.with_name("new.mp4").unlink()


def overwrite_and_set_the_time_back(path: Path) -> None:
    about = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)
    path.write_bytes(content)
    os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))


def append(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def remove(path: Path) -> None:
    path.unlink()


CHANGES = (replace, replace_with_the_same_time, overwrite, overwrite_and_set_the_time_back, append, remove)


class Changing(FakeNetwork):
    """Has a video changed behind its back before it answers its third batch."""

    def __init__(self, change: Callable[[], None]) -> None:
        super().__init__()
        self._change = change

    def answer_batch(self, batch: Sequence[Shown], at_once: int, watch: Stopwatch) -> list[RequestReply]:
        if len(self.batches) == 2:
            self._change()
        return super().answer_batch(batch, at_once, watch)


def rows_about(*paths: Path) -> list[dict[str, Any]]:
    return [
        make_row(
            row=N_WINDOWS * number + window,
            video_id=path.stem,
            path=str(path),
            window=window,
            start_s=round(window / 3, 3),
            end_s=round(window / 3 + 0.3, 3),
            frames=tuple(range(10 * window, 10 * window + 8, 2)),
        )
        for number, path in enumerate(paths)
        for window in range(N_WINDOWS)
    ]


@pytest.fixture
def videos(tmp_path: Path) -> tuple[Path, Path]:
    return film(tmp_path / "first.mp4", 30 * SECONDS), film(tmp_path / "second.mp4", 30 * SECONDS + 1)


@pytest.fixture(autouse=True)
def one_window_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    """Decode the next window when the one before is taken, so that a change comes in the middle."""
    monkeypatch.setattr(windows.WindowSource, "ready_bytes", 1)
    monkeypatch.setattr(windows, "_threads", lambda: 1)


@pytest.mark.parametrize(
    ("change", "keeps_frames"), [*((change, True) for change in CHANGES), (replace, False), (overwrite, False)]
)
def test_a_video_that_changes_in_the_middle(
    change: Change, keeps_frames: bool, videos: tuple[Path, Path], tmp_path: Path
) -> None:
    first, _ = videos
    rows = rows_about(*videos)
    original = tmp_path / "original.mp4"
    shutil.copy2(first, original)
    expected = ask(Batched(1), rows)
    cache = FrameCache(tmp_path / "frames", 1 << 30, replace=False) if keeps_frames else None
    store, answers = AnswerStore(tmp_path / "store", "model"), tmp_path / "run" / "answers.jsonl"

    model = Batched(1, answers, network=Changing(lambda: change(first)), frame_cache=cache, store=store)
    replies = ask(model, rows)
    (failure,) = model.failures
    said = "cannot be read" if change is remove else "changed while it was read"
    assert failure.video_id == "first" and f"{first}: {said}" in failure.reason
    assert is_missing(replies[N_WINDOWS - 1]) and replies[N_WINDOWS:] == expected[N_WINDOWS:]
    assert {record.text for record in recorded(answers)} <= set(expected), "an answer about other frames has this key"
    assert cache is None or cache.usage().entries == 1

    if change is not remove:
        changed = rows_about(first)
        (frames,) = {len(shown.prepared.inputs[0]) for batch in model.network.batches for shown in batch}
        now, fresh = (Batched(1, kept, frame_cache=cache) for kept in (answers, None))
        assert ask(now, changed) == ask(fresh, changed) == ask(Batched(1), changed) and frames == 4
        now_right = {text for text in ask(Batched(1), changed) if not is_missing(text)}
        assert set(texts_by_place(recorded(answers)).values()) >= now_right

    shutil.copy2(original, first)  # the original is back
    assert ask(Batched(1, answers, store=store), rows) == expected
    assert sorted(texts_by_place(recorded(answers)).values()) == sorted(expected), "the last at each place counts"
    for kept in (cache, None):
        again = Batched(1, tmp_path / "fresh" / f"{kept is None}.jsonl", frame_cache=kept, store=store)
        assert ask(again, rows) == expected and not again.failures


@pytest.mark.parametrize("change", CHANGES[:-1])
def test_a_video_that_changes_before_it_is_decoded(change: Change, videos: tuple[Path, Path], tmp_path: Path) -> None:
    _, second = videos
    rows = rows_about(*videos)
    expected = ask(Batched(1), rows)
    model = Batched(1, tmp_path / "answers.jsonl", network=Changing(lambda: change(second)))
    replies = ask(model, rows)
    (failure,) = model.failures
    assert "changed while it was read" in failure.reason and failure.video_id == "second"
    assert replies[:N_WINDOWS] == expected[:N_WINDOWS] and all(map(is_missing, replies[N_WINDOWS:]))
    assert len(recorded(tmp_path / "answers.jsonl")) == N_WINDOWS


def test_a_video_that_only_got_another_time_is_answered(videos: tuple[Path, Path]) -> None:
    _, second = videos
    model = Batched(1, network=Changing(lambda: os.utime(second)))
    assert not any(map(is_missing, ask(model, rows_about(*videos)))) and not model.failures


def test_a_clock_that_is_too_coarse(videos: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file system shows nothing; the content is read again at the end, before frames are kept."""
    first, _ = videos
    state = file_state(first)
    monkeypatch.setattr(windows, "file_state", lambda path: state)
    monkeypatch.setattr(windows, "check_unchanged", lambda path, state: None)
    cache = FrameCache(tmp_path / "frames", 1 << 30, replace=False)
    model = Batched(1, network=Changing(lambda: overwrite(first)), frame_cache=cache)
    ask(model, rows_about(first))
    assert len(model.failures) == 1 and cache.usage().entries == 0
