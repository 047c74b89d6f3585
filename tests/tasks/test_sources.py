"""Fugl-Meyer clips and whole videos as the sources of tasks: which are asked about, and what is missing."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.manifest import FMA_MANIFEST_NAME, FMA_SCORES_NAME, MANIFEST_NAME, read_manifest
from lmms_eval_plugins.dataset.manifest import write_manifest as write
from lmms_eval_plugins.dataset.trial import FmaClip, ItemScore
from lmms_eval_plugins.domain.vocabulary import activity_of
from lmms_eval_plugins.questions.sets import QuestionSet
from lmms_eval_plugins.tasks.prepare import PreparedTask
from lmms_eval_plugins.tasks.sources import gaps
from tests.support.tasks import prepared_for, questions_of, with_clips


def shown_by(prepared: PreparedTask, patient: str) -> list[str]:
    """The clips of a patient, as in ``5_5_A_F``."""
    return [v.video_id.removeprefix(f"{patient}_FM") for v in prepared.videos if v.patient == patient]


@pytest.mark.parametrize(
    ("task", "clips"),
    [
        ("ia1_3_30", ["5_5_B_F", "13_13_A_S", "13_13_B_S"]),
        ("ia2_3_30", ["5_5_A_F", "13_13_A_S"]),
        ("ia3_3_30", ["5_5_B_S", "13_13_B_S"]),
        ("ia4_3_30", ["5_5_A_S", "13_13_A_S"]),
        ("ia1_31_33", ["31_33_A_F", "31_33_H_F"]),
        ("ia4_31_33", ["31_33_A_F", "31_33_H_F"]),
    ],
)
def test_a_task_is_about_the_clips_that_show_what_it_asks(task: str, clips: list[str], mini_study: Path) -> None:
    prepared = prepared_for(task, mini_study)
    assert [shown_by(prepared, patient) for patient in ("P01", "P02", "P03")] == [clips] * 3
    assert prepared.problems == ()


def test_a_clip_has_its_patients_scores_its_clock_and_the_hand_that_it_shows(mini_study: Path) -> None:
    videos = {video.video_id: video for video in prepared_for("ia2_31_33", mini_study).videos}
    probed, listed = videos["P01_FM31_33_A_F"], videos["P02_FM31_33_A_F"]
    assert [(v.fps, v.n_frames, v.windows[-1].end_s) for v in (probed, listed)] == [(2.0, 10, 5.0)] * 2
    assert probed.truth == {5: 2, 13: 2, 31: 2, 32: 2, 33: 2}
    assert isinstance(listed.truth, dict) and listed.truth[31] == 1
    assert {(v.patient, v.arm): v.hand for v in videos.values()} == {
        ("P01", "affected"): "left",
        ("P01", "other"): "right",
        ("P02", "affected"): "right",
        ("P02", "other"): "left",
        ("P03", "affected"): "left",
        ("P03", "other"): "right",
    }
    assert (listed.cohort, listed.activity) == ("mild", None)


def test_where_the_affected_side_is_not_known_neither_is_the_hand(mini_study: Path, tmp_path: Path) -> None:
    data = with_clips(mini_study, tmp_path, lambda clip: clip.model_copy(update={"side_affected": ""}))
    assert {video.hand for video in prepared_for("ia2_31_33", data).videos} == {None}


def test_items_that_nobody_has_a_clip_of_are_a_note(mini_study: Path) -> None:
    (_, note) = prepared_for("ia4_3_30", mini_study).notes
    others = ", ".join(str(item) for item in range(3, 31) if item not in (5, 13, 18))
    assert note == f"no clips of items {others}: not asked, not scored"


def test_a_patient_without_a_clip_is_a_note(mini_study: Path, tmp_path: Path) -> None:
    lost = ("P01_FM31_33_H_F", "P03_FM31_33_H_F")
    data = with_clips(mini_study, tmp_path, lambda clip: None if clip.video_id in lost else clip)
    prepared = prepared_for("ia2_31_33", data)
    assert prepared.notes[1:] == (
        "no clip of item 33 (other arm, front) of P01, P03",
        "windows last 4.000 s in 4 of 4 videos (2 fps), whereas 8 frames at 30/s are 0.267 s",
    )
    assert shown_by(prepared, "P01") == ["31_33_A_F"]


def clip(patient: str, low: int, high: int, arm: str = "A", view: str = "F") -> FmaClip:
    values = {"path": f"{patient}{low}{arm}{view}", "patient": patient, "item_low": low, "item_high": high}
    return FmaClip.model_validate({**values, "laterality": arm, "view": view, "duration_s": 1})


def only(questions: QuestionSet, *items: int) -> QuestionSet:
    return questions.model_copy(update={"questions": tuple(q for q in questions.questions if q.item in items)})


@pytest.mark.parametrize(
    ("clips", "notes"),
    [
        ([clip("A", 5, 5, "B"), clip("B", 3, 8, "B")], []),
        ([clip("A", 5, 5, "B"), clip("B", 5, 5, "A")], ["no clip of item 5 (both arms, front) of B"]),
        ([clip("A", 5, 5, "B", "S")], ["no clips of item 5: not asked, not scored"]),
    ],
)
def test_gaps(clips: list[FmaClip], notes: list[str]) -> None:
    assert gaps(clips, only(questions_of("ia1_3_30"), 5)) == notes


def test_an_item_of_two_clips_is_missed_by_clip() -> None:
    """Item 13 is asked about the affected arm and about both; one of the two is there."""
    assert gaps([clip("A", 13, 13, "A", "S")], only(questions_of("ia1_3_30"), 13)) == [
        "no clip of item 13 (both arms, side) of A"
    ]


def test_an_error_names_the_file_that_a_dataset_without_clips_lacks(mini_dataset: Path) -> None:
    with pytest.raises(UserError, match=f"{mini_dataset}: has no {FMA_MANIFEST_NAME}, which lists"):
        prepared_for("ia2_3_30", mini_dataset)


def test_a_dataset_without_a_clip_of_any_question(mini_study: Path, tmp_path: Path) -> None:
    data = with_clips(mini_study, tmp_path, lambda clip: clip if clip.item_low == 31 else None)
    with pytest.raises(UserError, match="none of its 6 clips shows an item that ia2_3_30 asks about"):
        prepared_for("ia2_3_30", data)


def test_clips_without_scores_have_requests_and_are_not_scored(mini_study: Path, tmp_path: Path) -> None:
    data = with_clips(mini_study, tmp_path, lambda clip: clip)
    (data / FMA_SCORES_NAME).unlink()
    prepared = prepared_for("ia2_3_30", data)
    assert len(prepared.videos) == 6 and {video.truth for video in prepared.videos} == {None}
    assert prepared.problems == () and "nothing is scored" in prepared.notes[-1]
    assert list(prepared_for("ia2_3_30", data, limit=2).others()) == []


def test_a_patient_without_scores_is_a_problem(mini_study: Path, tmp_path: Path) -> None:
    data = with_clips(mini_study, tmp_path, lambda clip: clip)
    write(
        data / FMA_SCORES_NAME, [ItemScore(patient="P01", item=5, score=1), ItemScore(patient="P03", item=5, score=0)]
    )
    prepared = prepared_for("ia2_3_30", data)
    assert [problem.video_id for problem in prepared.problems] == ["P02_FM5_5_A_F", "P02_FM13_13_A_S"]
    assert all("asked, not scored" in problem.reason for problem in prepared.problems)


def test_scores_of_a_patient_whose_zeros_are_lost_point_at_the_clips_one(mini_study: Path, tmp_path: Path) -> None:
    data = with_clips(mini_study, tmp_path, lambda clip: clip)
    scores = [ItemScore(patient="P1", item=5, score=1), ItemScore(patient="P02", item=5, score=0)]
    write(data / FMA_SCORES_NAME, scores)
    (note,) = [note for note in prepared_for("ia2_3_30", data).notes if "write both" in note]
    assert f"{FMA_SCORES_NAME} has 'P1', which is not in" in note and "that has 'P01'" in note


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("P01,5,3", r"line 2, score: .*\(found '3'\)"),
        ("P01,5,-1", r"line 2, score: "),
        ("P01,34,1", r"line 2, item: "),
        ("P01,5,1\nP01,5,2", "line 3: item 5 of P01 is already scored"),
    ],
)
def test_scores_that_are_none(line: str, says: str, mini_study: Path, tmp_path: Path) -> None:
    data = with_clips(mini_study, tmp_path, lambda clip: clip)
    (data / FMA_SCORES_NAME).write_text(f"patient,item,score\n{line}\n", encoding="utf-8")
    with pytest.raises(UserError, match=f"{FMA_SCORES_NAME}, {says}"):
        prepared_for("ia2_3_30", data)


def test_two_clips_of_the_same_are_refused(mini_study: Path, tmp_path: Path) -> None:
    def retaken(clip: FmaClip) -> FmaClip:
        return clip.model_copy(update={"view": "F"})

    with pytest.raises(UserError, match=f"{FMA_MANIFEST_NAME}, lines 2 and 3: two clips of item 5 of P01"):
        prepared_for("ia2_3_30", with_clips(mini_study, tmp_path, retaken))


def test_two_clips_of_one_name_are_refused(mini_study: Path, tmp_path: Path) -> None:
    def renamed(clip: FmaClip) -> FmaClip:
        name = clip.path.name.removeprefix(f"{clip.patient}_")
        return clip.model_copy(update={"path": clip.path.with_name(name)})

    with pytest.raises(UserError, match=r"lines 2 and 10: two clips are named 'FM5_5_B_F'"):
        prepared_for("ia2_3_30", with_clips(mini_study, tmp_path, renamed))


def test_a_clip_that_cannot_be_opened_is_a_problem(mini_study: Path, tmp_path: Path) -> None:
    def lost(clip: FmaClip) -> FmaClip:
        gone = {"path": tmp_path / f"{clip.video_id}.mp4"} if clip.patient == "P01" else {}
        return clip.model_copy(update=gone)

    prepared = prepared_for("ia2_3_30", with_clips(mini_study, tmp_path, lost))
    assert {video.patient for video in prepared.videos} == {"P02", "P03"}
    assert [problem.video_id for problem in prepared.problems] == ["P01_FM5_5_A_F", "P01_FM13_13_A_S"]


def test_clips_are_no_trials(mini_study: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(mini_study, tmp_path / "study"))
    (data / MANIFEST_NAME).unlink()
    assert [video.patient for video in prepared_for("primitives_3", data).videos] == ["P01", "P02", "P03"]
    for video in data.glob("P0*/*1_1.mp4"):
        video.unlink()
    with pytest.raises(UserError, match=f"{data}: has no {MANIFEST_NAME}, and all its videos are Fugl-Meyer clips"):
        prepared_for("primitives_3", data)


def test_what_may_be_learned_from_is_of_other_patients(mini_study: Path) -> None:
    prepared = prepared_for("ia2_3_30", mini_study, limit=1)
    assert [video.video_id for video in prepared.videos] == ["P01_FM5_5_A_F"]
    others = list(prepared.others())
    assert {video.patient for video in others} == {"P02", "P03"} and all(video.truth for video in others)


def test_a_damaged_video_to_learn_from_is_passed_over(mini_study: Path, tmp_path: Path) -> None:
    data = Path(shutil.copytree(mini_study, tmp_path / "study"))
    trial = read_manifest(data / MANIFEST_NAME)[1]
    assert trial.labels
    trial.labels.write_text("nonsense", encoding="utf-8")
    assert [v.patient for v in prepared_for("primitives_3", data, limit=1).others()] == ["P03"]


def test_the_truth_of_identification_is_the_activity_and_needs_no_labels(mini_dataset: Path, tmp_path: Path) -> None:
    trials = read_manifest(mini_dataset / MANIFEST_NAME)
    changes: list[dict[str, Any]] = [{"labels": None}, {"activity": "RTT right side"}, {"activity": ""}]
    write(tmp_path / MANIFEST_NAME, [t.model_copy(update=c) for t, c in zip(trials, changes, strict=True)])
    prepared = prepared_for("identification_1", tmp_path)
    assert [video.truth for video in prepared.videos] == ["feeding", activity_of("RTT right side"), None]
    (problem,) = prepared.problems
    assert "P03" in problem.video_id and "does not have an activity" in problem.reason
    assert [len(video.windows) for video in prepared.videos] == [1, 1, 1]
    assert {v.patient for v in prepared_for("identification_1", tmp_path, limit=1).others()} == {"P02", "P03"}
