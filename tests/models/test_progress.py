from __future__ import annotations

import pytest

from lmms_eval_plugins.models import progress
from lmms_eval_plugins.models.progress import Progress


@pytest.mark.parametrize("terminal", [False, True])
def test_progress_goes_to_stderr_alone(
    terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setattr(progress, "_LINE_EVERY_S", -1.0)
    with Progress(questions=8, windows=4) as shown:
        shown.advance(3)
        shown.advance(5)
    out, err = capsys.readouterr()
    assert out == ""
    assert "windows/s" in err
    assert ("answered 3 of 8 questions" in err) is not terminal
    assert ("\x1b[" in err) is terminal


def test_lines_are_rare_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Progress(questions=100, windows=50) as shown:
        for _ in range(100):
            shown.advance(1)
    assert capsys.readouterr() == ("", "")


def test_nothing_to_ask_shows_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    with Progress(questions=0, windows=0):
        pass
    assert capsys.readouterr() == ("", "")
