"""Activities and cohorts that are none of the study's, in data frames, tables and figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lmms_eval_plugins.reports.figures import Results
from lmms_eval_plugins.reports.figures.counts import draw_counts
from lmms_eval_plugins.reports.figures.groups import draw_by_activity, draw_by_cohort
from lmms_eval_plugins.reports.figures.matrices import draw_identification
from lmms_eval_plugins.reports.figures.stripes import draw_stripes
from lmms_eval_plugins.reports.tables.make import make_tables
from lmms_eval_plugins.runs.data_frames import scores_df
from tests.support.tiny_runs import write_tiny_runs

COHORTS = {"mild": "stroke", "moderate": "sub-acute", "severe": "late"}


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_tiny_runs(tmp_path_factory.mktemp("own"))
    for path in folder.glob("*/*/*/run.json"):
        values = json.loads(path.read_text())
        for video in values["videos"]:
            video["cohort"] = COHORTS.get(video["cohort"], video["cohort"])
            if video["patient"] != "DC01":
                video["activity"] = "pouring left side"
            if "identification" in str(path) and video["patient"] != "DC01":
                video["truth"] = "pouring"
        path.write_text(json.dumps(values))
    return folder


def test_frames_have_them(own: Path) -> None:
    scores = scores_df(own)
    assert {"healthy", "stroke", "sub-acute", "late"} == set(scores["cohort"])
    assert "pouring" in set(scores["activity"]) and "pouring left side" in set(scores["label"])
    assert (scores["stroke"] == (scores["cohort"] != "healthy")).all()


def test_figures_have_all_of_them(own: Path) -> None:
    results = Results([str(own)])
    run = next(name for name in results.runs["run"] if "primitives" in name or "dose" in name)
    scores = results.scores_of(run)
    assert list(draw_by_cohort(scores)) == ["healthy", "stroke", "late", "sub-acute"]
    assert list(draw_by_activity(scores))[-1] == "pouring"
    assert sum(len(rows) for name, rows in draw_by_activity(scores).items()) == len(scores)
    (legend,) = draw_counts(results).figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["healthy", "stroke", "late", "sub-acute"]
    matrix = draw_identification(results).figure.axes[0]
    assert [label.get_text() for label in matrix.get_yticklabels()][-1] == "pouring"
    assert draw_stripes(results).figure.axes


def test_tables_have_all_of_them(own: Path) -> None:
    tables = {table.name: table for table in make_tables("dose_models", [str(own)], more=True).tables}
    heads = [column.heading for column in tables["dose_models_cohorts"].columns]
    assert heads[1:5] == ["RCE healthy", "RCE late", "RCE stroke", "RCE sub-acute"]
