"""Folders that go with their process: what a killed one left is deleted, what a living one has is not."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.temporary import folder_of_process, temporary_folder

HOLD = """
import sys, time
from pathlib import Path
from lmms_eval_plugins.core.temporary import temporary_folder
with temporary_folder("frames") as folder:
    (folder / "big.rgb").write_bytes(bytes(1000))
    print(folder, flush=True)
    time.sleep(60)
"""


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_folder_goes_with_its_block(root: Path) -> None:
    with temporary_folder("frames") as folder:
        (folder / "deep").mkdir()
        assert folder.parent == root and folder.stat().st_mode & 0o077 == 0
    assert list(root.iterdir()) == []


def test_what_a_killed_process_left_is_deleted_and_what_a_living_one_has_is_not(root: Path) -> None:
    holders = [
        subprocess.Popen(
            [sys.executable, "-c", HOLD], stdout=subprocess.PIPE, text=True, env={**os.environ, "TMPDIR": str(root)}
        )
        for _ in range(2)
    ]
    living, killed = (Path(holder.stdout.readline().strip()) for holder in holders if holder.stdout)
    holders[1].send_signal(signal.SIGKILL)
    holders[1].communicate()
    with temporary_folder("frames") as folder:
        assert {living, folder} == set(root.iterdir()) and (living / "big.rgb").stat().st_size == 1000
    assert not killed.exists()
    holders[0].kill()
    holders[0].communicate()
    with temporary_folder("other"):
        assert living.exists(), "each kind looks after its own"


def test_what_is_not_ours_or_not_a_folder_is_left_alone(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (root / "elsewhere").mkdir()
    (root / "stem-link").symlink_to(root / "elsewhere")
    (root / "stem-file").write_text("", encoding="utf-8")
    (root / "stem-young.new").mkdir()
    (root / "stem-old.new").mkdir()
    os.utime(root / "stem-old.new", (time.time() - 4000, time.time() - 4000))
    (root / "stem-half.gone").mkdir()
    with folder_of_process(root, "stem-") as folder:
        names = {path.name for path in root.iterdir()}
    assert names == {"elsewhere", "stem-link", "stem-file", "stem-young.new", folder.name}
    (root / "stem-theirs").mkdir()
    monkeypatch.setattr("os.getuid", lambda: -1)
    with folder_of_process(root, "stem-"):
        assert (root / "stem-theirs").is_dir()


def test_a_folder_that_cannot_be_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/proc/nowhere")
    with pytest.raises(UserError, match=r"^/proc/nowhere/\S+: cannot be written .*TMPDIR"), temporary_folder("frames"):
        raise AssertionError
