from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.core.places import shipped
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest, write_manifest
from lmms_eval_plugins.dataset.trial import Trial
from lmms_eval_plugins.domain.timeline import Timeline
from lmms_eval_plugins.questions.sets import load_questions
from lmms_eval_plugins.tasks.prepare import PreparedTask
from lmms_eval_plugins.tasks.prepare import prepare_task as prepare_for
from lmms_eval_plugins.tasks.task_file import TaskSettings, load_task

SETTINGS = load_task(shipped("tasks") / "strokerehab" / "strokerehab_primitives_3.yaml").dataset_kwargs


QUESTIONS = load_questions(shipped("tasks") / "strokerehab" / "questions" / "primitives_3.yaml")


def prepare(settings: TaskSettings) -> PreparedTask:
    return prepare_for(settings, QUESTIONS)


def settings(data: Path, **changes: Any) -> TaskSettings:
    return SETTINGS.model_copy(update={"data": data, **changes})


@pytest.fixture
def dataset(mini_dataset: Path, tmp_path: Path) -> Path:
    """A copy to change."""
    return Path(shutil.copytree(mini_dataset, tmp_path / "dataset"))


def change(folder: Path, whose: str, **fields: Any) -> None:
    trials = read_manifest(folder / MANIFEST_NAME)
    write_manifest(
        folder / MANIFEST_NAME,
        [trial.model_copy(update=fields) if trial.patient == whose else trial for trial in trials],
    )


def patients(prepared: PreparedTask) -> list[str]:
    return [video.patient for video in prepared.videos]


def test_a_dataset_becomes_videos_with_windows_hands_and_labels(mini_dataset: Path) -> None:
    prepared = prepare(settings(mini_dataset, selection="all"))
    assert [video.hand for video in prepared.videos] == ["right", "left", "right"]
    assert [[len(window.frames) for window in video.windows] for video in prepared.videos] == [[8, 8, 8, 6]] * 3
    assert [video.windows[-1].end_s for video in prepared.videos] == [2.0] * 3
    truth = prepared.videos[2].truth
    assert isinstance(truth, Timeline) and truth.labels == ("stabilize", "transport", "reach")
    assert (prepared.problems, prepared.notes, list(prepared.others())) == ((), (), [])


def test_a_dataset_without_the_studys_subjects_is_used_whole_with_a_note(mini_dataset: Path) -> None:
    prepared = prepare(settings(mini_dataset))
    assert len(prepared.videos) == 3
    (note,) = prepared.notes
    assert "dose_adl" in note and "all videos are used" in note


def test_a_users_folder_need_not_repeat_the_projects_selections(mini_dataset: Path, tmp_path: Path) -> None:
    (note,) = prepare(settings(mini_dataset, folder=tmp_path)).notes
    assert "dose_adl" in note and "all videos are used" in note


def test_with_a_subject_of_the_study_a_selection_selects(dataset: Path) -> None:
    change(dataset, "P01", patient="S0001")
    with pytest.raises(UserError, match="dose_adl"):
        prepare(settings(dataset, selection="dose_adl"))


def test_a_datasets_own_selection_is_obeyed(dataset: Path) -> None:
    (dataset / "selections.yaml").write_text("selections:\n  mine: {patients: [P02]}\n")
    prepared = prepare(settings(dataset, selection="mine"))
    assert patients(prepared) == ["P02"]
    assert [video.patient for video in prepared.others()] == ["P01", "P03"]
    with pytest.raises(UserError, match="matches none"):
        prepare(settings(dataset))


def test_a_limit_counts_videos_and_leaves_the_rest_to_learn_from(mini_dataset: Path) -> None:
    prepared = prepare(settings(mini_dataset, limit=1))
    assert patients(prepared) == ["P01"]
    assert [video.patient for video in prepared.others()] == ["P02", "P03"]
    assert len(prepare(settings(mini_dataset, limit=9)).videos) == 3


def test_what_is_learned_from_is_labelled_and_of_other_patients(dataset: Path) -> None:
    change(dataset, "P02", labels=None)
    change(dataset, "P03", patient="P01")
    assert list(prepare(settings(dataset, limit=1)).others()) == []


def damage(text: str) -> Callable[[Trial], None]:
    def write(trial: Trial) -> None:
        assert trial.labels is not None
        trial.labels.write_text(text)

    return write


