"""Gold through the reader: what is right is read as right and scores as right, and what is wrong is noticed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lmms_eval_plugins.questions.kinds import AnswerKind
from lmms_eval_plugins.questions.sets import QuestionSet
from lmms_eval_plugins.tasks import gold as module
from lmms_eval_plugins.tasks.gold import Gold, gold, problems_of
from lmms_eval_plugins.tasks.names import task_names
from tests.support.tasks import TASKS, prepared_for, questions_of, settings_of


def gold_of(task: str, data: Path, questions: QuestionSet | None = None, **changes: object) -> Gold:
    asked = questions or questions_of(task)
    return gold(settings_of(task, data, **changes), asked, prepared_for(task, data).videos)


@pytest.mark.parametrize("task", [name.removeprefix("strokerehab_") for name in task_names([TASKS])])
def test_correct_answers_to_every_shipped_task_are_read_and_scored_as_such(task: str, mini_study: Path) -> None:
    found = gold_of(task, mini_study)
    assert problems_of(found) == [] and found.misread == ()
    assert found.unknown == (task in ("ia1_3_30", "ia2_3_30")), "item 13 of P02 is settled before it is rated 1 or 2"
    assert found.wordings > 10 * found.rows > 0
    assert found.exact is not None and found.reference is not None
    best = found.exact.metrics.get("edit_score") or found.exact.metrics["accuracy"]
    assert best[0] in (1.0, 100.0)


def test_the_reference_of_windows_is_below_the_labels(mini_study: Path) -> None:
    found = gold_of("primitives_3", mini_study)
    assert found.reference is not None
    reached = found.reference.metrics["edit_score"][0]
    assert reached is not None and 50 < reached < 100


def test_a_reading_that_takes_answers_for_others_is_noticed(mini_study: Path) -> None:
    """The published reading of yes and no takes thoughts about the other answer for the answer."""
    found = gold_of("primitives_3", mini_study, reading="published")
    assert found.misread and "are not read as what they say, for example grasp: " in problems_of(found)[0]


def test_a_rule_that_is_wrong_is_noticed(mini_study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "read", lambda kind, text, policy: None)
    problems = problems_of(gold_of("ia4_3_30", mini_study))
    assert len(problems) == 2 and problems[1].endswith("6 of 6 items wrong, the first: item 5 of P01")


def test_an_option_that_cannot_be_read_is_noticed(mini_study: Path) -> None:
    questions = questions_of("identification_1")
    options = tuple(option for option in questions.questions[0].answer.options if option != "feeding")
    poorer = questions.questions[0].model_copy(update={"answer": AnswerKind(kind="one_of", options=options)})
    found = gold_of("identification_1", mini_study, questions.model_copy(update={"questions": (poorer,)}))
    assert any("activity: 'feeding'" in text for text in found.misread)
    assert any("correct answers score accuracy_all 0.6" in problem for problem in problems_of(found))


def test_a_task_without_any_truth_checks_nothing_and_reports_it(mini_study: Path) -> None:
    found = gold(settings_of("primitives_3", mini_study), questions_of("primitives_3"), ())
    assert (found.rows, found.exact, found.reference) == (0, None, None)
    assert problems_of(found) == ["no row has a correct answer: nothing could be checked"]
