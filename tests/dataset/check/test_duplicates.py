from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.dataset.check import duplicates
from lmms_eval_plugins.dataset.check.duplicates import same_content

LARGE = bytes(range(256)) * 4096


def written(folder: Path, **contents: bytes) -> dict[str, Path]:
    paths = {name: folder / name for name in contents}
    for name, path in paths.items():
        path.write_bytes(contents[name])
    return paths


def test_only_equal_files_are_grouped(tmp_path: Path) -> None:
    changed = bytearray(LARGE)
    changed[200_000] ^= 1  # outside of what is read first
    paths = written(tmp_path, a=LARGE, b=bytes(changed), c=LARGE, d=b"short", e=b"other", f=b"short")
    assert same_content(paths.values()) == [(paths["a"], paths["c"]), (paths["d"], paths["f"])]


def test_files_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    paths = written(tmp_path, a=b"x", b=b"x")
    assert same_content([*paths.values(), tmp_path / "gone"]) == [tuple(paths.values())]
    assert same_content([paths["a"], paths["a"], tmp_path / "gone"]) == []


def test_files_of_different_size_are_never_opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths = written(tmp_path, a=b"x", b=b"xy")
    monkeypatch.setattr(duplicates, "sampled_digest", lambda path: pytest.fail("read"))
    assert same_content(paths.values()) == []