def remove(trial: Trial) -> None:
    assert trial.labels is not None
    trial.labels.unlink()


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (remove, "no such label file"),
        (damage(""), ""),
        (damage("Time_s,MarkerNames\n0.1,clap\n"), "no marker of the left hand names a primitive"),
        (damage("Time_s,MarkerNames\n0,l_reach\n2000,\n"), "they look like milliseconds: divide them by 1,000"),
        (damage("Time_s,MarkerNames\n0,l_reach\n0:01,l_idle\n"), "line 3, Time_s: '0:01' is not a number"),
        (damage("Time_s,MarkerNames\nsoon,l_reach\n"), "Time_s: 'soon' is not a number"),
        (damage("Time,MarkerNames\n0.1,l_reach\n"), "Time_s"),
    ],
)
def test_a_bad_label_file_is_a_problem_and_the_rest_goes_on(
    dataset: Path, harm: Callable[[Trial], None], said: str
) -> None:
    trial = read_manifest(dataset / MANIFEST_NAME)[1]
    harm(trial)
    prepared = prepare(settings(dataset))
    assert patients(prepared) == ["P01", "P03"]
    (problem,) = prepared.problems
    assert problem.video_id == trial.video_id
    assert str(trial.labels) in problem.reason and said in problem.reason and "\n" not in problem.reason


def test_doubtful_labels_are_used_and_named_in_the_notes(dataset: Path) -> None:
    first, second, _ = read_manifest(dataset / MANIFEST_NAME)
    damage("Time_s,MarkerNames\n0.1,reach\n0.5,idle\n")(second)
    damage("Time_s,MarkerNames\n0,r_idle\n0.5,r_trasport\n2,\n")(first)
    prepared = prepare(settings(dataset))
    assert prepared.problems == ()
    assert prepared.videos[1].hand == "left" and prepared.videos[1].truth is not None
    assert prepared.notes[-3:] == (
        f"{first.video_id}, line 3, MarkerNames: 'r_trasport' is read as 'transport'",
        f"{second.video_id}: no marker names a side (l_… or r_…): they are read as the left hand's, which the manifest"
        " names",
        f"{second.video_id}: no row closes 'idle', which starts at 0.5 s: it ends with the video at 2 s",
    )


def test_a_video_without_labels_has_requests_and_is_named(dataset: Path) -> None:
    change(dataset, "P02", labels=None)
    prepared = prepare(settings(dataset))
    assert [not video.truth for video in prepared.videos] == [False, True, False]
    assert prepared.videos[1].hand == "left"
    (problem,) = prepared.problems
    assert "P02" in problem.video_id and "asked, not scored" in problem.reason


def test_a_dataset_without_any_labels_is_a_note_not_many_problems(dataset: Path) -> None:
    for patient in ("P01", "P02", "P03"):
        change(dataset, patient, labels=None)
    prepared = prepare(settings(dataset))
    assert prepared.problems == ()
    assert "nothing is scored" in prepared.notes[-1]


def test_a_folder_without_a_manifest_is_indexed(dataset: Path) -> None:
    (dataset / MANIFEST_NAME).unlink()
    (dataset / "P01" / "broken.mp4").write_bytes(b"")
    prepared = prepare(settings(dataset))
    assert patients(prepared) == ["P01", "P02", "P03"]
    assert [video.hand for video in prepared.videos] == ["right", "left", "right"]
    assert f"has no {MANIFEST_NAME}: found 3 videos" in prepared.notes[0]
    (problem,) = prepared.problems
    assert problem.video_id == "" and "broken.mp4" in problem.reason


def test_the_data_may_be_a_manifest(dataset: Path) -> None:
    manifest = (dataset / MANIFEST_NAME).rename(dataset / "mine.csv")
    assert len(prepare(settings(manifest)).videos) == 3


def test_the_default_data_is_the_environments(mini_dataset: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STROKEREHAB_DATA", str(mini_dataset))
    assert len(prepare(SETTINGS).videos) == 3


def test_no_data(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"nowhere: no such dataset folder"):
        prepare(settings(tmp_path / "nowhere"))
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match="no video in this folder"):
        prepare(settings(tmp_path / "empty"))


def test_no_video_that_can_be_used(dataset: Path) -> None:
    for trial in read_manifest(dataset / MANIFEST_NAME):
        remove(trial)
    with pytest.raises(UserError, match=r"no video can be used; the first: .*no such label file"):
        prepare(settings(dataset))


def test_an_unknown_selection_names_the_nearest(dataset: Path) -> None:
    (dataset / "selections.yaml").write_text("selections: {}\n")
    with pytest.raises(UserError, match=r"no selection is named 'dose_al'.*did you mean 'dose_adl'\?"):
        prepare(settings(dataset, selection="dose_al"))


def test_a_misspelt_selection_is_not_excused_by_the_datasets_subjects(mini_dataset: Path) -> None:
    with pytest.raises(UserError, match="no selection is named 'dose_al'"):
        prepare(settings(mini_dataset, selection="dose_al"))
