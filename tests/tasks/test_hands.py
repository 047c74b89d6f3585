"""Tasks that need to know where the hand is."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.keypoints import keypoint_file, write_keypoints
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest, write_manifest
from lmms_eval_plugins.tasks.arguments import override_inputs
from lmms_eval_plugins.tasks.hands import with_keypoints
from lmms_eval_plugins.tasks.prepare import PreparedTask, prepare_task
from lmms_eval_plugins.tasks.rows import RequestRow, rows_of
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.tasks.task_questions import load_task_questions
from lmms_eval_plugins.video.pose.joints import COCO_JOINTS, Keypoints
from tests.support.tasks import TASKS, settings_of


def arms(n_frames: int, step: float = 0.5) -> Keypoints:
    """Both wrists go to the right by a step for every frame, and turn round at the picture's end."""
    keypoints = np.zeros((n_frames, 17, 3), np.float32)
    x = 8 + np.abs((np.arange(n_frames) * step) % 96 - 48)
    for side in ("left", "right"):
        for part, y in (("wrist", 20), ("elbow", 28)):
            keypoints[:, COCO_JOINTS.index(f"{side}_{part}")] = np.stack(
                [x, np.full(n_frames, y), np.ones(n_frames)], 1
            )
    return keypoints


def localized(mini_dataset: Path, folder: Path, **unlocated: slice) -> Path:
    """A copy of the small dataset with keypoints; of a patient, some frames may be without."""
    data = Path(shutil.copytree(mini_dataset, folder))
    for trial in read_manifest(data / MANIFEST_NAME):
        keypoints = arms(trial.n_frames)
        if trial.patient in unlocated:
            keypoints[unlocated[trial.patient]] = np.nan
        write_keypoints(keypoint_file(data / "keypoints", trial.video_id), keypoints, {})
    return data


def asked(data: Path, task: str = "counting", **given: object) -> tuple[TaskSettings, PreparedTask, list[RequestRow]]:
    name = f"strokerehab_{task}"
    settings = override_inputs(name, settings_of(task, data), {"box_px": 16, "still_px": 0.1, **given})
    questions = load_task_questions(name, settings, TASKS)
    prepared = prepare_task(settings, questions)
    return settings, prepared, list(rows_of(prepared.videos, questions, settings.assessment))


