"""Errors of writing name the file, and what to do."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

from lmms_eval_plugins.core.disk import sync_folder, writing
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.json_files import write_json


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EACCES, errno.EFBIG])
def test_an_error_of_writing_names_the_file(code: int) -> None:
    with pytest.raises(UserError, match=r"^a/b\.json: cannot be written \(.+\); make room"), writing(Path("a/b.json")):
        raise OSError(code, "words of the system")


def test_an_error_that_names_a_file_keeps_it() -> None:
    with pytest.raises(UserError, match=r"^c: cannot be written \(full\); do this"), writing(Path("a"), "do this"):
        raise OSError(errno.ENOSPC, "full", "c")


def test_a_reader_that_left_is_no_error_of_writing() -> None:
    with pytest.raises(BrokenPipeError), writing(Path("a")):
        raise BrokenPipeError(errno.EPIPE, "gone")


def test_a_json_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "run.json"
    write_json(path, {"a": 1, "path": "bad\udcff"})
    before = path.read_bytes()
    assert b'"bad\\udcff"' in before
    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", lambda *_: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
        with pytest.raises(UserError, match=r"run\.json: cannot be written \(full\)"):
            write_json(path, {"a": 2})
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


def test_a_full_device() -> None:
    with pytest.raises(UserError, match=r"^/dev/full: cannot be written \(No space left"), writing(Path("/dev/full")):
        Path("/dev/full").write_text("a", encoding="utf-8")


def test_a_folder_that_cannot_be_synced_is_passed_over(tmp_path: Path) -> None:
    sync_folder(tmp_path)
    sync_folder(tmp_path / "gone")
