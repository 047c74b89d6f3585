from __future__ import annotations

import pytest

from lmms_eval_plugins.core.errors import DEBUG_VARIABLE, UserError, error_line, nearest, without_file

VIDEOS = [f"DS{patient:04d}_brushing{repetition}_1" for patient in range(1000) for repetition in range(1, 7)]


@pytest.mark.parametrize(
    ("word", "known", "message"),
    [
        ("modle", ["model", "models"], "; did you mean 'model'?"),
        ("x", ["reach", "idle"], "; known are: idle, reach"),
        ("x", [], "; known are: "),
        ("Q", ["b", "a", "a"], "; known are: a, b"),
    ],
)
def test_of_few_known_words_the_nearest_or_all_are_named(word: str, known: list[str], message: str) -> None:
    assert nearest(word, known) == message


def test_of_many_known_words_the_three_nearest_are_named() -> None:
    close = nearest("DS0012_brushng1_1", VIDEOS)
    assert close.startswith("; did you mean 'DS0012_brushing1_1', '") and close.count("'") == 6
    assert nearest("horizon", [*VIDEOS, "horizon_s", "motion"]) == "; did you mean 'horizon_s'?"
    far = nearest("xyz", VIDEOS)
    assert far.startswith("; the nearest of 6,000 known are: DS") and far.count(", ") == 2


def test_a_message_without_its_file() -> None:
    assert without_file(UserError("a/b.csv, line 3: is empty"), "a/b.csv") == "line 3: is empty"
    assert without_file(UserError("a/b.csv: is empty"), "a/b.csv") == "is empty"


def test_an_error_in_one_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert error_line(UserError("x.csv: no"), "x.csv") == "x.csv: no"
    assert error_line(OSError(5, "Input/output error"), "x.csv") == "x.csv: Input/output error"
    assert error_line(KeyError("a\nb"), "x.csv") == "x.csv: KeyError: 'a\\nb' (a bug?)" and not capsys.readouterr().err
    monkeypatch.setenv(DEBUG_VARIABLE, "1")
    assert error_line(AssertionError()) == "AssertionError (a bug?)" and "AssertionError" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("word", "known", "message"),
    [
        ("side", ["reach", "idle", "transport"], "; known are: idle, reach, transport"),
        ("strokerehab_nope", ["strokerehab_counting", "strokerehab_ia2"], "; known are: strokerehab_counting, "),
        ("strokerehab_countign", ["strokerehab_counting", "strokerehab_ia2"], "; did you mean 'strokerehab_counting'?"),
        ("horizon", ["horizon_s", "motion"], "; did you mean 'horizon_s'?"),
        ("grip", ["grasp", "motion"], "; did you mean 'grasp'?"),
        ("Idle", ["idle", "reach"], "; did you mean 'idle'?"),
    ],
)
def test_only_what_may_be_a_misspelling_is_suggested(word: str, known: list[str], message: str) -> None:
    assert nearest(word, known).startswith(message)


def test_a_command_lists_what_is_too_much_for_a_line() -> None:
    assert nearest("xyz", VIDEOS, "strokerehab videos").endswith("; `strokerehab videos` lists all")
