"""Figures of the published logs, where they are there."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.reports.figures import Results, draw

CROP = "20251104_095353"


@pytest.fixture(scope="module")
def published_results(published: Path) -> Results:
    return Results([str(published)])


def test_the_best_by_the_primary_metric_is_shown_and_another_by_name(published_results: Results) -> None:
    """The cropped run, of the highest edit score, has not the smallest counting error."""
    drawing = draw("primitive_confusion", published_results)
    assert "qwen2_5_vl_32b" in drawing.remarks[0] and "best of 28 runs by relative counting error" in drawing.remarks[0]
    figure = draw("primitive_confusion", published_results.showing([CROP])).figure
    assert figure.axes[0].get_title(loc="left").startswith("9,036 windows")


def test_videos_beyond_the_axis_are_a_remark(published_results: Results) -> None:
    (foot,) = [
        text for text in draw("rce", published_results.showing([CROP])).figure.texts if "Triangles" in text.get_text()
    ]
    assert foot.get_text().startswith("Triangles: 2 of 90 videos, the highest at 2.81.")


def test_identification_matrices(published_results: Results) -> None:
    titles = [axis.get_title(loc="left") for axis in draw("identification", published_results).figure.axes]
    assert titles == ["all: 496/640 right (0.775)", "control: 164/188 right (0.872)", "stroke: 332/452 right (0.735)"]
    direct = published_results.showing(["identification_1"])
    assert draw("identification", direct).figure.axes[0].get_title(loc="left") == "all: 342/640 right (0.534)"


def test_left_and_right(published_results: Results) -> None:
    axes = draw("left_right", published_results).figure.axes
    assert axes[0].get_title(loc="left") == "all 2,379 windows\nof 20 videos"
    assert "5 videos with a truth" in axes[1].get_title(loc="left")
