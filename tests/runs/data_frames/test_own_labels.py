"""Runs whose labels are not the primitives, as data frames, alone and beside others."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.decoding.leave_out import Decoding
from lmms_eval_plugins.domain.scheme import primitives_scheme
from lmms_eval_plugins.domain.vocabulary import PRIMITIVES
from lmms_eval_plugins.runs.data_frames import load_tables, runs_df, scores_df, timelines_df
from lmms_eval_plugins.runs.data_frames.columns import column_names, labels_in
from lmms_eval_plugins.runs.decode import decode_runs
from lmms_eval_plugins.runs.run_file import NEWEST_VERSION, read_run_file, write_run_file
from lmms_eval_plugins.runs.score import score_paths
from lmms_eval_plugins.runs.score_decoded import score_decoded
from tests.support.schemes import make_scheme
from tests.support.tiny_runs import write_own_run, write_tiny_runs

OWN = make_scheme("reach:m grasp:g carry:mg rest")
COUNTS = [f"{what}_{label}" for what in ("mae", "true", "predicted") for label in OWN.names]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_own_run(tmp_path / "own", OWN)


def test_scores_have_the_columns_of_the_runs_labels(own: Path) -> None:
    for _ in range(2):  # made, then from the cache
        scores = scores_df(own)
        assert tuple(scores.columns) == column_names("scores", OWN.names)
        assert labels_in(scores) == OWN.names and set(COUNTS) <= set(scores.columns)
    assert list(scores["true_grasp"]) == [2, 2, 2, 2] and scores["predicted_rest"].dtype == "Int64"
    assert list(runs_df(own)["scheme"]) == ["own"]
    assert set(timelines_df(own)["primitive"]) == set(OWN.names)


def test_beside_other_runs_a_count_of_a_label_that_a_run_does_not_have_is_missing(own: Path, tmp_path: Path) -> None:
    others = write_tiny_runs(tmp_path / "others")
    both = load_tables([str(others), str(own)], ("scores",))
    scores = both.tables["scores"]
    assert labels_in(scores) == (*PRIMITIVES, "grasp", "carry", "rest")
    is_own = scores["run"] == "own/own/tiny/20250101_000000"
    dose = scores["run"].str.contains("dose")
    assert scores[is_own]["true_idle"].isna().all() and scores[is_own]["true_reach"].notna().all()
    assert scores[dose]["true_carry"].isna().all() and scores[dose]["true_idle"].notna().all()
    assert {str(scores[name].dtype) for name in COUNTS} == {"Int64"}
    assert isinstance(scores, pd.DataFrame) and set(both.schemes) == set(both.tables["runs"]["run"])
    names = {run: scheme.name for run, scheme in both.schemes.items()}
    assert [run for run, name in names.items() if name == "own"] == ["own/own/tiny/20250101_000000"]


def test_scores_from_disk_are_by_the_recorded_labels(own: Path) -> None:
    (row,) = score_paths([str(own)]).rows
    assert row.score.metrics["mae_grasp"][0] == pytest.approx(1 / 4) and "mae_idle" not in row.score.metrics
    folder = own / "own" / "tiny" / "20250101_000000"
    file = read_run_file(folder)
    assert file.label_scheme == OWN
    write_run_file(folder, file)
    assert read_run_file(folder) == file.model_copy(update={"schema_version": NEWEST_VERSION})
    assert file.model_copy(update={"scheme": None}).label_scheme == primitives_scheme()


def test_decoders_learn_and_speak_the_runs_labels_and_no_others(own: Path, tmp_path: Path) -> None:
    report = score_decoded([str(own)], Decoding("mbr"))
    assert report.errors == () and all("mae_carry" in row.score.metrics for row in report.rows)
    decoder = tmp_path / "decoder.json"
    decode_runs([str(own)], Decoding("mbr"), save=decoder, out=tmp_path / "out")
    others = write_own_run(tmp_path / "others", make_scheme("reach:m grasp:g carry:mg idle", "theirs"))
    theirs = [str(others)]
    message = "fitted on the labels reach, grasp, carry, rest; the run has reach, grasp, carry, idle"
    with pytest.raises(UserError, match=message):
        decode_runs(theirs, Decoding("mbr"), fit=f"other={own}", out=tmp_path / "out")
    strangers = tmp_path / "strangers"
    write_own_run(strangers, make_scheme("reach:m grasp:g carry:mg idle", "theirs"))
    file = next(strangers.rglob("run.json"))
    file.write_text(file.read_text().replace('"patient": "D', '"patient": "E'))
    with pytest.raises(UserError, match=message):
        decode_runs([str(strangers)], Decoding("mbr"), fit=str(decoder), out=tmp_path / "out")
    joined = score_decoded([str(own), *theirs], Decoding("mbr"), as_one=False)
    assert joined.errors == ()
    with pytest.raises(UserError, match="the runs to put together have different labels: own has reach, grasp, carry"):
        score_decoded([str(own), *theirs], Decoding("mbr"), as_one=True)
