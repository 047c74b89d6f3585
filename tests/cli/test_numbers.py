from __future__ import annotations

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st

from lmms_eval_plugins.cli.numbers import MOST, real, whole
from tests.support.command import Call

ODD = (
    "nan",
    "-nan",
    "inf",
    "-inf",
    "Infinity",
    "1e999",
    "",
    " ",
    "ten",
    "1_000",
    "١",
    "²",
    "0x10",
    "9" * 5000,
    "1,5",
    "1e",
)


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_plain_number_is_refused_in_a_short_line(text: str) -> None:
    for parse in (whole(0), real(0, 10)):
        with pytest.raises(typer.BadParameter) as error:
            parse(text)
        assert "\n" not in str(error.value) and len(str(error.value)) < 100


@given(st.text(max_size=8) | st.integers().map(str) | st.floats().map(str))
def test_a_number_is_in_its_range_or_refused(text: str) -> None:
    for parse, kind, most in ((whole(1), int, MOST), (real(1, 3600), float, 3600)):
        try:
            number = parse(text)
        except typer.BadParameter:
            continue
        assert isinstance(number, kind) and 1 <= number <= most and number == float(text)


def test_plain_numbers() -> None:
    assert [whole(0)(text) for text in ("0", "7", " 12 ", "1e3", "3.0")] == [0, 7, 12, 1000, 3]
    assert [real(0, 10)(text) for text in ("0", ".5", "1e-2", "10")] == [0, 0.5, 0.01, 10]
    for text in ("-1", "2.5", "1000000001"):
        with pytest.raises(typer.BadParameter, match="is not a whole number from 0 to 1,000,000,000"):
            whole(0)(text)


@pytest.mark.parametrize(
    "arguments",
    [
        ("demo", "render", "out", "--seconds", "nan"),
        ("demo", "render", "out", "--seconds", "inf"),
        ("demo", "render", "out", "--seconds", "-3"),
        ("cache", "--prune", "--older-than", "nan"),
        ("cache", "--prune", "--older-than", "1e999"),
        ("run", "--limit", "0"),
        ("run", "--limit", "١"),
        ("run", "--num_processes", "9" * 5000),
        ("run", "--slurm", "--at-once", "nan"),
        ("score", "runs", "--seed", "-1"),
        ("overlay", "v", "--png", "-1"),
        ("work", "nan", "runs"),
    ],
)
def test_every_option_with_a_number_ends_in_one_line_and_status_2(call: Call, arguments: tuple[str, ...]) -> None:
    done = call(*arguments)
    assert done.status == 2 and "is not a" in done.line and len(done.line) < 300
