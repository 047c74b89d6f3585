"""What was measured as data frames: each way, by paths as given, kept beside the runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.answers import AnsweredVideo
from lmms_eval_plugins.runs.data_frames.controls import STOPWATCH, STOPWATCH_BY_ACTIVITY
from lmms_eval_plugins.runs.measuring import frame
from lmms_eval_plugins.runs.measuring.frame import COUNTS, FUSED, MeasuredFrames, measured_frames
from tests.support.logs import PERFECT, row
from tests.support.measured_runs import few_videos, write_dose_run


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of two runs about the same videos, the answers of one of which are worse."""
    folder = tmp_path_factory.mktemp("measured")
    write_dose_run(folder, few_videos())
    write_dose_run(folder, few_videos(right=0.7), "worse")
    return folder


@pytest.fixture(scope="module")
def measured(runs: Path) -> MeasuredFrames:
    return measured_frames(runs / "dose/tiny")


def totals(measured: MeasuredFrames, way: str) -> pd.DataFrame:
    doses = measured.doses
    rows: pd.DataFrame = doses[(doses["way"] == way) & (doses["primitive"] == "all")].set_index("video_id")
    return rows


def test_every_video_has_a_row_for_each_way_and_label(measured: MeasuredFrames) -> None:
    doses = measured.doses
    assert not measured.problems
    assert set(doses["primitive"]) == {"reach", "reposition", "transport", "stabilize", "idle", "all"}
    assert set(doses["way"]) == {FUSED, COUNTS, STOPWATCH, STOPWATCH_BY_ACTIVITY}
    assert not doses.duplicated(["way", "video_id", "primitive"]).any()
    fused = totals(measured, FUSED)
    assert len(fused) == 10 and (fused["n_others"] == 4).all()
    for level in (50, 80, 90):
        assert (fused[f"low_{level}"] < fused["count"] + 1).all() and (
            fused["count"] < fused[f"high_{level}"] + 1
        ).all()
    assert (fused["low_90"] <= fused["low_50"]).all() and (fused["high_50"] <= fused["high_90"]).all()
    by_label = doses[(doses["way"] == FUSED) & (doses["primitive"] != "all")]
    assert (by_label.groupby("video_id")["true"].sum() == fused["true"]).all()
    assert (by_label["seconds_low_80"] <= by_label["seconds"]).all()


def test_a_decoder_alone_has_the_range_of_its_own_draws(measured: MeasuredFrames) -> None:
    counts, fused = totals(measured, COUNTS), totals(measured, FUSED)
    width = (counts["high_90"] - counts["low_90"]).mean()
    assert width > 0
    assert counts["expected_error"].isna().all() and fused["expected_error"].notna().all()


def test_what_was_measured_is_kept_and_named_as_it_is_given(
    runs: Path, measured: MeasuredFrames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame, "measure_leaving_out", None)
    monkeypatch.chdir(runs)
    again = measured_frames("dose/tiny")
    assert again.doses["path"].unique().tolist() == ["dose/tiny/20250101_000000"]
    pd.testing.assert_frame_equal(
        again.doses.drop(columns=["path", "run"]), measured.doses.drop(columns=["path", "run"])
    )
    within = measured_frames("dose/tiny", within_activity=True).doses
    assert within["count"].tolist() == measured.doses["count"].tolist()
    assert within["high_80"].tolist() != measured.doses["high_80"].tolist()


def test_several_runs_are_measured_each_by_itself_or_together(runs: Path, measured: MeasuredFrames) -> None:
    each = measured_frames([runs / "dose/tiny", runs / "dose/worse"]).doses
    assert each["run"].unique().tolist() == ["tiny/20250101_000000", "worse/20250101_000000"]
    one = each[each["run"] == "tiny/20250101_000000"].reset_index(drop=True)
    assert one["count"].tolist() == measured.doses["count"].tolist()
    both = measured_frames([runs / "dose/tiny", runs / "dose/worse"], together=True).doses
    assert both["model"].unique().tolist() == ["tiny + worse"]
    assert both["run"].nunique() == 1 and len(both) == len(one)


def test_activities_that_cannot_be_read_are_a_problem_whatever_is_kept(
    runs: Path, measured: MeasuredFrames, tmp_path: Path
) -> None:
    found = measured_frames(runs / "dose/tiny", activities=[str(tmp_path / "absent")])
    assert found.doses.empty and str(tmp_path / "absent") in found.problems[0]


def test_two_runs_in_one_log_are_refused_or_taken_apart(write_log: Callable[..., Path]) -> None:
    rows = [
        row(
            f"S000{patient}_feeding1_1",
            [PERFECT[(place + patient) % 3] for place in range(6)],
            patient=f"S000{patient}",
        )
        for patient in range(4)
    ]
    log = write_log(*rows, *rows)
    apart = measured_frames(log)
    assert not apart.problems and [path[-2:] for path in apart.doses["path"].unique()] == ["#1", "#2"]
    refused = measured_frames(log, split_runs=False)
    assert refused.doses.empty and "holds 2 runs of the same videos (4 + 4 rows)" in refused.problems[0]


def test_a_run_of_too_few_patients_is_a_problem_by_name_and_the_rest_is_there(tmp_path: Path) -> None:
    few = write_dose_run(tmp_path, few_videos(2), "few")
    found = measured_frames([few, tmp_path / "absent"])
    assert found.doses.empty and found.sums.empty
    absent, problem = found.problems
    assert str(tmp_path / "absent") in absent
    assert problem.startswith(f"{few}: ") and "labels of 1 patient besides P0" in problem


def test_a_video_without_windows_is_a_problem_and_the_others_are_measured(tmp_path: Path) -> None:
    videos = few_videos(4, 1)
    empty: AnsweredVideo[Timeline] = replace(videos[0], video_id="empty", windows=(), duration_s=3.0)
    found = measured_frames(write_dose_run(tmp_path, [*videos, empty]))
    assert found.doses["video_id"].nunique() == 4
    assert len(found.problems) == 1 and "empty: no window of it was answered" in found.problems[0]


def test_a_patients_own_labels_change_nothing_about_the_patient(runs: Path, tmp_path: Path) -> None:
    before = measured_frames(runs / "dose/tiny")
    videos = few_videos()
    poisoned = [replace(one, truth=videos[-1].truth) if one.patient == "P0" else one for one in videos]
    after = measured_frames(write_dose_run(tmp_path, poisoned))
    hidden = ["run", "path", "true", "true_seconds"]

    def about(frames: MeasuredFrames, patient: str) -> pd.DataFrame:
        rows = frames.doses[frames.doses["patient"] == patient]
        shown: pd.DataFrame = rows.drop(columns=hidden).reset_index(drop=True)
        return shown

    pd.testing.assert_frame_equal(about(before, "P0"), about(after, "P0"))
    assert not about(before, "P1").equals(about(after, "P1"))
    factors = [one.sums[one.sums["patient"] == "P0"]["factor"].tolist() for one in (before, after)]
    assert factors[0] == factors[1]
