from __future__ import annotations

import errno
from pathlib import Path

import pytest
import tenacity

from lmms_eval_plugins.core.errors import DEBUG_VARIABLE, UserError, error_line
from lmms_eval_plugins.core.redaction import IN_USE
from lmms_eval_plugins.execution.crashes import Crashed, crash_kept


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (KeyError("x"), "KeyError: 'x' (a bug?)"),
        (ImportError("no decord"), "ImportError: no decord (a bug?)"),
        (AssertionError(), "AssertionError (a bug?)"),
        (SystemExit(1), "SystemExit: 1 (a bug?)"),
        (RuntimeError("CUDA error:\nassert"), "RuntimeError: CUDA error: assert (a bug?)"),
    ],
)
def test_an_error_that_nobody_foresaw(error: BaseException, line: str, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    for _ in range(2):
        with pytest.raises(Crashed) as raised, crash_kept(folder):
            raise error
        assert str(raised.value) == f"{line}; its traceback is in {folder / 'error.log'}"
    kept = (folder / "error.log").read_text(encoding="utf-8")
    assert kept.count("Traceback") == 2 and "raise error" in kept


def test_what_was_tried_again_is_named_by_its_cause() -> None:
    def fails() -> None:
        raise KeyError("x")

    with pytest.raises(tenacity.RetryError) as raised:
        tenacity.retry(stop=tenacity.stop_after_attempt(2))(fails)()
    assert error_line(raised.value) == "KeyError: 'x' (a bug?)"


@pytest.mark.parametrize("error", [UserError("no"), KeyboardInterrupt(), OSError(errno.EIO, "Input/output error")])
def test_what_a_user_can_act_on_passes(error: BaseException, tmp_path: Path) -> None:
    with pytest.raises(type(error)) as raised, crash_kept(tmp_path):
        raise error
    assert raised.value is error and not list(tmp_path.iterdir())


def test_a_traceback_that_cannot_be_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Crashed, match="KeyError"), crash_kept(tmp_path / "file" / "run"):
        raise KeyError("x")


def test_a_traceback_holds_no_secret_and_steers_no_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    IN_USE.add(["k3y-of-a-server"])
    monkeypatch.setenv(DEBUG_VARIABLE, "1")
    with pytest.raises(Crashed), crash_kept(tmp_path):
        raise ValueError("sent k3y-of-a-server and hf_abcdefghijklmnop\x1b]0;owned\x07")
    for text in ((tmp_path / "error.log").read_text(encoding="utf-8"), capsys.readouterr().err):
        assert "ValueError: sent (secret hidden) and (hidden)\\x1b]0;owned\\x07" in text
        assert "k3y-of-a" not in text and "abcdef" not in text and "\x1b" not in text