def test_prim_asks_three_questions_about_what_the_pose_does_not_decide(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data", P02=slice(0, 16))
    _, prepared, rows = asked(data, do_crop=True, do_postprocess=True)
    poses = {video.patient: [window.pose for window in video.windows] for video in prepared.videos}
    assert poses["P01"] == ["moving"] * 8 and poses["P02"] == ["abstain"] * 2 + ["moving"] * 6
    by_patient = {patient: [row for row in rows if row.patient == patient] for patient in poses}
    assert [len(of_patient) for of_patient in by_patient.values()] == [24, 18, 24]
    assert {row.question_id for row in rows} == {"idle", "pick_up", "put_down"}
    assert {row.window for row in by_patient["P02"]} == set(range(2, 8))
    assert all(len(row.box) == 4 and row.box[2] - row.box[0] == 16 for row in rows)
    assert all("cut out around one hand" in row.text and "left" not in row.text for row in rows)
    assert "the hand is not located in 2 of 24 windows" in prepared.notes
    assert "hands located by keypoints" in prepared.notes


def test_without_cropping_requests_are_about_whole_frames(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data", P02=slice(0, 16))
    _, cropped, rows = asked(data, do_crop=True)
    _, whole, of_whole = asked(data, do_crop=False)
    assert [video.decided for video in cropped.videos] == [video.decided for video in whole.videos]
    assert [(r.video_id, r.window, r.question_id, r.frames, r.target) for r in rows] == [
        (r.video_id, r.window, r.question_id, r.frames, r.target) for r in of_whole
    ]
    assert all(row.box == () and f"patient's {row.hand} hand" in row.text for row in of_whole)


def test_windows_of_fast_hands_have_no_requests_and_boxes_that_follow(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data")
    _, prepared, rows = asked(data, do_crop=True, fast_px=0.5)
    assert all(window.pose == "fast" for video in prepared.videos for window in video.windows) and rows == []
    assert {len(window.boxes) for window in prepared.videos[0].windows} == {1, 4}, "the last window is short"


def test_a_cropped_task_asks_about_every_window(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data", P02=slice(0, 16))
    _, prepared, rows = asked(data, "primitives_3", do_crop=True, do_conditional_prompting=True, fast_px=0.5)
    assert len(rows) == sum(len(video.windows) for video in prepared.videos) * 4
    (whole,) = {row.window for row in rows if row.patient == "P02" and row.box == ()}
    assert whole == 0 and {len(row.box) // 4 for row in rows if row.patient == "P01" and row.window == 0} == {8}


def test_what_cannot_be_located_is_a_problem_of_its_video(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data")
    trials = read_manifest(data / MANIFEST_NAME)
    keypoint_file(data / "keypoints", trials[0].video_id).unlink()
    unknown = trials[1].model_copy(update={"hand": "", "labels": None})
    write_manifest(data / MANIFEST_NAME, [trials[0], unknown, trials[2]])
    _, prepared, _ = asked(data, do_crop=True)
    assert [video.patient for video in prepared.videos] == ["P03"]
    first, second = (problem.reason for problem in prepared.problems)
    assert "is not localized yet" in first and "which hand is to be looked at?" in second


def test_an_error_names_the_command_that_makes_keypoints(mini_dataset: Path) -> None:
    with pytest.raises(UserError, match=r"has no keypoints/.*strokerehab localize --data"):
        asked(mini_dataset, do_crop=True)
    plain = settings_of("counting", mini_dataset)
    assert with_keypoints(plain, mini_dataset / MANIFEST_NAME) is plain, "where none are needed, none are looked for"


def test_the_keypoints_used_are_named(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data")
    settings, _, _ = asked(data, do_crop=True)
    assert with_keypoints(settings, data / MANIFEST_NAME).pose.keypoints == Path("keypoints")


def test_boxes_by_forearm_and_by_pixels_are_described(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data")
    _, prepared, rows = asked(data, do_crop=True, box_px=16)
    assert prepared.boxes == ("boxes around hands: 16 pixels in 3 videos of 64 × 48",)
    assert prepared.boxes[0] in prepared.notes
    _, prepared, _ = asked(data, do_crop=True, box_px=40)
    assert prepared.boxes[1:] == (
        "a box of 40 pixels is 83 % of the shorter side of 64 × 48 and holds much more than the hand:"
        " give box_forearms, or reference_px",
    )
    name = "strokerehab_counting"
    settings = override_inputs(name, settings_of("counting", data), {"box_forearms": 6.5, "do_crop": True})
    prepared = prepare_task(settings, load_task_questions(name, settings, TASKS))
    assert prepared.boxes == ("boxes around hands, 6.5 forearms: 48 pixels in 3 videos of 64 × 48",)
    assert {row.box[2] - row.box[0] for row in rows} == {16}


def test_whole_frames_have_no_boxes_to_describe(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data")
    _, prepared, _ = asked(data, do_crop=False)
    assert prepared.boxes == ()


def test_the_command_line_chooses_how_large_a_box_is(mini_dataset: Path) -> None:
    given = settings_of("primitives_3", mini_dataset)
    assert given.pose.box_px == 224 and given.pose.box_forearms is None
    by_forearm = override_inputs("primitives_3", given, {"box_forearms": 2.0})
    assert by_forearm.pose.box_forearms == 2 and "box_px" not in by_forearm.pose.model_dump()
    back = override_inputs("primitives_3", by_forearm, {"box_px": 100})
    assert (back.pose.box_px, back.pose.box_forearms, back.pose.reach) == (100, None, 0.7)
    with pytest.raises(UserError, match="box_px and box_forearms are two ways"):
        override_inputs("primitives_3", given, {"box_px": 100, "box_forearms": 2.0})


def test_keypoints_of_a_larger_version_of_the_video_are_refused(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data")
    trial = read_manifest(data / MANIFEST_NAME)[0]
    keypoints = arms(trial.n_frames)
    keypoints[..., :2] *= 30
    write_keypoints(keypoint_file(data / "keypoints", trial.video_id), keypoints, {})
    _, prepared, _ = asked(data, do_crop=True)
    (problem,) = prepared.problems
    assert problem.video_id == trial.video_id
    assert "100 % of its keypoints lie outside its 64 × 48 pixels" in problem.reason


def test_a_hand_that_is_to_be_covered_has_a_box_in_each_frame(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data", P02=slice(0, 16))
    *_, every = asked(data, "primitives_3")
    _, prepared, rows = asked(data, "primitives_3", perturb="hand_out")
    assert {row.perturb for row in rows} == {"hand_out"}
    assert all(len(row.hand_box) == 4 * len(row.frames) and row.box == () for row in rows)
    unlocated = {("P02", 0)}
    windows = {(row.patient, row.window) for row in every}
    assert {(row.patient, row.window) for row in rows} == windows - unlocated and len(windows) == 12
    assert "the hand is not located in 1 of 12 windows: these are not asked about" in prepared.notes
    assert not any(window.pose for video in prepared.videos for window in video.windows)


def test_a_hand_that_is_never_located_is_not_covered(mini_dataset: Path, tmp_path: Path) -> None:
    data = localized(mini_dataset, tmp_path / "data", **{f"P0{number}": slice(None) for number in (1, 2, 3)})
    with pytest.raises(UserError, match="perturb=hand_only: the hand is located in none of 12 windows"):
        asked(data, "primitives_3", perturb="hand_only")
