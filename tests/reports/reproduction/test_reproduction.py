from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.reproduction.check import MEASURES, Verdict, check
from lmms_eval_plugins.reports.reproduction.evidence import Checkout
from lmms_eval_plugins.reports.reproduction.facts import (
    Fact,
    FactSection,
    as_printed,
    printed_numbers,
    published_sections,
    written_like,
)
from lmms_eval_plugins.reports.reproduction.write import as_markdown, summarize_checks, write_report
from tests.support.tiny_runs import write_tiny_runs

REPORT = Path(__file__).resolve().parents[3] / "docs/reproduction.md"
UNEQUAL = {"primitives that last at most .50, .55, .80, 1.0 and 5 s (%)", "brushing"}
"""Entries that are not equal to the last digit; the report gives the reasons."""


def test_numbers_in_a_printed_text() -> None:
    assert printed_numbers("46.69±1.62 / .65 (5,549; 31, 15)") == ["46.69", "1.62", ".65", "5,549", "31", "15"]
    assert printed_numbers("9, 8,062, 814") == ["9", "8,062", "814"]


@pytest.mark.parametrize(
    ("value", "printed", "written"),
    [(0.6214, ".62", ".62"), (1.0, ".97", "1.00"), (9064, "9,063", "9,064"), (2, "05", "02"), (45.14, "45.0", "45.1")],
)
def test_written_as_printed(value: float, printed: str, written: str) -> None:
    assert as_printed(value, printed) == written


def test_written_like() -> None:
    assert written_like("1.0±.50 of 1,000", [2, 0.25, 1234]) == "2.0±.25 of 1,234"
    with pytest.raises(ValueError, match="2 values"):
        written_like("1", [1, 2])


def test_every_entry_has_a_known_measure_or_a_reason() -> None:
    for section in published_sections():
        for fact in section.filled():
            assert fact.measure in MEASURES or fact.reason, (section.title, fact.name)
            assert fact.published or fact.corrected or fact.reason


def section(**fact: Any) -> FactSection:
    return FactSection(title="t", printed_in="p", facts=(Fact(name="scores", **fact),))


@pytest.fixture
def checkout(tmp_path: Path, write_log: Callable[..., Path]) -> Checkout:
    from tests.support.logs import row

    write_log(row(), row("S0001_feeding2_1"))
    return Checkout(tmp_path)


def verdict(checkout: Checkout, **fact: Any) -> tuple[Verdict, str | None, int]:
    ((_, (checked,)),) = check([section(**fact)], checkout)
    return checked.verdict, checked.ours, checked.n_equal


def test_verdicts(checkout: Checkout) -> None:
    of = {"log": "org__Model-7B", "measure": "dose", "key": "means"}
    assert verdict(checkout, published="100.0 / .00 / .00", **of) == ("equal", "100.0 / .00 / .00", 3)
    assert verdict(checkout, published="99.0 / .00 / .00", **of) == ("differs", "100.0 / .00 / .00", 2)
    near = ((99, 101), (0, 1), (0, 1))
    assert verdict(checkout, published="99.0 / .01 / .01", within=near, **of)[0] == "within range"
    assert verdict(checkout, published="1 / 1 / 1", corrected="100 / 0 / 0", **of)[0] == "corrected"
    assert verdict(checkout, published="1.0", reason="never published")[0] == "not checkable"
    assert verdict(checkout, published="1.0", log="elsewhere", measure="dose")[0] == "not checkable"
    assert verdict(checkout, published="1.0", measure="videos")[0] == "not checkable"


def test_an_unknown_key_is_refused(checkout: Checkout) -> None:
    with pytest.raises(UserError, match="the measure dose has no 'scoress'"):
        verdict(checkout, published="1.0", log="org__Model-7B", measure="dose", key="scoress")


def test_nothing_to_check(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such folder"):
        write_report(tmp_path / "nowhere", tmp_path / "r.md")
    with pytest.raises(UserError, match="neither logs nor tables"):
        write_report(write_tiny_runs(tmp_path / "runs"), tmp_path / "r.md")


def test_the_published_numbers(published: Path) -> None:
    checked = check(published_sections(), Checkout(published))
    unequal = {one.fact.name for _, facts in checked for one in facts if one.verdict == "differs"}
    assert unequal == UNEQUAL
    assert summarize_checks(checked).startswith("423 of 425 checked numbers are equal")
    assert as_markdown(checked) == REPORT.read_text(encoding="utf-8"), "run: strokerehab reproduce ../shared/vlms4rehab"
