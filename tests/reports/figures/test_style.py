"""Room for the small print of figures."""

from __future__ import annotations

import pytest

from lmms_eval_plugins.reports.figures.style import add_foot, new_figure


@pytest.mark.parametrize(("lines", "higher"), [(1, False), (3, False), (9, True)])
def test_much_small_print_makes_a_figure_higher_and_takes_no_more_of_its_panels(lines: int, higher: bool) -> None:
    figure = new_figure(100, 50)
    before = figure.get_figheight()
    add_foot(figure, [f"note {number}" for number in range(lines)])
    assert bool(figure.get_figheight() > before) is higher
