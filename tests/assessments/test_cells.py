from __future__ import annotations

import pytest

from lmms_eval_plugins.assessments.cells import format_mean_sem, percent


@pytest.mark.parametrize(
    ("mean", "sem", "digits", "text"),
    [(50.666, 1.2, 2, "50.67 ± 1.20"), (50.666, None, 1, "50.7"), (0.0, 0.0, 0, "0 ± 0"), (None, None, 2, "-")],
)
def test_mean_and_standard_error(mean: float | None, sem: float | None, digits: int, text: str) -> None:
    assert format_mean_sem(mean, sem, digits) == text


@pytest.mark.parametrize(("share", "text"), [(0.125, "12.5 %"), (1.0, "100.0 %"), (0.0, "0.0 %"), (None, "-")])
def test_percent(share: float | None, text: str) -> None:
    assert percent(share) == text
