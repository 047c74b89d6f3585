from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.assessments.dose.method import DoseMethod
from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.questions.outcomes import UNREADABLE
from lmms_eval_plugins.questions.phrasing import phrasings
from lmms_eval_plugins.questions.reading import read
from lmms_eval_plugins.tasks.arguments import override_inputs, split_inputs
from lmms_eval_plugins.tasks.names import task_names
from lmms_eval_plugins.tasks.task_file import TaskSettings
from lmms_eval_plugins.tasks.task_questions import load_task_questions
from lmms_eval_plugins.video.perturb import PERTURBATIONS
from tests.support.tasks import TASKS, settings_of


def asked(task: str, **given: object) -> TaskSettings:
    return override_inputs(f"strokerehab_{task}", settings_of(task, Path("/nowhere")), given)


def test_keys_of_inputs_are_split_from_others() -> None:
    inputs, rest = split_inputs({"do_crop": True, "batch_size": 2, "still_px": 1, "max_frames_num": 4})
    assert inputs == {"do_crop": True, "still_px": 1} and rest == {"batch_size": 2, "max_frames_num": 4}


@pytest.mark.parametrize("crop", [True, False])
@pytest.mark.parametrize("smooth", [True, False])
def test_the_ablations_of_prim_change_what_they_say_and_nothing_else(crop: bool, smooth: bool) -> None:
    full = asked("counting", do_crop=True, do_postprocess=True)
    other = asked("counting", do_crop=crop, do_postprocess=smooth)
    changed = {name for name in TaskSettings.model_fields if getattr(full, name) != getattr(other, name)}
    assert changed == {name for name, same in (("crop", crop), ("scoring", smooth)) if not same}
    assert isinstance(other.scoring, DoseMethod) and isinstance(full.scoring, DoseMethod)
    assert other.scoring.prim == full.scoring.prim.model_copy(update={"postprocess": smooth})
    assert other.scoring.model_copy(update={"prim": full.scoring.prim}) == full.scoring
    assert other.sampling.frames == 4 and other.questions == "prim" and other.locates_hands


def test_one_of_the_keys_is_enough() -> None:
    assert asked("counting", do_crop=True) == asked("counting", do_crop=True, do_postprocess=True)
    assert asked("counting", do_postprocess=False) == asked("counting", do_crop=True, do_postprocess=False)


def test_without_them_the_task_is_as_in_its_file() -> None:
    assert asked("counting") == settings_of("counting", Path("/nowhere")) and not asked("counting").locates_hands


@pytest.mark.parametrize("crop", [None, True, False])
@pytest.mark.parametrize("conditional", [None, True, False])
def test_engineered_inputs_of_the_decomposed_task(crop: bool | None, conditional: bool | None) -> None:
    given = {"do_crop": crop, "do_conditional_prompting": conditional}
    settings = asked("primitives_3", **{key: value for key, value in given.items() if value is not None})
    assert isinstance(settings.scoring, DoseMethod)
    assert (settings.crop, settings.conditional) == (bool(crop), bool(conditional))
    assert settings.scoring.method == ("conditional" if conditional else "motion_grasp")
    assert settings.sampling == asked("primitives_3").sampling and settings.locates_hands == bool(crop)


@pytest.mark.parametrize("task", task_names([TASKS]))
def test_every_way_of_every_task_has_its_questions(task: str) -> None:
    settings = settings_of(task.removeprefix("strokerehab_"), Path("/nowhere"))
    keys = {"prim": {"do_crop": True}, "conditional": {"do_conditional_prompting": True}}
    for way in settings.ways:
        changed = override_inputs(task, settings, keys[way])
        questions = load_task_questions(task, changed, TASKS)
        assert questions.id == settings.ways[way].questions
        for question in questions.questions:
            assert question.cropped and "{hand}" not in question.cropped and "{hand}" in question.text
            for value in (True, False):
                for said in phrasings(question.answer, "yes" if value else "no"):
                    assert read(question.answer, said) is value, (question.id, said)


