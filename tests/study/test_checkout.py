"""Imports of a small made-up checkout; `test_published_facts.py` imports the real one."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.labels.label_file import read_labels
from lmms_eval_plugins.dataset.manifest import (
    FMA_MANIFEST_NAME,
    FMA_SCORES_NAME,
    read_fma_manifest,
    read_item_scores,
    read_manifest,
)
from lmms_eval_plugins.study.checkout import ImportReport, import_checkout
from tests.support.small_checkout import VIDEOS, log_line, write_small_checkout


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    return write_small_checkout(tmp_path)


def run(made_up: Path, **options: Any) -> ImportReport:
    return import_checkout(made_up / "up", made_up / "out", selections=made_up / "selections.yaml", **options)


def add_log(made_up: Path, name: str, *lines: str) -> None:
    (made_up / "up/logs/m" / name).write_text("\n".join(lines) + "\n")


def test_manifests(made_up: Path) -> None:
    report = run(made_up)
    assert (report.n_trials, report.n_labels_recovered, report.n_lengths_measured) == (3, 1, 1)
    assert (report.n_labels_found, report.problems) == (0, ())
    assert (report.n_all_clips, report.n_scores) == (2, 31)
    assert report.n_clips == {
        "question answering": 1,
        "question answering, both sides": 1,
        "reasoning": 1,
        "reasoning, both sides": 2,
    }
    deodorant, rtt, feeding = read_manifest(report.manifest)
    assert (deodorant.video_id, deodorant.activity, deodorant.cohort) == ("S1_deodrant1_1", "deodorant", "mild")
    assert deodorant.path == made_up / "out/S1/S1_deodrant1_1.avi"
    assert (rtt.hand, rtt.repetition, rtt.view, rtt.n_frames, rtt.duration_s) == ("left", 0, "2", 20, 1.0)
    assert (feeding.hand, feeding.cohort, feeding.labels) == ("", "", None)
    one, both = read_fma_manifest(made_up / "out" / FMA_MANIFEST_NAME)
    assert (one.path, one.item_low, one.item_high) == (made_up / "out/S1/a.mp4", 3, 8)
    assert (one.laterality, one.affected_place, one.cohort) == ("A", "", "mild")
    assert (both.laterality, both.affected_place, both.side_affected) == ("B", "Top", "Right")
    assert read_item_scores(made_up / "out" / FMA_SCORES_NAME) == {"S1": dict.fromkeys(range(3, 34), 1)}


def test_a_log_tells_labels_hand_and_length(made_up: Path) -> None:
    trial = read_manifest(run(made_up).manifest)[0]
    assert (trial.hand, trial.n_frames, trial.duration_s) == ("right", 123, 2.05)
    assert trial.labels == made_up / "out/labels/S1/S1_deodrant1_1.csv"
    assert read_labels(trial.labels).timeline.to_text() == "reach@0.500;idle@1.000;idle@2.010"


def test_an_identification_log_tells_the_length_alone(made_up: Path) -> None:
    line = log_line("C1_feeding1_1", target="Feeding", end="2.5")
    add_log(made_up, "2_samples_strokerehab_identification_1.jsonl", line)
    trial = read_manifest(run(made_up).manifest)[2]
    assert (trial.n_frames, trial.duration_s, trial.hand, trial.labels) == (150, 2.5, "", None)


def test_label_files_come_before_logs(made_up: Path) -> None:
    folder = made_up / "raw" / "S1"
    folder.mkdir(parents=True)
    (folder / "S1_deodrant1_1.csv").write_text("Time_s,MarkerNames\n0,l_idle\n1,\n")
    (folder / "S1_RTT left side0_2.csv").write_text("Time_s,MarkerNames\n0,idle\n1,\n")
    report = run(made_up, videos=made_up / "raw")
    assert (report.n_labels_found, report.n_labels_recovered) == (1, 0)
    (problem,) = report.problems
    assert "no marker names a side" in problem and "not used for S1_RTT left side0_2" in problem
    deodorant, rtt, _ = read_manifest(report.manifest)
    assert (deodorant.labels, deodorant.hand) == (folder / "S1_deodrant1_1.csv", "left")
    assert (rtt.labels, rtt.path) == (None, folder / "S1_RTT left side0_2.avi")


def test_a_label_root_that_lacks_files_is_reported(made_up: Path) -> None:
    (made_up / "raw").mkdir()
    report = run(made_up, labels=made_up / "raw")
    assert report.problems == (f"{made_up / 'raw'}: has usable label files of 0 of the 3 videos only",)
    assert report.n_labels_recovered == 1


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"doc": {"id"', "line 1: not a JSON object"),
        ('{"doc": {}}', r"line 1: no video id \(doc.id\)"),
        (log_line("C1_feeding1_1", target="no@0;no"), "line 1, target: timeline entry 'no'"),
        (log_line("C1_feeding1_1", target="hop@0;hop@1"), "line 1, target: 'hop' is no primitive"),
        (log_line("C1_feeding1_1", hand="middle"), "C1_feeding1_1: its log has labels but does not say of which hand"),
        (log_line(end="3.0"), "line 1: S1_deodrant1_1: its end_s differs"),
        (log_line(hand="LEFT"), "line 1: S1_deodrant1_1: its hand differs"),
    ],
)
def test_a_log_that_cannot_be_used_is_reported(made_up: Path, line: str, problem: str) -> None:
    add_log(made_up, "2_samples_strokerehab_primitives_1.jsonl", line)
    report = run(made_up)
    assert len(report.problems) == 1
    report_line = report.problems[0]
    with pytest.raises(UserError, match=problem):
        raise UserError(report_line)
    assert report.n_labels_recovered == 1


def test_progress_counts_logs_then_videos(made_up: Path) -> None:
    calls: list[tuple[int, int, str]] = []
    run(made_up, progress=lambda done, total, path: calls.append((done, total, path.suffix)))
    assert calls == [(0, 1, ".jsonl"), (0, 3, ".csv"), (1, 3, ".csv"), (2, 3, ".csv")]


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("fp/fp_metadata", VIDEOS, "id,path_v\n", "column 'path_l' is missing"),
        ("ia/ia_video_metadata4", "is_question_view", "question", "column 'is_question_view' is missing"),
        ("ia/fm_item_scores", "33R", "33", "column '33R' is missing"),
    ],
)
def test_a_table_without_a_column_is_refused(made_up: Path, table: str, old: str, new: str, message: str) -> None:
    path = made_up / f"up/data/{table}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(UserError, match=message) as error:
        run(made_up)
    assert str(error.value).startswith(str(path))


@pytest.mark.parametrize(
    ("table", "old", "new", "message"),
    [
        ("fp/fp_metadata", "60.0,2.01", "fast,2.01", "line 2, fps or duration_s: not a number"),
        ("fp/fp_metadata", "60.0,2.01,64", "60.0,2.01,wide", "line 2, width: .*'wide'"),
        ("fp/fp_metadata", "S1_deodrant1_1,S1", "S1_x,S1", "line 2, id: 'S1_x' is not <subject>"),
        ("ia/ia_video_metadata2", "S1,3,8", "S1,3,99", "line 2, item_high: .*'99'"),
        ("ia/ia_video_metadata2", "Right,Top", "Right,Below", "line 3, affected_place: .*'Below'"),
        ("ia/ia_video_metadata2", "8,A,F,Right", "8,A,F,Both", "line 2, side_affected: .*'Both'"),
        ("ia/fm_item_scores", "S1,Right,2,1", "S1,Right,2,3", "line 2, score: .*'3'"),
        ("ia/fm_item_scores", "S1,Right,2,1", "S1,Right,2,1.5", "line 2, score: .*'1.5'"),
        ("ia/fm_item_scores", "S1,Right", "S1,", "line 2, Side of body affected: '' is neither Left nor Right"),
        ("ia/fm_item_scores", "S1,Right", "S1,Both", "'Both' is neither Left nor Right"),
        ("fp/fp_metadata", "60.0,2.01", "inf,2.01", r"line 2, fps: must be a number above 0 \(found 'inf'\)"),
        ("fp/fp_metadata", "60.0,2.01", "nan,2.01", r"line 2, fps: must be a number above 0 \(found 'nan'\)"),
        ("fp/fp_metadata", "60.0,2.01", "0,2.01", r"line 2, fps: must be a number above 0 \(found '0'\)"),
        ("fp/fp_metadata", "60.0,2.01", "-60,2.01", r"line 2, fps: must be a number above 0 \(found '-60'\)"),
        ("fp/fp_metadata", "60.0,2.01", "60.0,0", r"line 2, duration_s: must be a number above 0 \(found '0'\)"),
        ("fp/fp_metadata", "60.0,2.01", "60.0,-inf", "line 2, duration_s: must be a number above 0"),
        ("fp/fp_metadata", "60.0,2.01", "1e300,1e300", "line 2, fps or duration_s: no video is this long"),
        ("fp/fp_metadata", "60.0,2.01", "60.0,0.001", "line 2, n_frames: .*'0'"),
        ("fp/fp_metadata", "60.0,2.01,64", "60.0,2.01,-64", "line 2, width: .*'-64'"),
        ("fp/fp_metadata", "S1_deodrant1_1,S1", "C1_feeding1_1,S1", "line 4, id: 'C1_feeding1_1' is already on line 2"),
        ("fp/fp_metadata", "S1_deodrant1_1,S1", "c1_feeding1_1,S1", "line 4, id: .* on line 2 in another spelling"),
        ("ia/ia_video_metadata2", "S1/b.mp4,S1,3,8,B", "S1/b.mp4,S1,3,8,A", "lines 2 and 3: two clips of item 3 of S1"),
        ("ia/ia_video_metadata2", "S1/b.mp4", "S1/a.mp4", "lines 2 and 3: two clips are named 'a'"),
        ("ia/ia_video_metadata2", "Center,True,1.5", "Center,True,nan", "line 2, duration_s: .*'nan'"),
        ("ia/fm_item_scores", "C1,,", "S1,,", "line 3, Subject ID: 'S1' is already on line 2"),
    ],
)
def test_a_row_that_cannot_be_used_is_named_and_the_others_go_on(
    made_up: Path, table: str, old: str, new: str, message: str
) -> None:
    path = made_up / f"up/data/{table}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    report = run(made_up)
    (problem,) = report.problems
    assert problem.startswith(str(path)) and re.search(message, problem) and "left out" in problem
    left_out = {"fp/fp_metadata": (2, 2, 31), "ia/ia_video_metadata2": (3, 1, 31)}
    n_scores = 0 if "neither" in message else 31 - ("score:" in message)
    assert (report.n_trials, report.n_all_clips, report.n_scores) == left_out.get(table, (3, 2, n_scores))
    assert len(read_manifest(report.manifest)) == report.n_trials
    assert len(read_fma_manifest(made_up / "out" / FMA_MANIFEST_NAME)) == report.n_all_clips


def test_the_left_side_of_a_control_is_scored(made_up: Path) -> None:
    selections = "cohorts: {mild: [S1], healthy: [C1]}\nselections: {fma: {patients: [S1, C1]}}\n"
    (made_up / "selections.yaml").write_text(selections)
    assert run(made_up).problems == ()
    assert read_item_scores(made_up / "out" / FMA_SCORES_NAME)["C1"] == dict.fromkeys(range(3, 34), 2)


@pytest.mark.parametrize(
    ("old", "new", "problem", "n_scores"),
    [
        ("S1,Right", "S2,Right", "S1 has no item scores; clips of this patient cannot be scored", 0),
        ("S1,Right,2,1", "S1,Right,2,", "line 2, 3R: S1 has no score here; the item is left out", 30),
    ],
)
def test_scores_that_are_not_there_are_reported(made_up: Path, old: str, new: str, problem: str, n_scores: int) -> None:
    path = made_up / "up/data/ia/fm_item_scores.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    report = run(made_up)
    assert [line.removeprefix(f"{path}: ").removeprefix(f"{path}, ") for line in report.problems] == [problem]
    assert report.n_scores == n_scores
    assert (made_up / "out" / FMA_SCORES_NAME).is_file() == bool(n_scores)


def test_a_missing_folder_or_table(made_up: Path) -> None:
    with pytest.raises(UserError, match="nowhere: no such folder"):
        import_checkout(made_up / "nowhere", made_up / "out", selections=made_up / "selections.yaml")
    with pytest.raises(UserError, match="raw: no such folder"):
        run(made_up, videos=made_up / "raw")
    (made_up / "up/data/ia/ia_video_metadata4.csv").unlink()
    with pytest.raises(UserError, match=r"ia_video_metadata4\.csv: no such file; is this the root"):
        run(made_up)
    assert not (made_up / "out").exists()
