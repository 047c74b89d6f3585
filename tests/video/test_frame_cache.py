"""The frame cache: what is decoded, read again, replaced and deleted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.frame_cache import FrameCache

FRAME_BYTES = 4 * 6 * 3


def frame(index: int) -> Frames:
    return np.full((4, 6, 3), index, dtype=np.uint8)


class Video:
    """Ten frames, and how often some of them were decoded."""

    def __init__(self) -> None:
        self.n_decoded = 0

    def decode(self, wanted: list[int], stop_at: int | None = None) -> Callable[[], Iterator[tuple[int, Frames]]]:
        def frames() -> Iterator[tuple[int, Frames]]:
            self.n_decoded += 1
            for index in sorted(wanted):
                if index == stop_at:
                    raise ValueError("damaged")
                yield index, frame(index)

        return frames


def read(cache: FrameCache, video: Video, wanted: list[int], identity: str = "v", fps: float = 30.0) -> list[int]:
    """Check the frames that come, and return their indices."""
    indices = []
    for index, image in cache.frames(identity, fps, wanted, video.decode(wanted)):
        np.testing.assert_array_equal(image, frame(index))
        indices.append(index)
    return indices


@pytest.fixture
def cache(tmp_path: Path) -> FrameCache:
    return FrameCache(tmp_path / "frames", 100 * FRAME_BYTES, replace=False)


def test_frames_are_decoded_once(cache: FrameCache) -> None:
    video = Video()
    assert read(cache, video, [0, 2, 4]) == read(cache, video, [4, 2, 0]) == [0, 2, 4]
    assert (video.n_decoded, cache.n_reused) == (1, 3)
    assert (cache.usage().entries, cache.usage().n_bytes) == (1, 3 * FRAME_BYTES)


def test_some_of_the_frames_are_served_too_and_others_are_not(cache: FrameCache) -> None:
    video = Video()
    read(cache, video, [0, 2, 4, 6])
    assert read(cache, video, [2, 6]) == [2, 6]
    assert video.n_decoded == 1
    read(cache, video, [2, 3])
    read(cache, video, [0, 2], identity="another file")
    read(cache, video, [0, 2], fps=60.0)
    assert video.n_decoded == 4


def test_another_process_finds_them(cache: FrameCache) -> None:
    video = Video()
    read(cache, video, [0, 1])
    read(FrameCache(cache.folder, 0, replace=True), video, [0, 1])
    assert video.n_decoded == 1


def test_a_video_that_fails_or_is_not_read_to_its_end_is_not_kept(cache: FrameCache) -> None:
    video = Video()
    with pytest.raises(ValueError, match="damaged"):
        list(cache.frames("v", 30.0, [0, 1, 2], video.decode([0, 1, 2], stop_at=2)))
    next(cache.frames("v", 30.0, [0, 1, 2], video.decode([0, 1, 2])))
    assert not [path for path in cache.folder.iterdir() if path.suffix != ".part"]
    assert read(cache, video, [0, 1, 2]) == [0, 1, 2]


def test_entries_that_do_not_fit_are_not_stored(tmp_path: Path) -> None:
    cache, video = FrameCache(tmp_path, 5 * FRAME_BYTES, replace=False), Video()
    for identity in ("a", "b", "a", "b"):
        assert read(cache, video, [0, 1, 2], identity) == [0, 1, 2]
    assert video.n_decoded == 3 and cache.usage().entries == 1


def test_the_least_recently_used_entry_is_replaced(tmp_path: Path) -> None:
    cache, video = FrameCache(tmp_path, 7 * FRAME_BYTES, replace=True), Video()
    for number, identity in enumerate(("a", "b")):
        read(cache, video, [0, 1, 2], identity)
        for path in tmp_path.glob("*.json"):
            os.utime(path, (number, number) if path.stat().st_mtime > 1e9 else None)
    read(cache, video, [0, 1, 2], "a")  # used again
    read(cache, video, [0, 1, 2], "c")
    assert cache.usage().n_bytes <= 7 * FRAME_BYTES
    before = video.n_decoded
    read(cache, video, [0, 1, 2], "a")
    assert video.n_decoded == before
    read(cache, video, [0, 1, 2], "b")
    assert video.n_decoded == before + 1


def test_a_video_larger_than_the_whole_cache(tmp_path: Path) -> None:
    cache, video = FrameCache(tmp_path, 2 * FRAME_BYTES, replace=True), Video()
    assert read(cache, video, [0, 1, 2]) == read(cache, video, [0, 1, 2]) == [0, 1, 2]
    assert video.n_decoded == 2 and cache.usage().entries == 0


@pytest.mark.parametrize("damage", ["{", '{"frames": [0, 1], "shape": [9, 9, 9, 3]}'])
def test_an_entry_that_is_damaged_is_decoded_again(damage: str, cache: FrameCache) -> None:
    video = Video()
    read(cache, video, [0, 1])
    (entry,) = cache.folder.glob("*.json")
    entry.write_text(damage)
    assert read(cache, video, [0, 1]) == [0, 1]
    assert video.n_decoded == 2


def test_a_full_disk_does_not_stop_the_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    cache, video = FrameCache(blocked / "frames", 100 * FRAME_BYTES, replace=False), Video()
    assert read(cache, video, [0, 1]) == [0, 1]


def test_a_cache_for_one_run_leaves_nothing() -> None:
    cache, video = FrameCache.temporary(100 * FRAME_BYTES), Video()
    read(cache, video, [0, 1])
    assert cache.usage().entries == 1
    cache.remove()
    assert not cache.folder.exists()
