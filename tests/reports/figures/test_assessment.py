"""The figure of Fugl-Meyer totals shows what the table counts."""

from __future__ import annotations

from pathlib import Path
from random import Random

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

from lmms_eval_plugins.assessments.fugl_meyer.assessment import FUGL_MEYER
from lmms_eval_plugins.reports.figures import Results, draw
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.scored import scores_of
from tests.support.tiny_runs import write_item_run

ITEMS = (5, 9, 24)
TRUTH = {f"P{number}": {item: (number + item) % 3 for item in ITEMS} for number in range(6)}
RIGHT = {patient: {item: str(score) for item, score in own.items()} for patient, own in TRUTH.items()}


def shown(axis: Axes) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """The points of the patients: true and predicted total."""
    points = [np.asarray(line.get_xydata(), dtype=float) for line in axis.lines if line.get_marker() == "o"]
    return np.concatenate(points)


def test_totals_are_those_of_the_table_and_the_foot_says_what_is_imputed(tmp_path: Path) -> None:
    rng = Random(0)
    said = {p: {i: reply if rng.random() < 0.5 else "no idea" for i, reply in own.items()} for p, own in RIGHT.items()}
    said["P0"] = RIGHT["P0"]
    run = write_item_run(tmp_path, TRUTH, said)
    figure = draw("fugl_meyer", Results([str(run)])).figure
    ((_, score),) = scores_of(score_paths([str(run)]).rows, FUGL_MEYER)
    true, predicted = shown(figure.axes[0]).mean(axis=0)
    assert predicted == pytest.approx(score.metrics["total_predicted"][0])
    assert predicted - true == pytest.approx(score.metrics["bias"][0])
    silent = sum(reply == "no idea" for own in said.values() for reply in own.values())
    foot = " ".join(text.get_text() for text in figure.findobj(Text)).replace("\n", " ")
    assert f"{silent} of 18 items have no predicted score, and count with the median of the other patients" in foot
    hollow = [line for line in figure.axes[0].lines if line.get_fillstyle() == "none"]
    n_partly = sum("no idea" in own.values() for own in said.values())
    assert sum(len(np.asarray(line.get_xydata())) for line in hollow) == n_partly
    assert "blind: " in foot


def test_patients_without_all_replies_are_left_out_and_counted(tmp_path: Path) -> None:
    run = write_item_run(tmp_path, TRUTH, {**RIGHT, "P3": {**RIGHT["P3"], 5: ""}})
    figure = draw("fugl_meyer", Results([str(run)])).figure
    assert len(shown(figure.axes[0])) == 5
    assert any("1 of 6 patients left out" in text.get_text().replace("\n", " ") for text in figure.findobj(Text))


def test_the_best_model_by_error_is_shown_and_no_control(tmp_path: Path) -> None:
    wrong = {patient: {item: str(min(2, score + 1)) for item, score in own.items()} for patient, own in TRUTH.items()}
    few = {patient: {item: RIGHT[patient][item] if patient == "P0" else "" for item in ITEMS} for patient in TRUTH}
    write_item_run(tmp_path, TRUTH, RIGHT, "knows", kind="ceiling")
    write_item_run(tmp_path, TRUTH, few, "lost")
    write_item_run(tmp_path, TRUTH, wrong, "spoken")
    (remark,) = draw("fugl_meyer", Results([str(tmp_path)])).remarks
    assert "spoken/" in remark and "of 2 runs the best by mean error of an item" in remark
