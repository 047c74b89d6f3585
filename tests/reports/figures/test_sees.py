"""The figure of what models see."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.figures import Results, draw
from tests.support.perturbed_runs import seeing, write_perturbed


def test_a_panel_for_each_question_and_a_mark_for_each_model(tmp_path: Path) -> None:
    recipes = {"": seeing(0.9), "blank": seeing(0.0), "freeze": seeing(0.5)}
    write_perturbed(tmp_path, recipes, patients=4)
    write_perturbed(tmp_path, {"": seeing(0.0), "freeze": seeing(0.0)}, model="bot", kind="blind", patients=4)
    figure = draw("sees", Results(tmp_path)).figure
    assert [axis.get_title(loc="left") for axis in figure.axes] == ["primitives_3: motion", "primitives_3: grasp"]
    assert [text.get_text() for text in figure.axes[0].get_xticklabels()] == ["as is", "blank", "freeze"]
    (legend,) = figure.legends
    assert {text.get_text() for text in legend.get_texts()} == {"tiny", "bot, a baseline"}
    alone = draw("sees", Results(tmp_path, named=["tiny"])).figure
    assert [text.get_text() for text in alone.legends[0].get_texts()] == ["tiny"]
    with pytest.raises(UserError, match="no perturbed run has 'tinny' in its name; did you mean 'tiny'"):
        draw("sees", Results(tmp_path, named=["tinny"]))
