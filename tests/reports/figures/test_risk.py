"""The figure of abstaining."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.reports.figures import Results, draw
from tests.support.tiny_runs import write_odd_run, write_tiny_runs


def test_of_a_single_model_the_other_orders_stand_beside(results: Results) -> None:
    figure = draw("risk_coverage", results).figure
    assert [axis.get_title(loc="left") for axis in figure.axes] == [
        *("dose, total: 4 videos", "dose, RCE: 4 videos", "activity: 4 videos"),
        *("item, points: 8 items", "item, wrong: 8 items"),
    ]
    activity = figure.axes[2]
    lines = {line.get_label(): np.asarray(line.get_xydata()) for line in activity.lines}
    assert list(lines) == ["tiny, identification", "by the recording alone", "by the true errors", "by chance"]
    assert lines["by the true errors"].tolist() == [[25, 0], [50, 0], [75, pytest.approx(1 / 3)], [100, 0.5]]
    assert lines["tiny, identification"][-1].tolist() == [100, 0.5], "everything answered: the error of all"
    assert lines["by chance"][:, 1].tolist() == [0.5, 0.5]


def test_several_models_have_a_line_each_and_controls_are_grey(tmp_path: Path) -> None:
    for model in ("tiny", "other"):
        write_tiny_runs(tmp_path, model=model)
    first, *_ = draw("risk_coverage", Results([str(tmp_path)])).figure.axes
    labels = [str(line.get_label()) for line in first.lines]
    assert labels[2:] == ["control: stopwatch", "control: stopwatch, by activity"]
    assert {label.split(",")[0] for label in labels[:2]} == {"tiny", "other"}
    only, *_ = draw("risk_coverage", Results([str(tmp_path)], ["dose/other"])).figure.axes
    assert only.lines[0].get_label() == "other"


def test_one_patient_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is about one patient"):
        draw("risk_coverage", Results([str(write_odd_run(tmp_path))]))
    with pytest.raises(UserError, match="no answers of dose, identification or Fugl-Meyer tasks to rank"):
        draw("risk_coverage", Results([str(write_tiny_runs(tmp_path / "b"))], ["no such run"]))
