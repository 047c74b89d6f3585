from __future__ import annotations

import pytest

from lmms_eval_plugins.domain.sessions import session_of


def test_dates_and_days_are_in_order_of_time() -> None:
    assert session_of("2025-12-31") < session_of("2026-01-01")
    assert session_of("day 9") < session_of("14") == session_of(" Day 14 ")


@pytest.mark.parametrize(
    "text", ["", "-3", "2026-02-30", "30/11/2026", "20261130", "2026-W48-1", "1e3", "day", "day -1"]
)
def test_what_is_no_day_is_refused_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="found"):
        session_of(text)


def test_a_negative_day_is_called_negative() -> None:
    with pytest.raises(ValueError, match="is negative"):
        session_of("-3")
