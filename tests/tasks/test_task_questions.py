from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from lmms_eval_plugins.core.errors import UserError
from lmms_eval_plugins.dataset.manifest import MANIFEST_NAME, read_manifest, write_manifest
from lmms_eval_plugins.dataset.words import WORDS_NAME
from lmms_eval_plugins.questions.sets import Question, load_questions
from lmms_eval_plugins.tasks.arguments import NoSuchWay
from lmms_eval_plugins.tasks.names import task_names
from lmms_eval_plugins.tasks.task_file import parse_task
from lmms_eval_plugins.tasks.task_questions import CHECKOUT_VARIABLE, PUBLISHED, load_task_questions
from tests.support.schemes import make_scheme
from tests.support.tasks import TASKS, questions_of, settings_of

NAME = "strokerehab_primitives_3"
NOWHERE = Path("/nowhere")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A vlms4rehab checkout with a log of one task and the questions of one assessment."""
    log = tmp_path / "vlms4rehab" / "logs" / f"1_samples_{NAME}.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(json.dumps({"input": "Does the LEFT hand go? <SEP> Does it hold?"}) + "\n", encoding="utf-8")
    table = tmp_path / "vlms4rehab" / "data" / "ia" / "fm_item_questions1.csv"
    table.parent.mkdir(parents=True)
    with table.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(
            [
                ["qid", "fm_video", "question_type", "sampling", "binary_no_score", "binary_yes_score", "question"],
                ["4", "3_B_F", "rate", "uniform", "", "", "How far?"],
                ["5", "31_A_F", "rate", "dense", "", "", "How shaky?"],
            ]
        )
    return tmp_path / "vlms4rehab"


def test_the_published_words_come_from_the_checkout_that_the_task_names(checkout: Path) -> None:
    settings = settings_of("primitives_3", NOWHERE, questions=PUBLISHED, checkout=checkout)
    motion, grasp = load_task_questions(NAME, settings, TASKS).questions
    assert motion.render(hand="right") == "Does the RIGHT hand go?" and grasp.text == "Does it hold?"
    own = questions_of("primitives_3").questions
    assert [(q.id, q.answer, q.truth) for q in (motion, grasp)] == [(q.id, q.answer, q.truth) for q in own]


def test_or_from_the_environments(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = settings_of("ia1_31_33", NOWHERE, questions=PUBLISHED)
    monkeypatch.delenv(CHECKOUT_VARIABLE, raising=False)
    with pytest.raises(UserError, match=rf"vlms4rehab checkout: name it .*\${CHECKOUT_VARIABLE}"):
        load_task_questions("strokerehab_ia1_31_33", settings, TASKS)
    monkeypatch.setenv(CHECKOUT_VARIABLE, str(checkout))
    (question,) = load_task_questions("strokerehab_ia1_31_33", settings, TASKS).questions
    assert (question.id, question.item, question.text) == ("q5", 31, "How shaky?")


def test_a_checkout_without_the_words(checkout: Path) -> None:
    settings = settings_of("identification_1", NOWHERE, questions=PUBLISHED, checkout=checkout)
    with pytest.raises(UserError, match="no log of strokerehab_identification_1"):
        load_task_questions("strokerehab_identification_1", settings, TASKS)


@pytest.mark.parametrize("name", task_names([TASKS]))
def test_every_task_has_words_of_its_own_to_fall_back_on(name: str, checkout: Path) -> None:
    """What the checkout lacks is said to be lacking there, not here."""
    settings = settings_of(name.removeprefix("strokerehab_"), NOWHERE, questions=PUBLISHED, checkout=checkout)
    try:
        assert load_task_questions(name, settings, NOWHERE).questions
    except UserError as error:
        assert str(error).startswith(str(checkout))


@pytest.mark.parametrize("questions", ["../primitives_3", "/primitives_3", "questions/../../primitives_3"])
def test_a_question_set_outside_the_folder_is_refused(questions: str) -> None:
    settings = settings_of("primitives_3", NOWHERE, questions=questions)
    with pytest.raises(UserError, match=r"^questions: "):
        load_task_questions(NAME, settings, TASKS)


def test_an_unknown_question_set_names_those_there_are() -> None:
    settings = settings_of("primitives_3", NOWHERE, questions="primitives_4")
    with pytest.raises(UserError, match=r"primitives_4\.yaml: no such question set; there are: .*primitives_3"):
        load_task_questions(NAME, settings, TASKS)


@pytest.mark.parametrize(
    ("task", "scoring", "said"),
    [
        ("primitives_3", {"method": "motion_grasp", "grasp": "grip"}, r"primitives_3\.yaml: .*reads a question 'grip'"),
        ("primitives_3", {"method": "one_primitive"}, "reads a question 'primitive'"),
        (
            "primitives_3",
            {"method": "one_primitive", "primitive": "motion"},
            "motion: .*of the kind one_of, not yes_no",
        ),
        ("primitives_1", {"method": "one_primitive", "primitive": "primitives"}, "one_of, not sequence_of"),
        ("identification_1", {"method": "identification", "activity": "what"}, r"identification_1\.yaml: .*'what'"),
        ("primitives_3", {"method": "identification", "activity": "grasp"}, "grasp: .*one_of, not yes_no"),
        ("primitives_3", {"method": "fugl_meyer"}, r"motion: .*truth: item_score only"),
    ],
)
def test_scoring_reads_questions_of_the_set(task: str, scoring: dict[str, str], said: str) -> None:
    values = {"task": "t", "generation_kwargs": {}, "metric_list": ["missing_rate"]}
    kwargs = settings_of(task, NOWHERE).model_dump(mode="json") | {"scoring": scoring}
    settings = parse_task({**values, "dataset_kwargs": kwargs}, "here").dataset_kwargs
    with pytest.raises(UserError, match=said):
        load_task_questions(f"strokerehab_{task}", settings, TASKS)


def test_a_tasks_own_folder_comes_before_the_default_one(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    copy = Path(shutil.copy(TASKS / "questions" / "primitives_3.yaml", tmp_path / "questions"))
    copy.write_text(copy.read_text(encoding="utf-8").replace("version: 1", "version: 7"), encoding="utf-8")
    settings = settings_of("primitives_3", NOWHERE, folder=tmp_path)
    assert load_task_questions(NAME, settings, TASKS).version == 7
    assert load_task_questions(NAME, settings.model_copy(update={"folder": None}), TASKS).version == 1


def test_a_users_folder_need_not_repeat_the_projects_questions(tmp_path: Path) -> None:
    settings = settings_of("primitives_3", NOWHERE, folder=tmp_path)
    assert load_task_questions(NAME, settings, TASKS) == questions_of("primitives_3")
    (tmp_path / "questions").mkdir()
    mine = (TASKS / "questions" / "primitives_3.yaml").read_text(encoding="utf-8").replace("version: 1", "version: 7")
    (tmp_path / "questions" / "primitives_3.yaml").write_text(mine, encoding="utf-8")
    assert load_task_questions(NAME, settings, TASKS).version == 7
    with pytest.raises(UserError, match=r"nothing\.yaml: no such question set"):
        load_task_questions(NAME, settings.model_copy(update={"questions": "nothing"}), TASKS)


def test_a_dataset_with_labels_of_its_own_is_asked_for_them() -> None:
    own = make_scheme("reach:m grasp:g carry:mg let_go:m rest")
    for task, kind in (("primitives_1", "sequence_of"), ("primitives_2", "one_of")):
        (question,) = load_task_questions(
            f"strokerehab_{task}", settings_of(task, NOWHERE, scheme=own), TASKS
        ).questions
        assert (question.answer.kind, question.answer.options) == (kind, own.names)
    settings = settings_of("primitives_3", NOWHERE, scheme=own)
    assert load_task_questions(NAME, settings, TASKS) == questions_of("primitives_3")
    poor = settings.model_copy(update={"scheme": make_scheme("reach:m rest", "poor")})
    with pytest.raises(UserError, match="the scheme 'poor' has no label for a hand that moves and holds an object"):
        load_task_questions(NAME, poor, TASKS)


def test_options_that_the_dataset_does_not_have_are_named(tmp_path: Path) -> None:
    (tmp_path / "questions").mkdir()
    text = (TASKS / "questions" / "primitives_2.yaml").read_text(encoding="utf-8").partition("\n# The same")[0]
    (tmp_path / "questions" / "primitives_2.yaml").write_text(text, encoding="utf-8")
    settings = settings_of("primitives_2", NOWHERE, folder=tmp_path, scheme=make_scheme("reach transprot rest"))
    with pytest.raises(
        UserError, match=r"primitive: the option 'reposition' is no label of the dataset's scheme 'own'"
    ):
        load_task_questions("strokerehab_primitives_2", settings, TASKS)
    settings = settings.model_copy(update={"scheme": make_scheme("reach reposition transprot stabilize idle")})
    with pytest.raises(UserError, match=r"the option 'transport' .*; did you mean 'transprot'\?"):
        load_task_questions("strokerehab_primitives_2", settings, TASKS)


@pytest.mark.parametrize("number", [1, 2])
def test_identification_asks_for_the_activities_of_the_dataset(mini_dataset: Path, tmp_path: Path, number: int) -> None:
    name = f"identification_{number}"
    ours = load_questions(TASKS / "questions" / f"{name}.yaml").without_variants().questions

    def asked(data: Path) -> tuple[Question, ...]:
        return load_task_questions(f"strokerehab_{name}", settings_of(name, data), TASKS).questions

    assert asked(mini_dataset) == asked(NOWHERE) == ours, "activities of the study are asked for in the same words"
    trials = read_manifest(mini_dataset / MANIFEST_NAME)
    others = [trials[0].model_copy(update={"activity": "pouring left side"}), *trials[1:]]
    write_manifest(tmp_path / MANIFEST_NAME, others)
    (own,) = asked(tmp_path)
    assert own.answer.options == ("drinking", "RTT", "pouring")
    text = own.render()
    assert "drinking, RTT, pouring" in text and "brushing" not in text and "nine" not in text and "{" not in text
    (tmp_path / WORDS_NAME).write_text("activities: [pouring, drinking, RTT, folding]\n", encoding="utf-8")
    assert asked(tmp_path)[0].answer.options == ("pouring", "drinking", "RTT", "folding")


def test_variants_are_asked_where_the_task_asks_for_them_and_follow_the_dataset(tmp_path: Path) -> None:
    settings = settings_of("primitives_3", NOWHERE)
    with_variants = settings.model_copy(update={"variants": True})
    plain, asked = (load_task_questions(NAME, one, TASKS) for one in (settings, with_variants))
    assert [question.id for question in plain.asked] == ["motion", "grasp"]
    assert asked.without_variants() == plain and asked.asked[0] == asked.questions[0]
    assert len(asked.asked) > 6 and {"motion.still", "grasp.empty"} < {question.id for question in asked.asked}
    (tmp_path / WORDS_NAME).write_text("activities: [pouring, folding]\n", encoding="utf-8")
    of_own = settings_of("identification_1", tmp_path).model_copy(update={"variants": True})
    base, variant = load_task_questions("t", of_own, TASKS).asked
    assert base.answer == variant.answer and "pouring, folding" in variant.text and base.text != variant.text


def test_variants_of_a_set_that_has_none_are_one_line() -> None:
    settings = settings_of("primitives_1", NOWHERE).model_copy(update={"variants": True})
    with pytest.raises(NoSuchWay, match="strokerehab_primitives_1 has no other wordings of its questions"):
        load_task_questions("strokerehab_primitives_1", settings, TASKS)


def test_activities_of_a_folder_without_a_manifest_are_those_of_its_names(tmp_path: Path) -> None:
    for name in ("P1_pouring1_1.mp4", "P2_drinking1_1.mp4"):
        (tmp_path / name).write_bytes(b"video")
    (own,) = load_task_questions("t", settings_of("identification_1", tmp_path), TASKS).questions
    assert own.answer.options == ("drinking", "pouring")
