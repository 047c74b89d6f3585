from __future__ import annotations

import errno
import fcntl
import signal
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from lmms_eval_plugins.core.locks import try_lock

HOLD = (
    "import sys; from contextlib import ExitStack; from pathlib import Path\n"
    "from lmms_eval_plugins.core.locks import try_lock\n"
    "with ExitStack() as stack:\n"
    "    print(try_lock(Path(sys.argv[1]), stack), flush=True); sys.stdin.read()"
)


def is_free(path: Path) -> bool:
    with ExitStack() as stack:
        return try_lock(path, stack)


def test_a_killed_process_releases_its_lock(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout and other.stdout.readline() == "True\n"
        assert not is_free(path)
        other.send_signal(signal.SIGKILL)
        other.wait()
    assert is_free(path) and path.exists()


def test_a_process_holds_a_lock_once(tmp_path: Path) -> None:
    with ExitStack() as stack:
        assert try_lock(tmp_path / ".lock", stack)
        assert not is_free(tmp_path / ".lock")
    assert is_free(tmp_path / ".lock")


@pytest.mark.parametrize("code", [errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP, errno.EIO])
def test_a_file_system_without_locks_is_no_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int) -> None:
    def no_locks(*_: object) -> None:
        raise OSError(code, "no locks here")

    monkeypatch.setattr(fcntl, "flock", no_locks)
    assert is_free(tmp_path / ".lock") and is_free(tmp_path / ".lock")


def test_a_folder_that_cannot_be_written_is_one(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError), ExitStack() as stack:
        try_lock(tmp_path / "missing" / ".lock", stack)
