from __future__ import annotations

import numpy as np
import pytest

from lmms_eval_plugins.decoding.clock import Clock
from lmms_eval_plugins.decoding.features import AnswerCode, answer_forms
from lmms_eval_plugins.questions.answers import WindowAnswers
from lmms_eval_plugins.questions.outcomes import UNREADABLE

CLOCK = Clock(1.0, 1.0)


def window(start: float, log_odds: dict[str, float] | None = None, **answers: object) -> WindowAnswers:
    return WindowAnswers(start, start + 1, answers, log_odds or {})


def columns(code: AnswerCode, windows: list[WindowAnswers | None], place: int) -> dict[str, float]:
    """The columns of a window that are not 0."""
    return {name: value for name, value in zip(code.names, code.rows(windows)[place], strict=True) if value}


def test_forms() -> None:
    asked = [[window(0, m=True, p="idle", s=("idle", "reach"))], [window(0, m=None, p=UNREADABLE, s=())]]
    assert answer_forms(asked, ["m", "p", "s", "x"]) == {
        "m": "yes_no",
        "p": "primitives",
        "s": "primitives",
        "x": "yes_no",
    }
    assert answer_forms([[window(0, {"m": 2.0}, m=True)]], ["m"]) == {"m": "log_odds"}


def test_a_window_and_its_neighbours() -> None:
    code = AnswerCode.from_clock({"m": "yes_no"}, CLOCK)
    assert code.reach == 1
    windows: list[WindowAnswers | None] = [window(0, m=True), window(1, m=False), window(2, m=UNREADABLE), None]
    assert columns(code, windows, 0) == {"outside the video @-1": 1, "m yes @+0": 0.5, "m yes @+1": -0.5}
    assert columns(code, windows, 1) == {"m yes @-1": 0.5, "m yes @+0": -0.5, "m unreadable @+1": 1}
    assert columns(code, windows, 2) == {"m yes @-1": -0.5, "m unreadable @+0": 1, "m missing @+1": 1}
    assert columns(code, windows, 3) == {"m unreadable @-1": 1, "m missing @+0": 1, "outside the video @+1": 1}


def test_a_missing_answer_is_not_an_unreadable_one_nor_no() -> None:
    code = AnswerCode.from_clock({"m": "yes_no"}, CLOCK)
    rows = [code.rows([window(0, m=answer)])[0] for answer in (True, False, UNREADABLE, None)]
    assert len(np.unique(rows, axis=0)) == 4
    assert (code.rows([window(0)])[0] == rows[3]).all()


def test_log_odds_are_bounded() -> None:
    code = AnswerCode.from_clock({"m": "log_odds"}, CLOCK)
    sure = columns(code, [window(0, {"m": 30.0}, m=True)], 0)
    assert sure["m log-odds @+0"] == 1
    assert columns(code, [window(0, {"m": -3.0}, m=False)], 0)["m log-odds @+0"] == pytest.approx(-0.5)
    assert "m log-odds @+0" not in columns(code, [window(0, m=False)], 0)


def test_primitives_named_in_any_number() -> None:
    code = AnswerCode.from_clock({"p": "primitives"}, CLOCK)
    named = columns(code, [window(0, p=("reach", "idle"))], 0)
    assert {name for name in named if name.startswith("p")} == {"p reach @+0", "p idle @+0"}


@pytest.mark.parametrize(("stride_s", "reach"), [(8 / 15, 2), (0.133, 8), (1.0, 1), (4.0, 1)])
def test_reach_is_about_a_second(stride_s: float, reach: int) -> None:
    assert AnswerCode.from_clock({}, Clock(stride_s, stride_s)).reach == reach