@pytest.mark.parametrize(
    ("question", "said", "value"),
    [
        ("idle", "The hand is resting on the table.", True),
        ("idle", "The hand is reaching for the roll.", False),
        ("pick_up", "It is gripping the roll.", True),
        ("pick_up", "It is still empty.", False),
        ("put_down", "It has let go of it.", True),
        ("put_down", "It is still holding the roll.", False),
        ("put_down", "The table is brown.", UNREADABLE),
    ],
)
def test_replies_without_yes_or_no_are_read_by_their_meaning(question: str, said: str, value: object) -> None:
    questions = load_task_questions("strokerehab_counting", asked("counting", do_crop=True), TASKS).questions
    (kind,) = [one.answer for one in questions if one.id == question]
    assert read(kind, said) is value


def test_hands_may_be_located_otherwise() -> None:
    pose = asked("counting", do_crop=True, keypoints="mine.csv", reference_px=704, still_px=1).pose
    assert (pose.keypoints, pose.reference_px, pose.still_px, pose.fast_px) == (Path("mine.csv"), 704, 1, 15)


@pytest.mark.parametrize(
    ("task", "given", "said"),
    [
        ("counting", {"do_crop": "maybe"}, "do_crop=maybe is neither True nor False"),
        ("counting", {"do_conditional_prompting": True}, "has no way 'conditional'"),
        ("primitives_3", {"do_postprocess": True}, "is not asked by PRIM"),
        ("primitives_3", {"do_postprocess": True, "do_conditional_prompting": True}, "belongs to PRIM"),
        ("identification_1", {"do_crop": True}, "is not about a hand"),
        ("counting", {"do_crop": True, "confidence": 2}, "confidence: "),
    ],
)
def test_what_a_task_cannot_do_is_refused(task: str, given: dict[str, object], said: str) -> None:
    with pytest.raises(UserError, match=f"--model_args: .*{said}"):
        asked(task, **given)


@pytest.mark.parametrize("how", PERTURBATIONS)
def test_a_perturbation_changes_nothing_else(how: str) -> None:
    plain, perturbed = asked("primitives_3"), asked("primitives_3", perturb=how)
    assert perturbed.perturb == how and perturbed.model_copy(update={"perturb": None}) == plain
    assert perturbed.locates_hands == (how in ("hand_out", "hand_only")) and not perturbed.poses_hands


def test_none_is_no_perturbation() -> None:
    assert asked("primitives_3", perturb="none") == asked("primitives_3")
    assert "perturb" not in asked("primitives_3", perturb="none").model_dump()


@pytest.mark.parametrize(
    ("task", "given", "says"),
    [
        ("primitives_3", {"perturb": "freez"}, "perturb=freez is unknown; did you mean 'freeze'"),
        ("primitives_3", {"perturb": True}, "perturb=True is unknown; known are: "),
        ("primitives_3", {"perturb": "hand_out", "do_crop": True}, "perturb=hand_out does not go with do_crop: "),
        ("identification_1", {"perturb": "hand_only"}, "strokerehab_identification_1 is not about a hand"),
    ],
)
def test_perturbations_that_are_refused(task: str, given: dict[str, object], says: str) -> None:
    with pytest.raises(UserError, match=f"^--model_args: .*{says}"):
        asked(task, **given)


@pytest.mark.parametrize("changes", [{"crop": True}, {"scoring": {"method": "identification"}}])
def test_a_task_file_covers_no_hand_that_is_cut_out_or_that_it_is_not_about(changes: dict[str, object]) -> None:
    values = settings_of("primitives_3", Path("/nowhere")).model_dump(mode="json", exclude={"ways"})
    with pytest.raises(ValueError, match=r"perturb hand_out (leaves nothing|needs a hand)"):
        TaskSettings.model_validate({**values, "perturb": "hand_out", **changes})
