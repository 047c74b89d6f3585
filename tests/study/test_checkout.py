"""Imports of a small made-up checkout; `test_published_facts.py` imports the real one."""

from __future__ import annotations

import json
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

VIDEOS = """\
id,path_v,path_l,patient,activity,fps,duration_s,width,height
S1_deodrant1_1,S1/S1_deodrant1_1.avi,S1/S1_deodrant1_1.csv,S1,deodrant,60.0,2.01,64,48
S1_RTT left side0_2,S1/S1_RTT left side0_2.avi,S1/S1_RTT left side0_2.csv,S1,RTT left side,20.2,1.0,64,48
C1_feeding1_1,C1/C1_feeding1_1.mkv,C1/C1_feeding1_1.csv,C1,feeding,60.0,2.0,64,48
"""
CLIPS = """\
path_v,patient,fm_low,fm_high,laterality,video_view,side_affected,affected_video_loc,is_question_view,duration
S1/a.mp4,S1,3,8,A,F,Right,Center,True,1.5
S1/b.mp4,S1,3,8,B,F,Right,Top,False,1.5
C1/c.mp4,C1,3,8,A,F,Right,Center,True,1.5
"""
COLUMNS = [f"{item}{side}" for item in range(3, 34) for side in "LR"]
SCORES = f"""\
Subject ID,Side of body affected,{",".join(COLUMNS)}
S1,Right,{",".join(["2,1"] * 31)}
C1,,{",".join(["2,0"] * 31)}
"""
SELECTIONS = "cohorts: {mild: [S1]}\nselections: {fma: {patients: [S1]}}\n"


def log_line(
    video_id: str = "S1_deodrant1_1",
    target: str = "reach@0.500;idle@1.000;idle@2.010",
    hand: str = "RIGHT",
    end: str = "2.05",
) -> str:
    return json.dumps(
        {
            "doc": {"id": video_id},
            "target": target,
            "input": f"Watch the {hand} hand. <SEP> What does the {hand} hand hold?",
            "resps": [[[["No", "0.0", "0.533"], ["No", "0.533", end]]]],
        }
    )


@pytest.fixture
def made_up(tmp_path: Path) -> Path:
    for name, content in {
        "up/data/fp/fp_metadata.csv": VIDEOS,
        **{f"up/data/ia/ia_video_metadata{number}.csv": CLIPS for number in (1, 2, 4)},
        "up/data/ia/ia_video_metadata3.csv": CLIPS.replace("False", "True"),
        "up/data/ia/fm_item_scores.csv": SCORES,
        "up/logs/m/1_samples_strokerehab_primitives_3.jsonl": log_line() + "\n",
        "selections.yaml": SELECTIONS,
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(content)
    return tmp_path


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
        ("fp/fp_metadata", "60.0,2.01", "fast,2.01", "line 2, fps or duration_s: not a number"),
        ("fp/fp_metadata", "60.0,2.01,64", "60.0,2.01,wide", "line 2, width: .*'wide'"),
        ("fp/fp_metadata", "S1_deodrant1_1,S1", "S1_x,S1", "line 2, id: 'S1_x' is not <subject>"),
        ("ia/ia_video_metadata4", "is_question_view", "question", "column 'is_question_view' is missing"),
        ("ia/ia_video_metadata2", "S1,3,8", "S1,3,99", "line 2, item_high: .*'99'"),
        ("ia/ia_video_metadata2", "Right,Top", "Right,Below", "line 3, affected_place: .*'Below'"),
        ("ia/ia_video_metadata2", "8,A,F,Right", "8,A,F,Both", "line 2, side_affected: .*'Both'"),
        ("ia/fm_item_scores", "S1,Right,2,1", "S1,Right,2,3", "line 2, score: .*'3'"),
        ("ia/fm_item_scores", "S1,Right,2,1", "S1,Right,2,1.5", "line 2, score: .*'1.5'"),
        ("ia/fm_item_scores", "S1,Right", "S1,", "line 2, Side of body affected: '' is neither Left nor Right"),
        ("ia/fm_item_scores", "S1,Right", "S1,Both", "'Both' is neither Left nor Right"),
        ("ia/fm_item_scores", "33R", "33", "column '33R' is missing"),
    ],
)
def test_a_bad_table_names_file_line_and_column(made_up: Path, table: str, old: str, new: str, message: str) -> None:
    path = made_up / f"up/data/{table}.csv"
    path.write_text(path.read_text().replace(old, new, 1))
    with pytest.raises(UserError, match=message) as error:
        run(made_up)
    assert str(error.value).startswith(str(path))


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
