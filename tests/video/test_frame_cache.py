"""The frame cache: what is decoded, read again, replaced and deleted."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.video.decode import Frames
from lmms_eval_plugins.video.frame_cache import FrameCache
from lmms_eval_plugins.video.frame_entry import FrameEntry

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


def with_one_bit_changed(path: Path, place: float = 0.5) -> None:
    content = bytearray(path.read_bytes())
    content[int(place * (len(content) - 1))] ^= 4
    path.write_bytes(content)


def zeroed(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-5])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def longer(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")


def gone(path: Path) -> None:
    path.unlink()


@pytest.mark.parametrize("kind", [".rgb", ".json"])
@pytest.mark.parametrize("damage", [with_one_bit_changed, zeroed, cut_off, empty, longer, gone])
def test_frames_that_are_not_as_they_were_written_are_decoded_again(
    damage: Callable[[Path], None], kind: str, cache: FrameCache, capsys: pytest.CaptureFixture[str]
) -> None:
    video = Video()
    read(cache, video, [0, 1, 2])
    (path,) = cache.folder.glob(f"*{kind}")
    damage(path)
    assert read(cache, video, [0, 1, 2]) == [0, 1, 2]
    assert read(cache, video, [1, 2]) == [1, 2] and video.n_decoded == 2, "the new entry is whole"
    said = capsys.readouterr().err
    assert damage in (gone, longer) or said.count("some kept frames are not as they were written") == 1


@pytest.mark.parametrize("place", [0.0, 0.5, 1.0])
def test_frames_before_a_damaged_one_come_once(place: float, cache: FrameCache) -> None:
    video = Video()
    read(cache, video, list(range(8)))
    (path,) = cache.folder.glob("*.rgb")
    with_one_bit_changed(path, place)
    assert read(cache, video, list(range(8))) == list(range(8))
    assert (video.n_decoded, cache.n_reused) == (2, int(place * 7.99))


def test_entries_that_were_exchanged_are_decoded_again(cache: FrameCache) -> None:
    """The frames of one video under the name of another, with and without their lists."""
    for kinds in ([".rgb"], [".json"], [".rgb", ".json"]):
        video, other = Video(), Video()
        read(cache, video, [0, 1], "one")
        before = set(cache.folder.iterdir())
        for index, frame_ in cache.frames("two", 30.0, [0, 1], lambda: iter([(0, frame(7)), (1, frame(8))])):
            assert index + 7 == frame_[0, 0, 0]
        one, two = (next(iter(files)).stem for files in (before, set(cache.folder.iterdir()) - before))
        for kind in kinds:
            (cache.folder / (one + kind)).rename(cache.folder / "third")
            (cache.folder / (two + kind)).rename(cache.folder / (one + kind))
            (cache.folder / "third").rename(cache.folder / (two + kind))
        assert read(cache, other, [0, 1], "one") == [0, 1] and other.n_decoded == 1
        for path in cache.folder.iterdir():
            path.unlink()


@pytest.mark.parametrize(
    "content",
    [
        '{"frames": [0, 1], "shape": [2, 4, 6, 3]}',  # of the version before checksums
        '{"frames": ["0", "1"], "shape": ["2"], "checksums": [[]], "name": 1, "seal": null}',
        '{"frames": [-1, 1], "shape": [-2, -4, 6, 3], "checksums": [-1, 1e400], "name": "", "seal": ""}',
        '{"frames": [0, 1], "shape": [2, 999999999, 999999999, 3], "checksums": [0, 0], "name": "", "seal": ""}',
        "[" * 100_000,
        '{"frames":' * 100_000,
        "[]",
        "null",
        "1" * 10_000,
    ],
)
def test_a_list_of_frames_of_another_shape_is_none(content: str, cache: FrameCache) -> None:
    video = Video()
    read(cache, video, [0, 1])
    (entry,) = cache.folder.glob("*.json")
    entry.write_text(content, encoding="utf-8")
    assert read(cache, video, [0, 1]) == [0, 1] and video.n_decoded == 2
    assert len([*cache.folder.iterdir()]) == 2


def test_a_list_with_its_seal_but_another_shape_is_none(cache: FrameCache) -> None:
    video = Video()
    read(cache, video, [0, 1])
    (path,) = cache.folder.glob("*.json")
    for shape in ((2, -4, -6, 3), (2, 10**9, 10**9, 3), (3, 4, 6, 3), (2, 4, 6, 0)):
        entry = FrameEntry(name=path.stem, frames=(0, 1), shape=shape, checksums=(0, 0)).sealed()
        path.write_text(entry.model_dump_json(), encoding="utf-8")
        assert read(cache, video, [0, 1]) == [0, 1]
    assert video.n_decoded == 5


def test_an_entry_is_on_the_disk_before_it_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    monkeypatch.setattr("os.fsync", lambda file: done.append(Path(f"/proc/self/fd/{file}").readlink().suffix))
    rename = Path.rename

    def renamed(path: Path, target: Path) -> Path:
        done.append(target.suffix)
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed)
    read(FrameCache(tmp_path / "kept", 100 * FRAME_BYTES, replace=True), Video(), [0, 1])
    assert done == [".part", ".rgb", ".part", ".json", ""], "each file, then its name; last the folder"
    done.clear()
    read(FrameCache(tmp_path, 100 * FRAME_BYTES, replace=True, lasting=False), Video(), [0, 1])
    assert done == [".rgb", ".json"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EDQUOT])
def test_a_disk_that_fills_up_in_the_middle(code: int, cache: FrameCache, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(code, "full")

    video = Video()
    monkeypatch.setattr("os.fsync", full)
    assert read(cache, video, [0, 1]) == read(cache, video, [0, 1]) == [0, 1]
    assert video.n_decoded == 2 and list(cache.folder.iterdir()) == []


def test_a_full_disk_does_not_stop_the_decoding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    cache, video = FrameCache(blocked / "frames", 100 * FRAME_BYTES, replace=False), Video()
    assert read(cache, video, [0, 1]) == [0, 1]


def test_a_cache_for_one_run_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    video = Video()
    with FrameCache.temporary(100 * FRAME_BYTES) as cache:
        frames = cache.frames("w", 30.0, [0, 1], video.decode([0, 1]))
        read(cache, video, [0, 1])
        assert cache.usage().entries == 1
        next(frames)  # as in a thread that is still at it
    assert [index for index, _ in frames] == [1]
    assert read(cache, video, [2]) == [2]
    assert list(tmp_path.iterdir()) == []
